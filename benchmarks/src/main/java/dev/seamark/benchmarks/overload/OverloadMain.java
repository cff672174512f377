package dev.seamark.benchmarks.overload;

import dev.seamark.benchmarks.load.ProcessTree;
import dev.seamark.benchmarks.load.Signal;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code overload keys KEYS_FILE} writes a keys file. {@code overload OTLP_HTTP PID KEYS_FILE
 * SECONDS [limited]} then measures a running Seamark: the peak of as many connections as the loud
 * tenants have, a quiet tenant alone, three times the peak by loud tenants beside the quiet one,
 * and how soon all is well afterwards. {@code limited} gives the loud tenants a limit a little
 * below the peak together; without it only the fair shares of the memory in flight hold them.
 * Prints Markdown.
 */
public final class OverloadMain {
  private static final int LOUD_TENANTS = 4;
  private static final int LOUD_CONNECTIONS = 12;
  private static final int PEAK_CONNECTIONS = LOUD_TENANTS * LOUD_CONNECTIONS;
  private static final int LOUD_ROWS = 1_000;
  private static final int QUIET_ROWS = 50;
  private static final int BODIES = 32;
  private static final int TIMES_PEAK = 3;
  private static final long QUIET_INTERVAL_NANOS = 100_000_000;
  private static final long SECOND = 1_000_000_000;
  private static final int WARM_SECONDS = 20;
  private static final int PEAK_SECONDS = 60; // as long as an overload: merges have begun by then
  private static final int IDLE_SECONDS = 15;
  private static final int REST_SECONDS = 30;
  private static final int RECOVERY_SECONDS = 40;
  private static final double RECOVERED = 0.9;
  private static final double LIMITED_TO = 0.92;

  private final URI server;
  private final long pid;
  private final KeysFile keys;
  private final int seconds;
  private final boolean limited;
  private final byte[][] loudBodies = bodies(LOUD_ROWS);
  private final byte[][] quietBodies = bodies(QUIET_ROWS);

  private OverloadMain(URI server, long pid, KeysFile keys, int seconds, boolean limited) {
    this.server = server;
    this.pid = pid;
    this.keys = keys;
    this.seconds = seconds;
    this.limited = limited;
  }

  public static void main(String[] args) throws Exception {
    if (args.length == 2 && args[0].equals("keys")) {
      new KeysFile(Path.of(args[1]), LOUD_TENANTS).write(0);
      return;
    }
    if (args.length < 4) {
      System.err.println(
          "usage: overload keys KEYS_FILE | overload OTLP_HTTP PID KEYS_FILE SECONDS [limited]");
      System.exit(2);
    }
    new OverloadMain(
            URI.create(args[0]),
            Long.parseLong(args[1]),
            new KeysFile(Path.of(args[2]), LOUD_TENANTS),
            Integer.parseInt(args[3]),
            args.length > 4 && args[4].equals("limited"))
        .run();
  }

  private static byte[][] bodies(int rows) {
    long nowNanos = System.currentTimeMillis() * 1_000_000L;
    byte[][] bodies = new byte[BODIES][];
    for (int i = 0; i < bodies.length; i++) {
      bodies[i] = Signal.LOGS.body("overload", i, rows, nowNanos);
    }
    return bodies;
  }

  private void run() throws Exception {
    closedLoop(WARM_SECONDS);
    double peak = closedLoop(PEAK_SECONDS);
    say("peak, %d connections: %,.0f rows/s", PEAK_CONNECTIONS, peak);
    Thread.sleep(REST_SECONDS * 1_000);

    double idleP99;
    try (Senders quiet = quiet()) {
      Thread.sleep(IDLE_SECONDS * 1_000);
      idleP99 = quiet.tookMs(0.99);
      say("quiet tenant alone: ack p50 %.1f ms, p99 %.1f ms", quiet.tookMs(0.5), idleP99);
    }
    if (limited) {
      long each = (long) (LIMITED_TO * peak / LOUD_TENANTS);
      keys.write(each);
      say("limit of each of %d loud tenants: %,d rows/s", LOUD_TENANTS, each);
      Thread.sleep(REST_SECONDS * 1_000);
    }
    overload(peak, idleP99);
    recovery(peak);
  }

  /** Rows a second of connections that send as fast as they can. */
  private double closedLoop(int forSeconds) throws InterruptedException {
    long began = System.nanoTime();
    try (Senders senders =
        new Senders(server, KeysFile.quiet(), PEAK_CONNECTIONS, loudBodies, LOUD_ROWS, 0)) {
      Thread.sleep(forSeconds * 1_000L);
      return senders.rows() * 1e9 / (System.nanoTime() - began);
    }
  }

  private Senders quiet() {
    return new Senders(server, KeysFile.quiet(), 1, quietBodies, QUIET_ROWS, QUIET_INTERVAL_NANOS);
  }

