package dev.seamark.ingest.decode;

import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The walk over the msgpack that Fluentd and Fluent Bit send, straight into the columns of
/// `otel_logs`.
///
/// A body is any number of these, one behind the other:
///
/// - a message of the forward protocol: `[tag, time, record, option]` (Message),
///   `[tag, [entry, ...], option]` (Forward) or `[tag, bytes of entries, option]` (PackedForward,
///   uncompressed),
/// - an entry, as Fluent Bit's HTTP output sends them: `[time, record]` or
///   `[[time, metadata], record]`,
/// - a text: the tag of the entries behind it,
/// - nil: a heartbeat, which means nothing.
///
/// A time is seconds since 1970 (an integer or a float), an event time, or a timestamp of msgpack;
/// 0
/// and nil are the time of arrival. Not thread-safe: an instance a thread.
///
/// Protocol: <https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1>.
public final class FluentRecords implements LogDecoder {
  private static final long NANOS_A_SECOND = 1_000_000_000;
  private static final int TIMESTAMP_TYPE = -1;

  private final MsgpackReader wire = new MsgpackReader();
  private final FluentRows rows;
  private int metadataFrom;
  private int metadataTo;
  private boolean groupStarts;
  private boolean groupEnds;

  public FluentRecords(Limits limits) {
    this.rows = new FluentRows(limits);
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
    return decodeNamed(body, from, to, sender, cluster, null, nowNanos, into);
  }

  @Override
  public Decoded decodeNamed(
      byte[] body,
      int from,
      int to,
      Sender sender,
      @Nullable String cluster,
      @Nullable String tag,
      long nowNanos,
      LogRows into)
      throws Malformed {
    rows.request(sender, cluster, nowNanos, into);
    if (tag != null) {
      byte[] bytes = tag.getBytes(StandardCharsets.UTF_8);
      rows.tag(bytes, 0, bytes.length);
    }
    wire.reset(body, from, to);
    while (wire.hasNext()) {
      readNext();
    }
    return rows.decoded();
  }

  private void readNext() throws Malformed {
    int start = wire.at();
    switch (wire.next("a message")) {
      case MsgpackReader.NIL -> {}
      case MsgpackReader.STR, MsgpackReader.BIN -> {
        rows.tag(wire.bytes(), wire.from(), wire.to());
        rows.group(0, 0);
      }
      case MsgpackReader.ARRAY -> {
        if (wire.size() == 0) {
          throw wire.malformed("a message", "it is empty");
        }
        int size = wire.size();
        int first = wire.at();
        int kind = wire.next("a tag or time");
        if (kind == MsgpackReader.STR || kind == MsgpackReader.BIN) {
          rows.tag(wire.bytes(), wire.from(), wire.to());
          rows.group(0, 0);
          readMessage(size);
          rows.group(0, 0);
        } else {
          wire.jump(first);
          readEntry(size);
        }
      }
      default -> {
        wire.jump(start);
        throw wire.malformed("a message", "it is no array, text or nil");
      }
    }
  }

  /** Reads a message from behind its tag on. */
  private void readMessage(int size) throws Malformed {
    if (size < 2) {
      throw wire.malformed("a message", "it has nothing behind its tag");
    }
    int start = wire.at();
    int read = 2;
    switch (wire.next("entries or time")) {
      case MsgpackReader.ARRAY -> {
        for (int left = wire.size(); left > 0; left--) {
          readEntry();
        }
      }
      case MsgpackReader.STR, MsgpackReader.BIN -> readPacked(wire.from(), wire.to());
      case MsgpackReader.MAP, MsgpackReader.BOOL ->
        throw wire.malformed("a message", "what stands behind its tag is no entries and no time");
      default -> {
        wire.jump(start);
        readEvent(size);
        read = size;
      }
    }
    for (; read < size; read++) {
      wire.skip("an option");
    }
  }

  private void readPacked(int from, int to) throws Malformed {
    int limit = wire.limit();
    wire.jump(from, to);
    while (wire.hasNext()) {
      readEntry();
    }
    wire.jump(to, limit);
  }

  /** Reads time, record and option of a single event. */
  private void readEvent(int size) throws Malformed {
    if (size < 3) {
      throw wire.malformed("a message", "it has a time, but no record");
    }
    metadataFrom = 0;
    metadataTo = 0;
    int timeAt = wire.at();
    wire.skip("a time");
    int recordAt = wire.at();
    wire.skip("a record");
    if (size > 3) {
      readOption();
    }
    for (int read = 4; read < size; read++) {
      wire.skip("an element of a message");
    }
    int end = wire.at();
    wire.jump(timeAt);
    readTimeAndRecord(recordAt);
    wire.jump(end);
  }

  private void readOption() throws Malformed {
    int kind = wire.next("an option");
    if (kind == MsgpackReader.NIL) {
      return; // old Docker daemons send that
    }
    if (kind != MsgpackReader.MAP) {
      throw wire.malformed("an option", "it is no map");
    }
    for (int left = wire.size(); left > 0; left--) {
      boolean isMetadata = FluentMessage.isNext(wire, FluentMessage.METADATA);
      wire.skip("the key of an option");
      int from = wire.at();
      wire.skip("an option");
      if (isMetadata) {
        metadataFrom = from;
        metadataTo = wire.at();
      }
    }
  }

