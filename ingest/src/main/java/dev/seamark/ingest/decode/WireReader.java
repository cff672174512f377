package dev.seamark.ingest.decode;

import dev.seamark.labels.Utf8;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// A walk over the bytes of a protobuf message: a position and the limit of the current message.
///
/// The caller switches on whole tags (`field << 3 | wire type`), so a known field with a foreign
/// wire type lands in
/// `default` and is skipped as unknown, as protobuf-java does. A nested message is walked by
/// `int outer = wire.enter("LogRecord")` and `wire.leave(outer)`. Every read takes the name of what
/// is read: errors
/// say it with the byte offset. Allocates nothing but its errors. Not thread-safe.
///
/// Encoding: <https://protobuf.dev/programming-guides/encoding/>.
public final class WireReader {
  /** Groups inside unknown fields may nest as deep as protobuf-java allows messages to. */
  private static final int GROUP_DEPTH_MAX = 100;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final byte[] NOTHING = {};

  private byte[] bytes = NOTHING;
  private int at;
  private int limit;

  /** Starts at {@code from}; the outermost message ends at {@code to}. */
  public void reset(byte[] bytes, int from, int to) {
    if (from < 0 || to < from || to > bytes.length) {
      throw new IndexOutOfBoundsException("[" + from + ", " + to + ") of " + bytes.length);
    }
    this.bytes = bytes;
    this.at = from;
    this.limit = to;
  }

  /** The bytes walked; offsets index into them. */
  public byte[] bytes() {
    return bytes;
  }

  /** The offset of the next byte. */
  public int at() {
    return at;
  }

  /** The end of the current message. */
  public int limit() {
    return limit;
  }

  /** Whether the current message has a further field. */
  public boolean hasNext() {
    return at < limit;
  }

  /** Walks [from, to) of the same bytes from here on, for a second pass over a part. */
  public void jump(int from, int to) {
    at = from;
    limit = to;
  }

  /** The tag of the next field: field number << 3 | wire type. */
  public int tag() throws Malformed {
    if (at < limit) {
      byte first = bytes[at];
      if (first > 7) { // one byte, field 1 to 15: nearly every tag
        at++;
        return first;
      }
    }
    int start = at;
    int tag = varint32("tag");
    if (tag >>> 3 == 0) {
      throw malformedAt(start, "a tag", "field number 0");
    }
    return tag;
  }

  /** Reads the length of a nested message and walks into it; returns what {@link #leave} needs. */
  public int enter(String what) throws Malformed {
    int length = length(what);
    int outer = limit;
    limit = at + length;
    return outer;
  }

  /** Goes behind the nested message, read to its end or not. */
  public void leave(int outer) {
    at = limit;
    limit = outer;
  }

  /**
   * Reads the length of bytes, text or a message and checks that so many follow; they start at
   * {@link #at()}.
   */
  public int length(String what) throws Malformed {
    int start = at;
    int length;
    if (start < limit && bytes[start] >= 0) {
      length = bytes[start];
      at = start + 1;
    } else {
      length = varint32(what);
    }
    if (length < 0 || length > limit - at) {
      throw malformedAt(
          start,
          what,
          "its length is " + Integer.toUnsignedString(length) + ", only " + (limit - at)
              + " bytes are left");
    }
    return length;
  }

  /**
   * Reads a length as {@link #length} and goes behind the bytes; returns the offset of the first of
   * them.
   */
  public int bytes(String what) throws Malformed {
    int length = length(what);
    int start = at;
    at = start + length;
    return start;
  }

  /** Like {@link #bytes(String)} for text: refused unless it is UTF-8. Its end is {@link #at()}. */
  public int text(String what) throws Malformed {
    int length = length(what);
    int start = at;
    int end = start + length;
    int invalid = Utf8.invalidAt(bytes, start, end);
    if (invalid >= 0) {
      throw malformedAt(invalid, what, "it isn't UTF-8");
    }
    at = end;
    return start;
  }

