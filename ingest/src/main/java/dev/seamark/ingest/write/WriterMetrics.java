package dev.seamark.ingest.write;

import dev.seamark.ingest.write.plan.Refusal;
import dev.seamark.schema.Table;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/**
 * What the writer tells about itself. For each table, at any time between two steps of its loop:
 *
 * <pre>
 * rows_read = rows_stored + rows_held + rows_released + rows_dead_lettered
 * </pre>
 *
 * where released rows were read and let go unstored, since their partition moved away or stopped;
 * its next owner reads them again. Over all writers and for ever, what ingesters acknowledged is
 * the sum of {@code rows_stored} over ranges that were finished, plus the lag.
 */
public final class WriterMetrics {
  final Counter rowsRead;
  final Counter rowsStored;
  final Counter rowsReleased;
  final Counter rowsBuried;
  final Gauge rowsHeld;
  final Gauge bytesHeld;
  final Counter inserts;
  final Histogram insertSeconds;
  final Histogram insertRows;
  final Histogram freshnessSeconds;
  final Counter commits;
  final Counter rejoins;
  final Gauge lagRecords;
  final Gauge lagRows;
  final Gauge lagSeconds;
  final Gauge stopped;
  final Gauge held;
  final Gauge watermarkSeconds;
  final Counter watermarks;
  final Counter deadLetters;
  final Gauge lastDeadLetter;

  public WriterMetrics(PrometheusRegistry registry) {
    rowsRead = counter(
            "seamark_writer_rows_read", "Rows in sound records read from Kafka.", "table")
        .register(registry);
    rowsStored = counter(
            "seamark_writer_rows_stored",
            "Rows that ClickHouse has, whether from this insert or an earlier one.",
            "table")
        .register(registry);
    rowsReleased = counter(
            "seamark_writer_rows_released",
            "Rows let go unstored, as their partition moved away or stopped.",
            "table")
        .register(registry);
    rowsBuried = counter(
            "seamark_writer_rows_dead_lettered",
            "Rows that can't be stored, in dead letters of ranges that were finished.",
            "table")
        .register(registry);
    rowsHeld = gauge("seamark_writer_rows_held", "Rows read and not stored yet.", "table")
        .register(registry);
    bytesHeld = gauge(
            "seamark_writer_held_bytes", "Records in memory, against writer.held-bytes-max.")
        .register(registry);
    inserts = counter(
            "seamark_writer_inserts",
            "Attempts to insert a range: stored, retry (away, busy or no answer), expired (too late"
                + " for its lease), refused (never acceptable).",
            "table",
            "result")
        .register(registry);
    insertSeconds = histogram(
            "seamark_writer_insert_seconds", "Time of an attempt, the join included.", 0.005, 60)
        .register(registry);
    insertRows = histogram("seamark_writer_insert_rows", "Rows of a stored range.", 10, 10_000_000)
        .register(registry);
    freshnessSeconds = histogram(
            "seamark_writer_freshness_seconds",
            "From the arrival of a range's oldest row at the ingester until it was stored.",
            0.05,
            3_600)
        .register(registry);
    commits = counter("seamark_writer_commits", "Offset commits: ok or failed.", "result")
        .register(registry);
    rejoins = counter(
            "seamark_writer_rejoins",
            "Times the writer left the group and joined it as another member, as a commit got no"
                + " answer.")
        .register(registry);
    lagRecords = gauge(
            "seamark_writer_lag_records",
            "Records in the log not stored yet.",
            "topic",
            "partition")
        .register(registry);
    lagRows = gauge(
            "seamark_writer_lag_rows",
            "Rows not stored yet: those held, and an estimate for those not read.",
            "topic",
            "partition")
        .register(registry);
    lagSeconds = gauge(
            "seamark_writer_lag_seconds",
            "Age of the oldest row that was read and isn't stored; of the last one stored if more"
                + " are waiting unread.",
            "topic",
            "partition")
        .register(registry);
    stopped = gauge(
            "seamark_writer_partition_stopped",
            "1 for a partition that waits for an operator.",
            "topic",
            "partition")
        .register(registry);
    held = gauge(
            "seamark_writer_held",
            "1 while a backup or a restore has the writer plan no further range.")
        .register(registry);
    watermarkSeconds = gauge(
            "seamark_writer_watermark_seconds",
            "Every row acknowledged by this time (seconds since the epoch) can be seen.",
            "topic",
            "partition")
        .register(registry);
    watermarks = counter(
            "seamark_writer_watermarks", "Watermarks told through Kafka: ok or failed.", "result")
        .register(registry);
    deadLetters = counter(
            "seamark_writer_dead_letters",
            "Records that can't be stored, put into the dead letters: what is wrong with them.",
            "table",
            "reason")
        .register(registry);
    lastDeadLetter = gauge(
            "seamark_writer_last_dead_letter_timestamp_seconds",
            "When this process put a record into the dead letters last; 0 if it never did.",
            "table")
        .register(registry);
    for (var table : Table.values()) {
      rowsBuried.labelValues(table.table());
      lastDeadLetter.labelValues(table.table());
      for (var kind : Refusal.Kind.values()) {
        deadLetters.labelValues(table.table(), kind.word());
      }
      rowsRead.labelValues(table.table());
      rowsStored.labelValues(table.table());
      rowsReleased.labelValues(table.table());
    }
  }

  private static Counter.Builder counter(String name, String help, String... labels) {
    return Counter.builder().name(name).help(help).labelNames(labels);
  }

  private static Gauge.Builder gauge(String name, String help, String... labels) {
    return Gauge.builder().name(name).help(help).labelNames(labels);
  }

  private static Histogram.Builder histogram(String name, String help, double from, double to) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .classicExponentialUpperBounds(from, Math.pow(to / from, 1.0 / 15), 16)
        .labelNames("table");
  }
}
