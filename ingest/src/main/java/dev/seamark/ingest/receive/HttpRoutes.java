package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Signal;
import dev.seamark.service.OpsRoutes;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;

/** The paths of the HTTP port: one protocol each, and the service's own pages. One event loop's. */
final class HttpRoutes implements Handler<HttpServerRequest> {
  private final Vertx vertx;
  private final OpsRoutes ops;
  private final OtlpHttp otlpLogs;
  private final OtlpHttp otlpMetrics;
  private final OtlpHttp otlpTraces;
  private final RemoteWriteHttp remoteWrite;
  private final LokiHttp loki;
  private final FluentBitHttp fluentBit;
  private final BulkHttp bulk;
  private final BulkWelcome bulkWelcome = new BulkWelcome();

  /** @param lane of this event loop */
  HttpRoutes(Vertx vertx, Intake intake, DecodeLane lane, ReceiveConfig config, OpsRoutes ops) {
    this.vertx = vertx;
    this.ops = ops;
    this.otlpLogs = new OtlpHttp(Signal.LOGS, vertx, intake, lane, config);
    this.otlpMetrics = new OtlpHttp(Signal.METRICS, vertx, intake, lane, config);
    this.otlpTraces = new OtlpHttp(Signal.TRACES, vertx, intake, lane, config);
    this.remoteWrite = new RemoteWriteHttp(vertx, intake, lane, config);
    this.loki = new LokiHttp(vertx, intake, lane, config);
    this.fluentBit = new FluentBitHttp(vertx, intake, lane, config);
    this.bulk = new BulkHttp(vertx, intake, lane, config);
  }

  @Override
  public void handle(HttpServerRequest request) {
    switch (request.path()) {
      case "/v1/logs" -> otlpLogs.handle(request);
      case "/v1/metrics" -> otlpMetrics.handle(request);
      case "/v1/traces" -> otlpTraces.handle(request);
      case "/api/v1/write" -> remoteWrite.handle(request);
      case "/loki/api/v1/push" -> loki.handle(request);
      case "/fluentbit" -> fluentBit.handle(request);
      case BulkWelcome.ROOT, BulkWelcome.HEALTH -> {
        bulkWelcome.handle(request);
        HttpBody.discard(vertx, request);
      }
      case String path when path.endsWith(BulkHttp.PATH) -> bulk.handle(request);
      case null, default -> others(request);
    }
  }

  private void others(HttpServerRequest request) {
    if (!ops.answer(request)) {
      request
          .response()
          .setStatusCode(404)
          .putHeader("Content-Type", "text/plain; charset=utf-8")
          .end(
              "Nothing is here. This port takes OTLP at /v1/logs, /v1/metrics and /v1/traces,"
                  + " Prometheus remote write at /api/v1/write, Fluent Bit's HTTP output at"
                  + " /fluentbit, Loki's pushes at /loki/api/v1/push and Elasticsearch's at /_bulk; see also /metrics, /healthz and /readyz.\n");
    }
    HttpBody.discard(vertx, request);
  }
}
