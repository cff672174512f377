package dev.seamark.kafka;

import dev.seamark.service.Key;
import java.time.Duration;

/** Section {@code kafka.topics}: how the topics are laid out that carry blocks to ClickHouse. */
public record TopicsConfig(
    @Key(
        fallback = "12",
        min = "1",
        max = "1024",
        why = "Partitions of each table's topic: the most writers that can share one. Fixed from"
            + " the first start on, since a series' partition is a function of it.")
    int partitions,

    @Key(
        fallback = "3",
        min = "1",
        max = "15",
        why = "Copies of each record; three survive a broker's loss during maintenance.")
    int replicationFactor,

    @Key(
        fallback = "2",
        min = "1",
        max = "15",
        why = "Copies that must exist before a sender's 200; one less than replication-factor.")
    int minInsyncReplicas,

    @Key(
        fallback = "3d",
        min = "1h",
        max = "365d",
        unit = "duration",
        why = "How long ClickHouse may be away before records are lost, and how far back a"
            + " replay reaches.")
    Duration retention,

    @Key(
        fallback = "30d",
        min = "1h",
        max = "3650d",
        unit = "duration",
        why = "How long records that couldn't be stored wait in seamark.dead-letter for somebody to"
            + " mend what is wrong; then they are lost.")
    Duration deadLetterRetention) {
  /** One broker on this machine, which has one copy of everything. */
  public static final TopicsConfig SINGLE_BROKER =
      new TopicsConfig(4, 1, 1, Duration.ofDays(3), Duration.ofDays(30));

  public TopicsConfig {
    if (minInsyncReplicas > replicationFactor) {
      throw new IllegalArgumentException(
          "min-insync-replicas is %d, more than replication-factor %d: nothing could be written"
              .formatted(minInsyncReplicas, replicationFactor));
    }
  }
}