  private void overload(double peak, double idleP99) throws Exception {
    long interval = (long) (LOUD_ROWS * 1e9 / (TIMES_PEAK * peak / LOUD_TENANTS));
    List<Senders> loud = new ArrayList<>();
    Map<String, Resident> resident = new TreeMap<>();
    long began = System.nanoTime();
    try (Senders quiet = quiet()) {
      for (int i = 1; i <= LOUD_TENANTS; i++) {
        loud.add(new Senders(
            server, KeysFile.loud(i), LOUD_CONNECTIONS, loudBodies, LOUD_ROWS, interval));
      }
      while (System.nanoTime() - began < seconds * SECOND) {
        long after = System.nanoTime() - began;
        for (ProcessTree.Usage each : ProcessTree.of(pid).processes()) {
          resident
              .computeIfAbsent(each.name(), _ -> new Resident())
              .look(each.residentBytes(), after);
        }
        Thread.sleep(1_000);
      }
      double took = (System.nanoTime() - began) / 1e9;
      double goodput = (loud.stream().mapToLong(Senders::rows).sum() + quiet.rows()) / took;
      double offered = loud.stream().mapToLong(Senders::offeredRows).sum() / took;
      say("overload of %d s: offered %,.0f rows/s (%.1f x peak)", seconds, offered, offered / peak);
      say("goodput: %,.0f rows/s = %.0f %% of the peak", goodput, 100 * goodput / peak);
      say("worst five seconds of it: %.0f %%", 100 * worst(loud, began) / peak);
      say(
          "loud ack p50 %.0f ms, p99 %.0f ms",
          loud.getFirst().tookMs(0.5), loud.getFirst().tookMs(0.99));
      say(
          "refusals of the loud: %s; never to be repeated: %d",
          refusals(loud), loud.stream().mapToLong(Senders::neverAgain).sum());
      say(
          "quiet tenant: %d refusals %s, %d of %d rows stored, ack p50 %.1f ms, p99 %.1f ms = %.1f"
              + " x alone",
          quiet.refusals().values().stream().mapToLong(Long::longValue).sum(),
          quiet.refusals(),
          quiet.rows(),
          quiet.offeredRows(),
          quiet.tookMs(0.5),
          quiet.tookMs(0.99),
          quiet.tookMs(0.99) / idleP99);
      resident.forEach((process, memory) -> say("resident, %s: %s", process, memory));
      for (Senders each : loud) {
        each.close();
      }
    }
  }

  private double worst(List<Senders> loud, long began) {
    double worst = Double.MAX_VALUE;
    for (int second = 5; second + 5 <= seconds; second += 5) {
      long from = began + second * SECOND;
      long rows =
          loud.stream().mapToLong(each -> each.rows(from, from + 5 * SECOND)).sum();
      worst = Math.min(worst, rows / 5.0);
    }
    return worst;
  }

  private static Map<String, Long> refusals(List<Senders> senders) {
    Map<String, Long> all = new TreeMap<>();
    for (Senders each : senders) {
      each.refusals().forEach((why, count) -> all.merge(why, count, Long::sum));
    }
    return all;
  }

  /** How long after the overload connections reach the peak again, over three seconds. */
  private void recovery(double peak) throws InterruptedException {
    long began = System.nanoTime();
    try (Senders senders =
        new Senders(server, KeysFile.quiet(), PEAK_CONNECTIONS, loudBodies, LOUD_ROWS, 0)) {
      while (System.nanoTime() - began < RECOVERY_SECONDS * SECOND) {
        Thread.sleep(500);
        long now = System.nanoTime();
        long from = Math.max(began, now - 3 * SECOND);
        double rate = senders.rows(from, now) * 1e9 / (now - from);
        if (now - began >= SECOND && rate >= RECOVERED * peak) {
          say(
              "full speed again (%.0f %% of the peak) after %.1f s",
              100 * rate / peak, (now - began) / 1e9);
          return;
        }
      }
    }
    say("not at full speed again within %d s", RECOVERY_SECONDS);
  }

  private static void say(String format, Object... values) {
    System.out.printf(Locale.ROOT, "- " + format + "%n", values);
  }

  /** Memory of a process over time, and the line that lies closest to it. */
  private static final class Resident {
    private final List<double[]> looks = new ArrayList<>();

    void look(long bytes, long afterNanos) {
      looks.add(new double[] {afterNanos / 60e9, bytes / 1048576.0});
    }

    @Override
    public String toString() {
      return "%s; second half: %s".formatted(line(0), line(looks.size() / 2));
    }

    private String line(int from) {
      List<double[]> part = looks.subList(from, looks.size());
      double meanX = part.stream().mapToDouble(look -> look[0]).average().orElse(0);
      double meanY = part.stream().mapToDouble(look -> look[1]).average().orElse(0);
      double above = 0;
      double below = 0;
      for (double[] look : part) {
        above += (look[0] - meanX) * (look[1] - meanY);
        below += (look[0] - meanX) * (look[0] - meanX);
      }
      double slope = below == 0 ? 0 : above / below;
      return String.format(
          Locale.ROOT, "%.0f MB, slope %+.1f %% a minute", meanY, 100 * slope / meanY);
    }
  }
}
