package dev.seamark.ingest.write.plan;

/// How large a range may grow and how long its parts may take. Changing them never changes a plan
/// that was committed.
///
/// @param rowsMax a range ends before it would hold more rows (one record always fits)
/// @param bytesMax a range ends before it would hold more bytes (one record always fits)
/// @param waitMs longest time a record waits for others to join its range
/// @param leaseSeconds how long ClickHouse takes inserts of a plan after its commit
/// @param lateAfterSeconds rows older than this (in ClickHouse's clock, by whole days) are
///     inserted apart
/// @param retryMinMs first pause after a failure
/// @param retryMaxMs longest pause after repeated failures
/// @param excludedMax how many records may be excluded without one stored in between; more says
///     that not the records are at fault but what they have in common
/// @param schema newest record schema that this writer reads
public record RangeLimits(
    long rowsMax,
    long bytesMax,
    long waitMs,
    long leaseSeconds,
    long lateAfterSeconds,
    long retryMinMs,
    long retryMaxMs,
    int excludedMax,
    int schema) {
  public RangeLimits {
    if (excludedMax < 0 || excludedMax > Plan.EXCLUDED_MAX) {
      throw new IllegalArgumentException(
          excludedMax + " records to exclude, a plan has room for " + Plan.EXCLUDED_MAX);
    }
  }
}
