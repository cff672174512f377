package dev.seamark.standalone.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An INSERT under way: rows arrive as bytes of one format, in pieces cut anywhere. Nothing is
 * committed before {@link #commit} except blocks that are already full. Owned by one thread.
 *
 * <p>The only way in for data: in a statement's own text the engine ends binary data at the first
 * empty line, without an error.
 */
final class EngineInsert implements AutoCloseable {
  private static final int PIECE_BYTES = 256 << 10;

  private final Chdb chdb;
  private final MemorySegment stream;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment piece = arena.allocate(PIECE_BYTES);
  private boolean committed;

  EngineInsert(Chdb chdb, MemorySegment stream) {
    this.chdb = chdb;
    this.stream = stream;
  }

  /** Throws what the engine objects to so far: unknown table, format, column. */
  void check() {
    String error = chdb.insertError(stream);
    if (!error.isEmpty()) {
      throw EngineException.said(error);
    }
  }

  /** Hands bytes on; waits while the engine is behind. */
  void append(byte[] source, int from, int length) {
    int done = 0;
    while (done < length) {
      int part = Math.min(length - done, PIECE_BYTES);
      MemorySegment.copy(MemorySegment.ofArray(source), from + done, piece, 0, part);
      if (!chdb.append(stream, piece, part)) {
        commit(new Statistics());
        throw EngineException.of(
            EngineException.INCORRECT_DATA, "INCORRECT_DATA", "the insert was ended by the engine");
      }
      done += part;
    }
  }

  /** Ends the INSERT; when this returns the rows are stored. */
  void commit(Statistics statistics) {
    check();
    committed = true;
    MemorySegment result = chdb.done(stream);
    try {
      String error = chdb.error(result);
      if (!error.isEmpty()) {
        throw EngineException.said(error);
      }
      statistics.written(chdb.rowsWritten(result), chdb.bytesWritten(result));
    } finally {
      chdb.destroyResult(result);
    }
  }

  @Override
  public void close() {
    if (!committed) {
      chdb.cancelInsert(stream);
    }
    chdb.destroyInsert(stream);
    arena.close();
  }
}
