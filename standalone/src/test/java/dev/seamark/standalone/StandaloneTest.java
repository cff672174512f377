package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.standalone.process.JavaCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command as a user runs it: a process, its ports, its children, and how it ends. */
@Timeout(180)
class StandaloneTest {
  private static final int OFFSET = 26_300;
  private static final List<String> FLAGS = List.of(
      "-Xmx512m",
      "-XX:+UseSerialGC",
      "--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow");

  @TempDir
  Path folder;

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void stop() {
    started.forEach(Process::destroyForcibly);
    http.shutdownNow();
  }

  private Process start(String output, int offset) throws IOException {
    List<String> arguments = List.of(
        "standalone",
        "--demo",
        "--data",
        folder.resolve("data").toString(),
        "--port-offset",
        Integer.toString(offset));
    Process process = new ProcessBuilder(JavaCommand.of(Main.class, FLAGS, arguments))
        .redirectOutput(folder.resolve(output).toFile())
        .redirectError(folder.resolve(output + ".err").toFile())
        .start();
    started.add(process);
    return process;
  }

  private Process startReady(String output) throws Exception {
    Process process = start(output, OFFSET);
    await(() -> {
      assertThat(process.isAlive()).as(() -> text(output + ".err")).isTrue();
      return text(output).lines().anyMatch("seamark ready"::equals);
    });
    return process;
  }

  private String text(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private long count(String sql) throws Exception {
    URI address = URI.create("http://127.0.0.1:" + (8123 + OFFSET));
    var request =
        HttpRequest.newBuilder(address).POST(BodyPublishers.ofString(sql)).build();
    var answer = http.send(request, BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Long.parseLong(answer.body().strip());
  }

  /** The engine's own port, where no reader's rules hold. */
  private String engineAnswers(String sql) throws Exception {
    URI address = URI.create("http://127.0.0.1:" + (18123 + OFFSET));
    var request =
        HttpRequest.newBuilder(address).POST(BodyPublishers.ofString(sql)).build();
    return http.send(request, BodyHandlers.ofString()).body();
  }

  /** The names of Seamark's own metrics, as the page of metrics has them in its first column. */
  private List<String> ownMetrics() throws Exception {
    URI address = URI.create("http://127.0.0.1:%d/metrics".formatted(4318 + OFFSET));
    var answer = http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
    return answer
        .body()
        .lines()
        .filter(line -> line.startsWith("# TYPE seamark_"))
        .map(line -> "| `" + line.split(" ", -1)[2] + "` |")
        .toList();
  }

  @Test
  void telemetryOfTheDemoIsFoundBySqlAndTheProcessDrainsOnSigterm() throws Exception {
    Process process = startReady("first");
    List<ProcessHandle> children = process.children().toList();

    await(() -> count("SELECT count() FROM otel_logs") > 0);
    await(() -> count("SELECT count() FROM otel_traces") > 0);
    await(() -> count("SELECT count() FROM metrics_samples INNER JOIN metrics_series"
            + " USING (Tenant, MetricName, SeriesId)")
        > 0);
    assertThat(children).hasSize(2);
    assertThat(engineAnswers("SELECT 1")).contains("AUTHENTICATION_FAILED");
    assertThat(ownMetrics())
        .hasSizeGreaterThan(20)
        .allMatch(ReferencePage.of("reference/metrics.md").text()::contains);
    assertThat(command("replay", "--dead-letter", "--dry-run"))
        .contains("would store 0 records, 0 rows; left out 0");
    assertThat(command("delete", "--tenant", "nobody", "--dry-run"))
        .contains("would delete 0 rows");

    Process second = start("second", OFFSET + 1);
    assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isEqualTo(1);
    assertThat(text("second.err"))
        .contains("is in use by process %d; choose another one by --data".formatted(process.pid()));

    process.destroy();
    assertThat(process.waitFor(40, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(() -> text("first.err")).isZero();
    assertThat(children).noneMatch(ProcessHandle::isAlive);
    assertThat(folder.resolve("data").resolve("running.yaml")).doesNotExist();
  }

  /** What a command says that works on the running process's Kafka and ClickHouse. */
  private String command(String name, String... arguments) {
    var all = new ArrayList<>(List.of(name, "--data", folder.resolve("data").toString()));
    all.addAll(List.of(arguments));
    var said = new StringWriter();
    int code = Main.commandLine(Map.of(), new PrintWriter(said), new PrintWriter(said))
        .execute(all.toArray(String[]::new));
    assertThat(code).as(said.toString()).isZero();
    return said.toString();
  }

  @Test
  void childrenDieWithAKilledParentAndTheDataOpensAgain() throws Exception {
    Process killed = startReady("killed");
    await(() -> count("SELECT count() FROM otel_logs") > 0);
    List<ProcessHandle> children = killed.children().toList();

    killed.destroyForcibly().waitFor();
    await(() -> children.stream().noneMatch(ProcessHandle::isAlive));

    startReady("again");
    assertThat(count("SELECT count() FROM otel_logs")).isPositive();
  }
}
