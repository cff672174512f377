package dev.seamark.benchmarks.load;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One run of one signal: sends the rows over several connections, waits until all are visible,
 * measures.
 */
final class Run {
  private static final Duration VISIBLE_WITHIN = Duration.ofMinutes(5);

  private final Target target;
  private final Signal signal;
  private final String name;
  private final long rows;
  private final int rowsPerRequest;
  private final int connections;

  /** Where a Seamark answers; {@code pid} is its main process, whose tree is accounted for. */
  record Target(URI otlpHttp, URI sql, long pid) {}

  /**
   * Latencies in milliseconds, CPU in seconds over all processes of the target, the sender's aside.
   */
  record Result(
      Signal signal,
      long rows,
      long stored,
      long distinct,
      long refusals,
      double ackedSeconds,
      double visibleSeconds,
      double ackP50Ms,
      double ackP99Ms,
      double cpuSeconds,
      ProcessTree after) {
    boolean exact() {
      return stored == rows && distinct == rows;
    }

    double cpuSecondsPerMillion() {
      return cpuSeconds / rows * 1e6;
    }
  }

  Run(Target target, Signal signal, String name, long rows, int rowsPerRequest, int connections) {
    this.target = target;
    this.signal = signal;
    this.name = name;
    this.rows = rows;
    this.rowsPerRequest = rowsPerRequest;
    this.connections = connections;
  }

  Result go() throws Exception {
    double cpuBefore = ProcessTree.of(target.pid()).cpuSeconds();
    long requests = rows / rowsPerRequest;
    long[] ackNanos = new long[(int) requests];
    AtomicLong next = new AtomicLong();
    AtomicLong refusals = new AtomicLong();
    long nowNanos = System.currentTimeMillis() * 1_000_000L;
    long began = System.nanoTime();
    try (ExecutorService senders = Executors.newFixedThreadPool(connections)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        Callable<?> sender = () -> {
          send(next, requests, nowNanos, ackNanos, refusals);
          return true;
        };
        running.add(senders.submit(sender));
      }
      for (Future<?> sender : running) {
        sender.get();
      }
    }
    double acked = (System.nanoTime() - began) / 1e9;
    long[] stored = awaitVisible();
    double visible = (System.nanoTime() - began) / 1e9;
    ProcessTree after = ProcessTree.of(target.pid());
    Arrays.sort(ackNanos);
    return new Result(
        signal,
        requests * rowsPerRequest,
        stored[0],
        stored[1],
        refusals.get(),
        acked,
        visible,
        ackNanos[(int) (requests / 2)] / 1e6,
        ackNanos[(int) (requests * 99 / 100)] / 1e6,
        after.cpuSeconds() - cpuBefore,
        after);
  }

  private void send(
      AtomicLong next, long requests, long nowNanos, long[] ackNanos, AtomicLong refusals)
      throws IOException, InterruptedException {
    try (HttpClient http =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      for (long request = next.getAndIncrement();
          request < requests;
          request = next.getAndIncrement()) {
        HttpRequest post = HttpRequest.newBuilder(target.otlpHttp().resolve(signal.path))
            .header("Content-Type", "application/x-protobuf")
            .timeout(Duration.ofSeconds(60))
            .POST(HttpRequest.BodyPublishers.ofByteArray(
                signal.body(name, request, rowsPerRequest, nowNanos)))
            .build();
        long sent = System.nanoTime();
        export(http, post, refusals);
        ackNanos[(int) request] = System.nanoTime() - sent;
      }
    }
  }

  private static void export(HttpClient http, HttpRequest post, AtomicLong refusals)
      throws IOException, InterruptedException {
    while (true) {
      HttpResponse<byte[]> answer = http.send(post, HttpResponse.BodyHandlers.ofByteArray());
      switch (answer.statusCode()) {
        case 200 -> {
          if (answer.body().length > 0) {
            throw new IOException(
                "partial success: " + new String(answer.body(), StandardCharsets.UTF_8));
          }
          return;
        }
        case 429, 503 -> {
          refusals.incrementAndGet();
          Thread.sleep(answer.headers().firstValueAsLong("Retry-After").orElse(1) * 1000);
        }
        default ->
          throw new IOException("answer " + answer.statusCode() + ": "
              + new String(answer.body(), StandardCharsets.UTF_8));
      }
    }
  }

  private long[] awaitVisible() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + VISIBLE_WITHIN.toNanos();
    try (HttpClient http = HttpClient.newHttpClient()) {
      while (true) {
        String count =
            select(http, signal.storedSql(name).replaceFirst(", uniqExact\\(.*?\\) FROM", " FROM"));
        if (Long.parseLong(count.strip()) >= rows || System.nanoTime() > deadline) {
          String[] exact = select(http, signal.storedSql(name)).strip().split("\t", -1);
          return new long[] {Long.parseLong(exact[0]), Long.parseLong(exact[1])};
        }
        Thread.sleep(100);
      }
    }
  }

  private String select(HttpClient http, String sql) throws IOException, InterruptedException {
    URI uri = target.sql().resolve("/?query=" + URLEncoder.encode(sql, StandardCharsets.UTF_8));
    HttpResponse<String> answer =
        http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(sql + ": " + answer.body());
    }
    return answer.body();
  }
}
