package dev.seamark.standalone.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.seamark.block.Block;
import dev.seamark.block.StringColumn;
import dev.seamark.ingest.IngestConfig;
import dev.seamark.ingest.Ingester;
import dev.seamark.kafka.BlockHeaders;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.schema.Table;
import dev.seamark.service.ConfigFile;
import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.standalone.broker.Broker;
import dev.seamark.tenant.KeyRing;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ingester before a real broker: what is answered with 200 is in Kafka. */
@Timeout(120)
class IngesterTest {
  @TempDir
  static Path data;

  private static Broker broker;
  private static KafkaConfig kafka;
  private static Vertx vertx;
  private static HttpClient client;

  private Ingester ingester;
  private Metrics metrics;
  private int port;

  @BeforeAll
  static void startBroker() throws Exception {
    int port = freePort();
    broker = new Broker(data, data.resolve("logs"), port, freePort());
    broker.start();
    kafka = KafkaConfig.loopback(port);
    new KafkaGate(kafka).start();
    vertx = Vertx.vertx();
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterAll
  static void stopBroker() {
    client.close();
    vertx.close().await();
    broker.stop(Duration.ofSeconds(20));
  }

  @AfterEach
  void stop() throws Exception {
    ingester.stop(Duration.ofSeconds(20));
  }

  @Test
  void whatIsAnsweredWith200IsInKafkaAsReadableBlocks() throws Exception {
    start("50ms", "8s");

    for (int i = 0; i < 20; i++) {
      assertThat(send("plain-" + i, 50).statusCode()).isEqualTo(200);
    }

    Map<String, Integer> stored = stored("plain-");
    assertThat(stored).hasSize(20).allSatisfy((_, rows) -> assertThat(rows).isEqualTo(50));
  }

  @Test
  void eachSignalReachesItsTopics() throws Exception {
    start("5ms", "8s");

    Span span = Span.newBuilder()
        .setTraceId(ByteString.fromHex("5b8efff798038103d269b633813fc60c"))
        .setSpanId(ByteString.fromHex("eee19b7ec3c1b174"))
        .setName("GET")
        .setStartTimeUnixNano(1_700_000_000_000_000_000L)
        .setEndTimeUnixNano(1_700_000_001_000_000_000L)
        .build();
    assertThat(post(
            "/v1/traces",
            ExportTraceServiceRequest.newBuilder()
                .addResourceSpans(ResourceSpans.newBuilder()
                    .addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
                .build()))
        .isEqualTo(200);
    Metric metric = Metric.newBuilder()
        .setName("load")
        .setGauge(Gauge.newBuilder()
            .addDataPoints(NumberDataPoint.newBuilder()
                .setAsDouble(1.5)
                .setTimeUnixNano(1_700_000_000_000_000_000L)))
        .build();
    assertThat(post(
            "/v1/metrics",
            ExportMetricsServiceRequest.newBuilder()
                .addResourceMetrics(ResourceMetrics.newBuilder()
                    .addScopeMetrics(ScopeMetrics.newBuilder().addMetrics(metric)))
                .build()))
        .isEqualTo(200);

    for (Table table : List.of(
        Table.OTEL_TRACES, Table.METRICS_SAMPLES, Table.METRICS_SERIES, Table.METRICS_METADATA)) {
      assertThat(records(table)).as(table.topic()).isNotEmpty();
    }
  }

  @Test
  void logsOfEveryHttpProtocolReachTheirTopic() throws Exception {
    start("5ms", "8s");

    assertThat(postJson("/loki/api/v1/push", """
        {"streams":[{"stream":{},"values":[["1700000000000000000","doors-loki"]]}]}""")).isEqualTo(204);
    assertThat(postJson("/fluentbit", "{\"log\":\"doors-fluent-bit\"}")).isEqualTo(201);
    assertThat(postJson("/_bulk", "{\"index\":{}}\n{\"message\":\"doors-bulk\"}\n"))
        .isEqualTo(200);

    assertThat(stored("doors-"))
        .isEqualTo(Map.of("doors-loki", 1, "doors-fluent-bit", 1, "doors-bulk", 1));
  }

  private int postJson(String path, String body) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri(path))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  @Test
  void aKilledBrokerLosesNothingThatWasAnsweredWith200() throws Exception {
    start("5ms", "1s");
    List<String> stored = new ArrayList<>();
    Set<Integer> answers = new HashSet<>();
    long pid = broker.pid();

    long end = System.nanoTime() + Duration.ofSeconds(40).toNanos();
    for (int i = 0; i < 400 || !answers.contains(503); i++) {
      assertThat(System.nanoTime()).as("the broker's absence is noticed").isLessThan(end);
      String name = "killed-" + i;
      int answer = send(name, 10).statusCode();
      answers.add(answer);
      if (answer == 200) {
        stored.add(name);
      }
      if (i == 100) {
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
      }
    }
    broker.awaitReady(Duration.ofSeconds(30));
    int answer = 0;
    while (answer != 200) {
      assertThat(System.nanoTime()).as("the broker's return is noticed").isLessThan(end);
      answer = send("killed-last", 10).statusCode();
    }
    stored.add("killed-last");

    assertThat(answers).containsExactlyInAnyOrder(200, 503);
    Map<String, Integer> found = stored("killed-");
    assertThat(found.keySet()).containsAll(stored);
    assertThat(stored).allSatisfy(name -> assertThat(found.get(name)).isEqualTo(10));
  }

  @Test
  void aStopAnswersWhatIsInFlightAndSendsWhatIsOpen() throws Exception {
    start("10s", "8s");
    List<CompletableFuture<HttpResponse<byte[]>>> answers = IntStream.range(0, 30)
        .mapToObj(i ->
            client.sendAsync(request("stopped-" + i, 5), HttpResponse.BodyHandlers.ofByteArray()))
        .toList();
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!metrics.text().contains("seamark_batch_rows_in_flight{table=\"otel_logs\"} 150.0")) {
      assertThat(System.nanoTime()).as("all rows are taken in").isLessThan(deadline);
      Thread.onSpinWait();
    }

    long before = System.nanoTime();
    ingester.stop(Duration.ofSeconds(8));

    assertThat(Duration.ofNanos(System.nanoTime() - before))
        .as("the linger of 10 s is cut short")
        .isLessThan(Duration.ofSeconds(5));
    assertThat(answers)
        .allSatisfy(answer -> assertThat(answer.join().statusCode()).isEqualTo(200));
    assertThat(stored("stopped-")).hasSize(30);
    assertThatIOException().isThrownBy(() -> send("stopped-late", 1));
  }

