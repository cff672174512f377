package dev.seamark.ingest.limit;

/**
 * What may still be taken of something that is limited to a rate: a token bucket that lends. An
 * amount is let through, however large, while nothing is owed; what it takes beyond the bucket is
 * owed, and the next one waits until it is paid. So the rate holds on average, no amount is too
 * large for ever, and whoever is put off learns for how long.
 *
 * <p>The bucket holds a few seconds' worth, because senders come in bursts. The rate is asked for
 * each time, so that it may change; 0 means that there is no limit. Thread-safe.
 */
public final class Allowance {
  private static final double NANOS_A_SECOND = 1e9;

  private final double burstSeconds;
  private boolean begun;
  private double left;
  private long atNanos;

  /**
   * A full bucket.
   *
   * @param burstSeconds how long a sender must have been quiet to have the most to spend
   */
  public Allowance(double burstSeconds) {
    this.burstSeconds = burstSeconds;
  }

  /**
   * How long to wait.
   *
   * @param nowNanos of a clock whose beginning doesn't matter
   * @return nanoseconds until nothing is owed any more, 0 = {@link #take} is let through
   */
  public synchronized long waitNanos(double perSecond, long nowNanos) {
    return waitNanos(perSecond, nowNanos, 0);
  }

  /**
   * Takes an amount, or nothing when something is owed.
   *
   * @return 0, or the nanoseconds until nothing is owed any more
   */
  public synchronized long take(long amount, double perSecond, long nowNanos) {
    return takeMore(amount, 0, perSecond, nowNanos);
  }

  /**
   * Takes more for something that took a part already. Its own debt doesn't count: a body that
   * comes in pieces isn't put off by its own beginning.
   *
   * @param before what it took
   * @return 0, or the nanoseconds until others owe nothing any more
   */
  public synchronized long takeMore(long amount, long before, double perSecond, long nowNanos) {
    long wait = waitNanos(perSecond, nowNanos, before);
    if (wait == 0 && perSecond > 0) {
      left -= (double) amount;
    }
    return wait;
  }

  /** Takes an amount that can't be refused any more; what isn't there is owed. */
  public synchronized void draw(long amount, double perSecond, long nowNanos) {
    if (perSecond > 0) {
      refill(perSecond, nowNanos);
      left -= (double) amount;
    }
  }

  /** Gives back what was taken in vain, or grants something beyond the rate. */
  public synchronized void giveBack(long amount, double perSecond, long nowNanos) {
    if (perSecond > 0) {
      refill(perSecond, nowNanos);
      left += (double) amount;
    }
  }

  private long waitNanos(double perSecond, long nowNanos, long before) {
    if (perSecond <= 0) {
      return 0;
    }
    refill(perSecond, nowNanos);
    double owed = -(left + (double) before);
    return owed <= 0 ? 0 : Math.max(1, (long) Math.ceil(owed / perSecond * NANOS_A_SECOND));
  }

  private void refill(double perSecond, long nowNanos) {
    double full = perSecond * burstSeconds;
    if (!begun) {
      begun = true;
      left = full;
      atNanos = nowNanos;
      return;
    }
    long passed = nowNanos - atNanos;
    if (passed > 0) { // a clock may also step back
      atNanos = nowNanos;
      if (left < full) {
        left = Math.min(full, left + (double) passed / NANOS_A_SECOND * perSecond);
      }
    }
  }
}
