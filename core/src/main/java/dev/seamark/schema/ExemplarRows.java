package dev.seamark.schema;

import dev.seamark.block.Block;
import dev.seamark.block.DoubleColumn;
import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;

/** Exemplars, one a row: single measurements that point to the trace they were made in. */
public final class ExemplarRows implements Rows {
  private final Columns columns = new Columns();

  public final LowCardinalityColumn tenant = columns.repeated("Tenant");
  public final LowCardinalityColumn metricName = columns.repeated("MetricName");
  /** First half of the series hash. */
  public final LongColumn seriesId = columns.uint64("SeriesId");

  /** Nanoseconds since 1970. */
  public final LongColumn ts = columns.nanos("Ts");

  public final DoubleColumn value = columns.float64("Value");
  /** 32 lower-case hex digits, or empty. */
  public final StringColumn traceId = columns.string("TraceId");

  /** 16 lower-case hex digits, or empty. */
  public final StringColumn spanId = columns.string("SpanId");

  /** Filtered attributes, sorted by name. */
  public final MapColumn<StringColumn, StringColumn> attributes = columns.map("Attributes");

  /** 0 keeps for ever. */
  public final ShortColumn retentionDays = columns.uint16("RetentionDays");

  private final Block block = columns.block();

  @Override
  public Table table() {
    return Table.METRICS_EXEMPLARS;
  }

  @Override
  public Block block() {
    return block;
  }
}