  @Test
  void aStopWhileKafkaIsAwayStillClosesThePortsInTime() throws Exception {
    start("5ms", "1m");
    assertThat(send("before", 1).statusCode()).isEqualTo(200);
    signal("STOP");
    try {
      CompletableFuture<HttpResponse<byte[]>> unanswered =
          client.sendAsync(request("away", 5), HttpResponse.BodyHandlers.ofByteArray());
      long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      while (!metrics.text().contains("seamark_batch_rows_in_flight{table=\"otel_logs\"} 5.0")) {
        assertThat(System.nanoTime()).as("the rows are taken in").isLessThan(deadline);
        Thread.onSpinWait();
      }

      long before = System.nanoTime();
      assertThatExceptionOfType(TimeoutException.class)
          .isThrownBy(() -> ingester.stop(Duration.ofSeconds(3)));

      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
      assertThat(unanswered).as("nobody knows").failsWithin(Duration.ofSeconds(5));
      assertThatIOException().isThrownBy(() -> send("late", 1));
    } finally {
      signal("CONT");
    }
  }

  @Test
  void aChunkOfTheForwardProtocolIsAcknowledgedOnceItIsInKafka() throws Exception {
    start("5ms", "1s");
    // [tag, [[1700000000, {"log": "forwarded"}], [1700000001, {"log": "forwarded"}]], {"chunk":
    // "1"}]
    byte[] chunk = HexFormat.of()
        .parseHex("93a174" + "92" + "92ce6553f10081a36c6f67a9666f72776172646564"
            + "92ce6553f10181a36c6f67a9666f72776172646564" + "81a56368756e6ba131");
    byte[] ack = HexFormat.of().parseHex("81a361636ba131");
    signal("STOP");
    try (Socket socket = forward(chunk)) {
      socket.setSoTimeout(20_000);
      assertThat(socket.getInputStream().read()).as("Kafka is away: hung up").isEqualTo(-1);
    } finally {
      signal("CONT");
    }
    byte[] answer = {};
    long end = System.nanoTime() + Duration.ofSeconds(40).toNanos();
    while (answer.length == 0) { // as an agent does
      assertThat(System.nanoTime()).as("the broker's return is noticed").isLessThan(end);
      try (Socket socket = forward(chunk)) {
        socket.setSoTimeout(20_000);
        answer = socket.getInputStream().readNBytes(ack.length);
      }
    }
    assertThat(answer).isEqualTo(ack);
    int stored = stored("forwarded").get("forwarded");
    assertThat(stored).as("at least once").isGreaterThanOrEqualTo(2);

    try (Socket socket = forward(chunk)) {
      socket.setSoTimeout(20_000);
      assertThat(socket.getInputStream().readNBytes(ack.length)).isEqualTo(ack);
    }
    assertThat(stored("forwarded").get("forwarded")).as("sent again").isEqualTo(stored);
  }

