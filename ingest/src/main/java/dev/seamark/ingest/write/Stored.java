package dev.seamark.ingest.write;

import java.util.OptionalLong;

/**
 * How far a partition's rows are in ClickHouse.
 *
 * @param offset every record before it is stored
 * @param appendedMs when the last of those that this writer stored was appended to the log,
 *     milliseconds since the epoch in the broker's clock; 0 if it has stored none yet
 */
record Stored(long offset, long appendedMs) {
  /** How far the clocks of this machine and of a broker may be apart. */
  static final long CLOCK_SKEW_MS = 1_000;

  /**
   * Up to when all that was acknowledged can be seen; empty if that isn't known. Either everything
   * is stored that was in the log when its end was asked for, or what was appended before the last
   * stored record.
   *
   * @param end offset of the log's end
   * @param askedMs when it was asked for, in this machine's clock
   */
  OptionalLong visibleUpToMs(long end, long askedMs) {
    if (end <= offset) {
      return OptionalLong.of(askedMs - CLOCK_SKEW_MS);
    }
    // another record may have been appended in the same millisecond
    return appendedMs == 0 ? OptionalLong.empty() : OptionalLong.of(appendedMs - 1);
  }
}
