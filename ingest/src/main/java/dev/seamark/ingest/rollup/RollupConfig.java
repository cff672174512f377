package dev.seamark.ingest.rollup;

import dev.seamark.service.Key;
import java.time.Duration;

/** Section {@code rollup}: samples by five minutes and by the hour, made by the writers. */
public record RollupConfig(
    @Key(
        fallback = "true",
        why = "Whether this process may make rollups. One of those that may does at a time.")
    boolean enabled,

    @Key(
        fallback = "10m",
        min = "5m",
        max = "1d",
        unit = "duration",
        why = "How long after its end a bucket is computed. A sample that comes later has it"
            + " computed again, which costs a second reading.")
    Duration lateness,

    @Key(
        fallback = "5m",
        min = "1s",
        max = "1d",
        unit = "duration",
        why = "How far before a bucket its increase looks for the last sample. Longer than the"
            + " senders' interval; each bucket reads that much more.")
    Duration lookBack,

    @Key(
        fallback = "90",
        min = "0",
        max = "36500",
        unit = "days",
        why = "How long buckets of five minutes stay: at least as long as their samples. 0 is for"
            + " ever.")
    int retention5mDays,

    @Key(
        fallback = "400",
        min = "0",
        max = "36500",
        unit = "days",
        why = "How long buckets of an hour stay: a year and a month to compare it with.")
    int retention1hDays,

    @Key(
        fallback = "512MiB",
        min = "64MiB",
        unit = "bytes",
        why = "Memory of one statement in ClickHouse. A statement that needs more is repeated for a"
            + " part of the series at a time.")
    long memoryBytesMax) {
  int retentionDays(Resolution resolution) {
    return switch (resolution) {
      case FIVE_MINUTES -> retention5mDays;
      case ONE_HOUR -> retention1hDays;
    };
  }
}
