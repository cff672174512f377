package dev.seamark.standalone.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * CityHash128 of version 1.0.2, the checksum of ClickHouse's compressed frames; later versions of
 * CityHash give other values.
 *
 * @see <a
 *     href="https://github.com/ClickHouse/ClickHouse/tree/master/contrib/cityhash102">cityhash102</a>
 */
final class CityHash {
  private static final long K0 = 0xc3a5c85c97cb3127L;
  private static final long K1 = 0xb492b66fbe98f273L;
  private static final long K2 = 0x9ae16a3b2f90404fL;
  private static final long K3 = 0xc949d7c7509e6557L;
  private static final long MUL = 0x9ddfea08eb382d69L;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private CityHash() {}

  /** A hash of 128 bits. */
  record Hash128(long low, long high) {}

  static Hash128 of(byte[] s, int from, int length) {
    if (length >= 16) {
      return seeded(s, from + 16, length - 16, get(s, from) ^ K3, get(s, from + 8));
    }
    if (length >= 8) {
      return seeded(s, 0, 0, get(s, from) ^ (length * K0), get(s, from + length - 8) ^ K1);
    }
    return seeded(s, from, length, K0, K1);
  }

  private static Hash128 seeded(byte[] s, int from, int length, long low, long high) {
    return length < 128 ? murmur(s, from, length, low, high) : blocks(s, from, length, low, high);
  }

  private static Hash128 murmur(byte[] s, int from, int length, long low, long high) {
    long a = low;
    long b = high;
    long c;
    long d;
    if (length <= 16) {
      a = shiftMix(a * K1) * K1;
      c = b * K1 + upTo16(s, from, length);
      d = shiftMix(a + (length >= 8 ? get(s, from) : c));
    } else {
      c = mix(get(s, from + length - 8) + K1, a);
      d = mix(b + length, c + get(s, from + length - 16));
      a += d;
      int at = from;
      for (int left = length - 16; left > 0; left -= 16) {
        a = (a ^ (shiftMix(get(s, at) * K1) * K1)) * K1;
        b ^= a;
        c = (c ^ (shiftMix(get(s, at + 8) * K1) * K1)) * K1;
        d ^= c;
        at += 16;
      }
    }
    a = mix(a, c);
    b = mix(d, b);
    return new Hash128(a ^ b, mix(b, a));
  }

  private static Hash128 blocks(byte[] s, int from, int length, long low, long high) {
    long x = low;
    long y = high;
    long z = length * K1;
    long v1 = Long.rotateRight(y ^ K1, 49) * K1 + get(s, from);
    long v2 = Long.rotateRight(v1, 42) * K1 + get(s, from + 8);
    long w1 = Long.rotateRight(y + z, 35) * K1 + x;
    long w2 = Long.rotateRight(x + get(s, from + 88), 53) * K1;
    int at = from;
    int left = length;
    do {
      // two rounds of 64 bytes, which swap the roles of x and z
      for (int round = 0; round < 2; round++) {
        x = Long.rotateRight(x + y + v1 + get(s, at + 16), 37) * K1;
        y = Long.rotateRight(y + v2 + get(s, at + 48), 42) * K1;
        x ^= w2;
        y ^= v1;
        z = Long.rotateRight(z ^ w1, 33);

        long a = v2 * K1 + get(s, at);
        long b = Long.rotateRight(x + w1 + a + get(s, at + 24), 21);
        long c = a;
        a += get(s, at + 8) + get(s, at + 16);
        b += Long.rotateRight(a, 44);
        v1 = a + get(s, at + 24);
        v2 = b + c;

        a = z + w2 + get(s, at + 32);
        b = Long.rotateRight(y + a + get(s, at + 56), 21);
        c = a;
        a += get(s, at + 40) + get(s, at + 48);
        b += Long.rotateRight(a, 44);
        w1 = a + get(s, at + 56);
        w2 = b + c;

        long swap = z;
        z = x;
        x = swap;
        at += 64;
      }
      left -= 128;
    } while (left >= 128);

    y += Long.rotateRight(w1, 37) * K0 + z;
    x += Long.rotateRight(v1 + z, 49) * K0;
    for (int done = 0; done < left; ) {
      done += 32;
      int tail = at + left - done;
      y = Long.rotateRight(y - x, 42) * K0 + v2;
      w1 += get(s, tail + 16);
      x = Long.rotateRight(x, 49) * K0 + w1;
      w1 += v1;
      long a = v1 + get(s, tail);
      long b = Long.rotateRight(v2 + a + get(s, tail + 24), 21);
      long c = a;
      a += get(s, tail + 8) + get(s, tail + 16);
      b += Long.rotateRight(a, 44);
      v1 = a + get(s, tail + 24);
      v2 = b + c;
    }
    x = mix(x, v1);
    y = mix(y, w1);
    return new Hash128(mix(x + v2, w2) + y, mix(x + w2, y + v2));
  }

  private static long upTo16(byte[] s, int from, int length) {
    if (length > 8) {
      long a = get(s, from);
      long b = get(s, from + length - 8);
      return mix(a, Long.rotateRight(b + length, length)) ^ b;
    }
    if (length >= 4) {
      long a = getInt(s, from);
      return mix(length + (a << 3), getInt(s, from + length - 4));
    }
    if (length > 0) {
      int y = (s[from] & 0xFF) + ((s[from + (length >> 1)] & 0xFF) << 8);
      int z = length + ((s[from + length - 1] & 0xFF) << 2);
      return shiftMix(y * K2 ^ z * K3) * K2;
    }
    return K2;
  }

  private static long mix(long u, long v) {
    long a = (u ^ v) * MUL;
    a ^= a >>> 47;
    long b = (v ^ a) * MUL;
    b ^= b >>> 47;
    return b * MUL;
  }

  private static long shiftMix(long value) {
    return value ^ (value >>> 47);
  }

  private static long get(byte[] s, int at) {
    return (long) LONG.get(s, at);
  }

  private static long getInt(byte[] s, int at) {
    return (int) INT.get(s, at) & 0xFFFFFFFFL;
  }
}
