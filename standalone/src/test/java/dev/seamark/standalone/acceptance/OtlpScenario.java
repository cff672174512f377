package dev.seamark.standalone.acceptance;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.logs.OtlpGrpcLogRecordExporter;
import io.opentelemetry.exporter.otlp.metrics.OtlpGrpcMetricExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.ExemplarFilter;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * What every SDK sends, here by the OpenTelemetry Java SDK; {@code otlp_scenario.py} is its twin.
 * Ids and the times of spans and log records are fixed, so that stored rows can be compared field
 * by field.
 */
final class OtlpScenario {
  static final String TRACE_ID = "0102030405060708090a0b0c0d0e0f10";
  static final String PARENT_ID = "1112131415161718";
  static final String CHILD_ID = "2122232425262728";
  static final String LINKED_TRACE_ID = "a1000000000000000000000000000001";
  static final String LINKED_SPAN_ID = "b100000000000001";
  static final long MILLISECOND = 1_000_000;

  private static final Attributes NESTED = Attributes.builder()
      .put("text", "naïve ☕")
      .put("int", 42)
      .put("double", 1.5)
      .put("bool", true)
      .put(AttributeKey.stringArrayKey("list"), List.of("x", "y"))
      .build();

  private final Resource resource;
  private final long start;

  private OtlpScenario(String service, long startNanos) {
    this.start = startNanos;
    this.resource = Resource.create(Attributes.builder()
        .put("service.name", service)
        .put("service.namespace", "acceptance")
        .put("service.instance.id", "instance-1")
        .put("k8s.cluster.name", "scenario-1")
        .put("k8s.pod.name", "pod-1")
        .put(AttributeKey.stringArrayKey("process.command_args"), List.of("serve", "--fast"))
        .build());
  }

  static void sendByGrpc(String endpoint, String service, long startNanos) {
    new OtlpScenario(service, startNanos)
        .send(
            OtlpGrpcSpanExporter.builder()
                .setEndpoint(endpoint)
                .setCompression("gzip")
                .build(),
            OtlpGrpcLogRecordExporter.builder().setEndpoint(endpoint).build(),
            OtlpGrpcMetricExporter.builder().setEndpoint(endpoint).build());
  }

  static void sendByHttp(String endpoint, String service, long startNanos) {
    new OtlpScenario(service, startNanos)
        .send(
            OtlpHttpSpanExporter.builder().setEndpoint(endpoint + "/v1/traces").build(),
            OtlpHttpLogRecordExporter.builder()
                .setEndpoint(endpoint + "/v1/logs")
                .setCompression("gzip")
                .build(),
            OtlpHttpMetricExporter.builder()
                .setEndpoint(endpoint + "/v1/metrics")
                .build());
  }

  private void send(SpanExporter spans, LogRecordExporter logs, MetricExporter metrics) {
    Context parent = sendSpans(spans);
    sendLogs(logs, parent);
    sendMetrics(metrics, parent);
  }

  private Context sendSpans(SpanExporter exporter) {
    try (SdkTracerProvider provider = SdkTracerProvider.builder()
        .setResource(resource)
        .setIdGenerator(new FixedIds())
        .addSpanProcessor(BatchSpanProcessor.builder(exporter).build())
        .build()) {
      var tracer =
          provider.tracerBuilder("scenario").setInstrumentationVersion("2.1").build();
      Span parent = tracer
          .spanBuilder("parent")
          .setSpanKind(SpanKind.SERVER)
          .setAllAttributes(NESTED)
          .setStartTimestamp(start, TimeUnit.NANOSECONDS)
          .startSpan();
      Context context = Context.root().with(parent);
      SpanContext linked = SpanContext.createFromRemoteParent(
          LINKED_TRACE_ID, LINKED_SPAN_ID, TraceFlags.getSampled(), TraceState.getDefault());
      Span child = tracer
          .spanBuilder("child")
          .setParent(context)
          .setSpanKind(SpanKind.CLIENT)
          .addLink(linked, Attributes.of(AttributeKey.stringKey("why"), "batch"))
          .setStartTimestamp(start + MILLISECOND, TimeUnit.NANOSECONDS)
          .startSpan();
      child.addEvent(
          "retry",
          Attributes.builder().put("attempt", 2).put("reset", true).build(),
          start + 2 * MILLISECOND,
          TimeUnit.NANOSECONDS);
      child.setStatus(StatusCode.ERROR, "boom");
      child.end(start + 3 * MILLISECOND, TimeUnit.NANOSECONDS);
      parent.end(start + 5 * MILLISECOND, TimeUnit.NANOSECONDS);
      return context;
    }
  }

