package dev.seamark.service;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A port with nothing but the operator's endpoints, for a service that has no other HTTP port. */
public final class OpsServer implements Part {
  private final String name;
  private final Vertx vertx;
  private final String host;
  private final int port;
  private final OpsRoutes routes;
  private final ServerTls tls;
  private @Nullable HttpServer server;

  /** @param tls already read */
  public OpsServer(
      String name, Vertx vertx, String host, int port, OpsRoutes routes, ServerTls tls) {
    this.name = name;
    this.vertx = vertx;
    this.host = host;
    this.port = port;
    this.routes = routes;
    this.tls = tls;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void start() throws Exception {
    var options = new HttpServerOptions().setHost(host).setPort(port);
    server = tls.renew(Door.open(vertx, tls.encrypt(options), this::answer));
  }

  private void answer(HttpServerRequest request) {
    if (!routes.answer(request)) {
      request.response().setStatusCode(404).end("no such page\n");
    }
  }

  /** The port in use, which port 0 leaves to the system. */
  public int port() {
    return server == null ? port : server.actualPort();
  }

  @Override
  public void stop(Duration within) throws Exception {
    if (server != null) {
      server
          .close()
          .toCompletionStage()
          .toCompletableFuture()
          .get(within.toMillis(), TimeUnit.MILLISECONDS);
    }
  }
}
