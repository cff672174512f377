package dev.seamark.schema;

import dev.seamark.block.Block;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;

/**
 * Label values that occur in the series of a metric and day, one a row: what a label browser asks
 * for.
 */
public final class LabelValueRows implements Rows {
  private final Columns columns = new Columns();

  public final LowCardinalityColumn tenant = columns.repeated("Tenant");
  /** Days since 1970. */
  public final ShortColumn day = columns.date("Day");

  public final LowCardinalityColumn name = columns.repeated("Name");
  public final StringColumn value = columns.string("Value");
  public final LowCardinalityColumn metricName = columns.repeated("MetricName");
  /** 0 keeps for ever. */
  public final ShortColumn retentionDays = columns.uint16("RetentionDays");

  private final Block block = columns.block();

  @Override
  public Table table() {
    return Table.METRICS_LABEL_VALUES;
  }

  @Override
  public Block block() {
    return block;
  }
}
