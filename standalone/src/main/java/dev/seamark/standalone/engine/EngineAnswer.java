package dev.seamark.standalone.engine;

import dev.seamark.standalone.engine.RunningStatements.Running;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * The work of one request: tell its statement from its rows, prepare a connection, run, hand the
 * output on.
 */
final class EngineAnswer {
  /**
   * How much of a body is looked at to tell an INSERT from its rows (ClickHouse's max_query_size).
   */
  private static final int HEAD_BYTES = 256 << 10;

  private static final int COPY_BYTES = 64 << 10;

  private final EngineRequest request;
  private final InputStream body;
  private final EngineReply reply;
  private final Statistics statistics;
  private final EngineSettings settings;
  private final Sessions sessions;
  private final RunningStatements statements;
  private final ReadGuard guard;
  private final FailedWrites failedWrites;

  EngineAnswer(
      EngineRequest request,
      InputStream body,
      EngineReply reply,
      Statistics statistics,
      EngineSettings settings,
      Sessions sessions,
      RunningStatements statements,
      ReadGuard guard,
      FailedWrites failedWrites) {
    this.request = request;
    this.body = body;
    this.reply = reply;
    this.statistics = statistics;
    this.settings = settings;
    this.sessions = sessions;
    this.statements = statements;
    this.guard = guard;
    this.failedWrites = failedWrites;
  }

  /** Runs the request's statement and writes its output into the reply. */
  void run(int clientPort) throws IOException {
    byte[] head = head();
    Statement statement = Statement.of(head);
    if (statement instanceof Statement.Kill kill) {
      statements.kill(kill.queryId(), request.readsOnly());
      return;
    }
    Running running =
        statements.begin(request.queryId(), clientPort, request.readsOnly(), System.nanoTime());
    try (Sessions.Lease lease = sessions.lease(request)) {
      run(statement, head, lease, running);
    } finally {
      statements.end(running);
    }
  }

  private void run(Statement statement, byte[] head, Sessions.Lease lease, Running running)
      throws IOException {
    try {
      prepare(lease.connection());
      running.requireNotStopped();
      switch (statement) {
        case Statement.Insert insert -> insert(insert, head, lease.connection());
        case Statement.Query query -> query(query, lease.connection(), running);
        case Statement.Kill _ -> throw new IllegalStateException("a kill needs no connection");
      }
      if (!request.readsOnly()) {
        failedWrites.endIfAny(); // the reply isn't finished yet
      }
    } catch (EngineException e) {
      lease.fail();
      throw e.without(running.comment());
    } catch (IOException | RuntimeException e) {
      lease.fail();
      throw e;
    }
  }

  /**
   * The statement's text, and behind an INSERT's as much of its rows as came with it. A statement
   * in the address is complete unless it isn't an INSERT: then the body goes on with it in a new
   * line.
   */
  private byte[] head() throws IOException {
    byte[] query = request.query().getBytes(StandardCharsets.UTF_8);
    if (Statement.isInsert(query)) {
      return query;
    }
    byte[] start = body.readNBytes(HEAD_BYTES);
    if (query.length == 0 && Statement.isInsert(start)) {
      return start;
    }
    byte[] rest = start.length < HEAD_BYTES ? new byte[0] : body.readNBytes(settings.sqlBytesMax());
    long size = (long) query.length + start.length + rest.length;
    if (size >= settings.sqlBytesMax()) {
      throw EngineException.of(
          EngineException.QUERY_IS_TOO_LARGE,
          "QUERY_IS_TOO_LARGE",
          "the statement has %d bytes or more, limit %d".formatted(size, settings.sqlBytesMax()));
    }
    byte[] line = query.length == 0 || start.length == 0 ? new byte[0] : new byte[] {'\n'};
    byte[] text = joined(query, line, start, rest);
    if (new SqlTokens(text).atEnd()) {
      throw EngineException.of(
          EngineException.SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error: Empty query");
    }
    return text;
  }

  private static byte[] joined(byte[]... parts) {
    int size = 0;
    for (byte[] part : parts) {
      size += part.length;
    }
    byte[] whole = new byte[size];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, whole, at, part.length);
      at += part.length;
    }
    return whole;
  }

  private void prepare(EngineConnection connection) {
    if (!request.database().isEmpty()) {
      connection.execute("USE " + EngineRequest.identifier(request.database()));
    }
    String set = request.setStatement();
    if (!set.isEmpty()) {
      connection.execute(set);
    }
  }

  private void insert(Statement.Insert insert, byte[] head, EngineConnection connection)
      throws IOException {
    String format = insert.format() == null ? request.insertFormat() : insert.format();
    InputStream rows = new SequenceInputStream(
        new ByteArrayInputStream(head, insert.dataFrom(), head.length - insert.dataFrom()), body);
    reply.format(request.defaultFormat());
    byte[] sql = insert.sql().getBytes(StandardCharsets.UTF_8);
    try (EngineInsert target = connection.insert(sql, format, request.parameters())) {
      target.check();
      byte[] piece = new byte[COPY_BYTES];
      int got;
      while ((got = rows.read(piece)) >= 0) {
        target.append(piece, 0, got);
      }
      target.commit(statistics);
    }
  }

  private void query(Statement.Query query, EngineConnection connection, Running running)
      throws IOException {
    if (request.readsOnly()) {
      guard.check(connection, query.sql(), request.parameters());
    }
    running.requireNotStopped(); // the guard took its time
    String format = query.format() == null ? request.defaultFormat() : query.format();
    reply.format(format);
    byte[] sql = running.marked(query.sql()).getBytes(StandardCharsets.UTF_8);
    try (OutputStream output = output()) {
      PieceJoiner joiner =
          query.streamable() && !request.waitEndOfQuery() ? PieceJoiner.of(format) : null;
      if (joiner == null || !stream(sql, format, connection, joiner, output)) {
        connection.run(sql, format, request.parameters(), statistics, bytes -> copy(bytes, output));
      }
    }
  }

  private boolean stream(
      byte[] sql,
      String format,
      EngineConnection connection,
      PieceJoiner joiner,
      OutputStream output) {
    boolean[] first = {true};
    return connection.stream(sql, format, request.parameters(), statistics, piece -> {
      copy(first[0] ? piece : joiner.further(piece), output);
      first[0] = false;
    });
  }

  /** What stands between the engine's output and the reply: frames, then the content coding. */
  private OutputStream output() throws IOException {
    OutputStream coded = new Uncloseable(reply);
    ContentCoding coding = request.answerCoding();
    if (coding != null) {
      reply.header("Content-Encoding", coding.token());
      coded = coding.encode(coded);
    }
    return request.compress() ? new FrameOutput(coded) : coded;
  }

  private static void copy(MemorySegment bytes, OutputStream output) {
    byte[] piece = new byte[(int) Math.min(bytes.byteSize(), COPY_BYTES)];
    try {
      for (long at = 0; at < bytes.byteSize(); at += piece.length) {
        int part = (int) Math.min(piece.length, bytes.byteSize() - at);
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, piece, 0, part);
        output.write(piece, 0, part);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the codings above it without ending the reply. */
  private static final class Uncloseable extends java.io.FilterOutputStream {
    Uncloseable(OutputStream target) {
      super(target);
    }

    @Override
    public void write(byte[] source, int from, int length) throws IOException {
      out.write(source, from, length);
    }

    @Override
    public void close() {
      // the reply is finished by the server, also after a failure
    }
  }
}
