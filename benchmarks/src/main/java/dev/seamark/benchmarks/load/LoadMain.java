package dev.seamark.benchmarks.load;

import java.net.URI;
import java.util.Arrays;
import java.util.Locale;

/**
 * {@code load OTLP_HTTP SQL PID ROWS [SIGNAL ...]}: runs each signal in turn against a running
 * Seamark and prints a Markdown table. Exits 1 if a row is missing or doubled.
 */
public final class LoadMain {
  private static final int ROWS_PER_REQUEST = 1_000;
  private static final int CONNECTIONS = 4;

  private LoadMain() {}

  public static void main(String[] args) throws Exception {
    if (args.length < 4) {
      System.err.println("usage: load OTLP_HTTP SQL PID ROWS [logs|metrics|traces ...]");
      System.exit(2);
    }
    Run.Target target =
        new Run.Target(URI.create(args[0]), URI.create(args[1]), Long.parseLong(args[2]));
    long rows = Long.parseLong(args[3]);
    Signal[] signals = args.length == 4
        ? Signal.values()
        : Arrays.stream(args, 4, args.length)
            .map(name -> Signal.valueOf(name.toUpperCase(Locale.ROOT)))
            .toArray(Signal[]::new);
    String run = "load-" + Long.toString(System.currentTimeMillis(), 36);
    System.out.println(
        "| signal | rows sent | stored | distinct | refused, retried | rows/s acked | rows/s visible"
            + " | ack p50 ms | ack p99 ms | CPU-s per million rows | resident MB | peak MB |");
    System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    boolean exact = true;
    for (Signal signal : signals) {
      Run.Result result = new Run(target, signal, run, rows, ROWS_PER_REQUEST, CONNECTIONS).go();
      exact &= result.exact();
      print(result);
    }
    System.exit(exact ? 0 : 1);
  }

  private static void print(Run.Result r) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %,d | %,d | %,d | %,d | %,.0f | %,.0f | %.1f | %.1f | %.2f | %,d | %,d |%n",
        r.signal().name().toLowerCase(Locale.ROOT),
        r.rows(),
        r.stored(),
        r.distinct(),
        r.refusals(),
        r.rows() / r.ackedSeconds(),
        r.rows() / r.visibleSeconds(),
        r.ackP50Ms(),
        r.ackP99Ms(),
        r.cpuSecondsPerMillion(),
        r.after().residentBytes() >> 20,
        r.after().peakBytes() >> 20);
    for (ProcessTree.Usage usage : r.after().processes()) {
      System.out.printf(
          Locale.ROOT,
          "<!-- %s pid %d: %.1f CPU-s since its start, %,d MB resident, %,d MB peak -->%n",
          usage.name(),
          usage.pid(),
          usage.cpuSeconds(),
          usage.residentBytes() >> 20,
          usage.peakBytes() >> 20);
    }
  }
}
