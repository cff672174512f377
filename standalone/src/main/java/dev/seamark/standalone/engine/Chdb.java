package dev.seamark.standalone.engine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The engine's C interface (chdb.h), bound by {@code java.lang.foreign}: one method a function, no
 * logic.
 *
 * <p>Calls block in native code and pin their carrier: call them from platform threads only. A
 * connection runs one statement at a time; different connections are independent.
 */
@SuppressWarnings("restricted") // native memory is what this class is about
final class Chdb {
  private static final Linker LINKER = Linker.nativeLinker();

  /** Of {@code chdb_query_analysis_v1}: its size, statements, flags, class. */
  private static final int ANALYSIS_FIELDS = 4;

  static final int QUERY_READ_ONLY = 0;
  private static final int QUERY_UNKNOWN = 4;

  private final SymbolLookup library;
  private final MethodHandle connect;
  private final MethodHandle close;
  private final MethodHandle query;
  private final MethodHandle streamQuery;
  private final MethodHandle streamFetch;
  private final MethodHandle streamCancel;
  private final MethodHandle insert;
  private final MethodHandle append;
  private final MethodHandle done;
  private final MethodHandle cancelInsert;
  private final MethodHandle insertError;
  private final MethodHandle destroyInsert;
  private final MethodHandle destroyResult;
  private final MethodHandle buffer;
  private final MethodHandle length;
  private final MethodHandle error;
  private final MethodHandle rowsRead;
  private final MethodHandle bytesRead;
  private final MethodHandle rowsWritten;
  private final MethodHandle bytesWritten;
  private final MethodHandle classify;
  private final MethodHandle exit;

  /** Loads the library and turns its signal handlers off: with them on, a JVM beside them hangs. */
  Chdb(Path file) {
    library = SymbolLookup.libraryLookup(file, Arena.global());
    connect = bind("chdb_connect", ADDRESS, JAVA_INT, ADDRESS);
    close = bindVoid("chdb_close_conn", ADDRESS);
    query = bindStatement("chdb_query_with_params_n");
    streamQuery = bindStatement("chdb_stream_query_with_params_n");
    streamFetch = bind("chdb_stream_fetch_result", ADDRESS, ADDRESS, ADDRESS);
    streamCancel = bindVoid("chdb_stream_cancel_query", ADDRESS, ADDRESS);
    insert = bindStatement("chdb_stream_insert_with_params_n");
    append = bind("chdb_stream_append", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    done = bind("chdb_stream_done", ADDRESS, ADDRESS);
    cancelInsert = bindVoid("chdb_stream_cancel_insert", ADDRESS);
    insertError = bind("chdb_stream_insert_error", ADDRESS, ADDRESS);
    destroyInsert = bindVoid("chdb_destroy_insert_stream", ADDRESS);
    destroyResult = bindVoid("chdb_destroy_query_result", ADDRESS);
    buffer = bind("chdb_result_buffer", ADDRESS, ADDRESS);
    length = bind("chdb_result_length", JAVA_LONG, ADDRESS);
    error = bind("chdb_result_error", ADDRESS, ADDRESS);
    rowsRead = bind("chdb_result_storage_rows_read", JAVA_LONG, ADDRESS);
    bytesRead = bind("chdb_result_storage_bytes_read", JAVA_LONG, ADDRESS);
    rowsWritten = bind("chdb_result_rows_written", JAVA_LONG, ADDRESS);
    bytesWritten = bind("chdb_result_bytes_written", JAVA_LONG, ADDRESS);
    classify = bind(
        "chdb_classify_query_n",
        JAVA_INT,
        ADDRESS,
        ADDRESS,
        JAVA_LONG,
        ADDRESS,
        JAVA_LONG,
        ADDRESS);
    exit = LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow("_exit"), FunctionDescriptor.ofVoid(JAVA_INT));
    disableSignalHandlers();
  }

  private void disableSignalHandlers() {
    MethodHandle enable = bindVoid("chdb_set_signal_handlers_enabled", JAVA_INT);
    run(() -> {
      enable.invokeExact(0);
    });
  }

