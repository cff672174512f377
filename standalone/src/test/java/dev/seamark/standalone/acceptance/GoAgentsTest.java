package dev.seamark.standalone.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.standalone.acceptance.GoAgents.Running;
import dev.seamark.standalone.broker.Broker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The OpenTelemetry Collector and Prometheus send to a standalone Seamark; what SQL shows
 * afterwards equals what they were told, or what they themselves know.
 */
@Tag("agents")
class GoAgentsTest {
  private static final Duration VISIBLE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> TOPICS = List.of("otlp_logs", "otlp_metrics", "otlp_spans");
  private static final Duration BROKER_WITHIN = Duration.ofSeconds(30);

  private static GoAgents agents;
  private static Broker broker;
  private static KafkaConfig brokers;
  private static StandaloneProcess seamark;
  private static Sql sql;

  /** Recent, so that no retention drops it; not round, so that lost digits show. */
  private final long start = Instant.now().getEpochSecond() * 1_000_000_000L - 3_599_999_999_999L;

  @TempDir
  private Path scratch;

  @BeforeAll
  static void start(@TempDir Path data) throws Exception {
    agents = GoAgents.assumed();
    startBroker(data);
    Path config = Files.writeString(
        data.resolve("seamark.yaml"), """
        ingest:
          kafka-in:
            enabled: true
            logs: [otlp_logs]
            metrics: [otlp_metrics]
            traces: [otlp_spans]
            brokers: {bootstrap: ["%s"]}
        """.formatted(brokers.bootstrap().getFirst()));
    seamark = StandaloneProcess.start(data.resolve("seamark"), "--config", config.toString());
    sql = new Sql(seamark.sql());
  }

