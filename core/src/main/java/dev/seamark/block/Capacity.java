package dev.seamark.block;

import java.util.Arrays;

/** How the arrays of a column grow: by doubling, never beyond what one Java array can hold. */
final class Capacity {
  /** Largest array that every JVM can allocate: 2 GiB less a header. */
  static final int LENGTH_MAX = Integer.MAX_VALUE - 8;

  private static final int LENGTH_MIN = 64;

  private Capacity() {}

  /** A copy of {@code array} that has room for {@code needed} elements. */
  static byte[] grow(byte[] array, long needed, String type) {
    return Arrays.copyOf(array, grown(array.length, needed, type, "bytes"));
  }

  /** A copy of {@code array} that has room for {@code needed} elements. */
  static int[] grow(int[] array, long needed, String type) {
    return Arrays.copyOf(array, grown(array.length, needed, type, "rows"));
  }

  private static int grown(int length, long needed, String type, String unit) {
    if (needed > LENGTH_MAX) {
      throw new IllegalStateException("column of type " + type + " would hold " + needed + " "
          + unit + ", limit " + LENGTH_MAX);
    }
    return (int) Math.min(LENGTH_MAX, Math.max(needed, Math.max(LENGTH_MIN, 2L * length)));
  }
}