  /** The outer pointer, which {@link #close} takes; NULL when the engine refused. */
  MemorySegment connect(List<String> arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argv = arena.allocate(ADDRESS, arguments.size());
      for (int i = 0; i < arguments.size(); i++) {
        argv.setAtIndex(ADDRESS, i, arena.allocateFrom(arguments.get(i)));
      }
      return call(() -> (MemorySegment) connect.invokeExact(arguments.size(), argv));
    }
  }

  void close(MemorySegment outer) {
    run(() -> {
      close.invokeExact(outer);
    });
  }

  MemorySegment query(
      MemorySegment connection, byte[] sql, String format, Map<String, String> parameters) {
    return statement(query, connection, sql, format, parameters);
  }

  MemorySegment streamQuery(
      MemorySegment connection, byte[] sql, String format, Map<String, String> parameters) {
    return statement(streamQuery, connection, sql, format, parameters);
  }

  MemorySegment streamFetch(MemorySegment connection, MemorySegment stream) {
    return call(() -> (MemorySegment) streamFetch.invokeExact(connection, stream));
  }

  void streamCancel(MemorySegment connection, MemorySegment stream) {
    run(() -> {
      streamCancel.invokeExact(connection, stream);
    });
  }

  MemorySegment insert(
      MemorySegment connection, byte[] sql, String format, Map<String, String> parameters) {
    return statement(insert, connection, sql, format, parameters);
  }

  /** False when the stream failed. */
  boolean append(MemorySegment stream, MemorySegment data, long bytes) {
    return call(() -> (int) append.invokeExact(stream, data, bytes)) == 0;
  }

  MemorySegment done(MemorySegment stream) {
    return call(() -> (MemorySegment) done.invokeExact(stream));
  }

  void cancelInsert(MemorySegment stream) {
    run(() -> {
      cancelInsert.invokeExact(stream);
    });
  }

  /** Empty when there is none. */
  String insertError(MemorySegment stream) {
    return text(call(() -> (MemorySegment) insertError.invokeExact(stream)));
  }

  void destroyInsert(MemorySegment stream) {
    run(() -> {
      destroyInsert.invokeExact(stream);
    });
  }

  void destroyResult(MemorySegment result) {
    run(() -> {
      destroyResult.invokeExact(result);
    });
  }

  /** Empty when there is none. */
  String error(MemorySegment result) {
    return text(call(() -> (MemorySegment) error.invokeExact(result)));
  }

  /** The result's bytes, valid until the result is destroyed. */
  MemorySegment bytes(MemorySegment result) {
    long size = call(() -> (long) length.invokeExact(result));
    MemorySegment start = call(() -> (MemorySegment) buffer.invokeExact(result));
    return start.reinterpret(size);
  }

  long rowsRead(MemorySegment result) {
    return call(() -> (long) rowsRead.invokeExact(result));
  }

  long bytesRead(MemorySegment result) {
    return call(() -> (long) bytesRead.invokeExact(result));
  }

  long rowsWritten(MemorySegment result) {
    return call(() -> (long) rowsWritten.invokeExact(result));
  }

  long bytesWritten(MemorySegment result) {
    return call(() -> (long) bytesWritten.invokeExact(result));
  }

  /**
   * What a statement does, by the engine's parser and the connection's settings; nothing is run.
   *
   * @return {@code chdb_query_class}: 0 = only reads
   */
  int queryClass(MemorySegment connection, byte[] sql) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = copy(arena, sql);
      MemorySegment analysis = arena.allocate(JAVA_INT, ANALYSIS_FIELDS);
      analysis.set(JAVA_INT, 0, (int) analysis.byteSize());
      int state = call(() -> (int) classify.invokeExact(
          connection, text, (long) sql.length, MemorySegment.NULL, 0L, analysis));
      return state == 0 ? analysis.getAtIndex(JAVA_INT, ANALYSIS_FIELDS - 1) : QUERY_UNKNOWN;
    }
  }

  /** Ends the process without atexit handlers: the engine's crash while its threads still run. */
  void exit(int code) {
    run(() -> {
      exit.invokeExact(code);
    });
  }

  private MethodHandle bind(String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        library.findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  private MethodHandle bindVoid(String name, MemoryLayout... arguments) {
    return LINKER.downcallHandle(library.findOrThrow(name), FunctionDescriptor.ofVoid(arguments));
  }

  /** The three calls that take a statement have the same arguments. */
  private MethodHandle bindStatement(String name) {
    return bind(
        name, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS,
        ADDRESS, JAVA_LONG);
  }

  private static MemorySegment statement(
      MethodHandle function,
      MemorySegment connection,
      byte[] sql,
      String format,
      Map<String, String> parameters) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = copy(arena, sql);
      MemorySegment formatName = copy(arena, format.getBytes(StandardCharsets.UTF_8));
      Strings names = Strings.of(arena, parameters.keySet());
      Strings values = Strings.of(arena, parameters.values());
      return call(() -> (MemorySegment) function.invokeExact(
          connection,
          text,
          (long) sql.length,
          formatName,
          formatName.byteSize() - 1,
          names.pointers,
          names.lengths,
          values.pointers,
          values.lengths,
          (long) parameters.size()));
    }
  }

  /** An array of texts as C takes it: pointers, and lengths beside them. */
  private record Strings(MemorySegment pointers, MemorySegment lengths) {
    static Strings of(Arena arena, Collection<String> texts) {
      MemorySegment pointers = arena.allocate(ADDRESS, Math.max(1, texts.size()));
      MemorySegment lengths = arena.allocate(JAVA_LONG, Math.max(1, texts.size()));
      int i = 0;
      for (String text : texts) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        pointers.setAtIndex(ADDRESS, i, copy(arena, bytes));
        lengths.setAtIndex(JAVA_LONG, i, bytes.length);
        i++;
      }
      return new Strings(pointers, lengths);
    }
  }

  /** The bytes and a closing zero. */
  private static MemorySegment copy(Arena arena, byte[] bytes) {
    return arena.allocate(bytes.length + 1L).copyFrom(MemorySegment.ofArray(bytes));
  }

  private static String text(MemorySegment pointer) {
    return pointer.equals(MemorySegment.NULL)
        ? ""
        : pointer.reinterpret(Long.MAX_VALUE).getString(0, StandardCharsets.UTF_8);
  }

  private interface Call<T> {
    T make() throws Throwable;
  }

  private interface Run {
    void make() throws Throwable;
  }

  private static <T> T call(Call<T> call) {
    try {
      return call.make();
    } catch (Throwable e) {
      throw new IllegalStateException("a downcall can't throw", e);
    }
  }

  private static void run(Run run) {
    try {
      run.make();
    } catch (Throwable e) {
      throw new IllegalStateException("a downcall can't throw", e);
    }
  }
}
