package dev.seamark.ingest.decode;

/**
 * The times that the rows of a request may have: from 1970 up to a little after its arrival.
 *
 * <p>A time decides about the partition of its row, and with it when the row is dropped. So a clock
 * that is years ahead would leave partitions behind that stay for years after everything else of
 * their tenant is gone. Not thread-safe.
 */
final class Horizon {
  private static final long NANOS_A_SECOND = 1_000_000_000;

  /**
   * 2106-02-07, the last second of DateTime: partitions, sorting keys and TTL are computed in it.
   */
  static final long NANOS_MAX = 0xFFFF_FFFFL * NANOS_A_SECOND;

  private final long futureNanosMax;
  private long nowNanos;
  private long last = NANOS_MAX;

  Horizon(Limits limits) {
    this.futureNanosMax = limits.futureMax().toNanos();
  }

  /** @param nowNanos when the request arrived, nanoseconds since 1970 */
  void request(long nowNanos) {
    this.nowNanos = nowNanos;
    last = NANOS_MAX - nowNanos > futureNanosMax ? nowNanos + futureNanosMax : NANOS_MAX;
  }

  /** Whether a row may have this time, nanoseconds since 1970. */
  boolean holds(long nanos) {
    return nanos >= 0 && nanos <= last;
  }

  /** The first time beyond it. */
  long end() {
    return last + 1;
  }

  /** Why {@code what}, which {@link #holds} denies, is refused. */
  String refusal(long nanos, String what) {
    if (nanos < 0 || nanos > NANOS_MAX) {
      return what + " is " + Long.toUnsignedString(nanos) + " ns, limit " + NANOS_MAX
          + " (the year 2106, fixed)";
    }
    return Limits.exceeded(
        "the number of seconds that " + what + " lies ahead",
        Math.ceilDiv(nanos - nowNanos, NANOS_A_SECOND),
        futureNanosMax / NANOS_A_SECOND,
        Limits.FUTURE_MAX);
  }

  void require(long nanos, String what) throws RowRefused {
    if (!holds(nanos)) {
      throw new RowRefused(refusal(nanos, what));
    }
  }
}
