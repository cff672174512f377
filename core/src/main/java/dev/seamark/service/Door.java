package dev.seamark.service;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Opens HTTP ports, with a message that names the port where that fails. */
public final class Door {
  private static final int OPEN_SECONDS_MAX = 10;

  private Door() {}

  /** Returns once the port takes connections. Blocks; not for the event loop. */
  public static HttpServer open(
      Vertx vertx, HttpServerOptions options, Consumer<HttpServerRequest> handler)
      throws Exception {
    try {
      return vertx
          .createHttpServer(options)
          .requestHandler(handler::accept)
          .listen()
          .toCompletionStage()
          .toCompletableFuture()
          .get(OPEN_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          "port %d on %s can't be opened: %s"
              .formatted(options.getPort(), options.getHost(), cause.getMessage()),
          e);
    }
  }
}
