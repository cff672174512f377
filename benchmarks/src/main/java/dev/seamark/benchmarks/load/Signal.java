package dev.seamark.benchmarks.load;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.ByteBuffer;

/**
 * What is sent: request number {@code n} of a run holds the rows {@code n * rows} to {@code (n + 1)
 * * rows - 1}, each of which can be told from every other of the run. Bodies are OTLP protobuf.
 */
public enum Signal {
  LOGS("/v1/logs") {
    @Override
    public byte[] body(String run, long request, int rows, long nowNanos) {
      ScopeLogs.Builder scope = ScopeLogs.newBuilder().setScope(SCOPE);
      for (int i = 0; i < rows; i++) {
        long row = request * rows + i;
        scope.addLogRecords(LogRecord.newBuilder()
            .setTimeUnixNano(nowNanos + i)
            .setObservedTimeUnixNano(nowNanos + i)
            .setSeverityNumber(SeverityNumber.SEVERITY_NUMBER_INFO)
            .setSeverityText("INFO")
            .setBody(AnyValue.newBuilder()
                .setStringValue("row " + row + " of the run: GET /api/v1/orders/" + row % 977
                    + " answered 200 to user u" + row % 10_007 + " from pool main in " + row % 83
                    + " ms"))
            .setTraceId(id(16, row))
            .setSpanId(id(8, row))
            .addAttributes(text("http.route", "/api/v1/orders/{id}"))
            .addAttributes(number("http.response.status_code", 200))
            .addAttributes(text("user.id", "u" + row % 10_007)));
      }
      return ExportLogsServiceRequest.newBuilder()
          .addResourceLogs(io.opentelemetry.proto.logs.v1.ResourceLogs.newBuilder()
              .setResource(resource(run, request))
              .addScopeLogs(scope))
          .build()
          .toByteArray();
    }

    @Override
    String storedSql(String run) {
      return "SELECT count(), uniqExact(SpanId) FROM otel_logs WHERE ServiceName = '" + run + "'";
    }
  },

  METRICS("/v1/metrics") {
    @Override
    public byte[] body(String run, long request, int rows, long nowNanos) {
      // a pod's requests repeat the same series, one scrape interval later each time
      long scrape = request / PODS;
      Sum.Builder sum = Sum.newBuilder()
          .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE)
          .setIsMonotonic(true);
      for (int i = 0; i < rows; i++) {
        sum.addDataPoints(NumberDataPoint.newBuilder()
            .setStartTimeUnixNano(nowNanos - HISTORY_NANOS)
            .setTimeUnixNano(nowNanos - HISTORY_NANOS + scrape * INTERVAL_NANOS)
            .setAsInt(scrape * (i % 13) + i)
            .addAttributes(text("http.route", "/api/v1/resource-" + i % 40))
            .addAttributes(text("http.request.method", i % 3 == 0 ? "POST" : "GET"))
            .addAttributes(text("http.response.status_code", Integer.toString(200 + i % 4 * 100)))
            .addAttributes(text("partition", Integer.toString(i))));
      }
      return ExportMetricsServiceRequest.newBuilder()
          .addResourceMetrics(io.opentelemetry.proto.metrics.v1.ResourceMetrics.newBuilder()
              .setResource(resource(run, request))
              .addScopeMetrics(ScopeMetrics.newBuilder()
                  .setScope(SCOPE)
                  .addMetrics(Metric.newBuilder()
                      .setName(run.replace('-', '.') + ".requests")
                      .setSum(sum))))
          .build()
          .toByteArray();
    }

    @Override
    String storedSql(String run) {
      return "SELECT count(), uniqExact(SeriesId, Ts) FROM metrics_samples WHERE MetricName = '"
          + run.replace('-', '_') + "_requests_total'";
    }
  },

  TRACES("/v1/traces") {
    @Override
    public byte[] body(String run, long request, int rows, long nowNanos) {
      ScopeSpans.Builder scope = ScopeSpans.newBuilder().setScope(SCOPE);
      for (int i = 0; i < rows; i++) {
        long row = request * rows + i;
        scope.addSpans(Span.newBuilder()
            .setTraceId(id(16, row / 8))
            .setSpanId(id(8, row))
            .setParentSpanId(row % 8 == 0 ? ByteString.EMPTY : id(8, row - 1))
            .setName("GET /api/v1/orders/{id}")
            .setKind(Span.SpanKind.SPAN_KIND_SERVER)
            .setStartTimeUnixNano(nowNanos + i)
            .setEndTimeUnixNano(nowNanos + i + 1_000_000 * (1 + row % 90))
            .addAttributes(text("http.request.method", "GET"))
            .addAttributes(text("http.route", "/api/v1/orders/{id}"))
            .addAttributes(number("http.response.status_code", 200))
            .addAttributes(text("user.id", "u" + row % 10_007)));
      }
      return ExportTraceServiceRequest.newBuilder()
          .addResourceSpans(io.opentelemetry.proto.trace.v1.ResourceSpans.newBuilder()
              .setResource(resource(run, request))
              .addScopeSpans(scope))
          .build()
          .toByteArray();
    }

    @Override
    String storedSql(String run) {
      return "SELECT count(), uniqExact(SpanId) FROM otel_traces WHERE ServiceName = '" + run + "'";
    }
  };

  private static final int PODS = 20;
  private static final long HISTORY_NANOS = 7_200_000_000_000L;
  private static final long INTERVAL_NANOS = 15_000_000_000L;
  private static final InstrumentationScope SCOPE =
      InstrumentationScope.newBuilder().setName("seamark.load").setVersion("1").build();

  final String path;

  Signal(String path) {
    this.path = path;
  }

  /** The body of one request. */
  public abstract byte[] body(String run, long request, int rows, long nowNanos);

  /** How many rows of the run are stored, and how many different ones. */
  abstract String storedSql(String run);

  private static Resource resource(String run, long request) {
    String pod = run + "-" + request % PODS;
    return Resource.newBuilder()
        .addAttributes(text("service.name", run))
        .addAttributes(text("service.namespace", "load"))
        .addAttributes(text("service.instance.id", pod))
        .addAttributes(text("k8s.cluster.name", "load-1"))
        .addAttributes(text("k8s.namespace.name", "load"))
        .addAttributes(text("k8s.deployment.name", run))
        .addAttributes(text("k8s.pod.name", pod))
        .addAttributes(text("k8s.container.name", "app"))
        .addAttributes(text("k8s.node.name", "node-" + request % 5))
        .addAttributes(text("cloud.region", "eu-west-1"))
        .build();
  }

  private static ByteString id(int length, long row) {
    // a bijection of 64 bits spreads the ids as real ones are spread
    long mixed = (row + 1) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L;
    ByteBuffer bytes = ByteBuffer.allocate(length).putLong(mixed);
    if (length == 16) {
      bytes.putLong(~mixed);
    }
    return ByteString.copyFrom(bytes.flip());
  }

  private static KeyValue text(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private static KeyValue number(String key, long value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setIntValue(value))
        .build();
  }
}
