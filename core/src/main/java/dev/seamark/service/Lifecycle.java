package dev.seamark.service;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The order in which a process's parts start, and its reverse, in which they stop. Parts started
 * together stop together. Thread-safe: {@link #stop} may come from a signal while parts start.
 */
public final class Lifecycle {
  private static final Logger log = LoggerFactory.getLogger(Lifecycle.class);

  private final List<List<Part>> started = new ArrayList<>();
  private final ReentrantLock turn = new ReentrantLock();
  private boolean stopping;

  /**
   * Starts parts that don't depend on each other, at the same time; returns when all do their work.
   * Where one fails, the caller gets its exception once the others have started or failed too, and
   * should {@link #stop} them: no part is stopped while it starts.
   */
  public void start(Part... parts) throws Exception {
    turn.lock();
    try {
      if (stopping) {
        throw new IllegalStateException("the process is stopping");
      }
      started.add(List.of(parts)); // before starting: a half-started part is stopped as well
      List<FutureTask<Void>> starts = new ArrayList<>();
      for (Part part : parts) {
        starts.add(inBackground("start " + part.name(), () -> {
          long before = System.nanoTime();
          try {
            part.start();
          } catch (Exception e) {
            // the caller says why; this line says when, while other parts are still starting
            log.warn("{} failed to start after {} ms", part.name(), msSince(before));
            throw e;
          }
          log.info("{} started in {} ms", part.name(), msSince(before));
        }));
      }
      Exception failure = null;
      for (FutureTask<Void> start : starts) {
        try {
          start.get();
        } catch (ExecutionException e) {
          failure = joined(failure, e.getCause() instanceof Exception cause ? cause : e);
        }
      }
      if (failure != null) {
        throw failure;
      }
    } finally {
      turn.unlock();
    }
  }

  /** The first failure, which keeps those that came after it. */
  private static Exception joined(@Nullable Exception first, Exception next) {
    if (first == null) {
      return next;
    }
    if (!first.equals(next)) {
      first.addSuppressed(next);
    }
    return first;
  }

  /**
   * Stops everything, last started first, within one deadline for all. Returns whether every part
   * finished in time and without a failure; both are logged. A second call does nothing.
   */
  public boolean stop(Duration within) throws InterruptedException {
    long deadline = System.nanoTime() + within.toNanos();
    if (!turn.tryLock(within.toNanos(), TimeUnit.NANOSECONDS)) {
      log.warn(
          "parts were still starting after {} ms; they are left as they are", within.toMillis());
      return false;
    }
    try {
      stopping = true;
      boolean clean = true;
      for (List<Part> parts : started.reversed()) {
        clean &= stop(parts, deadline);
      }
      started.clear();
      return clean;
    } finally {
      turn.unlock();
    }
  }

  private static boolean stop(List<Part> parts, long deadline) throws InterruptedException {
    List<FutureTask<Void>> stops = new ArrayList<>();
    for (Part part : parts) {
      stops.add(inBackground("stop " + part.name(), () -> part.stop(left(deadline))));
    }
    boolean clean = true;
    for (int i = 0; i < stops.size(); i++) {
      String name = parts.get(i).name();
      try {
        // a moment more than the part was given, so that its own deadline speaks first
        stops.get(i).get(left(deadline).toMillis() + 250, TimeUnit.MILLISECONDS);
        log.info("{} stopped", name);
      } catch (ExecutionException e) {
        clean = false;
        log.warn("{} failed to stop", name, e.getCause());
      } catch (TimeoutException e) {
        clean = false;
        log.warn("{} didn't stop within its time", name);
      }
    }
    return clean;
  }

  /** One part made of several that start in the order given and stop in reverse. */
  public static Part inOrder(String name, Part... parts) {
    return new Part() {
      private final List<Part> begun = new ArrayList<>();

      @Override
      public String name() {
        return name;
      }

      @Override
      public void start() throws Exception {
        for (Part part : parts) {
          begun.add(part);
          part.start();
        }
      }

      @Override
      public void stop(Duration within) throws Exception {
        long deadline = System.nanoTime() + within.toNanos();
        Exception failure = null;
        for (Part part : begun.reversed()) {
          try {
            part.stop(left(deadline));
          } catch (Exception e) {
            failure = joined(failure, e);
          }
        }
        if (failure != null) {
          throw failure;
        }
      }
    };
  }

  private interface Work {
    void run() throws Exception;
  }

  private static FutureTask<Void> inBackground(String name, Work work) {
    var task = new FutureTask<Void>(() -> {
      work.run();
      return null;
    });
    Thread.ofPlatform().daemon().name(name).start(task);
    return task;
  }

  private static Duration left(long deadline) {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
  }

  private static long msSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }
}
