package dev.seamark.ingest.receive;

import java.util.concurrent.atomic.AtomicInteger;

/** The open connections of a process, over all ports and event loops. Thread-safe. */
final class Connections {
  private final AtomicInteger open = new AtomicInteger();

  /** Counts a connection in; false when there are as many as may be. */
  boolean enter(int most) {
    if (open.incrementAndGet() > most) {
      open.decrementAndGet();
      return false;
    }
    return true;
  }

  /** Why a connection was not let in. */
  static String tooMany(int most) {
    return "connection %d is one too many (ingest.receive.connections-max)".formatted(most + 1L);
  }

  /** A connection that came in is closed. */
  void leave() {
    open.decrementAndGet();
  }

  int open() {
    return open.get();
  }
}
