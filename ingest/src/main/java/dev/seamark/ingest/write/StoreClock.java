package dev.seamark.ingest.write;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ClickHouse's clock, for a thread that can't wait for ClickHouse: asked now and then, and counted
 * on by a clock that no administrator sets. Where this process is suspended it falls behind, and
 * leases that are counted by it end early, which is the safe side.
 */
final class StoreClock implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StoreClock.class);
  private static final Duration EVERY = Duration.ofSeconds(10);
  private static final Duration EVERY_WHILE_AWAY = Duration.ofMillis(500);

  private record Reading(Instant time, long nanos) {}

  private final Store store;
  private final Thread thread;
  private volatile @Nullable Reading last;
  private volatile String problem = "not asked yet";

  StoreClock(Store store) {
    this.store = store;
    this.thread = Thread.ofVirtual().name("writer-clock").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Seconds since the epoch; 0 as long as ClickHouse has never answered. */
  long seconds() {
    var reading = last;
    return reading == null
        ? 0
        : reading.time().plusNanos(System.nanoTime() - reading.nanos()).getEpochSecond();
  }

  /** Why ClickHouse counts as away; empty if it answered lately. */
  String problem() {
    return problem;
  }

  private void run() {
    try {
      while (true) {
        read();
        Thread.sleep(problem.isEmpty() ? EVERY : EVERY_WHILE_AWAY);
      }
    } catch (InterruptedException _) {
      // closed
    }
  }

  private void read() {
    try {
      last = new Reading(store.now(), System.nanoTime());
      problem = "";
    } catch (StoreException e) {
      problem = String.valueOf(e.getMessage());
      log.debug("ClickHouse doesn't tell its time: {}", problem);
    } catch (RuntimeException e) {
      // without this thread the clock would go on unchecked and the problem untold
      problem = "its time can't be asked, by a bug: " + e;
      log.error("ClickHouse can't be asked for its time, by a bug", e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
