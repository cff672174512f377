package dev.seamark.ingest.receive;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/**
 * A log that says something at most once a second, and how often it would have: what senders bring
 * about must not fill the disk. Thread-safe.
 */
final class SeldomLog {
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Logger log;
  private final AtomicLong next = new AtomicLong(System.nanoTime());
  private final AtomicLong withheld = new AtomicLong();

  SeldomLog(Logger log) {
    this.log = log;
  }

  void warn(String what, Object who, String why) {
    long now = System.nanoTime();
    long due = next.get();
    if (now - due < 0 || !next.compareAndSet(due, now + PAUSE_NANOS)) {
      withheld.incrementAndGet();
      return;
    }
    log.warn("{} sender={} why={} withheld={}", what, who, why, withheld.getAndSet(0));
  }
}
