package dev.seamark.ingest.decode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A reused buffer of UTF-8 text, the scratch of one record: grows to what the largest row may hold.
 * Not thread-safe.
 */
final class Text {
  private static final byte[] HEX = ascii("0123456789abcdef");
  private static final byte[] BASE64 =
      ascii("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  private static final byte[] LONG_MIN = ascii("-9223372036854775808");
  private static final int LONG_DIGITS_MAX = 19;

  private final int rowBytesMax;
  private byte[] bytes = new byte[256];
  private int size;

  Text(Limits limits) {
    this.rowBytesMax = limits.rowBytesMax();
  }

  byte[] bytes() {
    return bytes;
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  void put(char ascii) throws RowRefused {
    reserve(1);
    bytes[size++] = (byte) ascii;
  }

  void put(byte[] source) throws RowRefused {
    put(source, 0, source.length);
  }

  void put(byte[] source, int from, int to) throws RowRefused {
    reserve(to - from);
    System.arraycopy(source, from, bytes, size, to - from);
    size += to - from;
  }

  /** Decimal digits. */
  void putLong(long value) throws RowRefused {
    if (value == Long.MIN_VALUE) {
      put(LONG_MIN);
      return;
    }
    if (value < 0) {
      put('-');
    }
    putDigits(Math.abs(value), 1);
  }

  /** Decimal digits of a number >= 0, with zeros in front up to {@code width} digits. */
  void putDigits(long value, int width) throws RowRefused {
    reserve(Math.max(LONG_DIGITS_MAX, width));
    int digits = Math.max(1, width);
    for (long bound = pow10(digits); digits < LONG_DIGITS_MAX && value >= bound; bound *= 10) {
      digits++;
    }
    long rest = value;
    for (int i = size + digits - 1; i >= size; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    size += digits;
  }

  /** Standard base64 with padding. */
  void putBase64(byte[] source, int from, int to) throws RowRefused {
    long encoded = ((long) to - from + 2) / 3 * 4;
    reserve(encoded);
    int i = from;
    for (; to - i >= 3; i += 3) {
      int group = (source[i] & 0xFF) << 16 | (source[i + 1] & 0xFF) << 8 | (source[i + 2] & 0xFF);
      putBase64Group(group, 4);
    }
    if (to - i == 1) {
      putBase64Group((source[i] & 0xFF) << 16, 2);
    } else if (to - i == 2) {
      putBase64Group((source[i] & 0xFF) << 16 | (source[i + 1] & 0xFF) << 8, 3);
    }
  }

  private void putBase64Group(int group, int digits) {
    for (int i = 0; i < 4; i++) {
      bytes[size + i] = i < digits ? BASE64[group >>> (18 - 6 * i) & 0x3F] : (byte) '=';
    }
    size += 4;
  }

  /** A JSON string, with its quotes. */
  void putQuoted(byte[] source, int from, int to) throws RowRefused {
    put('"');
    int copied = from;
    for (int i = from; i < to; i++) {
      byte b = source[i];
      if ((b >= 0 && b < ' ') || b == '"' || b == '\\') {
        put(source, copied, i);
        putEscaped(b);
        copied = i + 1;
      }
    }
    put(source, copied, to);
    put('"');
  }

  private void putEscaped(byte b) throws RowRefused {
    put('\\');
    switch (b) {
      case '\n' -> put('n');
      case '\r' -> put('r');
      case '\t' -> put('t');
      case '"', '\\' -> put((char) b);
      default -> {
        put('u');
        put('0');
        put('0');
        put((char) HEX[b >>> 4]);
        put((char) HEX[b & 0xF]);
      }
    }
  }

  private void reserve(long more) throws RowRefused {
    long needed = size + more;
    if (needed > bytes.length) {
      grow(needed);
    }
  }

  private void grow(long needed) throws RowRefused {
    if (needed > rowBytesMax) {
      throw new RowRefused(Limits.exceeded(
          "the number of bytes of a row", needed, rowBytesMax, Limits.ROW_BYTES_MAX));
    }
    bytes = Arrays.copyOf(bytes, (int) Math.max(needed, Math.min(rowBytesMax, 2L * bytes.length)));
  }

  private static long pow10(int exponent) {
    long power = 1;
    for (int i = 0; i < exponent && i < LONG_DIGITS_MAX - 1; i++) {
      power *= 10;
    }
    return power;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