  private void sendLogs(LogRecordExporter exporter, Context parent) {
    try (SdkLoggerProvider provider = SdkLoggerProvider.builder()
        .setResource(resource)
        .addLogRecordProcessor(BatchLogRecordProcessor.builder(exporter).build())
        .build()) {
      var logger =
          provider.loggerBuilder("scenario").setInstrumentationVersion("2.1").build();
      logger
          .logRecordBuilder()
          .setTimestamp(start, TimeUnit.NANOSECONDS)
          .setObservedTimestamp(start + 1, TimeUnit.NANOSECONDS)
          .setContext(parent)
          .setSeverity(Severity.WARN)
          .setSeverityText("WARN")
          .setBody("the kettle is on")
          .setAllAttributes(NESTED)
          .setEventName("kettle.on")
          .emit();
      logger
          .logRecordBuilder()
          .setTimestamp(start + 2, TimeUnit.NANOSECONDS)
          .setObservedTimestamp(start + 3, TimeUnit.NANOSECONDS)
          .setContext(Context.root())
          .setSeverity(Severity.INFO)
          .setSeverityText("INFO")
          .setBody(Value.of(Map.of(
              "deep",
              Value.of(Map.of(
                  "list",
                  Value.of(Value.of(1), Value.of("two"), Value.empty(), Value.of(false)))))))
          .emit();
    }
  }

  private void sendMetrics(MetricExporter exporter, Context context) {
    try (SdkMeterProvider provider = SdkMeterProvider.builder()
        .setResource(resource)
        .setExemplarFilter(ExemplarFilter.alwaysOn())
        .registerMetricReader(PeriodicMetricReader.builder(exporter)
            .setInterval(Duration.ofHours(1))
            .build())
        .registerView(
            InstrumentSelector.builder().setName("scenario.latency").build(),
            View.builder()
                .setAggregation(Aggregation.base2ExponentialBucketHistogram())
                .build())
        .build()) {
      var meter =
          provider.meterBuilder("scenario").setInstrumentationVersion("2.1").build();
      meter
          .counterBuilder("scenario.requests")
          .setUnit("1")
          .setDescription("Requests taken.")
          .build()
          .add(7, Attributes.builder().put("http.route", "/a").put("code", 200).build(), context);
      meter
          .upDownCounterBuilder("scenario.queue")
          .setUnit("{item}")
          .build()
          .add(-3, Attributes.of(AttributeKey.stringKey("q"), "main"), context);
      meter
          .gaugeBuilder("scenario.temperature")
          .setUnit("Cel")
          .build()
          .set(21.5, Attributes.of(AttributeKey.stringKey("room"), "café"), context);
      var size = meter
          .histogramBuilder("scenario.size")
          .setUnit("By")
          .setExplicitBucketBoundariesAdvice(List.of(10.0, 100.0))
          .build();
      for (double value : new double[] {5, 50, 60, 500}) {
        size.record(value, Attributes.of(AttributeKey.stringKey("kind"), "body"), context);
      }
      var latency = meter.histogramBuilder("scenario.latency").setUnit("s").build();
      for (double value : new double[] {0.25, 0.5, 2.0, 0.0}) {
        latency.record(value, Attributes.of(AttributeKey.stringKey("kind"), "call"), context);
      }
    }
  }

  private static final class FixedIds implements IdGenerator {
    private final Queue<String> spans = new ArrayDeque<>(List.of(PARENT_ID, CHILD_ID));

    @Override
    public String generateSpanId() {
      return spans.remove();
    }

    @Override
    public String generateTraceId() {
      return TRACE_ID;
    }
  }
}
