package dev.seamark.ingest.series;

import dev.seamark.ingest.decode.Crowded;
import dev.seamark.ingest.limit.Allowance;
import dev.seamark.tenant.Sender;
import dev.seamark.tenant.TenantLimits;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The series of one tenant: how many are active, and how many more may begin. A series is active
 * from its first point of a UTC day until the day's end; it is new when it is not known for the day
 * before or after either. Both are as this ingester sees them. Thread-safe.
 */
final class SeriesQuota {
  private static final long NANOS_A_MINUTE = 60_000_000_000L;
  private static final long NANOS_A_DAY = 1_440 * NANOS_A_MINUTE;
  private static final double SECONDS_A_MINUTE = 60;

  /** What a process that has just begun, and knows no series, takes as old ones: minutes' worth. */
  private static final long START_MINUTES = 10;

  private final Allowance fresh = new Allowance(SECONDS_A_MINUTE);
  private final TreeMap<Integer, Long> active = new TreeMap<>();
  private boolean granted;

  /**
   * Takes a place for a series on a day.
   *
   * @param isNew whether it isn't known for a day beside it
   * @param newBefore new series of the same request that have their place already: a request isn't
   *     put off by its own beginning, or a large one would be for ever
   * @return null, or why there is no place
   */
  synchronized @Nullable Crowded take(
      Sender sender, int day, boolean isNew, long newBefore, long nowNanos) {
    TenantLimits limits = sender.limits();
    int today = (int) Math.floorDiv(nowNanos, NANOS_A_DAY);
    active.headMap(today).clear();
    long count = active.getOrDefault(day, 0L);
    if (day == today && limits.activeSeries() > 0 && count >= limits.activeSeries()) {
      return tooMany(sender, nowNanos);
    }
    if (isNew) {
      grantStart(limits, nowNanos);
      long wait = fresh.takeMore(1, newBefore, perSecond(limits), nowNanos);
      if (wait > 0) {
        return tooFast(sender, wait);
      }
    }
    if (day >= today) {
      active.put(day, count + 1);
    }
    return null;
  }

  /** Gives the place of a series back, whose announcement was lost. */
  synchronized void giveBack(Sender sender, int day, boolean wasNew, long nowNanos) {
    active.computeIfPresent(day, (_, count) -> count > 1 ? count - 1 : null);
    if (wasNew) {
      fresh.giveBack(1, perSecond(sender.limits()), nowNanos);
    }
  }

  /** Series active today. */
  synchronized long active(long nowNanos) {
    return active.getOrDefault((int) Math.floorDiv(nowNanos, NANOS_A_DAY), 0L);
  }

  private void grantStart(TenantLimits limits, long nowNanos) {
    if (!granted && limits.newSeriesPerMinute() > 0) {
      granted = true;
      fresh.giveBack(
          limits.activeSeries() > 0
              ? limits.activeSeries()
              : START_MINUTES * limits.newSeriesPerMinute(),
          perSecond(limits),
          nowNanos);
    }
  }

  private static double perSecond(TenantLimits limits) {
    return (double) limits.newSeriesPerMinute() / SECONDS_A_MINUTE;
  }

  private static Crowded tooMany(Sender sender, long nowNanos) {
    long untilMidnight = NANOS_A_DAY - Math.floorMod(nowNanos, NANOS_A_DAY);
    return new Crowded(
        Crowded.Limit.ACTIVE_SERIES,
        "tenant %s has %d active series (active-series of its class in the keys file), and the"
                .formatted(sender.tenant(), sender.limits().activeSeries())
            + " request brings more",
        Math.min(NANOS_A_MINUTE, untilMidnight));
  }

  private static Crowded tooFast(Sender sender, long waitNanos) {
    return new Crowded(
        Crowded.Limit.NEW_SERIES,
        "tenant %s adds more than %d new series a minute (new-series-per-minute of its class in the"
                .formatted(sender.tenant(), sender.limits().newSeriesPerMinute())
            + " keys file)",
        waitNanos);
  }
}
