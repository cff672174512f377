package dev.seamark.standalone.engine;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * ClickHouse's HTTP interface in front of the engine, on loopback.
 *
 * <p>Each request has a platform thread: a call into the engine pins its carrier, so virtual
 * threads would wait for each other. Their number is bounded by the connections let in, the
 * statements that run at a time by {@link EngineSettings#statementsMax}.
 *
 * @see <a href="https://clickhouse.com/docs/interfaces/http">HTTP interface</a>
 */
final class EngineServer {
  static final String USER = "default";
  private static final Logger log = System.getLogger(EngineServer.class.getName());
  private static final int STACK_BYTES = 512 << 10;

  /** How much of a refused body is still read. */
  private static final long DRAIN_BYTES_MAX = 1L << 30;

  private static final int DRAIN_PIECE_BYTES = 64 << 10;
  private static final long PERMIT_WAIT_SECONDS = 10;

  /** More than the connections let in. */
  private static final int HANDLING_MAX = 1 << 20;

  private static final long WATCH_MS = 250;

  private final EngineSettings settings;
  private final String version;
  private final String password;
  private final Sessions sessions;
  private final RunningStatements running;
  private final ReadGuard guard;
  private final FailedWrites failedWrites;
  private final Semaphore permits;
  private final Semaphore handling = new Semaphore(HANDLING_MAX);
  private final HttpServer http;
  private final ExecutorService requests;
  private final ScheduledExecutorService watch;

  /**
   * A server that listens but doesn't answer yet.
   *
   * @param failedWrites looked at before an INSERT is acknowledged, and all the time for merges
   * @param version the engine's, put into errors
   * @param password what clients must send, empty to let everybody on this machine in
   * @throws IOException if the port is taken
   */
  EngineServer(
      OpenEngine engine,
      EngineSettings settings,
      FailedWrites failedWrites,
      int port,
      String version,
      String password)
      throws IOException {
    this.settings = settings;
    this.version = version;
    this.password = password;
    this.sessions = new Sessions(engine);
    this.running = new RunningStatements(sql -> {
      try (EngineConnection connection = engine.connect()) {
        connection.execute(sql);
      }
    });
    this.guard = new ReadGuard(engine, settings.sqlBytesMax());
    this.failedWrites = failedWrites;
    this.permits = new Semaphore(settings.statementsMax(), true);
    this.http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 256);
    this.requests =
        Executors.newCachedThreadPool(task -> new Thread(null, task, "request", STACK_BYTES));
    this.watch = Executors.newSingleThreadScheduledExecutor(
        Thread.ofPlatform().daemon().name("watch").factory());
  }

  void start() {
    http.createContext("/", this::handle);
    http.setExecutor(requests);
    http.start();
    var _ = watch.scheduleWithFixedDelay(this::watch, WATCH_MS, WATCH_MS, TimeUnit.MILLISECONDS);
  }

  /** Takes no more requests and kills what still runs after {@code patienceSeconds}. */
  void stop(int patienceSeconds) throws InterruptedException {
    // the server's own stop would sleep for all of its delay, with nothing under way too
    handling.tryAcquire(HANDLING_MAX, patienceSeconds, TimeUnit.SECONDS);
    http.stop(0);
    watch.shutdownNow();
    running.killIf(_ -> true);
    sessions.close();
  }

  private void watch() {
    try {
      failedWrites.endIfAny();
      long now = System.nanoTime();
      sessions.expire(now);
      running.stopAgain();
      killOrphans(now);
    } catch (IOException | RuntimeException e) {
      log.log(Level.WARNING, "watching the engine and its clients failed: " + e.getMessage());
    }
  }

  /** A query whose client went away is stopped; short ones aren't worth the look. */
  private void killOrphans(long nowNs) throws IOException {
    long old = TimeUnit.MILLISECONDS.toNanos(WATCH_MS);
    if (!running.any(statement -> nowNs - statement.startedNs() > old)) {
      return;
    }
    Set<Integer> connected = TcpTable.connectedPorts(http.getAddress().getPort());
    running.killIf(statement ->
        nowNs - statement.startedNs() > old && !connected.contains(statement.clientPort()));
  }

  private void handle(HttpExchange exchange) throws IOException {
    if (!handling.tryAcquire()) {
      exchange.close(); // the server stops
      return;
    }
    try {
      reply(exchange);
    } finally {
      handling.release();
    }
  }

  private void reply(HttpExchange exchange) throws IOException {
    Statistics statistics = new Statistics();
    EngineReply reply = new EngineReply(exchange, statistics);
    reply.header("X-ClickHouse-Server-Display-Name", "seamark");
    reply.header("X-ClickHouse-Timezone", "UTC");
    reply.header("Keep-Alive", "timeout=30");
    try {
      answer(exchange, reply, statistics);
      reply.finish();
    } catch (EngineException e) {
      refuse(exchange, reply, e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (IOException e) {
      // a body that can't be read gets an answer; a client that is gone doesn't mind
      refuse(
          exchange,
          reply,
          EngineException.of(
              EngineException.INCORRECT_DATA,
              "INCORRECT_DATA",
              "The request can't be read: " + e.getMessage()));
    } catch (OutOfMemoryError e) {
      // one request was too large for what others hold: it is told, and gives its share back
      refuse(
          exchange,
          reply,
          EngineException.of(
              EngineException.MEMORY_LIMIT_EXCEEDED,
              "MEMORY_LIMIT_EXCEEDED",
              "no memory for this request beside those under way; send a smaller one, or later"));
    } catch (RuntimeException e) {
      log.log(Level.ERROR, "request failed", e);
      refuse(exchange, reply, EngineException.said("unexpected " + e));
    }
  }

  private void refuse(HttpExchange exchange, EngineReply reply, EngineException e)
      throws IOException {
    drain(exchange.getRequestBody());
    reply.fail(e, version);
  }

  private void answer(HttpExchange exchange, EngineReply reply, Statistics statistics)
      throws IOException {
    EngineRequest request = EngineRequest.of(exchange);
    String path = exchange.getRequestURI().getPath();
    boolean root = path.equals("/") || path.equals("/query");
    if (isPing(exchange.getRequestMethod(), path, request)) {
      reply.header("Content-Type", "text/plain; charset=UTF-8");
      reply.write("Ok.\n".getBytes(StandardCharsets.US_ASCII));
      return;
    }
    if (!root) {
      reply.notFound("There is no handle " + path);
      return;
    }
    authenticate(request);
    reply.header("X-ClickHouse-Query-Id", request.queryId());
    acquirePermit();
    try {
      InputStream body = request.body(exchange.getRequestBody());
      int clientPort = exchange.getRemoteAddress().getPort();
      new EngineAnswer(
              request, body, reply, statistics, settings, sessions, running, guard, failedWrites)
          .run(clientPort);
    } finally {
      permits.release();
    }
  }

  private static boolean isPing(String method, String path, EngineRequest request) {
    return path.equals("/ping")
        || path.equals("/replicas_status")
        || (!method.equals("POST") && path.equals("/") && request.query().isEmpty());
  }

  private void authenticate(EngineRequest request) {
    boolean same = MessageDigest.isEqual(
        password.getBytes(StandardCharsets.UTF_8),
        request.password().getBytes(StandardCharsets.UTF_8));
    if (!password.isEmpty() && !(same && request.user().equals(USER))) {
      throw EngineException.of(
          EngineException.AUTHENTICATION_FAILED,
          "AUTHENTICATION_FAILED",
          request.user()
              + ": Authentication failed: password is incorrect, or there is no user with such name.");
    }
  }

  private void acquirePermit() {
    try {
      if (!permits.tryAcquire(PERMIT_WAIT_SECONDS, TimeUnit.SECONDS)) {
        throw EngineException.of(
            EngineException.TOO_MANY_SIMULTANEOUS_QUERIES,
            "TOO_MANY_SIMULTANEOUS_QUERIES",
            "Too many simultaneous queries. Maximum: " + settings.statementsMax());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw EngineException.of(EngineException.NETWORK_ERROR, "NETWORK_ERROR", "the server stops");
    }
  }

  /** A client that is still sending would not read the answer before it is through. */
  private static void drain(InputStream body) {
    byte[] ignored = new byte[DRAIN_PIECE_BYTES];
    long drained = 0;
    try {
      int got;
      while (drained < DRAIN_BYTES_MAX && (got = body.read(ignored)) >= 0) {
        drained += got;
      }
    } catch (IOException _) {
      // a body that was read to its end is closed
    }
  }
}
