package dev.seamark.ingest.rollup;

import java.time.Duration;

/** A kind of rollup: how long its buckets are, and the table they stand in. */
enum Resolution {
  FIVE_MINUTES("5m", "metrics_rollup_5m", Duration.ofMinutes(5), Duration.ofMinutes(30)),
  ONE_HOUR("1h", "metrics_rollup_1h", Duration.ofHours(1), Duration.ofHours(2));

  private final String label;
  private final String table;
  private final long bucketMs;
  private final long statementMs;

  Resolution(String label, String table, Duration bucket, Duration statement) {
    this.label = label;
    this.table = table;
    this.bucketMs = bucket.toMillis();
    this.statementMs = statement.toMillis();
  }

  /** Its name in metrics and in the table of progress. */
  String label() {
    return label;
  }

  String table() {
    return table;
  }

  long bucketMs() {
    return bucketMs;
  }

  /** The longest time that one statement computes: whole buckets. */
  long statementMs() {
    return statementMs;
  }

  /** When the bucket began that a time lies in. */
  long floor(long ms) {
    return Math.floorDiv(ms, bucketMs) * bucketMs;
  }
}
