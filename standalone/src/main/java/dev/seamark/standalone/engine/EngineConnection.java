package dev.seamark.standalone.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * One connection to the engine: settings, current database, temporary tables. Runs one statement at
 * a time; owned by one thread.
 *
 * <p>After a failed statement the engine puts its half-made output before the next one's, so a
 * connection that is used again (a session's) is cleared first.
 */
@SuppressWarnings("restricted") // native memory is what this class is about
final class EngineConnection implements AutoCloseable {
  /** The text the engine refuses with when only {@code query} can run a statement. */
  private static final String NOT_STREAMABLE = "Streaming query is not supported";

  private final Chdb chdb;
  private final OpenEngine engine;
  private final MemorySegment outer;
  private final MemorySegment connection;

  EngineConnection(Chdb chdb, OpenEngine engine, MemorySegment outer) {
    this.chdb = chdb;
    this.engine = engine;
    this.outer = outer;
    this.connection = outer.reinterpret(ValueLayout.ADDRESS.byteSize()).get(ValueLayout.ADDRESS, 0);
  }

  /** Gets a statement's output; the segment is valid during the call only. */
  interface Output {
    void take(MemorySegment bytes);
  }

  /**
   * Runs a statement whose output nobody needs: SET, USE, KILL (which does nothing with FORMAT
   * Null).
   */
  void execute(String sql) {
    byte[] text = sql.getBytes(StandardCharsets.UTF_8);
    run(text, "TabSeparated", Map.of(), new Statistics(), _ -> {});
  }

  /** Runs a statement whose whole output the engine holds before it is handed on. */
  void run(
      byte[] sql,
      String format,
      Map<String, String> parameters,
      Statistics statistics,
      Output output) {
    MemorySegment result = chdb.query(connection, sql, format, parameters);
    try {
      fail(chdb.error(result));
      statistics.read(chdb.rowsRead(result), chdb.bytesRead(result));
      statistics.written(chdb.rowsWritten(result), chdb.bytesWritten(result));
      output.take(chdb.bytes(result));
    } finally {
      chdb.destroyResult(result);
    }
  }

  /**
   * Runs a SELECT, handing its output on in pieces. Each piece is a complete document of the
   * format.
   *
   * @return false when the engine can't stream this statement; nothing was run then
   */
  boolean stream(
      byte[] sql,
      String format,
      Map<String, String> parameters,
      Statistics statistics,
      Output output) {
    MemorySegment stream = chdb.streamQuery(connection, sql, format, parameters);
    try {
      String error = chdb.error(stream);
      if (error.contains(NOT_STREAMABLE)) {
        return false;
      }
      fail(error);
      fetchAll(stream, statistics, output);
      return true;
    } finally {
      chdb.destroyResult(stream);
    }
  }

  private void fetchAll(MemorySegment stream, Statistics statistics, Output output) {
    boolean whole = false;
    try {
      while (fetch(stream, statistics, output)) {
        // until the engine hands out an empty piece
      }
      whole = true;
    } finally {
      if (!whole) {
        chdb.streamCancel(connection, stream);
      }
    }
  }

  private boolean fetch(MemorySegment stream, Statistics statistics, Output output) {
    MemorySegment piece = chdb.streamFetch(connection, stream);
    try {
      fail(chdb.error(piece));
      statistics.read(chdb.rowsRead(piece), chdb.bytesRead(piece));
      MemorySegment bytes = chdb.bytes(piece);
      if (bytes.byteSize() == 0) {
        return false;
      }
      output.take(bytes);
      return true;
    } finally {
      chdb.destroyResult(piece);
    }
  }

  /** Begins an INSERT that takes its rows by {@link EngineInsert#append}. */
  EngineInsert insert(byte[] sql, String format, Map<String, String> parameters) {
    return new EngineInsert(chdb, chdb.insert(connection, sql, format, parameters));
  }

  /** Whether a statement leaves no trace, by the engine's own parser; false if it doesn't parse. */
  boolean onlyReads(byte[] sql) {
    return chdb.queryClass(connection, sql) == Chdb.QUERY_READ_ONLY;
  }

  /** Throws away what a failed statement left behind. */
  void clear() {
    execute("SELECT 1 FORMAT Null");
  }

  private static void fail(String error) {
    if (!error.isEmpty()) {
      throw EngineException.said(error);
    }
  }

  @Override
  public void close() {
    engine.release(() -> chdb.close(outer));
  }
}
