package dev.seamark.standalone.acceptance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * {@code seamark standalone} as a process of its own, on ports of its own, as a user would start
 * it.
 */
final class StandaloneProcess {
  private static final int READY_WITHIN_SECONDS = 90;
  private static final int[] PORTS = {4317, 4318, 8080, 8123, 9093, 9095, 18123, 19092, 19093, 24224
  };

  private final Process process;
  private final int offset;

  private StandaloneProcess(Process process, int offset) {
    this.process = process;
    this.offset = offset;
  }

  /** Returns once it has said that it is ready. */
  static StandaloneProcess start(Path data, String... arguments) {
    int offset = freeOffset();
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-Xmx768m",
        "-cp",
        System.getProperty("java.class.path"),
        "dev.seamark.standalone.Main",
        "standalone",
        "--data",
        data.toString(),
        "--port-offset",
        Integer.toString(offset)));
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command)
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
      StandaloneProcess started = new StandaloneProcess(process, offset);
      started.awaitReady();
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI otlpGrpc() {
    return port(4317);
  }

  URI otlpHttp() {
    return port(4318);
  }

  URI sql() {
    return port(8123);
  }

  URI query() {
    return port(8080);
  }

  URI port(int standard) {
    return URI.create("http://127.0.0.1:" + (standard + offset));
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** Ends it as an operator would, by SIGTERM, and waits until it has drained. */
  void stop() {
    process.destroy();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("not drained within 60 s of SIGTERM");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    if (process.exitValue() != 0) {
      throw new AssertionError("ended by SIGTERM with exit code " + process.exitValue());
    }
  }

  private void awaitReady() {
    CompletableFuture<Void> ready = new CompletableFuture<>();
    Thread.ofVirtual().start(() -> {
      try (BufferedReader lines = process.inputReader()) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          System.out.println(line);
          if (line.equals("seamark ready")) {
            ready.complete(null);
          }
        }
        ready.completeExceptionally(new IOException("it ended before it was ready"));
      } catch (IOException e) {
        ready.completeExceptionally(e);
      }
    });
    try {
      ready.get(READY_WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      process.destroyForcibly();
      throw new AssertionError("standalone did not become ready", e);
    }
  }

  private static int freeOffset() {
    for (int offset = 20_000; offset < 40_000; offset += 100) {
      if (allFree(offset)) {
        return offset;
      }
    }
    throw new AssertionError("no free ports");
  }

  private static boolean allFree(int offset) {
    for (int port : PORTS) {
      try (ServerSocket socket =
          new ServerSocket(port + offset, 1, InetAddress.getLoopbackAddress())) {
        socket.setReuseAddress(false);
      } catch (IOException _) {
        return false;
      }
    }
    return true;
  }
}
