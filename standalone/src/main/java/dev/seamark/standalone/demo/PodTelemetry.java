package dev.seamark.standalone.demo;

import dev.seamark.standalone.demo.Fleet.Pod;
import dev.seamark.standalone.demo.Traffic.Exchange;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one pod tells of its work, in OTLP: spans and log lines since the last drain, counters since
 * its start.
 */
final class PodTelemetry {
  private static final InstrumentationScope SCOPE =
      InstrumentationScope.newBuilder().setName("seamark.demo").setVersion("1").build();
  private static final List<Double> BOUNDS_SECONDS =
      List.of(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5);

  private final Pod pod;
  private final Resource resource;
  private final List<Span> spans = new ArrayList<>();
  private final List<LogRecord> logs = new ArrayList<>();

  private final PathCounts succeeded = new PathCounts("200");
  private final PathCounts failed = new PathCounts("500");
  private long startNanos;
  private double cpuSeconds;
  private int restarts;

  PodTelemetry(Pod pod, long startNanos) {
    this.pod = pod;
    this.startNanos = startNanos;
    this.resource = Resource.newBuilder()
        .addAttributes(text("service.name", pod.service().name()))
        .addAttributes(text("service.namespace", pod.service().namespace()))
        .addAttributes(text("service.instance.id", pod.name()))
        .addAttributes(text("service.version", "1.4.2"))
        .addAttributes(text("k8s.cluster.name", pod.cluster()))
        .addAttributes(text("k8s.namespace.name", pod.service().namespace()))
        .addAttributes(text("k8s.deployment.name", pod.service().name()))
        .addAttributes(text("k8s.pod.name", pod.name()))
        .addAttributes(text("k8s.pod.uid", pod.uid()))
        .addAttributes(text("k8s.container.name", pod.service().name()))
        .addAttributes(text("k8s.node.name", pod.node()))
        .addAttributes(text("cloud.region", pod.region()))
        .build();
  }

  /** Notes one request that this pod has answered. */
  void handled(Exchange exchange) {
    spans.add(span(exchange));
    logs.add(line(exchange));
    (exchange.failed() ? failed : succeeded).observe(exchange);
    cpuSeconds += pod.service().latencyMs() / 1000 * 0.4;
  }

  /** The container starts anew: every counter is back at zero. */
  void restart(long nowNanos) {
    restarts++;
    startNanos = nowNanos;
    cpuSeconds = 0;
    succeeded.reset();
    failed.reset();
    logs.add(
        record(nowNanos, SeverityNumber.SEVERITY_NUMBER_WARN, "WARN", "started after an OOM kill")
            .addAttributes(number("k8s.container.restart_count", restarts))
            .build());
  }

  ResourceSpans drainSpans() {
    ResourceSpans drained = ResourceSpans.newBuilder()
        .setResource(resource)
        .addScopeSpans(ScopeSpans.newBuilder().setScope(SCOPE).addAllSpans(spans))
        .build();
    spans.clear();
    return drained;
  }

  ResourceLogs drainLogs() {
    ResourceLogs drained = ResourceLogs.newBuilder()
        .setResource(resource)
        .addScopeLogs(ScopeLogs.newBuilder().setScope(SCOPE).addAllLogRecords(logs))
        .build();
    logs.clear();
    return drained;
  }

  ResourceMetrics metrics(long nowNanos) {
    return ResourceMetrics.newBuilder()
        .setResource(resource)
        .addScopeMetrics(ScopeMetrics.newBuilder()
            .setScope(SCOPE)
            .addMetrics(requestDuration(nowNanos))
            .addMetrics(cpuTime(nowNanos))
            .addMetrics(memory(nowNanos))
            .addMetrics(restartCount(nowNanos)))
        .build();
  }

  private Span span(Exchange exchange) {
    Span.Builder span = Span.newBuilder()
        .setTraceId(exchange.trace())
        .setSpanId(exchange.span())
        .setParentSpanId(exchange.parent())
        .setName("GET " + pod.service().route())
        .setKind(Span.SpanKind.SPAN_KIND_SERVER)
        .setStartTimeUnixNano(exchange.startNanos())
        .setEndTimeUnixNano(exchange.endNanos())
        .addAttributes(text("http.request.method", "GET"))
        .addAttributes(text("http.route", pod.service().route()))
        .addAttributes(number("http.response.status_code", exchange.failed() ? 500 : 200));
    if (exchange.failed()) {
      span.setStatus(Status.newBuilder()
              .setCode(Status.StatusCode.STATUS_CODE_ERROR)
              .setMessage("upstream failed"))
          .addEvents(Span.Event.newBuilder()
              .setTimeUnixNano(exchange.endNanos())
              .setName("exception")
              .addAttributes(text("exception.type", "java.io.IOException"))
              .addAttributes(text("exception.message", "connection reset by peer")));
    }
    return span.build();
  }

