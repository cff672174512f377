package dev.seamark.standalone.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Agents that the Go toolchain builds from their modules, once, into {@code target/agents}. The
 * first build takes many minutes.
 */
record GoAgents(Path folder) {
  private static final Path SOURCES = Path.of("src/test/agents").toAbsolutePath();
  private static final String BUILDER = "go.opentelemetry.io/collector/cmd/builder@v0.155.0";
  private static final String PROMETHEUS =
      "github.com/prometheus/prometheus/cmd/prometheus@v0.316.0";
  private static final int BUILD_MINUTES = 60;
  private static final int READY_SECONDS = 60;

  /** Skips the calling test, visibly, where there is no Go toolchain. */
  static GoAgents assumed() {
    assumeTrue(exitCode(Path.of("."), Map.of(), "go", "version") == 0, "skipped: no go");
    Path folder = Path.of("target/agents").toAbsolutePath();
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new GoAgents(folder);
  }

  /** The OpenTelemetry Collector with the parts that {@code builder.yaml} lists. */
  Path collector() throws IOException {
    Path built = folder.resolve("dist/otelcol");
    if (!Files.exists(built)) {
      Files.copy(SOURCES.resolve("collector/builder.yaml"), folder.resolve("builder.yaml"));
      run("go", "run", BUILDER, "--config", "builder.yaml");
    }
    return built;
  }

  Path prometheus() {
    Path built = folder.resolve("prometheus");
    if (!Files.exists(built)) {
      run("go", "install", "-buildvcs=false", PROMETHEUS);
    }
    return built;
  }

  private void run(String... command) {
    Map<String, String> environment = Map.of("GOBIN", folder.toString());
    assertThat(exitCode(folder, environment, command))
        .as("%s", String.join(" ", command))
        .isZero();
  }

  private static int exitCode(Path folder, Map<String, String> environment, String... command) {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).inheritIO();
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      if (!process.waitFor(BUILD_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError("no end in time: " + String.join(" ", command));
      }
      return process.exitValue();
    } catch (IOException _) {
      return 127; // as a shell answers for a command that is not there
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** An agent at work. */
  record Running(Process process) implements AutoCloseable {
    /** Returns once the agent answers 200 at {@code ready}; its log goes to {@code log}. */
    static Running start(Path log, URI ready, Path executable, String... arguments)
        throws IOException {
      List<String> command = new ArrayList<>(List.of(executable.toString()));
      command.addAll(List.of(arguments));
      Process process = new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(log.toFile())
          .start();
      Running running = new Running(process);
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
      while (!answers(ready)) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          running.close();
          throw new AssertionError("not ready: " + command + "\n" + Files.readString(log));
        }
        Thread.onSpinWait();
      }
      return running;
    }

    private static boolean answers(URI ready) {
      try (HttpClient http = HttpClient.newHttpClient()) {
        return http.send(
                    HttpRequest.newBuilder(ready).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode()
            < 500;
      } catch (IOException _) {
        return false;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void close() {
      process.destroy();
      try {
        if (!process.waitFor(READY_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
