package dev.seamark.kafka;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;

/**
 * Up to when the rows of each topic can be seen: the earliest of its partitions' watermarks.
 * Thread-safe.
 */
public final class Watermarks {
  private final int partitions;
  private final Map<String, Map<Integer, Long>> topics = new HashMap<>();

  /** @param partitions how many partitions each table's topic has */
  public Watermarks(int partitions) {
    this.partitions = partitions;
  }

  /** Takes what a writer says; an earlier time than is known of the partition changes nothing. */
  public synchronized void accept(Watermark watermark) {
    TopicPartition partition = watermark.partition();
    topics
        .computeIfAbsent(partition.topic(), _ -> new HashMap<>())
        .merge(partition.partition(), watermark.visibleUpToMs(), Math::max);
  }

  /**
   * Every row of the topic that was acknowledged by this time (milliseconds since the epoch, in the
   * brokers' clock) can be seen; empty as long as a partition has never had a writer.
   */
  public synchronized OptionalLong visibleUpToMs(String topic) {
    Map<Integer, Long> known = topics.getOrDefault(topic, Map.of());
    long earliest = Long.MAX_VALUE;
    for (int partition = 0; partition < partitions; partition++) {
      Long upToMs = known.get(partition);
      if (upToMs == null) {
        return OptionalLong.empty();
      }
      earliest = Math.min(earliest, upToMs);
    }
    return OptionalLong.of(earliest);
  }
}
