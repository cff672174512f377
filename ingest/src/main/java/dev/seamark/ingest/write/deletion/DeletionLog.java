package dev.seamark.ingest.write.deletion;

import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** All deletions that ever were. Calls block and throw KafkaException. */
public final class DeletionLog {
  private static final TopicPartition PARTITION = new TopicPartition(Topics.DELETIONS, 0);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private DeletionLog() {}

  /**
   * A deletion and where it stands.
   *
   * @param offset in the topic
   */
  public record Entry(long offset, Deletion deletion) {}

  /**
   * Reads them, the oldest first.
   *
   * @throws IllegalArgumentException if one is of a later version, or there is no such topic
   */
  public static List<Entry> read(KafkaConfig kafka) {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("client.id", "seamark-deletions");
    properties.put("auto.offset.reset", "none");
    properties.put("enable.auto.commit", false);
    properties.put("allow.auto.create.topics", false);
    var entries = new ArrayList<Entry>();
    try (var consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      var there = consumer.partitionsFor(Topics.DELETIONS, ANSWER);
      if (there == null || there.isEmpty()) {
        throw new IllegalArgumentException(
            "topic %s doesn't exist, so nobody knows whose rows were deleted: start a service of this version, which makes it, or create it"
                .formatted(Topics.DELETIONS));
      }
      consumer.assign(List.of(PARTITION));
      var end = consumer.endOffsets(List.of(PARTITION), ANSWER).getOrDefault(PARTITION, 0L);
      consumer.seekToBeginning(List.of(PARTITION));
      while (consumer.position(PARTITION, ANSWER) < end) {
        for (var record : consumer.poll(POLL)) {
          entries.add(new Entry(record.offset(), Deletion.from(record)));
        }
      }
    }
    return entries;
  }

  /** Returns once every in-sync replica has it. */
  static void append(KafkaConfig kafka, Deletion deletion) {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("client.id", "seamark-deletions");
    properties.put("acks", "all");
    properties.put("delivery.timeout.ms", 30_000);
    properties.put("request.timeout.ms", 10_000);
    try (var producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(deletion.toKafka()).get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException said ? said : new KafkaException(e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
