package dev.seamark.schema;

import dev.seamark.block.ArrayColumn;
import dev.seamark.block.Block;
import dev.seamark.block.ByteColumn;
import dev.seamark.block.DoubleColumn;
import dev.seamark.block.IntColumn;
import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.ShortColumn;

/**
 * Samples of exponential and native histograms, one a row, without loss. Bucket counts are
 * absolute, from the offset upwards; bucket i holds values from base^i (not included) to
 * base^(i+1).
 */
public final class HistogramRows implements Rows {
  private final Columns columns = new Columns();

  public final LowCardinalityColumn tenant = columns.repeated("Tenant");
  public final LowCardinalityColumn metricName = columns.repeated("MetricName");
  /** First half of the series hash. */
  public final LongColumn seriesId = columns.uint64("SeriesId");

  /** Milliseconds since 1970. */
  public final LongColumn ts = columns.millis("Ts");

  /** Milliseconds since 1970; 0 where unknown. */
  public final LongColumn startTs = columns.millis("StartTs");

  public final LongColumn count = columns.uint64("Count");
  public final DoubleColumn sum = columns.float64("Sum");
  public final ByteColumn hasSum = columns.uint8("HasSum");
  public final DoubleColumn min = columns.float64("Min");
  public final DoubleColumn max = columns.float64("Max");
  /** Bit 1: Min is set, bit 2: Max is set. */
  public final ByteColumn hasMinMax = columns.uint8("HasMinMax");

  /** The OTLP scale, base is 2^(2^-schema); -53 where the bounds are {@link #customBounds}. */
  public final IntColumn schema = columns.int32("Schema");

  public final DoubleColumn zeroThreshold = columns.float64("ZeroThreshold");
  public final LongColumn zeroCount = columns.uint64("ZeroCount");
  public final IntColumn positiveOffset = columns.int32("PositiveOffset");
  public final ArrayColumn<LongColumn> positiveCounts =
      columns.array("PositiveCounts", LongColumn.uint64());
  public final IntColumn negativeOffset = columns.int32("NegativeOffset");
  public final ArrayColumn<LongColumn> negativeCounts =
      columns.array("NegativeCounts", LongColumn.uint64());
  /** 1 marks the end of the series, as a stale marker does. */
  public final ByteColumn stale = columns.uint8("Stale");

  /** 1: counts are those of the columns named float. */
  public final ByteColumn isFloat = columns.uint8("IsFloat");

  public final DoubleColumn floatCount = columns.float64("FloatCount");
  public final DoubleColumn floatZeroCount = columns.float64("FloatZeroCount");
  public final ArrayColumn<DoubleColumn> positiveFloatCounts =
      columns.array("PositiveFloatCounts", new DoubleColumn());
  public final ArrayColumn<DoubleColumn> negativeFloatCounts =
      columns.array("NegativeFloatCounts", new DoubleColumn());
  /** Whether counting began anew: 0 unknown, 1 yes, 2 no, 3 a gauge. */
  public final ByteColumn counterReset = columns.uint8("CounterReset");

  /** Upper bounds of the buckets of schema -53, from bucket 0 on. */
  public final ArrayColumn<DoubleColumn> customBounds =
      columns.array("CustomBounds", new DoubleColumn());

  /** 0 keeps for ever. */
  public final ShortColumn retentionDays = columns.uint16("RetentionDays");

  private final Block block = columns.block();

  @Override
  public Table table() {
    return Table.METRICS_HISTOGRAMS;
  }

  @Override
  public Block block() {
    return block;
  }
}
