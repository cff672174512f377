package dev.seamark.benchmarks.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Requests of one signal over several connections, at a fixed rate or as fast as they are answered.
 * At a fixed rate a request's latency counts from when it was due, so that one that had to wait for
 * a free connection isn't flattered.
 */
final class Stream {
  private static final long REFUSED_PAUSE_MS = 1_000;

  private final URI server;
  private final long intervalNanos;
  private final List<List<Body>> bodies;
  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicLong due = new AtomicLong();
  private final LongAdder rows = new LongAdder();
  private final LongAdder raw = new LongAdder();
  private final LongAdder refusals = new LongAdder();
  private final long beganNanos = System.nanoTime();
  private final List<Long> latencies = new ArrayList<>();

  /**
   * @param bodies of each connection
   * @param rowsPerSecond 0 = as fast as they are answered
   */
  Stream(URI server, List<List<Body>> bodies, double rowsPerSecond) {
    this.server = server;
    this.bodies = bodies;
    var rowsOfBody = bodies.getFirst().getFirst().rows();
    this.intervalNanos = rowsPerSecond > 0 ? (long) (rowsOfBody * 1e9 / rowsPerSecond) : 0;
  }

  void start() {
    for (var own : bodies) {
      threads.add(Thread.ofPlatform().start(() -> send(own)));
    }
  }

  private void send(List<Body> own) {
    try (var connection = new Connection(server)) {
      for (var i = 0; over.getCount() > 0; i++) {
        var dueNanos = beganNanos + due.getAndIncrement() * intervalNanos;
        if (over.await(Math.max(0, dueNanos - System.nanoTime()), TimeUnit.NANOSECONDS)) {
          return;
        }
        post(connection, own.get(i % own.size()), intervalNanos > 0 ? dueNanos : System.nanoTime());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void post(Connection connection, Body body, long fromNanos)
      throws IOException, InterruptedException {
    var length = body.make(System.currentTimeMillis());
    for (var status = connection.post(body, length); status / 100 != 2; ) {
      if (status != 429 && status / 100 != 5) {
        throw new IOException(server + body.path() + " answered " + status);
      }
      refusals.increment();
      if (over.await(REFUSED_PAUSE_MS, TimeUnit.MILLISECONDS)) {
        return;
      }
      status = connection.post(body, length);
    }
    rows.add(body.rows());
    raw.add(body.rawBytes());
    synchronized (latencies) {
      latencies.add(System.nanoTime() - fromNanos);
    }
  }

  /** Rows acknowledged so far. */
  long rows() {
    return rows.sum();
  }

  /** Bytes acknowledged so far, before compression. */
  long raw() {
    return raw.sum();
  }

  long refusals() {
    return refusals.sum();
  }

  /** Forgets the latencies so far. */
  void clear() {
    synchronized (latencies) {
      latencies.clear();
    }
  }

  /** The latency in milliseconds that a part of the requests stayed below. */
  double latencyMs(double part) {
    synchronized (latencies) {
      return quantile(latencies, part) / 1e6;
    }
  }

  /** Quantile by nearest rank; NaN of nothing. */
  static double quantile(List<Long> values, double part) {
    var sorted = values.stream().mapToLong(it -> it).toArray();
    Arrays.sort(sorted);
    return sorted.length == 0 ? Double.NaN : sorted[(int) (part * (sorted.length - 1))];
  }

  /** Returns when requests under way are answered. */
  void end() throws InterruptedException {
    over.countDown();
    for (var thread : threads) {
      thread.join();
    }
  }
}
