package dev.seamark.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watermarks for one member of a group at a time: the member that Kafka gives the only
 * partition of {@link Topics#WATERMARKS}. For work that is done once among many processes, and that
 * two may do at the same time for a moment without harm.
 *
 * <p>Belongs to one thread.
 */
public final class ElectedWatermarks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ElectedWatermarks.class);

  /** Work between two polls may take so long before another member gets its turn. */
  private static final Duration WORK_MAX = Duration.ofHours(1);

  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final int partitions;
  private Watermarks watermarks;

  /** Joins the group with the first {@link #poll}. */
  public ElectedWatermarks(KafkaConfig kafka, String group, String clientId) {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("group.id", group);
    properties.put("group.protocol", "consumer");
    properties.put("client.id", clientId);
    properties.put("enable.auto.commit", false);
    properties.put("auto.offset.reset", "earliest");
    properties.put("max.poll.interval.ms", (int) WORK_MAX.toMillis());
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.partitions = kafka.topics().partitions();
    this.watermarks = new Watermarks(partitions);
    consumer.subscribe(List.of(Topics.WATERMARKS), new FromTheBeginning());
  }

  /**
   * Takes in what is new and answers a topic's watermark; empty while it is another member's turn,
   * as long as the watermark isn't known, and while Kafka doesn't answer.
   */
  public OptionalLong poll(String topic, Duration wait) {
    try {
      consumer.poll(wait).forEach(this::take);
    } catch (KafkaException e) {
      log.warn("watermarks can't be read: {}; trying again", e.toString());
      return OptionalLong.empty();
    }
    return watermarks.visibleUpToMs(topic);
  }

  private void take(ConsumerRecord<byte[], byte[]> told) {
    try {
      watermarks.accept(Watermark.from(told));
    } catch (IllegalArgumentException e) {
      log.warn("{}; it is left out", e.getMessage());
    }
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(CLOSE));
  }

  /** Of a turn that ended nothing is kept: it would grow old. */
  private final class FromTheBeginning implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
      consumer.seekToBeginning(assigned);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
      watermarks = new Watermarks(partitions);
    }
  }
}
