package dev.seamark.ingest.write;

import dev.seamark.ingest.write.plan.RangeLimits;
import dev.seamark.schema.Table;
import dev.seamark.service.Key;
import dev.seamark.service.Tls;
import java.time.Duration;

/** Section {@code writer}: how the writer cuts the log into inserts, and how much it holds. */
public record WriterConfig(
    @Key(
        fallback = "127.0.0.1",
        why =
            "Address of the operator's endpoints. They take nothing in and show no rows, so probes and"
                + " scrapers on other machines may reach them: 0.0.0.0 in a container.")
    String host,

    @Key(
        fallback = "9095",
        min = "0",
        max = "65535",
        unit = "port",
        why = "Port of /metrics, /healthz and /readyz; 0 takes a free one.")
    int port,

    Tls tls,

    @Key(
        fallback = "seamark-writer",
        why = "Consumer group of all writers. Another name starts at the beginning of the log and"
            + " stores everything in it again.")
    String group,

    @Key(
        fallback = "1000000",
        min = "1",
        max = "10000000",
        unit = "rows",
        why = "Samples in one insert: larger inserts make fewer parts to merge, and take memory in"
            + " ClickHouse.")
    int sampleRowsMax,

    @Key(
        fallback = "200000",
        min = "1",
        max = "10000000",
        unit = "rows",
        why = "Rows of any other table in one insert.")
    int rowsMax,

    @Key(
        fallback = "64MiB",
        min = "1MiB",
        max = "512MiB",
        unit = "bytes",
        why = "Bytes of blocks in one insert; the insert holds them about three times.")
    int bytesMax,

    @Key(
        fallback = "1s",
        min = "1ms",
        max = "1m",
        unit = "duration",
        why = "How long a record waits for others to join its insert: most of the time from"
            + " acknowledgement to visible. Shorter makes more and smaller parts.")
    Duration linger,

    @Key(
        fallback = "2m",
        min = "10s",
        max = "1h",
        unit = "duration",
        why =
            "How long ClickHouse takes inserts of a plan after its commit. Longer than the longest"
                + " insert, and far shorter than ClickHouse remembers tokens.")
    Duration lease,

    @Key(
        fallback = "2d",
        min = "1h",
        max = "365d",
        unit = "duration",
        why = "Rows older than this are inserted apart, so that late data doesn't split every"
            + " insert into many parts.")
    Duration lateAfter,

    @Key(
        fallback = "2",
        min = "1",
        max = "64",
        why = "Inserts at the same time, one a partition; each is a thread and its blocks.")
    int parallel,

    @Key(
        fallback = "192MiB",
        min = "16MiB",
        unit = "bytes",
        why = "Records held for all partitions; over it reading pauses.")
    long heldBytesMax,

    @Key(
        fallback = "16",
        min = "0",
        max = "128",
        unit = "records",
        why = "Records of a partition that may go to the dead letters without one stored in"
            + " between. More says that it isn't the records: the partition stops. 0 stops at the"
            + " first one.")
    int deadLettersMax,

    @Key(
        fallback = "10s",
        min = "0s",
        max = "2m",
        unit = "duration",
        why =
            "How long inserts in flight may take to finish when a partition moves away. What isn't"
                + " finished is repeated by its next owner and dropped by its token.")
    Duration drain,

    @Key(
        fallback = "200ms",
        min = "1ms",
        max = "1m",
        unit = "duration",
        why = "First pause after a failed insert or commit; doubles with each further one.")
    Duration retryMin,

    @Key(
        fallback = "30s",
        min = "10ms",
        max = "10m",
        unit = "duration",
        why = "Longest pause between attempts while ClickHouse or Kafka is away.")
    Duration retryMax) {
  public WriterConfig {
    if (retryMin.compareTo(retryMax) > 0) {
      throw new IllegalArgumentException(
          "retry-min is %s, more than retry-max %s".formatted(retryMin, retryMax));
    }
    if (heldBytesMax < bytesMax) {
      throw new IllegalArgumentException(
          "held-bytes-max is %d, less than one insert of bytes-max %d"
              .formatted(heldBytesMax, bytesMax));
    }
  }

  /** The limits of a table's ranges. */
  RangeLimits limits(Table table, int schemaVersion) {
    return new RangeLimits(
        table == Table.METRICS_SAMPLES ? sampleRowsMax : rowsMax,
        bytesMax,
        linger.toMillis(),
        lease.toSeconds(),
        lateAfter.toSeconds(),
        retryMin.toMillis(),
        retryMax.toMillis(),
        deadLettersMax,
        schemaVersion);
  }
}
