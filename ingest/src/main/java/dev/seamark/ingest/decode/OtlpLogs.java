package dev.seamark.ingest.decode;

import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import org.jspecify.annotations.Nullable;

/// The walk over the protobuf bytes of an OTLP `ExportLogsServiceRequest` straight into the columns
/// of `otel_logs`.
///
/// A record without a time takes its observed time, and without that the time of its arrival. A
/// record that breaks a
/// limit is left out and told of; malformed bytes refuse the request. Allocates nothing for a row;
/// measured by
/// `OtlpLogsBenchmark`. Not thread-safe: an instance a thread.
///
/// Message definitions: <https://github.com/open-telemetry/opentelemetry-proto>,
/// `logs/v1/logs.proto`.
public final class OtlpLogs implements LogDecoder {
  private final WireReader wire = new WireReader();
  private final Origin origin;
  private final Tally tally;
  private final Horizon horizon;
  private final Attributes attributes;
  private final AnyValue bodyValue;
  private final Text bodyText;

  public OtlpLogs(Limits limits) {
    this.origin = new Origin(limits);
    this.tally = new Tally(limits);
    this.horizon = new Horizon(limits);
    this.attributes = new Attributes("a log record", limits);
    this.bodyValue = new AnyValue(limits);
    this.bodyText = new Text(limits);
  }

  @Override
  public Decoded decode(
      byte[] body,
      int from,
      int to,
      Sender sender,
      @Nullable String clusterHeader,
      long nowNanos,
      LogRows into)
      throws Malformed {
    wire.reset(body, from, to);
    tally.clear();
    horizon.request(nowNanos);
    origin.startRequest(body, sender, clusterHeader);
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag == 0x0A) {
        int outer = wire.enter("ExportLogsServiceRequest.resource_logs");
        readResourceLogs(nowNanos, into);
        wire.leave(outer);
      } else {
        wire.skip(tag);
      }
    }
    return tally.decoded();
  }

  private void readResourceLogs(long nowNanos, LogRows into) throws Malformed {
    origin.readResource(wire);
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag == 0x12) {
        int outer = wire.enter("ResourceLogs.scope_logs");
        readScopeLogs(nowNanos, into);
        wire.leave(outer);
      } else {
        wire.skip(tag);
      }
    }
  }

  private void readScopeLogs(long nowNanos, LogRows into) throws Malformed {
    origin.readScope(wire);
    String refusal = origin.refusal();
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag != 0x12) {
        wire.skip(tag);
        continue;
      }
      int outer = wire.enter("ScopeLogs.log_records");
      int end = wire.limit();
      if (refusal != null) {
        tally.reject(refusal);
      } else {
        try {
          readLogRecord(nowNanos, into);
          tally.accept();
        } catch (RowRefused e) {
          tally.reject(e.why());
        }
      }
      wire.jump(end, outer);
    }
  }

  /** Nothing is appended before all of the record has been read and checked. */
  private void readLogRecord(long nowNanos, LogRows into) throws Malformed, RowRefused {
    WireReader wire = this.wire;
    Attributes attributes = this.attributes;
    byte[] body = wire.bytes();
    attributes.clear(body);
    int from = wire.at();
    int to = wire.limit();
    long time = 0;
    long observed = 0;
    int severityNumber = 0;
    int severityTextAt = from;
    int severityTextEnd = from;
    int bodyAt = from;
    int bodyEnd = from;
    int bodies = 0;
    int dropped = 0;
    int flags = 0;
    int traceIdAt = from;
    int traceIdEnd = from;
    int spanIdAt = from;
    int spanIdEnd = from;
    int eventNameAt = from;
    int eventNameEnd = from;
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 0x09 -> time = wire.fixed64("LogRecord.time_unix_nano");
        case 0x10 -> severityNumber = wire.varint32("LogRecord.severity_number");
        case 0x1A -> {
          severityTextAt = wire.text("LogRecord.severity_text");
          severityTextEnd = wire.at();
        }
        case 0x2A -> {
          bodyAt = wire.bytes("LogRecord.body");
          bodyEnd = wire.at();
          bodies++;
        }
        case 0x32 -> attributes.read(wire);
        case 0x38 -> dropped = wire.varint32("LogRecord.dropped_attributes_count");
        case 0x45 -> flags = wire.fixed32("LogRecord.flags");
        case 0x4A -> {
          traceIdAt = Ids.read(wire, Ids.TRACE_BYTES, "LogRecord.trace_id");
          traceIdEnd = wire.at();
        }
        case 0x52 -> {
          spanIdAt = Ids.read(wire, Ids.SPAN_BYTES, "LogRecord.span_id");
          spanIdEnd = wire.at();
        }
        case 0x59 -> observed = wire.fixed64("LogRecord.observed_time_unix_nano");
        case 0x62 -> {
          eventNameAt = wire.text("LogRecord.event_name");
          eventNameEnd = wire.at();
        }
        default -> wire.skip(tag);
      }
    }
    boolean isText = readBody(from, bodyAt, bodyEnd, to, bodies);
    long observedOrNow = observed != 0 ? observed : nowNanos;
    long timeOrObserved = time != 0 ? time : observedOrNow;
    horizon.require(timeOrObserved, "the time of a log record");
    horizon.require(observedOrNow, "the observed time of a log record");
    byte[] text = isText ? bodyValue.bytes() : bodyText.bytes();
    int textAt = isText ? bodyValue.at() : 0;
    int textBytes = isText ? bodyValue.end() - textAt : bodyText.size();
    tally.admit(origin.rowBytes()
        + attributes.textBytes()
        + 4L * attributes.count()
        + textBytes
        + (severityTextEnd - severityTextAt)
        + (eventNameEnd - eventNameAt));

    into.timestamp.append(timeOrObserved);
    into.observedTimestamp.append(observedOrNow);
    into.retentionDays.append(origin.retentionDays());
    Ids.append(into.traceId, body, traceIdAt, traceIdEnd);
    Ids.append(into.spanId, body, spanIdAt, spanIdEnd);
    into.traceFlags.append(flags & 0xFF);
    into.severityText.append(body, severityTextAt, severityTextEnd - severityTextAt);
    into.severityNumber.append(severityNumber >= 0 && severityNumber <= 0xFF ? severityNumber : 0);
    into.body.append(text, textAt, textBytes);
    origin.appendResource(
        into.tenant,
        into.cluster,
        into.serviceName,
        into.resourceSchemaUrl,
        into.resourceAttributes);
    origin.appendScope(into.scopeSchemaUrl, into.scopeName, into.scopeAttributes);
    origin.appendScopeVersion(into.scopeVersion);
    attributes.appendTo(into.logAttributes);
    into.eventName.append(body, eventNameAt, eventNameEnd - eventNameAt);
    into.droppedAttributesCount.append(dropped);
    origin.endRow();
  }

  /** Whether the body is text, which stays where it is; other values are rendered. */
  private boolean readBody(int from, int bodyAt, int bodyEnd, int to, int bodies)
      throws Malformed, RowRefused {
    bodyText.clear();
    if (bodies == 1) {
      wire.jump(bodyAt, bodyEnd);
      bodyValue.read(wire);
    } else if (bodies == 0) {
      bodyValue.clear();
    } else {
      bodyValue.read(wire.joined(0x2A, from, to, "LogRecord.body"));
    }
    boolean isText = bodyValue.kind() == AnyValue.STRING;
    if (!isText) {
      bodyValue.putText(bodyText);
    }
    return isText;
  }
}
