package dev.seamark.schema;

import dev.seamark.block.Block;
import dev.seamark.block.ByteColumn;
import dev.seamark.block.IntColumn;
import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;

/** Log records, one a row, in the columns of the OpenTelemetry Collector's ClickHouse exporter. */
public final class LogRows implements Rows {
  private final Columns columns = new Columns();

  /** Nanoseconds since 1970; the observed time where the record has none. */
  public final LongColumn timestamp = columns.nanos("Timestamp");

  public final LongColumn observedTimestamp = columns.nanos("ObservedTimestamp");
  public final LowCardinalityColumn tenant = columns.repeated("Tenant");
  public final LowCardinalityColumn cluster = columns.repeated("Cluster");
  /** 0 keeps for ever. */
  public final ShortColumn retentionDays = columns.uint16("RetentionDays");

  /** 32 lower-case hex digits, or empty. */
  public final StringColumn traceId = columns.string("TraceId");

  /** 16 lower-case hex digits, or empty. */
  public final StringColumn spanId = columns.string("SpanId");

  public final ByteColumn traceFlags = columns.uint8("TraceFlags");
  public final LowCardinalityColumn severityText = columns.repeated("SeverityText");
  public final ByteColumn severityNumber = columns.uint8("SeverityNumber");
  public final LowCardinalityColumn serviceName = columns.repeated("ServiceName");
  public final StringColumn body = columns.string("Body");
  public final LowCardinalityColumn resourceSchemaUrl = columns.repeated("ResourceSchemaUrl");
  /** Keys sorted by their bytes, each once. */
  public final MapColumn<StringColumn, StringColumn> resourceAttributes =
      columns.map("ResourceAttributes");

  public final LowCardinalityColumn scopeSchemaUrl = columns.repeated("ScopeSchemaUrl");
  public final StringColumn scopeName = columns.string("ScopeName");
  public final LowCardinalityColumn scopeVersion = columns.repeated("ScopeVersion");
  public final MapColumn<StringColumn, StringColumn> scopeAttributes =
      columns.map("ScopeAttributes");
  public final MapColumn<StringColumn, StringColumn> logAttributes = columns.map("LogAttributes");
  public final StringColumn eventName = columns.string("EventName");
  public final IntColumn droppedAttributesCount = columns.uint32("DroppedAttributesCount");

  private final Block block = columns.block();

  @Override
  public Table table() {
    return Table.OTEL_LOGS;
  }

  @Override
  public Block block() {
    return block;
  }
}
