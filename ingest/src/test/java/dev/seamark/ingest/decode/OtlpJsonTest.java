package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.schema.LogRows;
import dev.seamark.schema.SpanRows;
import dev.seamark.tenant.Sender;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtlpJsonTest {
  private final OtlpJson json = new OtlpJson(Limits.DEFAULT);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]|the request must be an object",
        "{}{}|there is more behind the request",
        "{\"resourceLogs\":[|line 1",
        "{\"resourceLogs\":{}}|ExportLogsServiceRequest.resourceLogs: an array is needed",
        "{\"resourceLogs\":[null]}|ExportLogsServiceRequest.resourceLogs: an object is needed",
        "{\"resourceLogs\":[],\"resource_logs\":[]}|resourceLogs: it is there twice",
        "{\"resourceLogs\":[{\"schemaUrl\":1}]}|ResourceLogs.schemaUrl: a string is needed",
        "{\"resourceLogs\":[{\"schemaUrl\":\"\\ud800\"}]}|ResourceLogs.schemaUrl: half of a surrogate pair",
      })
  void malformedRequestsAreRefusedWithTheirPlace(String text, String why) {
    assertThatThrownBy(() -> json.toProtobuf(text.getBytes(UTF_8), Signal.LOGS))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("malformed JSON at line ")
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"timeUnixNano\":\"18446744073709551616\"|LogRecord.timeUnixNano: an integer from 0 to 18446744073709551615",
        "\"timeUnixNano\":-1|an integer from 0 to 18446744073709551615 is needed",
        "\"timeUnixNano\":1e999999999|an integer from 0 to",
        "\"timeUnixNano\":1.5|an integer is needed",
        "\"timeUnixNano\":\" 1\"|a number is needed",
        "\"flags\":4294967296|an integer from 0 to 4294967295 is needed",
        "\"severityNumber\":\"LOUD\"|a number is needed",
        "\"traceId\":\"abc\"|LogRecord.traceId: pairs of hexadecimal digits are needed",
        "\"traceId\":\"zz\"|pairs of hexadecimal digits are needed",
        "\"body\":{\"bytesValue\":\"*\"}|AnyValue.bytesValue: it isn't base64",
        "\"body\":{\"boolValue\":\"true\"}|AnyValue.boolValue: true or false is needed",
        "\"body\":{\"doubleValue\":1e400}|a number beyond what a double holds",
        "\"body\":{\"doubleValue\":\"0x1p3\"}|a number is needed",
        "\"body\":{\"intValue\":1,\"stringValue\":\"\"}|another member of its oneof is there too",
      })
  void valuesOutsideOfTheirTypeAreRefused(String field, String why) {
    assertThatThrownBy(() -> json.toProtobuf(logRecord(field), Signal.LOGS))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining(why);
  }

  @Test
  void endlessNestingIsRefused() {
    String open = "{\"arrayValue\":{\"values\":[".repeat(50_000);

    assertThatThrownBy(() -> json.toProtobuf(logRecord("\"body\":" + open), Signal.LOGS))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("limit 160 (ingest.limits.any-value-depth-max)");
    assertThatThrownBy(() ->
            json.toProtobuf(("{\"unknown\":" + "[".repeat(1_000_000)).getBytes(UTF_8), Signal.LOGS))
        .isInstanceOf(Malformed.class);
  }

  @Test
  void namesOfEnumsAndOriginalNamesOfFieldsAreTaken() throws Exception {
    LogRows rows = decodeLogs(
        logRecord("\"severity_number\":\"SEVERITY_NUMBER_ERROR\",\"time_unix_nano\":7.0"));

    assertThat(rows.severityNumber.get(0)).isEqualTo((byte) 17);
    assertThat(rows.timestamp.get(0)).isEqualTo(7);
  }

  @Test
  void theExampleOfLogsIsStoredRight() throws Exception {
    LogRows rows = decodeLogs(example("logs.json"));

    assertThat(RowTexts.of(rows.block()))
        .singleElement()
        .satisfies(row -> assertThat(row)
            .containsEntry("Timestamp", 1544712660300000000L)
            .containsEntry("TraceId", "5b8efff798038103d269b633813fc60c")
            .containsEntry("SpanId", "eee19b7ec3c1b174")
            .containsEntry("SeverityNumber", 10L)
            .containsEntry("SeverityText", "Information")
            .containsEntry("ServiceName", "my.service")
            .containsEntry("Body", "Example log record")
            .containsEntry("ScopeName", "my.library")
            .containsEntry("ScopeVersion", "1.0.0")
            .containsEntry("ScopeAttributes", List.of("my.scope.attribute=some scope attribute"))
            .containsEntry("ResourceAttributes", List.of("service.name=my.service"))
            .containsEntry(
                "LogAttributes",
                List.of(
                    "array.attribute=[\"many\",\"values\"]",
                    "boolean.attribute=true",
                    "double.attribute=637.704",
                    "int.attribute=10",
                    "map.attribute={\"some.map.key\":\"some value\"}",
                    "string.attribute=some string")));
  }

  @Test
  void theExampleOfEventsIsStoredRight() throws Exception {
    LogRows rows = decodeLogs(example("events.json"));

    assertThat(rows.eventName.text(0)).isEqualTo("browser.page_view");
    assertThat(rows.body.text(0))
        .isEqualTo(
            "{\"referrer\":\"https://wwww.google.com\",\"title\":\"Free Online GUID Generator\",\"type\":0,"
                + "\"url\":\"https://www.guidgenerator.com/online-guid-generator.aspx\"}");
  }

  @Test
  void theExampleOfSpansIsStoredRight() throws Exception {
    byte[] body = json.toProtobuf(example("trace.json"), Signal.TRACES);
    var rows = new SpanRows();

    new OtlpTraces(Limits.DEFAULT)
        .decode(body, 0, body.length, Sender.ANYBODY, null, OtlpOracle.NOW, rows);

    assertThat(RowTexts.of(rows.block()))
        .singleElement()
        .satisfies(row -> assertThat(row)
            .containsEntry("Timestamp", 1544712660000000000L)
            .containsEntry("Duration", 1_000_000_000L)
            .containsEntry("TraceId", "5b8efff798038103d269b633813fc60c")
            .containsEntry("ParentSpanId", "eee19b7ec3c1b173")
            .containsEntry("SpanName", "I'm a server span")
            .containsEntry("SpanKind", "Server")
            .containsEntry("StatusCode", "Unset")
            .containsEntry("SpanAttributes", List.of("my.span.attr=some value")));
  }

  @Test
  void theExampleOfMetricsBecomesItsRequest() throws Exception {
    var request = ExportMetricsServiceRequest.parseFrom(
        json.toProtobuf(example("metrics.json"), Signal.METRICS));

    var metrics = request.getResourceMetrics(0).getScopeMetrics(0).getMetricsList();
    assertThat(metrics)
        .extracting(metric -> metric.getDataCase().name())
        .startsWith("SUM", "GAUGE", "HISTOGRAM", "EXPONENTIAL_HISTOGRAM");
    var histogram = metrics.get(2).getHistogram().getDataPoints(0);
    assertThat(histogram.getBucketCountsList()).containsExactly(1L, 1L);
    assertThat(histogram.getExplicitBoundsList()).containsExactly(1.0);
    assertThat(histogram.getSum()).isEqualTo(2);
    assertThat(metrics.get(0).getSum().getIsMonotonic()).isTrue();
  }

  @Test
  void theExampleOfMetricsIsStoredAsFarAsItIsCumulative() throws Exception {
    byte[] body = json.toProtobuf(example("metrics.json"), Signal.METRICS);
    MetricRows rows = new MetricRows();

    Decoded decoded = new OtlpMetrics(
            Limits.DEFAULT,
            NamingOptions.DEFAULTS,
            new SeriesCache(new SeriesLimits(1 << 12, 1 << 12, 1 << 12), 42))
        .decode(body, 0, body.length, Sender.ANYBODY, "edge", OtlpOracle.NOW, rows);

    assertThat(decoded)
        .isEqualTo(new Decoded(
            1,
            3,
            "3 data points have delta temporality, which is not stored (first: metric my.counter);"
                + " make them cumulative with the Collector's deltatocumulative processor"));
    assertThat(RowTexts.of(rows.samples.block()))
        .singleElement()
        .satisfies(row -> assertThat(row)
            .containsEntry("MetricName", "my_gauge_ratio")
            .containsEntry("Ts", 1544712660300L)
            .containsEntry("Value", 10.0));
    assertThat(RowTexts.of(rows.series.block()))
        .singleElement()
        .satisfies(row -> assertThat(row)
            .containsEntry("MetricName", "my_gauge_ratio")
            .containsEntry(
                "Labels", List.of("cluster=edge", "job=my.service", "my_gauge_attr=some value"))
            .containsEntry("Type", "gauge"));
    assertThat(rows.metadata.help.text(0)).isEqualTo("I am a Gauge");
  }

  /** What the example would be if its sender summed up: every kind of metric, in every table. */
  @Test
  void theExampleOfMetricsIsStoredRightOnceCumulative() throws Exception {
    String cumulative = new String(example("metrics.json"), UTF_8)
        .replace("\"aggregationTemporality\": 1", "\"aggregationTemporality\": 2");
    byte[] body = json.toProtobuf(cumulative.getBytes(UTF_8), Signal.METRICS);
    MetricRows rows = new MetricRows();

    Decoded decoded = new OtlpMetrics(
            Limits.DEFAULT,
            NamingOptions.DEFAULTS,
            new SeriesCache(new SeriesLimits(1 << 12, 1 << 12, 1 << 12), 42))
        .decode(body, 0, body.length, Sender.ANYBODY, "edge", OtlpOracle.NOW, rows);

    assertThat(decoded).isEqualTo(Decoded.all(4));
    assertThat(RowTexts.of(rows.samples.block()))
        .extracting(row -> row.get("MetricName") + " " + row.get("Value"))
        .containsExactly(
            "my_counter_total 5.0",
            "my_gauge_ratio 10.0",
            "my_histogram_bucket 1.0",
            "my_histogram_bucket 2.0",
            "my_histogram_count 2.0",
            "my_histogram_sum 2.0");
    assertThat(RowTexts.of(rows.series.block()))
        .filteredOn(row -> "my_histogram_bucket".equals(row.get("MetricName")))
        .extracting(row -> row.get("Labels"))
        .containsExactly(
            List.of("cluster=edge", "job=my.service", "le=1.0", "my_histogram_attr=some value"),
            List.of("cluster=edge", "job=my.service", "le=+Inf", "my_histogram_attr=some value"));
    assertThat(RowTexts.of(rows.histograms.block()))
        .singleElement()
        .satisfies(row -> assertThat(row)
            .containsEntry("MetricName", "my_exponential_histogram")
            .containsEntry("Count", 3L)
            .containsEntry("Sum", 10.0)
            .containsEntry("ZeroCount", 1L)
            .containsEntry("PositiveOffset", 1L)
            .containsEntry("PositiveCounts", List.of(0L, 2L))
            .containsEntry("Max", 5.0)
            .containsEntry("HasMinMax", 3L));
  }

  private LogRows decodeLogs(byte[] text) throws Malformed {
    byte[] body = json.toProtobuf(text, Signal.LOGS);
    var rows = new LogRows();
    new OtlpLogs(Limits.DEFAULT)
        .decode(body, 0, body.length, Sender.ANYBODY, null, OtlpOracle.NOW, rows);
    return rows;
  }

  private static byte[] logRecord(String fields) {
    return ("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{" + fields + "}]}]}]}")
        .getBytes(UTF_8);
  }

  /**
   * The examples of the OTLP project, which stand beside a checkout; a checkout alone skips these
   * tests.
   */
  private static byte[] example(String name) throws IOException {
    String given = System.getProperty("seamark.otlp-examples");
    Path folder = given == null ? null : Path.of(given);
    for (Path at = Path.of("").toAbsolutePath();
        folder == null && at != null;
        at = at.getParent()) {
      Path beside = at.resolve("shared/otlp-examples");
      folder = Files.isDirectory(beside) ? beside : null;
    }
    assumeTrue(folder != null, "no folder shared/otlp-examples beside the checkout");
    return Files.readAllBytes(folder.resolve(name));
  }
}
