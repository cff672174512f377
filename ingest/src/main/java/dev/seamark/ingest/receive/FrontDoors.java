package dev.seamark.ingest.receive;

import dev.seamark.service.HeadDeadline;
import dev.seamark.service.OpsRoutes;
import dev.seamark.service.ServerTls;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The open ports of an ingester: on each event loop one HTTP and one gRPC server. */
public final class FrontDoors {
  private static final Logger log = LoggerFactory.getLogger(FrontDoors.class);

  /** Lets a sender have a whole default batch under way without waiting for window updates. */
  private static final int WINDOW_BYTES = 1024 * 1024;

  private static final int CONNECTION_WINDOW_BYTES = 8 * 1024 * 1024;
  private static final int STREAMS_MAX = 256;
  private static final int REQUEST_LINE_BYTES_MAX = 4096;

  /** Vert.x picks a free port for a negative one, the same for all instances of a verticle. */
  private static final int HTTP_ANY_PORT = -1;

  private static final int GRPC_ANY_PORT = -2;

  private final Vertx vertx;
  private final Intake intake;
  private final ReceiveConfig config;
  private final OpsRoutes ops;
  private final ServerTls tls;
  private volatile @Nullable String deployment;
  private volatile int httpPort;
  private volatile int grpcPort;

  /** @param tls already read */
  public FrontDoors(
      Vertx vertx, Intake intake, ReceiveConfig config, OpsRoutes ops, ServerTls tls) {
    this.vertx = vertx;
    this.intake = intake;
    this.config = config;
    this.ops = ops;
    this.tls = tls;
    this.httpPort = config.httpPort();
    this.grpcPort = config.grpcPort();
  }

  /** Opens the ports; fails where one is taken. */
  public Future<Void> open() {
    int loops =
        config.eventLoops() > 0 ? config.eventLoops() : Runtime.getRuntime().availableProcessors();
    return vertx
        .deployVerticle(Doors::new, new DeploymentOptions().setInstances(loops))
        .onSuccess(id -> deployment = id)
        .mapEmpty();
  }

  /** Closes the ports and every connection. */
  public Future<Void> close() {
    String id = deployment;
    return id == null ? Future.succeededFuture() : vertx.undeploy(id);
  }

  /** The HTTP port in use. */
  public int httpPort() {
    return httpPort;
  }

  /** The gRPC port in use. */
  public int grpcPort() {
    return grpcPort;
  }

  private HttpServerOptions options(int port) {
    HttpServerOptions options = new HttpServerOptions()
        .setHost(config.bind())
        .setPort(port)
        .setIdleTimeout((int) silence().toMillis())
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        .setSslHandshakeTimeout(config.headDeadline().toMillis())
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
        .setMaxInitialLineLength(REQUEST_LINE_BYTES_MAX)
        .setMaxHeaderSize(config.headerBytesMax())
        .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES)
        .setInitialSettings(new Http2Settings()
            .setInitialWindowSize(WINDOW_BYTES)
            .setMaxConcurrentStreams(STREAMS_MAX)
            .setMaxHeaderListSize(config.headerBytesMax()));
    return tls.encrypt(options);
  }

  /** How long a connection may be open without a byte. */
  private Duration silence() {
    return config.headDeadline().compareTo(config.idleTimeout()) < 0
        ? config.headDeadline()
        : config.idleTimeout();
  }

  /** A connection beyond the limit is closed at once. */
  private void letIn(HttpConnection connection) {
    if (!intake.connections().enter(config.connectionsMax())) {
      intake.refusedConnection(Connections.tooMany(config.connectionsMax()));
      connection.close();
      return;
    }
    connection.closeHandler(_ -> intake.connections().leave());
    connection.exceptionHandler(FrontDoors::lost);
    HeadDeadline.guard(
        connection,
        config.headDeadline(),
        config.idleTimeout(),
        why -> intake.refusedHead(Reason.TOO_SLOW, why + " (ingest.receive.head-deadline)"));
  }

  /** Resets and the like happen all the time; what becomes of requests is counted elsewhere. */
  private static void lost(Throwable cause) {
    log.debug("connection lost", cause);
  }

  /** A connection that ended before it was known. */
  private void lostEarly(Throwable cause) {
    if (cause instanceof SslHandshakeTimeoutException) {
      intake.refusedHead(Reason.TOO_SLOW, config.slowHandshake());
    } else {
      lost(cause);
    }
  }

  /** A head that isn't HTTP, or too large. */
  private void refuseHead(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    int status = 400;
    String why = "head is not HTTP: " + cause.getMessage();
    if (cause instanceof TooLongHttpLineException) {
      status = 414;
      why = "request line is longer than %d bytes, the limit".formatted(REQUEST_LINE_BYTES_MAX);
    } else if (cause instanceof TooLongHttpHeaderException) {
      status = 431;
      why = "headers are larger than %d bytes, the limit (ingest.receive.header-bytes-max)"
          .formatted(config.headerBytesMax());
    }
    intake.refusedHead(status == 400 ? Reason.MALFORMED : Reason.TOO_LARGE, why);
    request
        .response()
        .setStatusCode(status)
        .putHeader("Connection", "close")
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .end(why + "\n")
        .onComplete(_ -> request.connection().close());
  }

  /** The servers of one event loop. */
  private final class Doors extends VerticleBase {
    @Override
    public Future<?> start() {
      DecodeLane lane = intake.newLane();
      Future<HttpServer> httpOpen = serve(
          shared(config.httpPort(), HTTP_ANY_PORT),
          new HttpRoutes(vertx, intake, lane, config, ops));
      Future<HttpServer> grpcOpen = serve(
          shared(config.grpcPort(), GRPC_ANY_PORT), new OtlpGrpc(vertx, intake, lane, config));
      return Future.all(httpOpen, grpcOpen).onSuccess(_ -> {
        httpPort = httpOpen.result().actualPort();
        grpcPort = grpcOpen.result().actualPort();
      });
    }

    private static int shared(int port, int anyPort) {
      return port == 0 ? anyPort : port;
    }

    private Future<HttpServer> serve(int port, Handler<HttpServerRequest> handler) {
      return vertx
          .createHttpServer(options(port))
          .requestHandler(request -> {
            HeadDeadline.met(request);
            handler.handle(request);
          })
          .invalidRequestHandler(FrontDoors.this::refuseHead)
          .exceptionHandler(FrontDoors.this::lostEarly)
          .connectionHandler(FrontDoors.this::letIn)
          .listen()
          .onSuccess(tls::renew);
    }
  }
}
