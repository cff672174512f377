package dev.seamark.ingest.write;

import dev.seamark.ingest.write.turn.OperatorRefused;
import dev.seamark.kafka.KafkaConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a partition from one offset to another, without a group. Owned by one thread. */
final class LogReader implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final TopicPartition partition;

  /** Takes a record. */
  @FunctionalInterface
  interface Visitor {
    void visit(ConsumerRecord<byte[], byte[]> record) throws OperatorRefused;
  }

  LogReader(KafkaConfig kafka, TopicPartition partition) {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("client.id", "seamark-replay");
    properties.put("auto.offset.reset", "none");
    properties.put("enable.auto.commit", false);
    properties.put("allow.auto.create.topics", false);
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.partition = partition;
    consumer.assign(List.of(partition));
  }

  /** The first offset the log still holds. */
  long beginning() {
    return consumer.beginningOffsets(List.of(partition), ANSWER).getOrDefault(partition, 0L);
  }

  /** The offset after the last record. */
  long end() {
    return consumer.endOffsets(List.of(partition), ANSWER).getOrDefault(partition, 0L);
  }

  /** Visits the records from one offset to before another, in their order. */
  void read(long from, long to, Visitor visitor) throws OperatorRefused {
    consumer.seek(partition, from);
    while (consumer.position(partition) < to) {
      for (var record : consumer.poll(POLL)) {
        if (record.offset() < to) {
          visitor.visit(record);
        }
      }
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
