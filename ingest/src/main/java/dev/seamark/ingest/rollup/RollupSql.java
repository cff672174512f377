package dev.seamark.ingest.rollup;

import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.Table;
import java.util.List;

/**
 * The statements of the rollups. Times are milliseconds since the epoch, ranges hold their begin
 * and not their end.
 */
final class RollupSql {
  private static final String LATE = "metrics_rollup_late";
  private static final String PROGRESS = "metrics_rollup_progress";

  private final SchemaOptions schema;
  private final long lookBackMs;

  RollupSql(SchemaOptions schema, long lookBackMs) {
    this.schema = schema;
    this.lookBackMs = lookBackMs;
  }

  /** Which samples of a range a statement reads; several slices make the whole. */
  record Slice(int part, int of) {
    static final Slice WHOLE = new Slice(0, 1);
  }

  /**
   * Computes the buckets of a range and inserts them.
   *
   * <p>The samples of a series stand together in the table's order, so they are grouped as they are
   * read and only few series are in memory at a time. Of samples that repeat a time the greatest
   * counts: any one would do, as long as it is the same each time.
   *
   * <p>A bucket is left alone from the day on that its samples, or those of the day before that the
   * look-back reaches, may be gone.
   *
   * @param metrics a condition on the metrics, or "1"
   */
  String compute(
      Resolution resolution, Span span, long version, int days, String metrics, Slice slice) {
    return """
        INSERT INTO %1$s
            (Tenant, MetricName, SeriesId, Bucket, LastTs, Last, Min, Max, Sum, Count, Increase, Version, RetentionDays)
        SELECT
            Tenant,
            MetricName,
            SeriesId,
            toDateTime(intDiv(Samples[1].1, %3$d) * %4$d, 'UTC') AS Bucket,
            fromUnixTimestamp64Milli(Samples[-1].1) AS LastTs,
            Samples[-1].2 AS Last,
            arrayMin(Samples.2) AS Min,
            arrayMax(Samples.2) AS Max,
            arraySum(Samples.2) AS Sum,
            length(Samples) AS Count,
            arraySum(Samples.3) AS Increase,
            %8$d AS Version,
            if(arrayMin(Samples.4) = 0 OR %9$d = 0, 0, greatest(arrayMax(Samples.4), %9$d)) AS RetentionDays
        FROM
        (
            SELECT
                Tenant,
                MetricName,
                SeriesId,
                arrayJoin(arraySplit((sample, first) -> first, arrayZip(Times, Values, Rises, Once.3), Firsts)) AS Samples
            FROM
            (
                SELECT
                    Tenant,
                    MetricName,
                    SeriesId,
                    arraySort(groupArray((toUnixTimestamp64Milli(Ts), Value, RetentionDays))) AS Repeated,
                    arrayFilter(
                        (sample, next) -> sample.1 != next,
                        Repeated,
                        arrayPushBack(arrayPopFront(Repeated.1), toInt64(-1))) AS Once,
                    Once.1 AS Times,
                    Once.2 AS Values,
                    arrayMap(
                        (time, value, before, last) -> multiIf(
                            before < intDiv(time, %3$d) * %3$d - %7$d, 0.,
                            value < last, value,
                            value - last),
                        Times,
                        Values,
                        arrayPushFront(arrayPopBack(Times), toInt64(-1000000000000000)),
                        arrayPushFront(arrayPopBack(Values), 0.)) AS Rises,
                    arrayMap(
                        (time, before) -> intDiv(time, %3$d) != intDiv(before, %3$d),
                        Times,
                        arrayPushFront(arrayPopBack(Times), toInt64(-1000000000000000))) AS Firsts
                FROM %2$s
                WHERE Ts >= fromUnixTimestamp64Milli(%5$d - %7$d)
                    AND Ts < fromUnixTimestamp64Milli(%6$d)
                    AND NOT isNaN(Value)
                    AND SeriesId %% %10$d = %11$d
                    AND %12$s
                GROUP BY Tenant, MetricName, SeriesId
            )
        )
        WHERE Samples[1].1 >= %5$d
            AND (arrayMin(Samples.4) = 0
                OR toUInt32(toDate(fromUnixTimestamp64Milli(Samples[1].1))) + arrayMin(Samples.4) > toUInt32(today()))
        """.formatted(
            schema.localName(resolution.table()),
            schema.insertName(Table.METRICS_SAMPLES),
            resolution.bucketMs(),
            resolution.bucketMs() / 1000,
            span.fromMs(),
            span.toMs(),
            lookBackMs,
            version,
            days,
            slice.of(),
            slice.part(),
            metrics);
  }

  /** The metrics that got late samples which have a part in the buckets of a range. */
  String lateMetrics(Span arrived, Span span) {
    return "(Tenant, MetricName) IN (SELECT Tenant, MetricName FROM %s WHERE %s AND Bucket > %s AND Bucket < %s)"
        .formatted(
            schema.localName(LATE),
            arrivedWithin(arrived),
            seconds(span.fromMs() - Resolution.FIVE_MINUTES.bucketMs() - lookBackMs),
            seconds(span.toMs()));
  }

  /** Begins of the five minutes before a time that got late samples: one column of Int64. */
  String late(Span arrived, long beforeMs) {
    return "SELECT DISTINCT toInt64(toUnixTimestamp(Bucket)) * 1000 AS Ms FROM %s WHERE %s AND Bucket < %s"
        .formatted(schema.localName(LATE), arrivedWithin(arrived), seconds(beforeMs));
  }

  private static String arrivedWithin(Span arrived) {
    return "At >= fromUnixTimestamp64Milli(%d) AND At < fromUnixTimestamp64Milli(%d)"
        .formatted(arrived.fromMs(), arrived.toMs());
  }

  private static String seconds(long ms) {
    return "toDateTime(%d, 'UTC')".formatted(Math.max(0, Math.floorDiv(ms, 1000L)));
  }

  /** The time of the first sample from a time on: one column of Int64, no row without a sample. */
  String firstSample(long fromMs) {
    return "SELECT toUnixTimestamp64Milli(min(Ts)) AS Ms FROM %s WHERE Ts >= fromUnixTimestamp64Milli(%d) HAVING count() > 0"
        .formatted(schema.insertName(Table.METRICS_SAMPLES), fromMs);
  }

  /** Up to which watermark a kind of rollup is computed: one column of Int64, no row if none. */
  String progress(Resolution resolution) {
    return "SELECT toUnixTimestamp64Milli(max(Watermark)) AS Ms FROM %s WHERE Rollup = '%s' HAVING count() > 0"
        .formatted(schema.localName(PROGRESS), resolution.label());
  }

  String progressed(Resolution resolution, long watermarkMs) {
    return "INSERT INTO %s (Rollup, Watermark) SELECT '%s', fromUnixTimestamp64Milli(%d)"
        .formatted(schema.localName(PROGRESS), resolution.label(), watermarkMs);
  }

  /** Has a replica wait until it has what the others of its shard have: samples and marks. */
  List<String> catchUp() {
    return List.of(
        catchUp(schema.insertName(Table.METRICS_SAMPLES)), catchUp(schema.localName(LATE)));
  }

  private static String catchUp(String table) {
    return "SYSTEM SYNC REPLICA %s LIGHTWEIGHT".formatted(table);
  }
}
