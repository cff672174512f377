package dev.seamark.benchmarks.compare;

import dev.seamark.benchmarks.load.ProcessTree;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Sends the same requests to Seamark or to a peer and prints what it took, as Markdown.
 *
 * <pre>
 * --label TEXT              what the table calls it
 * --pid PID                 its main process, whose tree is accounted for
 * --remote-write URL        where samples go; --otlp URL where logs and spans go
 * --samples N --logs N --spans N   rows a second; 0 or left out: none; -1: as fast as they go
 * --series N                of the samples (100000); --connections N  that carry them (32)
 * --seconds N --warm-up N   (60, 30)
 * --data DIR                its folder, measured with all that is in it
 * --clickhouse URL --password P --metrics URL   Seamark alone: parts and merges, freshness, lag
 * --plot FILE               an SVG of rates and lag by the second
 * </pre>
 */
public final class CompareMain {
  private static final int SERIES_OF_TARGET = 2_000;
  private static final int ROWS_OF_LOGS = 500;
  private static final int ROWS_OF_SPANS = 200;
  private static final int QUIET_SECONDS = 30;
  private static final int QUIET_WITHIN_SECONDS = 600;
  private static final Pattern LAG =
      Pattern.compile("^seamark_writer_lag_rows\\{.*} (\\S+)$", Pattern.MULTILINE);

  private final Options options;
  private final long pid;
  private final @Nullable ClickHouseStats clickHouse;
  private final Map<String, Stream> streams = new LinkedHashMap<>();
  private final Timeline timeline = new Timeline();

  private CompareMain(Options options) {
    this.options = options;
    this.pid = options.whole("pid", 0);
    this.clickHouse = options.has("clickhouse")
        ? new ClickHouseStats(options.address("clickhouse"), options.text("password", ""))
        : null;
  }

  public static void main(String[] arguments) throws Exception {
    new CompareMain(Options.of(arguments)).run();
  }

  private void run() throws Exception {
    open();
    var marker =
        clickHouse == null ? null : new Marker(options.address("remote-write"), clickHouse);
    for (var stream : streams.values()) {
      stream.start();
    }
    if (marker != null) {
      marker.start();
    }
    watch(options.whole("warm-up", 30));
    streams.values().forEach(Stream::clear);
    if (marker != null) {
      marker.clear();
    }
    var rowsBefore = rows();
    var before = ProcessTree.of(pid);
    var began = System.nanoTime();
    watch(options.whole("seconds", 60));
    var seconds = (System.nanoTime() - began) / 1e9;
    var rows = rows();
    rowsBefore.forEach((signal, count) -> rows.merge(signal, -count, Long::sum));
    var loaded = ProcessTree.of(pid);
    for (var stream : streams.values()) {
      stream.end();
    }
    if (marker != null) {
      marker.end();
    }
    var sent = ProcessTree.of(ProcessHandle.current().pid());
    var quiet = awaitQuiet();
    var after = ProcessTree.of(pid);
    print(rows, seconds, before, loaded, after, marker, quiet);
    System.out.printf(Locale.ROOT, "sender: %.1f CPU s since its start%n", sent.cpuSeconds());
    if (options.has("plot")) {
      timeline.write(options.path("plot"), options.text("label", "seamark"));
    }
  }

  private void open() {
    var targets = Math.max(1, options.whole("series", 100_000) / SERIES_OF_TARGET);
    var rate = options.number("samples", 0);
    var intervalMs = rate > 0 ? (long) (targets * SERIES_OF_TARGET * 1e3 / rate) : 1;
    open(
        "samples",
        "remote-write",
        options.whole("connections", 32),
        targets,
        i -> new SampleBody(i, SERIES_OF_TARGET, Math.max(1, intervalMs)));
    open("logs", "otlp", 4, 40, i -> OtlpBody.logs(i, ROWS_OF_LOGS));
    open("spans", "otlp", 2, 40, i -> OtlpBody.spans(i, ROWS_OF_SPANS));
  }

  private void open(
      String signal, String address, int connections, int targets, IntFunction<Body> body) {
    var rate = options.number(signal, 0);
    if (rate != 0) {
      var bodies = new ArrayList<List<Body>>();
      for (var i = 0; i < Math.min(connections, targets); i++) {
        bodies.add(new ArrayList<>());
      }
      for (var i = 0; i < targets; i++) {
        bodies.get(i % bodies.size()).add(body.apply(i));
      }
      streams.put(signal, new Stream(options.address(address), bodies, Math.max(0, rate)));
    }
  }

  private Map<String, Long> rows() {
    var rows = new LinkedHashMap<String, Long>();
    streams.forEach((signal, stream) -> rows.put(signal, stream.rows()));
    return rows;
  }

