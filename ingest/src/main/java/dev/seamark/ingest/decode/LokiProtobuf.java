package dev.seamark.ingest.decode;

import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import org.jspecify.annotations.Nullable;

/// The walk over the protobuf bytes of a Loki push straight into the columns of `otel_logs`.
///
/// On the wire: a request is streams (1); a stream is the text of its labels (1) and entries (2);
/// an
/// entry is a timestamp (1: seconds 1, nanoseconds 2), a line (2) and structured metadata (3: name
/// 1, value 2). What else clients send there (a stream's hash, parsed labels) says nothing. An
/// entry
/// without a time takes that of its arrival. An entry that breaks a limit, and every entry of a
/// stream whose labels can't be read, is left out and told of; malformed bytes refuse the request.
/// Allocates nothing for a row. Not thread-safe: an instance a thread.
///
/// Push API: <https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs>.
public final class LokiProtobuf implements LogDecoder {
  private static final long NANOS_A_SECOND = 1_000_000_000;
  private static final long SECONDS_MAX = Horizon.NANOS_MAX / NANOS_A_SECOND;

  private final WireReader wire = new WireReader();
  private final LokiStream stream;
  private final LokiMetadata metadata;
  private final Tally tally;
  private final Horizon horizon;

  public LokiProtobuf(Limits limits) {
    this.stream = new LokiStream(limits);
    this.metadata = new LokiMetadata(limits);
    this.tally = new Tally(limits);
    this.horizon = new Horizon(limits);
  }

  @Override
  public Decoded decode(
      byte[] body,
      int from,
      int to,
      Sender sender,
      @Nullable String cluster,
      long nowNanos,
      LogRows into)
      throws Malformed {
    wire.reset(body, from, to);
    tally.clear();
    horizon.request(nowNanos);
    stream.startRequest(sender, cluster);
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag == 0x0A) {
        int outer = wire.enter("PushRequest.streams");
        readStream(nowNanos, into);
        wire.leave(outer);
      } else {
        wire.skip(tag);
      }
    }
    return tally.decoded();
  }

  private void readStream(long nowNanos, LogRows into) throws Malformed {
    stream.read(wire);
    String refusal = stream.refusal();
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag != 0x12) {
        wire.skip(tag);
        continue;
      }
      int outer = wire.enter("Stream.entries");
      int end = wire.limit();
      if (refusal != null) {
        tally.reject(refusal);
      } else {
        try {
          readEntry(nowNanos, into);
          tally.accept();
        } catch (RowRefused e) {
          tally.reject(e.why());
        }
      }
      wire.jump(end, outer);
    }
  }

  /** Nothing is appended before all of the entry has been read and checked. */
  private void readEntry(long nowNanos, LogRows into) throws Malformed, RowRefused {
    byte[] body = wire.bytes();
    metadata.clear(body);
    long time = 0;
    int lineAt = wire.at();
    int lineEnd = lineAt;
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 0x0A -> {
          int outer = wire.enter("Entry.timestamp");
          time = readTime();
          wire.leave(outer);
        }
        case 0x12 -> {
          lineAt = wire.text("Entry.line");
          lineEnd = wire.at();
        }
        case 0x1A -> metadata.read(wire);
        default -> wire.skip(tag);
      }
    }
    long timeOrNow = time != 0 ? time : nowNanos;
    horizon.require(timeOrNow, "the time of an entry");
    tally.admit(stream.rowBytes() + metadata.textBytes() + (lineEnd - lineAt));

    into.timestamp.append(timeOrNow);
    into.observedTimestamp.append(nowNanos);
    metadata.appendTraceId(into.traceId);
    metadata.appendSpanId(into.spanId);
    into.traceFlags.append(0);
    metadata.appendSeverity(stream, into.severityText, into.severityNumber);
    into.body.append(body, lineAt, lineEnd - lineAt);
    stream.appendTo(into);
    metadata.appendAttributes(into.logAttributes);
    into.eventName.appendEmpty();
    into.droppedAttributesCount.append(0);
  }

  /** Nanoseconds since 1970; 0 where none are given. */
  private long readTime() throws Malformed, RowRefused {
    long seconds = 0;
    int nanos = 0;
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 0x08 -> seconds = wire.varint64("Timestamp.seconds");
        case 0x10 -> nanos = wire.varint32("Timestamp.nanos");
        default -> wire.skip(tag);
      }
    }
    if (seconds < 0 || seconds > SECONDS_MAX) {
      throw new RowRefused("the time of an entry is " + seconds + " s, limit " + SECONDS_MAX
          + " (the year 2106, fixed)");
    }
    if (nanos < 0 || nanos >= NANOS_A_SECOND) {
      throw new RowRefused("the time of an entry has " + nanos
          + " nanoseconds beside its seconds, limit 999999999 (fixed)");
    }
    return seconds * NANOS_A_SECOND + nanos;
  }
}
