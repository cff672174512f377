package dev.seamark.ingest.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The values of a repeated field of eight bytes each, in one run of bytes: where they came if that
 * was one packed field, else brought together. Not thread-safe.
 */
final class Eights {
  /** Eight bytes of an array, little-endian, at an offset. */
  static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final int field;
  private final String what;
  private byte[] own = new byte[256];
  private byte[] bytes = own;
  private int from;
  private int length;
  private boolean pieces;

  /** @param what the field's name, for errors */
  Eights(int field, String what) {
    this.field = field;
    this.what = what;
  }

  /** The array that {@link #from} is an offset into. */
  byte[] bytes() {
    return bytes;
  }

  int from() {
    return from;
  }

  int size() {
    return length / 8;
  }

  long get(int i) {
    return (long) LONG.get(bytes, from + 8 * i);
  }

  void clear() {
    bytes = own;
    from = 0;
    length = 0;
    pieces = false;
  }

  /** Appends a value to those appended since {@link #clear}. */
  void append(long value) {
    own = room(own, length + 8);
    bytes = own;
    LONG.set(own, length, value);
    length += 8;
  }

  /** Reads the field, packed, or one value of it; {@link #join} makes them a run. */
  void read(WireReader data, int tag) throws Malformed {
    pieces |= length > 0 || (tag & 7) == 1;
    bytes = data.bytes();
    from = skip(data, tag);
    length += data.at() - from;
  }

  /** Brings the values of a message at [start, end) together that did not come as one run. */
  void join(WireReader data, int start, int end) throws Malformed {
    if (!pieces) {
      return;
    }
    own = room(own, length);
    int size = 0;
    data.jump(start, end);
    while (data.hasNext()) {
      int tag = data.tag();
      if (tag == (field << 3 | 1) || tag == (field << 3 | 2)) {
        int at = skip(data, tag);
        System.arraycopy(data.bytes(), at, own, size, data.at() - at);
        size += data.at() - at;
      } else {
        data.skip(tag);
      }
    }
    bytes = own;
    from = 0;
  }

  /** Skips a packed field, or one value of an unpacked one; answers the start of the values. */
  private int skip(WireReader data, int tag) throws Malformed {
    if ((tag & 7) == 1) {
      int start = data.at();
      data.fixed64(what);
      return start;
    }
    int start = data.bytes(what);
    if ((data.at() - start) % 8 != 0) {
      throw data.malformed(what, "its length is not a multiple of 8");
    }
    return start;
  }

  /** An array that holds {@code length} bytes: this one, or a longer copy. */
  static byte[] room(byte[] array, int length) {
    return length <= array.length
        ? array
        : Arrays.copyOf(array, Math.max(length, 2 * array.length));
  }
}
