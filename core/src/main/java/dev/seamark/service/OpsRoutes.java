package dev.seamark.service;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator's endpoints {@code /metrics}, {@code /healthz} and {@code /readyz}, for any HTTP
 * server of the process. Runs on the event loop.
 */
public final class OpsRoutes {
  private static final Logger log = LoggerFactory.getLogger(OpsRoutes.class);

  private final Metrics metrics;
  private final Health health;

  public OpsRoutes(Metrics metrics, Health health) {
    this.metrics = metrics;
    this.health = health;
  }

  /** Answers the request if it is one of the operator's; otherwise leaves it alone. */
  public boolean answer(HttpServerRequest request) {
    switch (request.path()) {
      case "/metrics" -> ifReading(request, () -> expose(request));
      case "/healthz" -> ifReading(request, () -> report(request, health.liveness()));
      case "/readyz" -> ifReading(request, () -> report(request, health.readiness()));
      case null, default -> {
        return false;
      }
    }
    return true;
  }

  private static void ifReading(HttpServerRequest request, Runnable answer) {
    if (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD)) {
      answer.run();
    } else {
      request.response().setStatusCode(405).putHeader("Allow", "GET, HEAD").end();
    }
  }

  private void expose(HttpServerRequest request) {
    Metrics.Exposition exposition;
    try {
      exposition = metrics.expose(request.getHeader("Accept"));
    } catch (RuntimeException e) { // of a gauge that asks its owner
      log.error("the process's metrics can't be read, by a bug", e);
      request.response().setStatusCode(500).end("metrics can't be read, by a bug: " + e + "\n");
      return;
    }
    request.response().putHeader("Content-Type", exposition.contentType()).end(exposition.body());
  }

  private static void report(HttpServerRequest request, List<Health.Problem> problems) {
    String text = problems.isEmpty()
        ? "ok\n"
        : problems.stream()
            .map(problem -> problem.check() + ": " + problem.reason() + "\n")
            .collect(Collectors.joining());
    request
        .response()
        .setStatusCode(problems.isEmpty() ? 200 : 503)
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .end(text);
  }
}
