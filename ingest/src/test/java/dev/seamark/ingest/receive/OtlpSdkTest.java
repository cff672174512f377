package dev.seamark.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.Block;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.schema.Table;
import dev.seamark.service.Tls;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.logs.OtlpGrpcLogRecordExporter;
import io.opentelemetry.exporter.otlp.metrics.OtlpGrpcMetricExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The OpenTelemetry Java SDK's own exporters against the front doors. */
class OtlpSdkTest {
  private static final Resource RESOURCE = Resource.create(Attributes.of(
      AttributeKey.stringKey("service.name"), "checkout",
      AttributeKey.stringKey("k8s.cluster.name"), "eu-1"));

  /** How the exporters speak. */
  enum Protocol {
    GRPC,
    GRPC_GZIP,
    HTTP,
    HTTP_GZIP;

    boolean isGrpc() {
      return this == GRPC || this == GRPC_GZIP;
    }

    String compression() {
      return this == GRPC_GZIP || this == HTTP_GZIP ? "gzip" : "none";
    }
  }

  private final OpenDoors doors = new OpenDoors(
      new Lanes(Limits.DEFAULT, NamingOptions.DEFAULTS, new SeriesCache(SeriesLimits.DEFAULT, 42)),
      256L * OpenDoors.MIB,
      Tls.OFF);

  @AfterEach
  void close() {
    doors.close();
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void logRecordsArrive(Protocol protocol) {
    try (SdkLoggerProvider provider = SdkLoggerProvider.builder()
        .setResource(RESOURCE)
        .addLogRecordProcessor(BatchLogRecordProcessor.builder(logs(protocol)).build())
        .build()) {
      for (int i = 0; i < 1000; i++) {
        provider
            .get("test")
            .logRecordBuilder()
            .setSeverity(Severity.WARN)
            .setBody("line " + i)
            .setAttribute(AttributeKey.longKey("n"), (long) i)
            .emit();
      }
      succeeds(provider.forceFlush());
    }

    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(1000);
    Block first = blocks(Table.OTEL_LOGS).getFirst();
    assertThat(((LowCardinalityColumn) first.column("ServiceName")).text(0)).isEqualTo("checkout");
    assertThat(((LowCardinalityColumn) first.column("Cluster")).text(0)).isEqualTo("eu-1");
    assertThat(bodies()).contains("line 0", "line 500", "line 999").doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void spansArrive(Protocol protocol) {
    try (SdkTracerProvider provider = SdkTracerProvider.builder()
        .setResource(RESOURCE)
        .addSpanProcessor(BatchSpanProcessor.builder(spans(protocol)).build())
        .build()) {
      for (int i = 0; i < 500; i++) {
        Span span = provider.get("test").spanBuilder("GET /cart").startSpan();
        span.addEvent("retry", Attributes.of(AttributeKey.longKey("attempt"), 2L));
        span.end();
      }
      succeeds(provider.forceFlush());
    }

    assertThat(doors.journal.keptRows(Table.OTEL_TRACES)).isEqualTo(500);
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void dataPointsArriveAndTheirSeriesAreAnnouncedOnce(Protocol protocol) {
    try (SdkMeterProvider provider = SdkMeterProvider.builder()
        .setResource(RESOURCE)
        .registerMetricReader(PeriodicMetricReader.create(metrics(protocol)))
        .build()) {
      var counter = provider.get("test").counterBuilder("requests").build();
      for (int i = 0; i < 100; i++) {
        counter.add(1, Attributes.of(AttributeKey.longKey("shard"), (long) i));
      }
      succeeds(provider.forceFlush());
      long announced = seriesOf("requests_total");
      assertThat(announced).isGreaterThanOrEqualTo(100);
      succeeds(provider.forceFlush());
      assertThat(seriesOf("requests_total")).isEqualTo(announced);
    }

    assertThat(doors.journal.keptRows(Table.METRICS_SAMPLES)).isGreaterThanOrEqualTo(200);
    assertThat(doors.journal.keptRows(Table.METRICS_LABEL_VALUES)).isGreaterThanOrEqualTo(100);
  }

  @Test
  void jsonIsAnsweredAsJson() throws Exception {
    String body = """
        {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"by hand"}}]}]}]}""";
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(http("/v1/logs")))
          .version(HttpClient.Version.HTTP_1_1)
          .header("Content-Type", "application/json; charset=utf-8");

      HttpResponse<String> stored = client.send(
          request.POST(HttpRequest.BodyPublishers.ofString(body)).build(),
          HttpResponse.BodyHandlers.ofString());
      HttpResponse<String> refused = client.send(
          request.POST(HttpRequest.BodyPublishers.ofString(body.substring(2))).build(),
          HttpResponse.BodyHandlers.ofString());

      assertThat(stored.statusCode()).isEqualTo(200);
      assertThat(stored.headers().firstValue("Content-Type")).hasValue("application/json");
      assertThat(stored.body()).isEqualTo("{}");
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(refused.body()).startsWith("{\"code\":3,\"message\":\"malformed JSON");
    }
    assertThat(bodies()).containsExactly("by hand");
  }

  private List<Block> blocks(Table table) {
    return doors.journal.kept().stream()
        .filter(entry -> entry.table() == table)
        .map(FakeJournal::blockOf)
        .toList();
  }

  /** Rows that announce a series of the metric; the SDK has metrics of its own, too. */
  private long seriesOf(String metric) {
    return blocks(Table.METRICS_SERIES).stream()
        .flatMap(block -> IntStream.range(0, block.rows())
            .mapToObj(row -> ((LowCardinalityColumn) block.column("MetricName")).text(row)))
        .filter(metric::equals)
        .count();
  }

  private List<String> bodies() {
    return blocks(Table.OTEL_LOGS).stream()
        .flatMap(block -> IntStream.range(0, block.rows())
            .mapToObj(row -> ((StringColumn) block.column("Body")).text(row)))
        .toList();
  }

  private static void succeeds(CompletableResultCode flushed) {
    flushed.join(20, TimeUnit.SECONDS);
    assertThat(flushed.isSuccess())
        .as("exported: %s", flushed.getFailureThrowable())
        .isTrue();
  }

  private String grpc() {
    return "http://127.0.0.1:" + doors.grpcPort();
  }

  private String http(String path) {
    return "http://127.0.0.1:" + doors.httpPort() + path;
  }

  private LogRecordExporter logs(Protocol protocol) {
    return protocol.isGrpc()
        ? OtlpGrpcLogRecordExporter.builder()
            .setEndpoint(grpc())
            .setCompression(protocol.compression())
            .build()
        : OtlpHttpLogRecordExporter.builder()
            .setEndpoint(http("/v1/logs"))
            .setCompression(protocol.compression())
            .build();
  }

  private SpanExporter spans(Protocol protocol) {
    return protocol.isGrpc()
        ? OtlpGrpcSpanExporter.builder()
            .setEndpoint(grpc())
            .setCompression(protocol.compression())
            .build()
        : OtlpHttpSpanExporter.builder()
            .setEndpoint(http("/v1/traces"))
            .setCompression(protocol.compression())
            .build();
  }

  private MetricExporter metrics(Protocol protocol) {
    return protocol.isGrpc()
        ? OtlpGrpcMetricExporter.builder()
            .setEndpoint(grpc())
            .setCompression(protocol.compression())
            .build()
        : OtlpHttpMetricExporter.builder()
            .setEndpoint(http("/v1/metrics"))
            .setCompression(protocol.compression())
            .build();
  }
}
