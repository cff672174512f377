package dev.seamark.standalone.engine;

import dev.seamark.standalone.process.ChildProcess;
import dev.seamark.standalone.process.JavaCommand;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The embedded ClickHouse as its parent sees it: a child process that is kept running, and the
 * address to speak HTTP to. Thread-safe.
 */
public final class Engine implements AutoCloseable {
  private static final int PING_TIMEOUT_MS = 1000;

  private final Path data;
  private final URI address;
  private final ChildProcess child;

  /**
   * An engine that is not started yet.
   *
   * @param library the engine's library, see {@link EngineLibrary}
   * @param data the folder that keeps everything, created if missing; one engine at a time
   * @param port on loopback
   * @param memoryBytesMax what the engine may allocate; a statement above it is refused
   * @param password of the user {@code default}; empty lets everybody on this machine in
   */
  public Engine(Path library, Path data, int port, long memoryBytesMax, String password) {
    this.data = data;
    this.address = URI.create("http://127.0.0.1:" + port);
    List<String> arguments = List.of(
        "--data", data.toAbsolutePath().toString(),
        "--port", Integer.toString(port),
        "--library", library.toAbsolutePath().toString(),
        "--memory", Long.toString(memoryBytesMax));
    this.child = new ChildProcess(
        "engine",
        JavaCommand.of(EngineMain.class, EngineMain.jvmFlags(), arguments),
        Map.of(EngineMain.PASSWORD, password, "TZ", "UTC", "MALLOC_ARENA_MAX", "2"),
        data.toAbsolutePath(),
        data.toAbsolutePath().resolve("engine.log"),
        this::answersPing);
  }

  /** Starts the child; {@link #awaitReady} tells when it answers. */
  public void start() throws IOException {
    Files.createDirectories(data);
    child.start();
  }

  /** Waits until the engine answers; throws {@code ChildFailed} with the child's last words. */
  public void awaitReady(Duration timeout) throws InterruptedException {
    child.awaitReady(timeout);
  }

  /** Where ClickHouse's HTTP interface is. */
  public URI address() {
    return address;
  }

  public long pid() {
    return child.pid();
  }

  public boolean isAlive() {
    return child.isAlive();
  }

  /** How often the engine died and was started again. */
  public int restarts() {
    return child.restarts();
  }

  /** Stops the child in order: statements under way get a few seconds. */
  public void stop(Duration timeout) {
    child.stop(timeout);
  }

  @Override
  public void close() {
    child.close();
  }

  private boolean answersPing() {
    try {
      HttpURLConnection connection =
          (HttpURLConnection) address.resolve("/ping").toURL().openConnection();
      connection.setConnectTimeout(PING_TIMEOUT_MS);
      connection.setReadTimeout(PING_TIMEOUT_MS);
      return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
    } catch (IOException _) {
      return false;
    }
  }
}
