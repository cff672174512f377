package dev.seamark.schema;

import dev.seamark.block.Block;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;

/** Type, unit and help text of metrics, one a row for each variant and day. */
public final class MetadataRows implements Rows {
  private final Columns columns = new Columns();

  public final LowCardinalityColumn tenant = columns.repeated("Tenant");
  /** Days since 1970. */
  public final ShortColumn day = columns.date("Day");

  public final LowCardinalityColumn metricName = columns.repeated("MetricName");
  public final LowCardinalityColumn type = columns.repeated("Type");
  public final LowCardinalityColumn unit = columns.repeated("Unit");
  public final StringColumn help = columns.string("Help");
  /** 0 keeps for ever. */
  public final ShortColumn retentionDays = columns.uint16("RetentionDays");

  private final Block block = columns.block();

  @Override
  public Table table() {
    return Table.METRICS_METADATA;
  }

  @Override
  public Block block() {
    return block;
  }
}
