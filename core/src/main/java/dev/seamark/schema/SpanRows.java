package dev.seamark.schema;

import dev.seamark.block.ArrayColumn;
import dev.seamark.block.Block;
import dev.seamark.block.IntColumn;
import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;

/**
 * Spans, one a row, in the columns of the OpenTelemetry Collector's ClickHouse exporter. The arrays
 * of one group (events, links) have the same length in each row.
 */
public final class SpanRows implements Rows {
  private final Columns columns = new Columns();

  /** Start of the span in nanoseconds since 1970. */
  public final LongColumn timestamp = columns.nanos("Timestamp");

  public final LowCardinalityColumn tenant = columns.repeated("Tenant");
  public final LowCardinalityColumn cluster = columns.repeated("Cluster");
  /** 0 keeps for ever. */
  public final ShortColumn retentionDays = columns.uint16("RetentionDays");

  /** 32 lower-case hex digits. */
  public final StringColumn traceId = columns.string("TraceId");

  /** 16 lower-case hex digits. */
  public final StringColumn spanId = columns.string("SpanId");

  /** 16 lower-case hex digits, or empty for a root. */
  public final StringColumn parentSpanId = columns.string("ParentSpanId");

  public final StringColumn traceState = columns.string("TraceState");
  public final LowCardinalityColumn spanName = columns.repeated("SpanName");
  /** Unspecified, Internal, Server, Client, Producer or Consumer. */
  public final LowCardinalityColumn spanKind = columns.repeated("SpanKind");

  public final LowCardinalityColumn serviceName = columns.repeated("ServiceName");
  /** Keys sorted by their bytes, each once. */
  public final MapColumn<StringColumn, StringColumn> resourceAttributes =
      columns.map("ResourceAttributes");

  public final StringColumn scopeName = columns.string("ScopeName");
  public final StringColumn scopeVersion = columns.string("ScopeVersion");
  public final MapColumn<StringColumn, StringColumn> spanAttributes = columns.map("SpanAttributes");
  /** Nanoseconds. */
  public final LongColumn duration = columns.uint64("Duration");

  /** Unset, Ok or Error. */
  public final LowCardinalityColumn statusCode = columns.repeated("StatusCode");

  public final StringColumn statusMessage = columns.string("StatusMessage");
  public final IntColumn flags = columns.uint32("Flags");
  public final IntColumn droppedAttributesCount = columns.uint32("DroppedAttributesCount");
  public final IntColumn droppedEventsCount = columns.uint32("DroppedEventsCount");
  public final IntColumn droppedLinksCount = columns.uint32("DroppedLinksCount");
  public final MapColumn<StringColumn, StringColumn> scopeAttributes =
      columns.map("ScopeAttributes");
  public final LowCardinalityColumn resourceSchemaUrl = columns.repeated("ResourceSchemaUrl");
  public final LowCardinalityColumn scopeSchemaUrl = columns.repeated("ScopeSchemaUrl");
  public final ArrayColumn<LongColumn> eventsTimestamp =
      columns.array("Events.Timestamp", LongColumn.dateTime64(9));
  public final ArrayColumn<StringColumn> eventsName =
      columns.array("Events.Name", new StringColumn());
  public final ArrayColumn<MapColumn<StringColumn, StringColumn>> eventsAttributes =
      columns.array("Events.Attributes", MapColumn.ofStrings());
  public final ArrayColumn<IntColumn> eventsDroppedAttributesCount =
      columns.array("Events.DroppedAttributesCount", IntColumn.uint32());
  public final ArrayColumn<StringColumn> linksTraceId =
      columns.array("Links.TraceId", new StringColumn());
  public final ArrayColumn<StringColumn> linksSpanId =
      columns.array("Links.SpanId", new StringColumn());
  public final ArrayColumn<StringColumn> linksTraceState =
      columns.array("Links.TraceState", new StringColumn());
  public final ArrayColumn<MapColumn<StringColumn, StringColumn>> linksAttributes =
      columns.array("Links.Attributes", MapColumn.ofStrings());
  public final ArrayColumn<IntColumn> linksFlags = columns.array("Links.Flags", IntColumn.uint32());
  public final ArrayColumn<IntColumn> linksDroppedAttributesCount =
      columns.array("Links.DroppedAttributesCount", IntColumn.uint32());

  private final Block block = columns.block();

  @Override
  public Table table() {
    return Table.OTEL_TRACES;
  }

  @Override
  public Block block() {
    return block;
  }
}
