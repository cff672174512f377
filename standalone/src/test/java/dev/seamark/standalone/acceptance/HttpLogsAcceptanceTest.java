package dev.seamark.standalone.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients of Loki and Elasticsearch, and requests as Fluent Bit's HTTP output makes them, send to a
 * standalone Seamark; what SQL shows afterwards equals what they were told, field by field.
 */
class HttpLogsAcceptanceTest {
  private static final Duration VISIBLE = Duration.ofSeconds(30);
  private static final String TRACE_ID = "0102030405060708090a0b0c0d0e0f10";
  private static final String SPAN_ID = "1112131415161718";

  /** Recent, so that no retention drops it; not round, so that lost digits show. */
  private final long start = Instant.now().getEpochSecond() * 1_000_000_000L - 3_599_999_999_999L;

  private static StandaloneProcess seamark;
  private static Sql sql;

  @BeforeAll
  static void start(@TempDir Path data) {
    seamark = StandaloneProcess.start(data);
    sql = new Sql(seamark.sql());
  }

  @AfterAll
  static void stop() {
    seamark.stop();
  }

  @Test
  void pythonLoggingLoki() {
    run("loki", "logging-loki");

    assertThat(rows("""
        SELECT Body, SeverityText, SeverityNumber, Cluster, ResourceAttributes
        FROM otel_logs WHERE ServiceName = 'logging-loki' ORDER BY SeverityNumber DESC
        """, 2))
        .containsExactly(
            List.of(
                "it \"broke\" ☕",
                "error",
                "17",
                "scenario-1",
                "{'app':'logging-loki','k8s.cluster.name':'scenario-1','k8s.namespace.name':'shop',"
                    + "'k8s.pod.name':'cart-7','logger':'scenario','service.name':'logging-loki'}"),
            List.of(
                "it works again\\nsomehow",
                "info",
                "9",
                "scenario-1",
                "{'app':'logging-loki','k8s.cluster.name':'scenario-1','k8s.namespace.name':'shop',"
                    + "'logger':'scenario','service.name':'logging-loki'}"));
  }

  @Test
  void lokiProtobufInASnappyBlock() {
    run("loki_protobuf", "loki-protobuf");

    assertThat(rows("""
        SELECT toUnixTimestamp64Nano(Timestamp), length(Body), substring(Body, 1, 8), TraceId, SpanId,
          SeverityText, SeverityNumber, Cluster, ResourceAttributes['path'], LogAttributes
        FROM otel_logs WHERE ServiceName = 'loki-protobuf' ORDER BY Timestamp
        """, 2))
        .containsExactly(
            List.of(
                "" + start,
                "8",
                "it broke",
                TRACE_ID,
                SPAN_ID,
                "error",
                "17",
                "scenario-1",
                "C:\\\\x",
                "{'user':'7'}"),
            List.of(
                "" + (start + 1),
                "100000",
                "xxxxxxxx",
                "",
                "",
                "",
                "0",
                "scenario-1",
                "C:\\\\x",
                "{}"));
  }

  @Test
  void elasticsearchsOwnClient() {
    run("elasticsearch", "elastic");
    long seconds = start / 1_000_000_000;

    assertThat(rows("""
        SELECT count(), countIf(Body = 'last'), uniqExact(Body), min(toUnixTimestamp64Milli(Timestamp)),
          max(toUnixTimestamp64Milli(Timestamp)), countIf(toUnixTimestamp64Milli(Timestamp) = %d
            + if(Body = 'last', 0, toUInt32OrZero(substring(Body, 6)))),
          any(SeverityText), any(SeverityNumber), any(TraceId), any(SpanId),
          any(ResourceAttributes), any(LogAttributes)
        FROM otel_logs WHERE ServiceName = 'elastic' HAVING count() = 1001
        """.formatted(seconds * 1000), 1))
        .containsExactly(List.of(
            "1001",
            "1",
            "1001",
            "" + seconds * 1000,
            "" + (seconds * 1000 + 999),
            "1001",
            "warn",
            "13",
            TRACE_ID,
            SPAN_ID,
            "{'host.name':'node-3','service.name':'elastic'}",
            "{'elasticsearch.index':'logs-scenario','user':'7'}"));
  }

  @Test
  void fluentBitsHttpOutput() throws Exception {
    String record = """
        {"date":%d.%06d,"log":"%s","stream":"stderr","level":"error",\
        "kubernetes":{"namespace_name":"shop","pod_name":"cart-7","container_name":"fluent-bit",\
        "host":"node-3"}}""";
    long micros = start / 1_000;
    String first = record.formatted(micros / 1_000_000, micros % 1_000_000, "first");
    String second = record.formatted((micros + 1) / 1_000_000, (micros + 1) % 1_000_000, "second");
    String third = record.formatted((micros + 2) / 1_000_000, (micros + 2) % 1_000_000, "third");

    assertThat(fluentBit("application/json", "[" + first + "]")).isEqualTo(201);
    assertThat(fluentBit("application/x-ndjson", second + "\n")).isEqualTo(201);
    assertThat(fluentBit("application/json", third + third.replace("third", "fourth")))
        .isEqualTo(201);

    List<List<String>> rows = rows("""
        SELECT Body, toUnixTimestamp64Micro(Timestamp), SeverityText, SeverityNumber, LogAttributes,
          ResourceAttributes
        FROM otel_logs WHERE ServiceName = 'fluent-bit' ORDER BY Timestamp, Body DESC
        """, 4);
    assertThat(rows)
        .extracting(List::getFirst)
        .containsExactly("first", "second", "third", "fourth");
    assertThat(rows)
        .extracting(row -> row.get(1))
        .containsExactly("" + micros, "" + (micros + 1), "" + (micros + 2), "" + (micros + 2));
    assertThat(rows)
        .allSatisfy(
            row -> assertThat(row.subList(2, 6))
                .containsExactly(
                    "error",
                    "17",
                    "{'fluent.tag':'kube.cart','log.iostream':'stderr'}",
                    "{'k8s.container.name':'fluent-bit','k8s.namespace.name':'shop',"
                        + "'k8s.node.name':'node-3','k8s.pod.name':'cart-7','service.name':'fluent-bit'}"));
  }

  private void run(String kind, String service) {
    Python.assumed().run("http_logs.py", kind, seamark.otlpHttp().toString(), service, "" + start);
  }

  private static int fluentBit(String contentType, String body)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(seamark.otlpHttp().resolve("/fluentbit"))
                  .header("Content-Type", contentType)
                  .header("FLUENT-TAG", "kube.cart")
                  .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8))
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    }
  }

  private static List<List<String>> rows(String select, int count) {
    return sql.rowsOnce(select, rows -> rows.size() >= count, VISIBLE);
  }
}
