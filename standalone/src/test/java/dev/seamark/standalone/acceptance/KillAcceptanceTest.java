package dev.seamark.standalone.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.standalone.Main;
import dev.seamark.standalone.broker.Broker;
import dev.seamark.standalone.engine.Engine;
import dev.seamark.standalone.engine.EngineLibrary;
import dev.seamark.standalone.process.JavaCommand;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.resource.v1.Resource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ingester, writer, broker and engine as processes of their own; each is killed by SIGKILL once
 * while senders are busy. An attempt that was acknowledged is stored whole and once; one that was
 * not is stored once or not at all.
 */
class KillAcceptanceTest {
  private static final String ATTEMPTS = """
      SELECT LogAttributes['attempt'] AS attempt, count(), uniqExact(Body) FROM otel_logs
      WHERE attempt != '' GROUP BY attempt""";
  private static final int OFFSET = 3_100;
  private static final int RECORDS = 50;
  private static final int SENDERS = 3;
  private static final int ATTEMPTS_BETWEEN_KILLS = 40;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
  private final AtomicLong attempts = new AtomicLong();
  private final AtomicBoolean sending = new AtomicBoolean(true);

  @Test
  void nothingAcknowledgedIsLostOrDoubled(@TempDir Path folder) throws Exception {
    Broker broker = new Broker(folder, folder, 19092 + OFFSET, 19093 + OFFSET);
    Engine engine = new Engine(
        EngineLibrary.pinned(System.getenv()).file(),
        folder.resolve("clickhouse"),
        18123 + OFFSET,
        1L << 30,
        "");
    broker.start();
    engine.start();
    engine.awaitReady(PATIENCE);
    Path config = Files.writeString(
        folder.resolve("seamark.yaml"), """
        kafka:
          bootstrap: [127.0.0.1:%d]
          topics:
            replication-factor: 1
            min-insync-replicas: 1
        clickhouse:
          addresses: [http://127.0.0.1:%d]
        """.formatted(19092 + OFFSET, 18123 + OFFSET));
    run(folder, "migrate", config).waitFor();
    Process ingester = serve(folder, "ingest", config, 4318);
    Process writer = serve(folder, "writer", config, 9095);
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i < SENDERS; i++) {
      senders.add(Thread.ofPlatform().start(this::send));
    }
    try {
      awaitProgress();
      writer.destroyForcibly().waitFor();
      awaitProgress();
      writer = serve(folder, "writer", config, 9095);
      awaitProgress();
      kill(engine.pid());
      engine.awaitReady(PATIENCE);
      awaitProgress();
      ingester.destroyForcibly().waitFor();
      ingester = serve(folder, "ingest", config, 4318);
      awaitProgress();
      kill(broker.pid());
      broker.awaitReady(PATIENCE);
      awaitProgress();
      sending.set(false);
      for (Thread sender : senders) {
        sender.join();
      }

      assertStoredOnce(
          new Sql(URI.create("http://127.0.0.1:" + (18123 + OFFSET) + "/?database=seamark")));
    } catch (AssertionError e) {
      throw new AssertionError(words(folder), e);
    } finally {
      sending.set(false);
      ingester.destroyForcibly();
      writer.destroyForcibly();
      engine.stop(Duration.ofSeconds(20));
      broker.stop(Duration.ofSeconds(20));
    }
  }

  private void assertStoredOnce(Sql sql) {
    String whole = RECORDS + " rows, " + RECORDS + " different";
    // attempts without an answer may be stored too, so the number of rows says nothing
    Map<Long, String> stored = attempts(sql.rowsOnce(
        ATTEMPTS,
        rows -> acknowledged.stream().allMatch(a -> whole.equals(attempts(rows).get(a))),
        PATIENCE));

    assertThat(acknowledged)
        .isNotEmpty()
        .allSatisfy(attempt -> assertThat(stored.get(attempt)).as("%d", attempt).isEqualTo(whole));
    assertThat(stored.values()).allMatch(whole::equals);
  }

  private static Map<Long, String> attempts(List<List<String>> rows) {
    Map<Long, String> attempts = new HashMap<>();
    for (List<String> row : rows) {
      attempts.put(Long.parseLong(row.get(0)), row.get(1) + " rows, " + row.get(2) + " different");
    }
    return attempts;
  }

  private void send() {
    try (HttpClient http = HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(1))
        .build()) {
      while (sending.get()) {
        long attempt = attempts.incrementAndGet();
        HttpRequest post = HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + (4318 + OFFSET) + "/v1/logs"))
            .header("Content-Type", "application/x-protobuf")
            .timeout(Duration.ofSeconds(15))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body(attempt)))
            .build();
        if (taken(http, post)) {
          acknowledged.add(attempt);
        }
      }
    }
  }

  /**
   * A refusal or a broken connection is no acknowledgement; the next attempt has a number of its
   * own.
   */
  private static boolean taken(HttpClient http, HttpRequest post) {
    try {
      return http.send(post, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException _) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] body(long attempt) {
    long now = Instant.now().getEpochSecond() * 1_000_000_000L;
    ScopeLogs.Builder scope = ScopeLogs.newBuilder();
    for (int i = 0; i < RECORDS; i++) {
      scope.addLogRecords(LogRecord.newBuilder()
          .setTimeUnixNano(now)
          .setBody(AnyValue.newBuilder().setStringValue(attempt + "/" + i))
          .addAttributes(KeyValue.newBuilder()
              .setKey("attempt")
              .setValue(AnyValue.newBuilder().setStringValue(Long.toString(attempt)))));
    }
    return ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder()
            .setResource(Resource.getDefaultInstance())
            .addScopeLogs(scope))
        .build()
        .toByteArray();
  }

  private void awaitProgress() {
    int goal = acknowledged.size() + ATTEMPTS_BETWEEN_KILLS;
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (acknowledged.size() < goal) {
      assertThat(System.nanoTime()).as("no progress within %s", PATIENCE).isLessThan(deadline);
      LockSupport.parkNanos(10_000_000);
    }
  }

  /** What ingester and writer wrote: the first thing to read when this test fails. */
  private static String words(Path folder) {
    try {
      return Files.readString(folder.resolve("ingest.log"))
          + Files.readString(folder.resolve("writer.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /**
   * Returns once the service says that it is ready: a kill must meet a process at work, not one
   * that starts.
   */
  private static Process serve(Path folder, String command, Path config, int port)
      throws IOException, InterruptedException {
    Process process = run(folder, command, config);
    HttpRequest ready = HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + (port + OFFSET) + "/readyz"))
        .build();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (HttpClient http = HttpClient.newHttpClient()) {
      while (!taken(http, ready)) {
        assertThat(process.isAlive() && System.nanoTime() < deadline)
            .as(() -> command + " is not ready: " + words(folder))
            .isTrue();
        LockSupport.parkNanos(50_000_000);
      }
    }
    return process;
  }

  private static void kill(long pid) {
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
  }

  private static Process run(Path folder, String command, Path config) throws IOException {
    return new ProcessBuilder(JavaCommand.of(
            Main.class,
            List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx512m"),
            List.of(
                command, "--config", config.toString(), "--port-offset", Integer.toString(OFFSET))))
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(folder.resolve(command + ".log").toFile()))
        .start();
  }
}
