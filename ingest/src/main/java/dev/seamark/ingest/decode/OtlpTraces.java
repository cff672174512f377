package dev.seamark.ingest.decode;

import dev.seamark.block.IntColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.schema.SpanRows;
import dev.seamark.tenant.Sender;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The walk over the protobuf bytes of an OTLP `ExportTraceServiceRequest` straight into the
/// columns of `otel_traces`.
///
/// A span without a start takes its end, and without that the time of its arrival; one that ends
/// before it starts has
/// no duration. A span that breaks a limit is left out and told of; malformed bytes refuse the
/// request. Allocates
/// nothing for a row; measured by `OtlpTracesBenchmark`. Not thread-safe: an instance a thread.
///
/// Message definitions: <https://github.com/open-telemetry/opentelemetry-proto>,
/// `trace/v1/trace.proto`.
public final class OtlpTraces {
  private static final byte[][] KINDS =
      texts("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer");
  private static final byte[][] STATUS_CODES = texts("Unset", "Ok", "Error");

  /** Numbers and ends of an event or link, roughly. */
  private static final int NESTED_FIXED_BYTES = 64;

  private final WireReader wire = new WireReader();
  private final Origin origin;
  private final Tally tally;
  private final Horizon horizon;
  private final Attributes attributes;
  private final Attributes eventAttributes;
  private final Attributes linkAttributes;
  private final int rowBytesMax;
  private final int eventsMax;
  private final int linksMax;

  // the places of the names in the dictionaries of the request's rows, -1 until they are used
  private final int[] kindIndexes = new int[KINDS.length];
  private final int[] statusIndexes = new int[STATUS_CODES.length];

  // of the span being read
  private int events;
  private int links;
  private long nestedBytes;
  private int statusMessageAt;
  private int statusMessageEnd;
  private int statusCode;

  public OtlpTraces(Limits limits) {
    this.origin = new Origin(limits);
    this.tally = new Tally(limits);
    this.horizon = new Horizon(limits);
    this.attributes = new Attributes("a span", limits);
    this.eventAttributes = new Attributes("an event", limits);
    this.linkAttributes = new Attributes("a link", limits);
    this.rowBytesMax = limits.rowBytesMax();
    this.eventsMax = limits.eventsMax();
    this.linksMax = limits.linksMax();
  }

