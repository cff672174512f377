package dev.seamark.standalone.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The JSON examples of the OTLP specification, posted as curl would, are found by SQL as they say.
 */
class OtlpExamplesTest {
  private static final Duration VISIBLE = Duration.ofSeconds(30);

  private static Path examples;
  private static StandaloneProcess seamark;
  private static Sql sql;

  @BeforeAll
  static void start(@TempDir Path data) {
    Optional<Path> found = folder();
    assumeTrue(found.isPresent(), "skipped: no folder shared/otlp-examples above the checkout");
    examples = found.get();
    seamark = StandaloneProcess.start(data);
    sql = new Sql(seamark.sql());
  }

  @AfterAll
  static void stop() {
    if (seamark != null) {
      seamark.stop();
    }
  }

  @Test
  void logs() throws Exception {
    assertThat(post("logs.json", "/v1/logs")).isEqualTo("{}");

    assertThat(stored("""
            SELECT toUnixTimestamp64Nano(Timestamp), toUnixTimestamp64Nano(ObservedTimestamp), TraceId, SpanId,
              SeverityNumber, SeverityText, Body, ServiceName, ScopeName, LogAttributes['map.attribute']
            FROM otel_logs WHERE Body = 'Example log record'"""))
        .containsExactly(List.of(
            "1544712660300000000",
            "1544712660300000000",
            "5b8efff798038103d269b633813fc60c",
            "eee19b7ec3c1b174",
            "10",
            "Information",
            "Example log record",
            "my.service",
            "my.library",
            "{\"some.map.key\":\"some value\"}"));
  }

  @Test
  void events() throws Exception {
    assertThat(post("events.json", "/v1/logs")).isEqualTo("{}");

    assertThat(stored("SELECT EventName, ServiceName FROM otel_logs WHERE EventName != '' LIMIT 1"))
        .hasSize(1)
        .first()
        .satisfies(row -> assertThat(row.getFirst()).isNotEmpty());
  }

  @Test
  void traces() throws Exception {
    assertThat(post("trace.json", "/v1/traces")).isEqualTo("{}");

    assertThat(stored("""
            SELECT TraceId, SpanId, ParentSpanId, SpanName, SpanKind, toUnixTimestamp64Nano(Timestamp), Duration,
              ServiceName, SpanAttributes['my.span.attr'] FROM otel_traces"""))
        .containsExactly(List.of(
            "5b8efff798038103d269b633813fc60c",
            "eee19b7ec3c1b174",
            "eee19b7ec3c1b173",
            "I\\'m a server span",
            "Server",
            "1544712660000000000",
            "1000000000",
            "my.service",
            "some value"));
  }

  @Test
  void metricsKeepTheGaugeAndNameWhatIsDelta() throws Exception {
    assertThat(post("metrics.json", "/v1/metrics"))
        .contains("\"rejectedDataPoints\"", "deltatocumulative");

    assertThat(stored(
            "SELECT MetricName, Value FROM metrics_samples WHERE MetricName LIKE 'my_gauge%'"))
        .containsExactly(List.of("my_gauge_ratio", "10"));
  }

  private static List<List<String>> stored(String select) {
    return sql.rowsOnce(select, rows -> !rows.isEmpty(), VISIBLE);
  }

  private static String post(String example, String path) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer = http.send(
          HttpRequest.newBuilder(seamark.otlpHttp().resolve(path))
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofFile(examples.resolve(example)))
              .build(),
          HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      return answer.body();
    }
  }

  /** The examples lie beside the checkout; without them there is nothing to hold to. */
  private static Optional<Path> folder() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path found = at.resolve("shared/otlp-examples");
      if (Files.isDirectory(found)) {
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }
}