  private Socket forward(byte[] chunk) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), ingester.fluentPort());
    socket.getOutputStream().write(chunk);
    return socket;
  }

  private static void signal(String name) throws Exception {
    String pid = Long.toString(broker.pid());
    assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor()).isZero();
  }

  private void start(String linger, String deliveryTimeout) throws Exception {
    metrics = new Metrics();
    IngestConfig config = ConfigFile.parse(
        "test", """
        receive: {http-port: 0, grpc-port: 0}
        fluent: {port: 0}
        batch: {linger: %s, delivery-timeout: %s}
        """.formatted(linger, deliveryTimeout), IngestConfig.class, Map.of());
    ingester = new Ingester(vertx, config, kafka, () -> KeyRing.OPEN, metrics, new Health());
    ingester.start();
    port = ingester.httpPort();
  }

  private HttpRequest request(String name, int rows) {
    var scope = ScopeLogs.newBuilder();
    for (int i = 0; i < rows; i++) {
      scope.addLogRecords(LogRecord.newBuilder()
          .setTimeUnixNano(1_700_000_000_000_000_000L + i)
          .setBody(AnyValue.newBuilder().setStringValue(name)));
    }
    byte[] body = ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder().addScopeLogs(scope))
        .build()
        .toByteArray();
    return HttpRequest.newBuilder(uri("/v1/logs"))
        .header("Content-Type", "application/x-protobuf")
        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
        .build();
  }

  private HttpResponse<byte[]> send(String name, int rows)
      throws IOException, InterruptedException {
    return client.send(request(name, rows), HttpResponse.BodyHandlers.ofByteArray());
  }

  private int post(String path, MessageLite message) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri(path))
        .header("Content-Type", "application/x-protobuf")
        .POST(HttpRequest.BodyPublishers.ofByteArray(message.toByteArray()))
        .build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** Log rows in Kafka by body, of the bodies that start with a prefix. */
  private static Map<String, Integer> stored(String prefix) throws Exception {
    Map<String, Integer> rows = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records(Table.OTEL_LOGS)) {
      BlockHeaders headers = BlockHeaders.from(record.headers());
      assertThat(headers.matches(record.value())).isTrue();
      Block block = Block.decode(record.value(), 0, record.value().length);
      assertThat(block.rows()).isEqualTo(headers.rows());
      StringColumn bodies = (StringColumn) block.column("Body");
      for (int row = 0; row < block.rows(); row++) {
        if (bodies.text(row).startsWith(prefix)) {
          rows.merge(bodies.text(row), 1, Integer::sum);
        }
      }
    }
    return rows;
  }

  private static List<ConsumerRecord<byte[], byte[]>> records(Table table) {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("auto.offset.reset", "earliest");
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = consumer.partitionsFor(table.topic()).stream()
          .map(info -> new TopicPartition(info.topic(), info.partition()))
          .toList();
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