  /** The Kafka that a fleet has already, with the topics that its Collectors fill. */
  private static void startBroker(Path data) throws Exception {
    int port = freePort();
    brokers = KafkaConfig.loopback(port);
    broker = new Broker(
        Files.createDirectory(data.resolve("broker")), data.resolve("logs"), port, freePort());
    broker.start();
    broker.awaitReady(BROKER_WITHIN);
    try (Admin admin = Admin.create(brokers.clientProperties())) {
      admin
          .createTopics(
              TOPICS.stream().map(topic -> new NewTopic(topic, 2, (short) 1)).toList())
          .all()
          .get(BROKER_WITHIN.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @AfterAll
  static void stop() {
    if (seamark != null) {
      seamark.stop();
    }
    if (broker != null) {
      broker.stop(BROKER_WITHIN);
    }
  }

  @Test
  void collectorByGrpc() throws IOException {
    sendThroughCollector("collector-grpc", """
          otlp:
            endpoint: 127.0.0.1:%d
            compression: zstd
            tls: {insecure: true}
        """.formatted(seamark.otlpGrpc().getPort()), "otlp");
    new StoredScenario(sql, start).assertStored("collector-grpc");
  }

  @Test
  void collectorByHttp() throws IOException {
    sendThroughCollector("collector-http", """
          otlphttp:
            endpoint: %s
        """.formatted(seamark.otlpHttp()), "otlphttp");
    new StoredScenario(sql, start).assertStored("collector-http");
  }

  /** The way of those who have a Kafka between their Collectors and what is behind. */
  @Test
  void collectorByKafka() throws IOException {
    sendThroughCollector("collector-kafka", """
          kafka:
            brokers: ["%s"]
            logs: {topic: otlp_logs}
            metrics: {topic: otlp_metrics}
            traces: {topic: otlp_spans}
        """.formatted(brokers.bootstrap().getFirst()), "kafka");
    new StoredScenario(sql, start).assertStored("collector-kafka");
  }

  /** The way of those who kept their Prometheus pipeline: only the metrics' names and values. */
  @Test
  void collectorByRemoteWrite() throws IOException {
    sendThroughCollector(
        "collector-write", """
          prometheusremotewrite:
            endpoint: %s/api/v1/write
        """.formatted(seamark.otlpHttp()), "prometheusremotewrite");

    assertThat(sql.rowsOnce("""
            SELECT s.MetricName, l.Labels['code'], l.Instance, s.Value
            FROM metrics_samples AS s
            JOIN (SELECT DISTINCT Tenant, MetricName, SeriesId, Labels, Job, Instance FROM metrics_series) AS l
              ON s.Tenant = l.Tenant AND s.MetricName = l.MetricName AND s.SeriesId = l.SeriesId
            WHERE l.Job = 'acceptance/collector-write'
              AND s.MetricName IN ('scenario_requests_total', 'scenario_queue', 'scenario_size_bytes_sum')
            ORDER BY s.MetricName
            """, rows -> rows.size() >= 3, VISIBLE))
        .containsExactly(
            List.of("scenario_queue", "", "instance-1", "-3"),
            List.of("scenario_requests_total", "200", "instance-1", "7"),
            List.of("scenario_size_bytes_sum", "", "instance-1", "615"));
  }

  @Test
  void prometheusByRemoteWrite1() throws Exception {
    assertSameSamples("prometheus-1", "prometheus.WriteRequest");
  }

  @Test
  void prometheusByRemoteWrite2() throws Exception {
    assertSameSamples("prometheus-2", "io.prometheus.write.v2.Request");
  }

  private void sendThroughCollector(String service, String exporter, String name)
      throws IOException {
    int receive = seamark.port(24317).getPort();
    Path config = scratch.resolve("collector.yaml");
    String pipeline = "{receivers: [otlp], exporters: [" + name + "]}";
    boolean metricsOnly = name.equals("prometheusremotewrite");
    Files.writeString(config, """
        receivers:
          otlp:
            protocols:
              grpc: {endpoint: 127.0.0.1:%d}
              http: {endpoint: 127.0.0.1:%d}
        exporters:
        %sservice:
          telemetry: {metrics: {level: none}}
          pipelines:
            metrics: %s
        %s""".formatted(
            receive,
            receive + 1,
            exporter,
            pipeline,
            metricsOnly ? "" : "    traces: %s\n    logs: %s\n".formatted(pipeline, pipeline)));
    try (Running _ = Running.start(
        scratch.resolve("collector.log"),
        URI.create("http://127.0.0.1:" + (receive + 1) + "/v1/metrics"),
        agents.collector(),
        "--config",
        config.toString())) {
      OtlpScenario.sendByGrpc("http://127.0.0.1:" + receive, service, start);
    } // on its end it sends what it holds
  }

  /** Prometheus scrapes Seamark and writes to it; both then know the same samples of its series. */
  private void assertSameSamples(String cluster, String message) throws Exception {
    int port = seamark.port(25090).getPort();
    Path config = scratch.resolve("prometheus.yml");
    Files.writeString(
        config, """
        global:
          scrape_interval: 500ms
          external_labels: {cluster: %s}
        scrape_configs:
          - job_name: seamark
            static_configs: [{targets: ["127.0.0.1:%d"]}]
        remote_write:
          - url: %s/api/v1/write
            protobuf_message: %s
            queue_config: {batch_send_deadline: 200ms}
        """.formatted(cluster, seamark.otlpHttp().getPort(), seamark.otlpHttp(), message));
    URI prometheus = URI.create("http://127.0.0.1:" + port);
    try (Running _ = Running.start(
        scratch.resolve("prometheus.log"),
        prometheus.resolve("/-/ready"),
        agents.prometheus(),
        "--config.file=" + config,
        "--storage.tsdb.path=" + scratch.resolve("tsdb"),
        "--web.listen-address=127.0.0.1:" + port)) {
      sql.rowsOnce(
          """
          SELECT count() FROM metrics_samples WHERE MetricName = 'up' AND SeriesId IN
            (SELECT SeriesId FROM metrics_series WHERE MetricName = 'up' AND Cluster = '%s')
          """.formatted(cluster),
          rows -> Long.parseLong(rows.getFirst().getFirst()) >= 10,
          VISIBLE);
      Map<String, String> known = knownTo(prometheus);
      assertThat(known).hasSizeGreaterThan(20);

      String until =
          "SELECT max(toUnixTimestamp64Milli(Ts)) FROM metrics_samples WHERE MetricName = 'up'"
              + " AND SeriesId IN (SELECT SeriesId FROM metrics_series WHERE Cluster = '" + cluster
              + "')";
      long last = latest(known);
      sql.rowsOnce(until, rows -> Long.parseLong(rows.getFirst().getFirst()) > last, VISIBLE);
      assertThat(storedUntil(cluster, last)).isEqualTo(known);
    }
  }

  /** Every sample of the ingester's counters: labels and time to value. */
  private static Map<String, String> knownTo(URI prometheus) throws Exception {
    String query = URLEncoder.encode(
        "{job=\"seamark\", __name__=~\"up|seamark_ingest_requests_.*|seamark_ingest_items_.*\"}[5m]",
        StandardCharsets.UTF_8);
    String answer = HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(prometheus.resolve("/api/v1/query?query=" + query))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
    Map<String, String> samples = new TreeMap<>();
    for (JsonNode series : JSON.readTree(answer).path("data").path("result")) {
      Map<String, String> labels = new TreeMap<>();
      series
          .path("metric")
          .properties()
          .forEach(e -> labels.put(e.getKey(), e.getValue().asText()));
      for (JsonNode sample : series.path("values")) {
        long millis = Math.round(sample.get(0).asDouble() * 1000);
        samples.put(labels + "@" + millis, text(Double.parseDouble(sample.get(1).asText())));
      }
    }
    return samples;
  }

  private static long latest(Map<String, String> samples) {
    return samples.keySet().stream()
        .mapToLong(key -> Long.parseLong(key.substring(key.lastIndexOf('@') + 1)))
        .max()
        .orElseThrow();
  }

  private static Map<String, String> storedUntil(String cluster, long millis) throws IOException {
    Map<String, String> samples = new TreeMap<>();
    for (List<String> row : sql.rows("""
        SELECT toJSONString(l.Labels), s.MetricName, toUnixTimestamp64Milli(s.Ts), s.Value
        FROM metrics_samples AS s
        JOIN (SELECT DISTINCT Tenant, MetricName, SeriesId, Labels, Cluster FROM metrics_series) AS l
          ON s.Tenant = l.Tenant AND s.MetricName = l.MetricName AND s.SeriesId = l.SeriesId
        WHERE l.Cluster = '%s' AND toUnixTimestamp64Milli(s.Ts) <= %d
          AND match(s.MetricName, '^(up|seamark_ingest_requests_.*|seamark_ingest_items_.*)$')
        """.formatted(cluster, millis))) {
      Map<String, String> labels = new TreeMap<>();
      JSON.readTree(row.get(0).replace("\\\\", "\\"))
          .properties()
          .forEach(e -> labels.put(e.getKey(), e.getValue().asText()));
      labels.put("__name__", row.get(1));
      labels.remove("cluster"); // an external label: Prometheus adds it on the way out
      samples.put(labels + "@" + row.get(2), text(Double.parseDouble(row.get(3))));
    }
    return samples;
  }

  private static String text(double value) {
    return Double.toString(value);
  }
}
