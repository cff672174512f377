package dev.seamark.ingest.write;

import dev.seamark.schema.Table;
import org.apache.kafka.common.TopicPartition;

/**
 * Records of one partition, named by an operator.
 *
 * @param from first offset
 * @param to offset after the last one
 */
public record LogRange(TopicPartition partition, long from, long to) {
  /** Throws {@link IllegalArgumentException} where no table's log can have such a range. */
  public LogRange {
    Table.ofTopic(partition.topic());
    if (partition.partition() < 0 || from < 0 || to <= from) {
      throw new IllegalArgumentException(
          "partition %d, offsets %d to %d name no records: --from is the first, --to the one after the last"
              .formatted(partition.partition(), from, to));
    }
  }

  /** A range of the partition of a topic. */
  public static LogRange of(String topic, int partition, long from, long to) {
    return new LogRange(new TopicPartition(topic, partition), from, to);
  }

  Table table() {
    return Table.ofTopic(partition.topic());
  }

  @Override
  public String toString() {
    return "%s %d-%d".formatted(partition, from, to);
  }
}
