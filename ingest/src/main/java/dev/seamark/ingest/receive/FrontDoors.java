package dev.seamark.ingest.receive;

import dev.seamark.service.OpsRoutes;
import dev.seamark.service.ServerTls;
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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The open ports of an ingester: on each event loop one HTTP and one gRPC server. */
public final class FrontDoors {
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
        .setIdleTimeout((int) config.idleTimeout().toSeconds())
        .setIdleTimeoutUnit(TimeUnit.SECONDS)
        .setMaxInitialLineLength(REQUEST_LINE_BYTES_MAX)
        .setMaxHeaderSize(config.headerBytesMax())
        .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES)
        .setInitialSettings(new Http2Settings()
            .setInitialWindowSize(WINDOW_BYTES)
            .setMaxConcurrentStreams(STREAMS_MAX)
            .setMaxHeaderListSize(config.headerBytesMax()));
    return tls.encrypt(options);
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
          .requestHandler(handler)
          .connectionHandler(new ConnectionLimit(config.connectionsMax()))
          .listen()
          .onSuccess(tls::renew);
    }
  }

  /** Closes the connections beyond a number at once. Runs on one event loop. */
  private static final class ConnectionLimit implements Handler<HttpConnection> {
    private final int most;
    private int open;

    ConnectionLimit(int most) {
      this.most = most;
    }

    @Override
    public void handle(HttpConnection connection) {
      if (open >= most) {
        connection.close();
        return;
      }
      open++;
      connection.closeHandler(_ -> open--);
    }
  }
}
