package dev.seamark.labels;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// The strict UTF-8 check of [RFC 3629](https://www.rfc-editor.org/rfc/rfc3629): overlong forms,
/// surrogates and code points over U+10FFFF are refused.
///
/// Telemetry is nearly all ASCII, so runs of it are checked 32 bytes a step. Allocates nothing.
public final class Utf8 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080808080808080L;

  private Utf8() {}

  /** Whether the bytes from {@code from} (inclusive) to {@code to} (exclusive) are UTF-8. */
  public static boolean isValid(byte[] bytes, int from, int to) {
    return invalidAt(bytes, from, to) < 0;
  }

  /** The offset of the first byte of the first malformed sequence, or -1 if there is none. */
  public static int invalidAt(byte[] bytes, int from, int to) {
    int at = from;
    while (true) {
      at = asciiEnd(bytes, at, to);
      if (at == to) {
        return -1;
      }
      int next = sequenceEnd(bytes, at, to);
      if (next < 0) {
        return at;
      }
      at = next;
    }
  }

  /** The offset of the first byte from {@code from} on that isn't ASCII, or {@code to}. */
  private static int asciiEnd(byte[] bytes, int from, int to) {
    int at = from;
    for (int last = to - 32; at <= last; at += 32) {
      long joined = (long) LONG.get(bytes, at)
          | (long) LONG.get(bytes, at + 8)
          | (long) LONG.get(bytes, at + 16)
          | (long) LONG.get(bytes, at + 24);
      if ((joined & HIGH_BITS) != 0) {
        break;
      }
    }
    for (int last = to - 8; at <= last; at += 8) {
      long high = (long) LONG.get(bytes, at) & HIGH_BITS;
      if (high != 0) {
        return at + (Long.numberOfTrailingZeros(high) >>> 3);
      }
    }
    int rest = to - at;
    if (rest == 0) {
      return to;
    }
    if (to >= 8) { // the last eight bytes once more, without those before `at`
      long high = (long) LONG.get(bytes, to - 8) & HIGH_BITS & (-1L << (64 - 8 * rest));
      return high == 0 ? to : to - 8 + (Long.numberOfTrailingZeros(high) >>> 3);
    }
    while (at < to && bytes[at] >= 0) {
      at++;
    }
    return at;
  }

  /** The end of the sequence of two to four bytes that starts at {@code at}, or -1 if malformed. */
  private static int sequenceEnd(byte[] bytes, int at, int to) {
    int lead = bytes[at] & 0xFF;
    if (lead < 0xC2 || lead > 0xF4) {
      return -1; // a continuation byte, an overlong form of ASCII, or beyond U+10FFFF
    }
    int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length > to - at) {
      return -1;
    }
    int second = bytes[at + 1] & 0xFF;
    int low = switch (lead) {
      case 0xE0 -> 0xA0; // below: overlong
      case 0xF0 -> 0x90;
      default -> 0x80;
    };
    int high = switch (lead) {
      case 0xED -> 0x9F; // above: surrogates
      case 0xF4 -> 0x8F; // above: beyond U+10FFFF
      default -> 0xBF;
    };
    if (second < low || second > high) {
      return -1;
    }
    for (int i = at + 2; i < at + length; i++) {
      if ((bytes[i] & 0xC0) != 0x80) {
        return -1;
      }
    }
    return at + length;
  }
}
