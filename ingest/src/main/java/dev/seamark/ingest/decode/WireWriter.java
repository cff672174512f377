package dev.seamark.ingest.decode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A protobuf message being written. The length of a nested message is put in when it is closed. */
final class WireWriter {
  private byte[] bytes;
  private int size;

  WireWriter(int capacity) {
    bytes = new byte[Math.max(16, capacity)];
  }

  int size() {
    return size;
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  void varint(int field, long value) {
    tag(field, 0);
    varint(value);
  }

  void fixed32(int field, int value) {
    tag(field, 5);
    fixed(value, 4);
  }

  void fixed64(int field, long value) {
    tag(field, 1);
    fixed64(value);
  }

  void bytes(int field, byte[] value) {
    tag(field, 2);
    varint(value.length);
    ensure(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
  }

  void text(int field, String value) {
    bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Starts a length-delimited field; give the result to {@link #close}. */
  int open(int field) {
    tag(field, 2);
    ensure(1);
    return ++size;
  }

  /**
   * Ends the field: most are shorter than 128 bytes, the others move to make room for their length.
   */
  void close(int start) {
    int length = size - start;
    int extra = varintSize(length) - 1;
    if (extra > 0) {
      ensure(extra);
      System.arraycopy(bytes, start, bytes, start + extra, length);
    }
    size = start - 1;
    varint(length);
    size += length;
  }

  void varint(long value) {
    ensure(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  void fixed64(long value) {
    fixed(value, 8);
  }

  /** Writes UTF-16 as UTF-8; false if a surrogate stands alone. */
  boolean utf8(char[] chars, int from, int to) {
    ensure(Math.multiplyExact(3, to - from));
    byte[] out = bytes;
    int at = size;
    for (int i = from; i < to; i++) {
      char c = chars[i];
      if (c < 0x80) {
        out[at++] = (byte) c;
      } else if (c < 0x800) {
        out[at++] = (byte) (0xC0 | (c >> 6));
        out[at++] = (byte) (0x80 | (c & 0x3F));
      } else if (!Character.isSurrogate(c)) {
        out[at++] = (byte) (0xE0 | (c >> 12));
        out[at++] = (byte) (0x80 | ((c >> 6) & 0x3F));
        out[at++] = (byte) (0x80 | (c & 0x3F));
      } else if (i + 1 < to && Character.isSurrogatePair(c, chars[i + 1])) {
        int codePoint = Character.toCodePoint(c, chars[++i]);
        out[at++] = (byte) (0xF0 | (codePoint >> 18));
        out[at++] = (byte) (0x80 | ((codePoint >> 12) & 0x3F));
        out[at++] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
        out[at++] = (byte) (0x80 | (codePoint & 0x3F));
      } else {
        return false;
      }
    }
    size = at;
    return true;
  }

  private void tag(int field, int wireType) {
    varint(field << 3 | wireType);
  }

  private void fixed(long value, int width) {
    ensure(width);
    for (int i = 0; i < width; i++) {
      bytes[size++] = (byte) (value >>> (8 * i));
    }
  }

  private static int varintSize(int value) {
    return (38 - Integer.numberOfLeadingZeros(value | 1)) / 7;
  }

  private void ensure(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
