package dev.seamark.benchmarks.overload;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Senders of one tenant: several connections that share a plan of when each request is due, and
 * send it when one of them is free. A refused request is repeated after the time that the answer
 * names, as agents do; one that can't be repeated is dropped and counted.
 */
final class Senders implements AutoCloseable {
  private static final Pattern SETTING = Pattern.compile("\\(([a-z.-]{5,60})");

  private final URI server;
  private final String tenant;
  private final byte[][] bodies;
  private final int rowsOfBody;
  private final long intervalNanos;
  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicLong due = new AtomicLong();
  private final long beganNanos = System.nanoTime();
  private final List<Ack> acks = new ArrayList<>();
  private final Map<String, Long> refusals = new TreeMap<>();
  private long neverAgain;

  /** A request that was stored: when, and how long after it was first sent. */
  record Ack(long atNanos, long tookNanos, int rows) {}

  /** @param intervalNanos between two requests; 0 = each connection sends as fast as it can */
  Senders(
      URI server,
      String tenant,
      int connections,
      byte[][] bodies,
      int rowsOfBody,
      long intervalNanos) {
    this.server = server;
    this.tenant = tenant;
    this.bodies = bodies;
    this.rowsOfBody = rowsOfBody;
    this.intervalNanos = intervalNanos;
    for (int i = 0; i < connections; i++) {
      threads.add(Thread.ofPlatform().name(tenant + "-" + i).start(this::send));
    }
  }

  /** Requests that were due until now. */
  long offeredRows() {
    return intervalNanos == 0 ? 0 : (System.nanoTime() - beganNanos) / intervalNanos * rowsOfBody;
  }

  /** Rows stored since the beginning. */
  synchronized long rows() {
    return acks.stream().mapToLong(Ack::rows).sum();
  }

  /** Rows stored between two times. */
  synchronized long rows(long fromNanos, long toNanos) {
    return acks.stream()
        .filter(ack -> ack.atNanos >= fromNanos && ack.atNanos < toNanos)
        .mapToLong(Ack::rows)
        .sum();
  }

  /** The latency, in milliseconds, that a part of all stored requests stayed below. */
  synchronized double tookMs(double part) {
    long[] took = acks.stream().mapToLong(Ack::tookNanos).toArray();
    Arrays.sort(took);
    return took.length == 0 ? Double.NaN : took[(int) (part * (took.length - 1))] / 1e6;
  }

  /** Refusals by status and the setting that the answer names. */
  synchronized Map<String, Long> refusals() {
    return new TreeMap<>(refusals);
  }

  /** Refusals of which the answer says that repeating is in vain. */
  synchronized long neverAgain() {
    return neverAgain;
  }

  private void send() {
    try (Wire wire = new Wire(server, KeysFile.authorization(tenant))) {
      while (over.getCount() > 0) {
        long request = due.getAndIncrement();
        if (isOverBy(beganNanos + request * intervalNanos)) {
          return;
        }
        post(wire, bodies[(int) (request % bodies.length)]);
      }
    } catch (IOException e) {
      count("connection lost: " + e.getMessage(), false);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void post(Wire wire, byte[] body) throws IOException, InterruptedException {
    long sent = System.nanoTime();
    while (true) {
      Wire.Answer answer = wire.post(body);
      if (answer.status() == 200) {
        stored(new Ack(System.nanoTime(), System.nanoTime() - sent, rowsOfBody));
        return;
      }
      boolean again = answer.retryAfterSeconds() > 0;
      Matcher setting = SETTING.matcher(answer.body());
      count(answer.status() + (setting.find() ? " " + setting.group(1) : ""), again);
      if (!again || over.await(answer.retryAfterSeconds(), TimeUnit.SECONDS)) {
        return;
      }
    }
  }

  private boolean isOverBy(long nanos) throws InterruptedException {
    return over.await(Math.max(0, nanos - System.nanoTime()), TimeUnit.NANOSECONDS);
  }

  private synchronized void stored(Ack ack) {
    acks.add(ack);
  }

  private synchronized void count(String refusal, boolean again) {
    refusals.merge(refusal, 1L, Long::sum);
    neverAgain += again ? 0 : 1;
  }

  /** Ends when the requests under way are answered. */
  @Override
  public void close() {
    over.countDown();
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
