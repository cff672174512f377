package dev.seamark.schema;

import dev.seamark.block.Block;
import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;

/** Series as they were announced, one a row for each series and day. */
public final class SeriesRows implements Rows {
  private final Columns columns = new Columns();

  public final LowCardinalityColumn tenant = columns.repeated("Tenant");
  /** Days since 1970, the sample's day. */
  public final ShortColumn day = columns.date("Day");

  public final LowCardinalityColumn metricName = columns.repeated("MetricName");
  /** First half of the series hash. */
  public final LongColumn seriesId = columns.uint64("SeriesId");

  /** Second half of the series hash: an audit finds collisions by it. */
  public final LongColumn seriesHash = columns.uint64("SeriesHash");

  /** All labels but __name__, sorted by name. */
  public final MapColumn<StringColumn, StringColumn> labels = columns.map("Labels");

  public final LowCardinalityColumn cluster = columns.repeated("Cluster");
  public final LowCardinalityColumn namespace = columns.repeated("Namespace");
  public final LowCardinalityColumn job = columns.repeated("Job");
  public final StringColumn instance = columns.string("Instance");
  public final StringColumn pod = columns.string("Pod");
  public final LowCardinalityColumn container = columns.repeated("Container");
  public final LowCardinalityColumn node = columns.repeated("Node");
  public final LowCardinalityColumn service = columns.repeated("Service");
  /**
   * counter, gauge, histogram, gaugehistogram, summary, exponential_histogram, info, stateset or
   * unknown.
   */
  public final LowCardinalityColumn type = columns.repeated("Type");

  public final LowCardinalityColumn unit = columns.repeated("Unit");
  /** Empty or cumulative. */
  public final LowCardinalityColumn temporality = columns.repeated("Temporality");

  /** 0 keeps for ever. */
  public final ShortColumn retentionDays = columns.uint16("RetentionDays");

  private final Block block = columns.block();

  @Override
  public Table table() {
    return Table.METRICS_SERIES;
  }

  @Override
  public Block block() {
    return block;
  }
}
