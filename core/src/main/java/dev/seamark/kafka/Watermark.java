package dev.seamark.kafka;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Says that every row which was acknowledged to its sender by a time, and went to one partition of
 * a table's topic, can be seen in ClickHouse. It is true for ever once it was true, so of several
 * that speak of a partition the latest holds, whoever wrote it.
 *
 * <p>In Kafka the key is {@code topic/partition} and the value the time, both as ASCII text.
 *
 * @param visibleUpToMs milliseconds since the epoch, in the broker's clock
 */
public record Watermark(TopicPartition partition, long visibleUpToMs) {
  /** The record of it in {@link Topics#WATERMARKS}. */
  public ProducerRecord<byte[], byte[]> toKafka() {
    var key = partition.topic() + "/" + partition.partition();
    return new ProducerRecord<>(
        Topics.WATERMARKS,
        0,
        key.getBytes(US_ASCII),
        Long.toString(visibleUpToMs).getBytes(US_ASCII));
  }

  /**
   * Reads a record of {@link Topics#WATERMARKS}.
   *
   * @throws IllegalArgumentException if it isn't one that {@link #toKafka} makes, with its offset
   */
  public static Watermark from(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null || record.value() == null) {
      throw malformed(record, "it lacks its key or value", null);
    }
    var key = new String(record.key(), US_ASCII);
    var slash = key.lastIndexOf('/');
    if (slash < 1) {
      throw malformed(record, "its key is no topic/partition", null);
    }
    try {
      return new Watermark(
          new TopicPartition(key.substring(0, slash), Integer.parseInt(key.substring(slash + 1))),
          Long.parseLong(new String(record.value(), US_ASCII)));
    } catch (NumberFormatException e) {
      throw malformed(record, "its partition or time is no number", e);
    }
  }

  private static IllegalArgumentException malformed(
      ConsumerRecord<byte[], byte[]> record, String why, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "record at offset %d of %s is no watermark: %s"
            .formatted(record.offset(), record.topic(), why),
        cause);
  }
}
