package dev.seamark.ingest.decode;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link SeriesDirectory} knows of one raw key: filled in place, so that a lookup allocates
 * nothing.
 */
public final class SeriesRef {
  /** The series of a raw key that stands for one. */
  public long id;

  /**
   * The series of a raw key that stands for several (a histogram's buckets, count and sum), in the
   * decoder's order; shared, read only.
   */
  public long @Nullable [] block;

  /**
   * Up to two days for which all of them are announced: each day since the epoch plus 1, in 16
   * bits.
   */
  public int days;

  /** Whether the series are announced, and that acknowledged, for a day since the epoch. */
  public boolean announced(int day) {
    int wanted = day + 1;
    return (days & 0xFFFF) == wanted || days >>> 16 == wanted;
  }
}
