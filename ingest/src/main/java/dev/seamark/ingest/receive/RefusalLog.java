package dev.seamark.ingest.receive;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Says which refusals are worth a line in the log: of each reason and tenant one a second, which
 * tells how many were left out since the line before. The counters have them all. Thread-safe.
 */
final class RefusalLog {
  private static final long QUIET_NANOS = 1_000_000_000;

  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<Kind, Recent> recent = new ConcurrentHashMap<>();

  private record Kind(String reason, String tenant) {}

  /** A line to be logged. */
  record Line(long suppressed) {}

  private static final class Recent {
    private boolean logged;
    private long atNanos;
    private long suppressed;
  }

  RefusalLog(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Counts a refusal; returns the line that is due, null for none. */
  @Nullable
  Line refused(String reason, String tenant) {
    Recent last = recent.computeIfAbsent(new Kind(reason, tenant), _ -> new Recent());
    long now = nanoTime.getAsLong();
    synchronized (last) {
      if (last.logged && now - last.atNanos < QUIET_NANOS) {
        last.suppressed++;
        return null;
      }
      Line line = new Line(last.suppressed);
      last.logged = true;
      last.atNanos = now;
      last.suppressed = 0;
      return line;
    }
  }
}