  /** Notes rates and lag each second. */
  private void watch(int seconds) throws IOException, InterruptedException {
    for (var i = 0; i < seconds; i++) {
      TimeUnit.SECONDS.sleep(1);
      timeline.add(rows(), options.has("metrics") ? lag() : 0);
    }
  }

  private double lag() throws IOException, InterruptedException {
    try (var http = HttpClient.newHttpClient()) {
      var text = http.send(
              HttpRequest.newBuilder(options.address("metrics")).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
      return LAG.matcher(text)
          .results()
          .mapToDouble(it -> Double.parseDouble(it.group(1)))
          .sum();
    }
  }

  /** Seconds until nothing was merged, and next to no CPU used, for half a minute. */
  private double awaitQuiet() throws IOException, InterruptedException {
    var began = System.nanoTime();
    var quiet = 0;
    var cpu = ProcessTree.of(pid).cpuSeconds();
    for (var i = 0; quiet < QUIET_SECONDS && i < QUIET_WITHIN_SECONDS; i++) {
      TimeUnit.SECONDS.sleep(1);
      var now = ProcessTree.of(pid).cpuSeconds();
      var busy = now - cpu > 0.2 || (clickHouse != null && clickHouse.merges());
      quiet = busy ? 0 : quiet + 1;
      cpu = now;
    }
    if (quiet < QUIET_SECONDS) {
      System.out.println("NOT quiet within " + QUIET_WITHIN_SECONDS + " s");
    }
    return (System.nanoTime() - began) / 1e9;
  }

  private void print(
      Map<String, Long> rows,
      double seconds,
      ProcessTree before,
      ProcessTree loaded,
      ProcessTree after,
      @Nullable Marker marker,
      double quiet)
      throws IOException, InterruptedException {
    var label = options.text("label", "seamark");
    System.out.println("| target | signal | rows/s | refused | ack p50 ms | ack p99 ms |");
    System.out.println("| --- | --- | --- | --- | --- | --- |");
    streams.forEach((signal, stream) -> {
      System.out.printf(
          Locale.ROOT,
          "| %s | %s | %,.0f | %d | %.1f | %.1f |%n",
          label,
          signal,
          rows.getOrDefault(signal, 0L) / seconds,
          stream.refusals(),
          stream.latencyMs(0.5),
          stream.latencyMs(0.99));
    });
    var all = rows.values().stream().mapToLong(it -> it).sum();
    System.out.printf(
        Locale.ROOT,
        "CPU s per million rows: %.3f while loaded, %.3f with merges until quiet (%.0f s)%n",
        (loaded.cpuSeconds() - before.cpuSeconds()) / all * 1e6,
        (after.cpuSeconds() - before.cpuSeconds()) / all * 1e6,
        quiet);
    byProcess(before, after, all);
    if (marker != null) {
      System.out.printf(
          Locale.ROOT,
          "visible after the acknowledgement: p50 %.2f s, p99 %.2f s%n",
          marker.seconds(0.5),
          marker.seconds(0.99));
    }
    System.out.printf(Locale.ROOT, "%s%n", timeline.lag(options.whole("seconds", 60)));
    disk();
  }

  private static void byProcess(ProcessTree before, ProcessTree after, long rows) {
    var began = new TreeMap<Long, Double>();
    before.processes().forEach(it -> began.put(it.pid(), it.cpuSeconds()));
    for (var each : after.processes()) {
      System.out.printf(
          Locale.ROOT,
          "- %s: %.3f CPU s per million rows, %,d MB resident, %,d MB peak%n",
          each.name(),
          (each.cpuSeconds() - began.getOrDefault(each.pid(), 0.0)) / rows * 1e6,
          each.residentBytes() >> 20,
          each.peakBytes() >> 20);
    }
  }

  private void disk() throws IOException, InterruptedException {
    if (clickHouse != null) {
      clickHouse
          .sizes()
          .forEach((table, size) -> System.out.printf(
              Locale.ROOT,
              "- %s: %,d rows, %,d bytes, %.2f B a row, %d parts%n",
              table,
              size.rows(),
              size.bytes(),
              (double) size.bytes() / size.rows(),
              size.parts()));
    }
    streams.forEach((signal, stream) -> System.out.printf(
        Locale.ROOT,
        "- %s sent in all: %,d rows, %,d raw bytes%n",
        signal,
        stream.rows(),
        stream.raw()));
    if (options.has("data")) {
      System.out.printf(
          Locale.ROOT, "- %s: %,d bytes%n", options.path("data"), size(options.path("data")));
    }
  }

  private static long size(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .mapToLong(it -> it.toFile().length())
          .sum();
    }
  }
}
