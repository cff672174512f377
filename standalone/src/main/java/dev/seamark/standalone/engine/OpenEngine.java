package dev.seamark.standalone.engine;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The engine opened on one data folder. It is open as long as its first connection is; a second
 * process can't open the same folder. Thread-safe.
 */
final class OpenEngine {
  /** Far more than the server lets through at a time. */
  private static final int CONNECTIONS_MAX = 1 << 20;

  private final Chdb chdb;
  private final List<String> arguments;
  private final MemorySegment first;
  private final Semaphore free = new Semaphore(CONNECTIONS_MAX);

  /**
   * Opens the folder.
   *
   * @throws IllegalStateException if the engine refuses, e.g. because another process has the
   *     folder
   */
  OpenEngine(Chdb chdb, List<String> arguments) {
    this.chdb = chdb;
    this.arguments = List.copyOf(arguments);
    this.first = chdb.connect(this.arguments);
    if (first.equals(MemorySegment.NULL)) {
      throw new IllegalStateException(
          "the engine can't open its data folder (another process may have it): " + arguments);
    }
  }

  /** A new connection: cheap (0.1 ms), so every request has its own. */
  EngineConnection connect() {
    if (!free.tryAcquire()) {
      throw EngineException.of(
          EngineException.NETWORK_ERROR, "NETWORK_ERROR", "the engine is closing");
    }
    MemorySegment outer = chdb.connect(arguments);
    if (outer.equals(MemorySegment.NULL)) {
      free.release();
      throw EngineException.of(
          EngineException.NETWORK_ERROR, "NETWORK_ERROR", "the engine takes no connection");
    }
    return new EngineConnection(chdb, this, outer);
  }

  /** A statement's only value. */
  String value(String sql) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (EngineConnection connection = connect()) {
      connection.run(
          sql.getBytes(StandardCharsets.US_ASCII),
          "TabSeparatedRaw",
          Map.of(),
          new Statistics(),
          bytes -> text.writeBytes(bytes.toArray(ValueLayout.JAVA_BYTE)));
    }
    return text.toString(StandardCharsets.US_ASCII).strip();
  }

  void release(Runnable close) {
    try {
      close.run();
    } finally {
      free.release();
    }
  }

  /**
   * Lets no new connection in and closes the folder once the others are gone.
   *
   * @return false when they are not gone after {@code patience}; then only the end of the process
   *     closes the folder, which loses nothing that was acknowledged
   */
  boolean close(Duration patience) throws InterruptedException {
    if (!free.tryAcquire(CONNECTIONS_MAX, patience.toMillis(), TimeUnit.MILLISECONDS)) {
      return false;
    }
    chdb.close(first);
    return true;
  }
}