  /**
   * Appends the spans of a request.
   *
   * @param clusterHeader the cluster that the request names for resources that don't, or null
   * @param nowNanos the time of arrival, nanoseconds since 1970
   * @throws Malformed if the bytes aren't such a request; the rows appended so far are void
   */
  public Decoded decode(
      byte[] body,
      int from,
      int to,
      Sender sender,
      @Nullable String clusterHeader,
      long nowNanos,
      SpanRows into)
      throws Malformed {
    wire.reset(body, from, to);
    tally.clear();
    horizon.request(nowNanos);
    origin.startRequest(body, sender, clusterHeader);
    forgetIndexes();
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag == 0x0A) {
        int outer = wire.enter("ExportTraceServiceRequest.resource_spans");
        readResourceSpans(nowNanos, into);
        wire.leave(outer);
      } else {
        wire.skip(tag);
      }
    }
    return tally.decoded();
  }

  private void readResourceSpans(long nowNanos, SpanRows into) throws Malformed {
    origin.readResource(wire);
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag == 0x12) {
        int outer = wire.enter("ResourceSpans.scope_spans");
        readScopeSpans(nowNanos, into);
        wire.leave(outer);
      } else {
        wire.skip(tag);
      }
    }
  }

  private void readScopeSpans(long nowNanos, SpanRows into) throws Malformed {
    origin.readScope(wire);
    String refusal = origin.refusal();
    int rows = into.rows();
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag != 0x12) {
        wire.skip(tag);
        continue;
      }
      int outer = wire.enter("ScopeSpans.spans");
      int end = wire.limit();
      if (refusal != null) {
        tally.reject(refusal);
      } else {
        try {
          readSpan(nowNanos, into);
          tally.accept();
          rows++;
        } catch (RowRefused e) {
          tally.reject(e.why());
          into.truncate(rows); // events and links are appended as they are read
          forgetIndexes();
        }
      }
      wire.jump(end, outer);
    }
  }

  private void readSpan(long nowNanos, SpanRows into) throws Malformed, RowRefused {
    WireReader wire = this.wire;
    Attributes attributes = this.attributes;
    byte[] body = wire.bytes();
    attributes.clear(body);
    int from = wire.at();
    events = 0;
    links = 0;
    nestedBytes = 0;
    statusMessageAt = from;
    statusMessageEnd = from;
    statusCode = 0;
    int traceIdAt = from;
    int traceIdEnd = from;
    int spanIdAt = from;
    int spanIdEnd = from;
    int parentIdAt = from;
    int parentIdEnd = from;
    int traceStateAt = from;
    int traceStateEnd = from;
    int nameAt = from;
    int nameEnd = from;
    int kind = 0;
    int flags = 0;
    long start = 0;
    long end = 0;
    int droppedAttributes = 0;
    int droppedEvents = 0;
    int droppedLinks = 0;
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 0x0A -> {
          traceIdAt = Ids.read(wire, Ids.TRACE_BYTES, "Span.trace_id");
          traceIdEnd = wire.at();
        }
        case 0x12 -> {
          spanIdAt = Ids.read(wire, Ids.SPAN_BYTES, "Span.span_id");
          spanIdEnd = wire.at();
        }
        case 0x1A -> {
          traceStateAt = wire.text("Span.trace_state");
          traceStateEnd = wire.at();
        }
        case 0x22 -> {
          parentIdAt = Ids.read(wire, Ids.SPAN_BYTES, "Span.parent_span_id");
          parentIdEnd = wire.at();
        }
        case 0x2A -> {
          nameAt = wire.text("Span.name");
          nameEnd = wire.at();
        }
        case 0x30 -> kind = wire.varint32("Span.kind");
        case 0x39 -> start = wire.fixed64("Span.start_time_unix_nano");
        case 0x41 -> end = wire.fixed64("Span.end_time_unix_nano");
        case 0x4A -> attributes.read(wire);
        case 0x50 -> droppedAttributes = wire.varint32("Span.dropped_attributes_count");
        case 0x5A -> {
          int outer = wire.enter("Span.events");
          readEvent(into);
          wire.leave(outer);
        }
        case 0x60 -> droppedEvents = wire.varint32("Span.dropped_events_count");
        case 0x6A -> {
          int outer = wire.enter("Span.links");
          readLink(into);
          wire.leave(outer);
        }
        case 0x70 -> droppedLinks = wire.varint32("Span.dropped_links_count");
        case 0x7A -> {
          int outer = wire.enter("Span.status");
          readStatus();
          wire.leave(outer);
        }
        case 0x85 -> flags = wire.fixed32("Span.flags");
        default -> wire.skip(tag);
      }
    }
    long startOrEnd = start != 0 ? start : end != 0 ? end : nowNanos;
    horizon.require(startOrEnd, "the start of a span");
    horizon.require(end, "the end of a span");
    tally.admit(origin.rowBytes()
        + attributes.textBytes()
        + 4L * attributes.count()
        + nestedBytes
        + (nameEnd - nameAt)
        + (traceStateEnd - traceStateAt)
        + (statusMessageEnd - statusMessageAt));

    into.timestamp.append(startOrEnd);
    into.retentionDays.append(origin.retentionDays());
    Ids.append(into.traceId, body, traceIdAt, traceIdEnd);
    Ids.append(into.spanId, body, spanIdAt, spanIdEnd);
    Ids.append(into.parentSpanId, body, parentIdAt, parentIdEnd);
    into.traceState.append(body, traceStateAt, traceStateEnd - traceStateAt);
    into.spanName.append(body, nameAt, nameEnd - nameAt);
    appendName(into.spanKind, kind, KINDS, kindIndexes);
    origin.appendResource(
        into.tenant,
        into.cluster,
        into.serviceName,
        into.resourceSchemaUrl,
        into.resourceAttributes);
    origin.appendScope(into.scopeSchemaUrl, into.scopeName, into.scopeAttributes);
    origin.appendScopeVersion(into.scopeVersion);
    attributes.appendTo(into.spanAttributes);
    into.duration.append(Math.max(0, end - startOrEnd));
    appendName(into.statusCode, statusCode, STATUS_CODES, statusIndexes);
    into.statusMessage.append(body, statusMessageAt, statusMessageEnd - statusMessageAt);
    into.flags.append(flags);
    into.droppedAttributesCount.append(droppedAttributes);
    into.droppedEventsCount.append(droppedEvents);
    into.droppedLinksCount.append(droppedLinks);
    endEvents(into);
    endLinks(into);
    origin.endRow();
  }

  private void endEvents(SpanRows into) {
    if (events == 0) {
      into.eventsTimestamp.appendEmpty();
      into.eventsName.appendEmpty();
      into.eventsAttributes.appendEmpty();
      into.eventsDroppedAttributesCount.appendEmpty();
    } else {
      into.eventsTimestamp.endRow();
      into.eventsName.endRow();
      into.eventsAttributes.endRow();
      into.eventsDroppedAttributesCount.endRow();
    }
  }

  private void endLinks(SpanRows into) {
    if (links == 0) {
      into.linksTraceId.appendEmpty();
      into.linksSpanId.appendEmpty();
      into.linksTraceState.appendEmpty();
      into.linksAttributes.appendEmpty();
      into.linksFlags.appendEmpty();
      into.linksDroppedAttributesCount.appendEmpty();
    } else {
      into.linksTraceId.endRow();
      into.linksSpanId.endRow();
      into.linksTraceState.endRow();
      into.linksAttributes.endRow();
      into.linksFlags.endRow();
      into.linksDroppedAttributesCount.endRow();
    }
  }

  private void readEvent(SpanRows into) throws Malformed, RowRefused {
    if (++events > eventsMax) {
      throw new RowRefused(
          Limits.exceeded("the number of events of a span", events, eventsMax, Limits.EVENTS_MAX));
    }
    Attributes attributes = eventAttributes;
    byte[] body = wire.bytes();
    attributes.clear(body);
    long time = 0;
    int nameAt = wire.at();
    int nameEnd = nameAt;
    int dropped = 0;
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 0x09 -> time = wire.fixed64("Event.time_unix_nano");
        case 0x12 -> {
          nameAt = wire.text("Event.name");
          nameEnd = wire.at();
        }
        case 0x1A -> attributes.read(wire);
        case 0x20 -> dropped = wire.varint32("Event.dropped_attributes_count");
        default -> wire.skip(tag);
      }
    }
    admitNested(attributes, nameEnd - nameAt);
    into.eventsTimestamp.element().append(time);
    into.eventsName.element().append(body, nameAt, nameEnd - nameAt);
    appendNested(
        attributes,
        into.eventsAttributes.element(),
        dropped,
        into.eventsDroppedAttributesCount.element());
  }

  private void readLink(SpanRows into) throws Malformed, RowRefused {
    if (++links > linksMax) {
      throw new RowRefused(
          Limits.exceeded("the number of links of a span", links, linksMax, Limits.LINKS_MAX));
    }
    Attributes attributes = linkAttributes;
    byte[] body = wire.bytes();
    attributes.clear(body);
    int from = wire.at();
    int traceIdAt = from;
    int traceIdEnd = from;
    int spanIdAt = from;
    int spanIdEnd = from;
    int traceStateAt = from;
    int traceStateEnd = from;
    int dropped = 0;
    int flags = 0;
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 0x0A -> {
          traceIdAt = Ids.read(wire, Ids.TRACE_BYTES, "Link.trace_id");
          traceIdEnd = wire.at();
        }
        case 0x12 -> {
          spanIdAt = Ids.read(wire, Ids.SPAN_BYTES, "Link.span_id");
          spanIdEnd = wire.at();
        }
        case 0x1A -> {
          traceStateAt = wire.text("Link.trace_state");
          traceStateEnd = wire.at();
        }
        case 0x22 -> attributes.read(wire);
        case 0x28 -> dropped = wire.varint32("Link.dropped_attributes_count");
        case 0x35 -> flags = wire.fixed32("Link.flags");
        default -> wire.skip(tag);
      }
    }
    admitNested(attributes, traceStateEnd - traceStateAt);
    Ids.append(into.linksTraceId.element(), body, traceIdAt, traceIdEnd);
    Ids.append(into.linksSpanId.element(), body, spanIdAt, spanIdEnd);
    into.linksTraceState.element().append(body, traceStateAt, traceStateEnd - traceStateAt);
    into.linksFlags.element().append(flags);
    appendNested(
        attributes,
        into.linksAttributes.element(),
        dropped,
        into.linksDroppedAttributesCount.element());
  }

  /** Keeps one span from filling the memory before its size is known as a whole. */
  private void admitNested(Attributes attributes, int textBytes) throws RowRefused {
    nestedBytes +=
        attributes.textBytes() + 4L * attributes.count() + textBytes + NESTED_FIXED_BYTES;
    if (nestedBytes > rowBytesMax) {
      throw new RowRefused(Limits.exceeded(
          "the number of bytes of a row", nestedBytes, rowBytesMax, Limits.ROW_BYTES_MAX));
    }
  }

  private static void appendNested(
      Attributes attributes,
      MapColumn<StringColumn, StringColumn> maps,
      int dropped,
      IntColumn droppedCounts) {
    attributes.appendTo(maps);
    droppedCounts.append(dropped);
  }

  private void forgetIndexes() {
    Arrays.fill(kindIndexes, -1);
    Arrays.fill(statusIndexes, -1);
  }

  /** Appends the name of a number; one that has none is taken for 0. */
  private static void appendName(
      LowCardinalityColumn column, int number, byte[][] names, int[] indexes) {
    int named = number >= 0 && number < names.length ? number : 0;
    if (indexes[named] < 0) {
      indexes[named] = column.intern(names[named], 0, names[named].length);
    }
    column.appendIndex(indexes[named]);
  }

  private void readStatus() throws Malformed {
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 0x12 -> {
          statusMessageAt = wire.text("Status.message");
          statusMessageEnd = wire.at();
        }
        case 0x18 -> statusCode = wire.varint32("Status.code");
        default -> wire.skip(tag);
      }
    }
  }

  private static byte[][] texts(String... texts) {
    byte[][] bytes = new byte[texts.length][];
    for (int i = 0; i < texts.length; i++) {
      bytes[i] = texts[i].getBytes(StandardCharsets.US_ASCII);
    }
    return bytes;
  }
}