  private LogRecord line(Exchange exchange) {
    LogRecord.Builder line = exchange.failed()
        ? record(
            exchange.endNanos(),
            SeverityNumber.SEVERITY_NUMBER_ERROR,
            "ERROR",
            "GET " + pod.service().route() + " failed: connection reset by peer")
        : record(
            exchange.endNanos(),
            SeverityNumber.SEVERITY_NUMBER_INFO,
            "INFO",
            "GET " + pod.service().route()
                + " answered in %.1f ms".formatted(exchange.seconds() * 1000));
    return line.setTraceId(exchange.trace())
        .setSpanId(exchange.span())
        .addAttributes(number("http.response.status_code", exchange.failed() ? 500 : 200))
        .build();
  }

  private static LogRecord.Builder record(
      long nanos, SeverityNumber severity, String severityText, String body) {
    return LogRecord.newBuilder()
        .setTimeUnixNano(nanos)
        .setObservedTimeUnixNano(nanos)
        .setSeverityNumber(severity)
        .setSeverityText(severityText)
        .setBody(AnyValue.newBuilder().setStringValue(body));
  }

  private Metric requestDuration(long nowNanos) {
    return Metric.newBuilder()
        .setName("http.server.request.duration")
        .setDescription("Duration of HTTP server requests.")
        .setUnit("s")
        .setHistogram(Histogram.newBuilder()
            .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE)
            .addDataPoints(succeeded.point(nowNanos))
            .addDataPoints(failed.point(nowNanos)))
        .build();
  }

  private Metric cpuTime(long nowNanos) {
    return Metric.newBuilder()
        .setName("container.cpu.time")
        .setDescription("CPU time consumed by the container.")
        .setUnit("s")
        .setSum(Sum.newBuilder()
            .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE)
            .setIsMonotonic(true)
            .addDataPoints(at(nowNanos).setAsDouble(cpuSeconds)))
        .build();
  }

  private Metric memory(long nowNanos) {
    double workingSet = 180e6 + 20e6 * Math.sin(nowNanos / 60e9 + pod.name().hashCode());
    return Metric.newBuilder()
        .setName("container.memory.working_set")
        .setDescription("Working set of the container.")
        .setUnit("By")
        .setGauge(Gauge.newBuilder().addDataPoints(at(nowNanos).setAsInt((long) workingSet)))
        .build();
  }

  private Metric restartCount(long nowNanos) {
    return Metric.newBuilder()
        .setName("k8s.container.restarts")
        .setDescription("How many times the container has restarted.")
        .setUnit("{restart}")
        .setGauge(Gauge.newBuilder().addDataPoints(at(nowNanos).setAsInt(restarts)))
        .build();
  }

  private NumberDataPoint.Builder at(long nowNanos) {
    return NumberDataPoint.newBuilder().setStartTimeUnixNano(startNanos).setTimeUnixNano(nowNanos);
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

  /** The request histogram of one status code, cumulative since the start of the container. */
  private final class PathCounts {
    private final String status;
    private final long[] buckets = new long[BOUNDS_SECONDS.size() + 1];
    private double sumSeconds;
    private @Nullable Exchange last;

    PathCounts(String status) {
      this.status = status;
    }

    void observe(Exchange exchange) {
      int bucket = 0;
      while (bucket < BOUNDS_SECONDS.size() && exchange.seconds() > BOUNDS_SECONDS.get(bucket)) {
        bucket++;
      }
      buckets[bucket]++;
      sumSeconds += exchange.seconds();
      last = exchange;
    }

    void reset() {
      Arrays.fill(buckets, 0);
      sumSeconds = 0;
      last = null;
    }

    HistogramDataPoint point(long nowNanos) {
      HistogramDataPoint.Builder point = HistogramDataPoint.newBuilder()
          .setStartTimeUnixNano(startNanos)
          .setTimeUnixNano(nowNanos)
          .addAttributes(text("http.route", pod.service().route()))
          .addAttributes(text("http.response.status_code", status))
          .addAllExplicitBounds(BOUNDS_SECONDS)
          .setSum(sumSeconds);
      long count = 0;
      for (long bucket : buckets) {
        point.addBucketCounts(bucket);
        count += bucket;
      }
      point.setCount(count);
      if (last != null) {
        point.addExemplars(Exemplar.newBuilder()
            .setTimeUnixNano(last.endNanos())
            .setAsDouble(last.seconds())
            .setTraceId(last.trace())
            .setSpanId(last.span()));
      }
      return point.build();
    }
  }
}
