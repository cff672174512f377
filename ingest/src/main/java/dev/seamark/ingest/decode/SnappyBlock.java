package dev.seamark.ingest.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Snappy's block format: a length, then literals and copies of what was written before. By the
 * format description of google/snappy; the framed format is another one and is refused.
 *
 * <p>Nothing is written beyond the declared length, and {@link #plausible} says what of a length is
 * possible at all, so a lying one costs nothing. Benchmark: {@code RemoteWriteBenchmark}.
 */
public final class SnappyBlock {
  private static final int LENGTH_BYTES_MAX = 5;
  private static final long LENGTH_MAX = 0xFFFF_FFFFL;

  /** The densest element is a copy: three bytes for sixty-four. */
  private static final long DENSEST_BYTES = 3;

  private static final long DENSEST_COPY = 64;
  private static final int SHORT_LITERAL_MAX = 60;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private SnappyBlock() {}

  /** The length that a block declares. */
  public static long declaredLength(byte[] block, int from, int to) throws Malformed {
    long length = 0;
    for (int i = 0; i < LENGTH_BYTES_MAX && from + i < to; i++) {
      byte next = block[from + i];
      length |= (next & 0x7FL) << (7 * i);
      if (next >= 0) {
        if (length > LENGTH_MAX) {
          throw corrupt("its length has more than 32 bits");
        }
        return length;
      }
    }
    throw corrupt("it doesn't begin with a length");
  }

  /** Whether so many compressed bytes can become that many. */
  public static boolean plausible(long declaredLength, int compressedBytes) {
    return declaredLength * DENSEST_BYTES <= compressedBytes * DENSEST_COPY;
  }

  /**
   * Writes a block to {@code target} from 0 on.
   *
   * @param length declared by the block; bytes of the target behind it may be overwritten
   */
  public static void inflate(byte[] block, int from, int to, byte[] target, int length)
      throws Malformed {
    int in = behindLength(block, from);
    int out = 0;
    while (in < to) {
      int tag = block[in++] & 0xFF;
      int kind = tag & 3;
      int count;
      if (kind == 0) {
        count = (tag >>> 2) + 1;
        if (count > SHORT_LITERAL_MAX) {
          int extra = count - SHORT_LITERAL_MAX;
          requireBytes(extra, to - in);
          count = littleEndian(block, in, extra) + 1;
          in += extra;
        }
        if (count <= 0 || count > to - in || count > length - out) {
          throw corrupt("a literal is longer than what is left");
        }
        if (count <= 16 && block.length - in >= 16 && target.length - out >= 16) {
          LONG.set(target, out, (long) LONG.get(block, in));
          LONG.set(target, out + 8, (long) LONG.get(block, in + 8));
        } else {
          System.arraycopy(block, in, target, out, count);
        }
        in += count;
      } else {
        int offset;
        if (kind == 1) {
          requireBytes(1, to - in);
          count = (tag >>> 2 & 7) + 4;
          offset = (tag >>> 5) << 8 | (block[in] & 0xFF);
          in++;
        } else {
          int bytes = kind == 2 ? 2 : 4;
          requireBytes(bytes, to - in);
          count = (tag >>> 2) + 1;
          offset = littleEndian(block, in, bytes);
          in += bytes;
        }
        if (offset <= 0 || offset > out || count > length - out) {
          throw corrupt("a copy reaches beyond what was written");
        }
        copy(target, out, offset, count);
      }
      out += count;
    }
    if (out != length) {
      throw corrupt("it has " + out + " bytes and declares " + length);
    }
  }

  private static int behindLength(byte[] block, int from) {
    int at = from;
    while (block[at] < 0) {
      at++;
    }
    return at + 1;
  }

  /** Copies what stands {@code offset} bytes before; a copy may overlap what it writes. */
  private static void copy(byte[] target, int out, int offset, int count) {
    if (offset >= 8 && target.length - out >= count + 8) {
      int end = out + count;
      for (int at = out; at < end; at += 8) { // reads only what is complete, as offset is >= 8
        LONG.set(target, at, (long) LONG.get(target, at - offset));
      }
    } else {
      for (int at = out; at < out + count; at++) {
        target[at] = target[at - offset];
      }
    }
  }

  private static void requireBytes(int needed, int left) throws Malformed {
    if (needed > left) {
      throw corrupt("it ends inside an element");
    }
  }

  private static int littleEndian(byte[] bytes, int at, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
      value |= (bytes[at + i] & 0xFF) << (8 * i);
    }
    return value;
  }

  private static Malformed corrupt(String why) {
    return new Malformed("body is not a valid snappy block: " + why);
  }
}