  /** A varint cut to 32 bits, as protobuf does for int32, uint32 and enums. */
  public int varint32(String what) throws Malformed {
    return (int) varint64(what);
  }

  /** A varint of up to ten bytes. */
  public long varint64(String what) throws Malformed {
    byte[] b = bytes;
    int i = at;
    int end = limit;
    if (i < end && b[i] >= 0) {
      at = i + 1;
      return b[i];
    }
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (i == end) {
        throw malformedAt(i, what, "the message ends inside a varint");
      }
      byte next = b[i++];
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        at = i;
        return value;
      }
    }
    throw malformedAt(at, what, "the varint has more than 10 bytes");
  }

  /** A zig-zag varint (sint32). */
  public int zigzag32(String what) throws Malformed {
    int n = varint32(what);
    return (n >>> 1) ^ -(n & 1);
  }

  /** A bool: any varint but 0 is true. */
  public boolean bool(String what) throws Malformed {
    return varint64(what) != 0;
  }

  /** Four bytes, little-endian: fixed32. */
  public int fixed32(String what) throws Malformed {
    if (limit - at < 4) {
      throw malformedAt(at, what, "4 bytes are needed, " + (limit - at) + " are left");
    }
    int value = (int) INT.get(bytes, at);
    at += 4;
    return value;
  }

  /** Eight bytes, little-endian: fixed64, sfixed64. */
  public long fixed64(String what) throws Malformed {
    if (limit - at < 8) {
      throw malformedAt(at, what, "8 bytes are needed, " + (limit - at) + " are left");
    }
    long value = (long) LONG.get(bytes, at);
    at += 8;
    return value;
  }

  /** Eight bytes: double. */
  public double float64(String what) throws Malformed {
    return Double.longBitsToDouble(fixed64(what));
  }

  /** Goes behind the value of an unknown field, a group included. */
  public void skip(int tag) throws Malformed {
    skip(tag, 0);
  }

  private void skip(int tag, int depth) throws Malformed {
    switch (tag & 7) {
      case 0 -> varint64("an unknown field");
      case 1 -> fixed64("an unknown field");
      case 2 -> bytes("an unknown field");
      case 3 -> skipGroup(tag, depth);
      case 5 -> fixed32("an unknown field");
      case 4 -> throw malformedAt(at, "an unknown field", "the end of a group that has no start");
      default -> throw malformedAt(at, "an unknown field", "wire type " + (tag & 7));
    }
  }

  private void skipGroup(int startTag, int depth) throws Malformed {
    if (depth == GROUP_DEPTH_MAX) {
      throw malformedAt(at, "a group", "groups are nested deeper than " + GROUP_DEPTH_MAX);
    }
    int endTag = startTag + 1;
    while (true) {
      if (at >= limit) {
        throw malformedAt(at, "a group", "it has no end");
      }
      int tag = tag();
      if (tag == endTag) {
        return;
      }
      skip(tag, depth + 1);
    }
  }

  /// The payloads of every `tag` in [from, to), joined. That is how protobuf merges a singular
  /// message field that
  /// comes more than once. Allocates: only for the rare sender that does so.
  WireReader joined(int tag, int from, int to, String what) throws Malformed {
    var fields = new WireReader();
    fields.reset(bytes, from, to);
    byte[] payload = new byte[to - from];
    int size = 0;
    while (fields.hasNext()) {
      int next = fields.tag();
      if (next != tag) {
        fields.skip(next);
        continue;
      }
      int start = fields.bytes(what);
      System.arraycopy(bytes, start, payload, size, fields.at - start);
      size += fields.at - start;
    }
    fields.reset(payload, 0, size);
    return fields;
  }

  /** The error for {@code what} at the current position. */
  public Malformed malformed(String what, String why) {
    return malformedAt(at, what, why);
  }

  private static Malformed malformedAt(int offset, String what, String why) {
    return new Malformed("malformed protobuf at byte " + offset + ", reading " + what + ": " + why);
  }
}