  private void readEntry() throws Malformed {
    if (wire.next("an entry") != MsgpackReader.ARRAY) {
      throw wire.malformed("an entry", "it is no array of a time and a record");
    }
    readEntry(wire.size());
  }

  private void readEntry(int size) throws Malformed {
    if (size < 2) {
      throw wire.malformed(
          "an entry", "it has " + size + " elements, a time and a record are needed");
    }
    metadataFrom = 0;
    metadataTo = 0;
    int start = wire.at();
    int timeEnd = -1;
    if (wire.next("a time") == MsgpackReader.ARRAY) {
      int beside = wire.size();
      if (beside == 0) {
        throw wire.malformed("an entry", "its time is an empty array");
      }
      start = wire.at();
      wire.skip("a time");
      for (int read = 1; read < beside; read++) {
        metadataFrom = wire.at();
        wire.skip("metadata");
        metadataTo = wire.at();
      }
      timeEnd = wire.at();
    }
    int recordAt = timeEnd >= 0 ? timeEnd : -1;
    wire.jump(start);
    readTimeAndRecord(recordAt);
    for (int read = 2; read < size; read++) {
      wire.skip("an element of an entry");
    }
  }

  /** @param recordAt where the record stands, -1 right behind the time */
  private void readTimeAndRecord(int recordAt) throws Malformed {
    int timeAt = wire.at();
    long nanos;
    try {
      nanos = readTime();
    } catch (RowRefused e) {
      rows.refuse(e.why());
      wire.jump(timeAt);
      wire.skip("a time");
      if (recordAt >= 0) {
        wire.jump(recordAt);
      }
      wire.skip("a record");
      return;
    }
    if (recordAt >= 0) {
      wire.jump(recordAt);
    }
    if (groupStarts || groupEnds) {
      int from = wire.at();
      boolean isMap = wire.next("a group") == MsgpackReader.MAP;
      wire.jump(from);
      wire.skip("a group");
      rows.group(groupStarts && isMap ? from : 0, groupStarts && isMap ? wire.at() : 0);
      return;
    }
    rows.record(wire, nanos, metadataFrom, metadataTo);
  }

  /** The next value as nanoseconds since 1970, or the mark of a group. */
  private long readTime() throws Malformed, RowRefused {
    groupStarts = false;
    groupEnds = false;
    return switch (wire.next("a time")) {
      case MsgpackReader.NIL -> FluentRows.NO_TIME;
      case MsgpackReader.INT -> {
        long seconds = wire.number();
        groupStarts = seconds == -1;
        groupEnds = seconds == -2;
        yield groupStarts || groupEnds ? 0 : nanos(seconds, 0);
      }
      case MsgpackReader.FLOAT, MsgpackReader.DOUBLE -> {
        double time = Double.longBitsToDouble(wire.number());
        if (!(time >= 0 && time <= EventTime.GROUP_START)) { // NaN isn't either
          throw new RowRefused("the time of a log record is " + time + " s, which no row can have");
        }
        long seconds = (long) time;
        yield nanos(seconds, Math.round((time - seconds) * NANOS_A_SECOND));
      }
      case MsgpackReader.EXT -> readExtTime();
      default -> throw new RowRefused("the time of a log record is no number and no event time");
    };
  }

  private long readExtTime() throws RowRefused {
    byte[] bytes = wire.bytes();
    int from = wire.from();
    int length = wire.to() - from;
    if (EventTime.isOne(wire)) {
      long seconds = EventTime.seconds(wire);
      groupStarts = seconds == EventTime.GROUP_START;
      groupEnds = seconds == EventTime.GROUP_END;
      return groupStarts || groupEnds ? 0 : nanos(seconds, EventTime.nanos(wire));
    }
    if (wire.extType() == TIMESTAMP_TYPE && length == 4) {
      return nanos(MsgpackReader.uint32At(bytes, from), 0);
    }
    if (wire.extType() == TIMESTAMP_TYPE && length == 8) {
      long both = MsgpackReader.int64At(bytes, from);
      return nanos(both & 0x3_FFFF_FFFFL, both >>> 34);
    }
    if (wire.extType() == TIMESTAMP_TYPE && length == 12) {
      return nanos(MsgpackReader.int64At(bytes, from + 4), MsgpackReader.uint32At(bytes, from));
    }
    throw new RowRefused("the time of a log record is a msgpack extension of type " + wire.extType()
        + " and " + length + " bytes, which is no time");
  }

  private static long nanos(long seconds, long nanos) throws RowRefused {
    if (nanos > NANOS_A_SECOND) {
      throw new RowRefused("the time of a log record has " + nanos + " nanoseconds in a second");
    }
    if (seconds < 0 || seconds > EventTime.GROUP_START) {
      throw new RowRefused("the time of a log record is " + seconds + " s, limit "
          + EventTime.GROUP_START + " (the year 2106, fixed)");
    }
    return seconds * NANOS_A_SECOND + nanos;
  }
}
