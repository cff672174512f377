package dev.seamark.service;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens HTTP ports, with a message that names the port where that fails. A sender that dallies over
 * the head of a request is hung up on; between requests, and while it waits for its answer, it may
 * be idle.
 */
public final class Door {
  private static final Logger log = LoggerFactory.getLogger(Door.class);
  private static final int OPEN_SECONDS_MAX = 10;

  private Door() {}

  /** Returns once the port takes connections. Blocks; not for the event loop. */
  public static HttpServer open(
      Vertx vertx, HttpServerOptions options, Consumer<HttpServerRequest> handler)
      throws Exception {
    try {
      return vertx
          .createHttpServer(new HttpServerOptions(options)
              .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
              .setIdleTimeout((int) HeadDeadline.ORDINARY.toMillis()))
          .connectionHandler(connection ->
              HeadDeadline.guard(connection, HeadDeadline.ORDINARY, Duration.ZERO, log::debug))
          .requestHandler(request -> {
            HeadDeadline.met(request);
            handler.accept(request);
          })
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
