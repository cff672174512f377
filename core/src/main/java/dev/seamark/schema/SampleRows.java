package dev.seamark.schema;

import dev.seamark.block.Block;
import dev.seamark.block.DoubleColumn;
import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.ShortColumn;

/**
 * Samples of float series, one a row: the bulk of all data, so it holds nothing that the series
 * already says.
 */
public final class SampleRows implements Rows {
  private final Columns columns = new Columns();

  public final LowCardinalityColumn tenant = columns.repeated("Tenant");
  public final LowCardinalityColumn metricName = columns.repeated("MetricName");
  /** First half of the series hash. */
  public final LongColumn seriesId = columns.uint64("SeriesId");

  /** Milliseconds since 1970. */
  public final LongColumn ts = columns.millis("Ts");

  /** Bits are kept, stale markers included. */
  public final DoubleColumn value = columns.float64("Value");

  /** 0 keeps for ever. */
  public final ShortColumn retentionDays = columns.uint16("RetentionDays");

  private final Block block = columns.block();

  @Override
  public Table table() {
    return Table.METRICS_SAMPLES;
  }

  @Override
  public Block block() {
    return block;
  }
}
