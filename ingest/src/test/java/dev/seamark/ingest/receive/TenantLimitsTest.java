package dev.seamark.ingest.receive;

import static dev.seamark.ingest.receive.OpenDoors.MIB;
import static dev.seamark.ingest.receive.OpenDoors.until;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.ingest.decode.OtlpJson;
import dev.seamark.schema.Table;
import dev.seamark.service.Tls;
import dev.seamark.tenant.KeyRing;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What tenants with limits see, and what those beside them don't. */
@Timeout(60)
class TenantLimitsTest {
  private static final long BUDGET_BYTES = 32L * MIB;

  private static HttpClient client;
  private OpenDoors doors;

  @BeforeAll
  static void openClient() {
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterAll
  static void closeClient() {
    client.close();
  }

  @BeforeEach
  void openWithoutKeys() {
    doors = OpenDoors.counting();
  }

  @AfterEach
  void everythingIsGivenBackAndAccountedFor() {
    until(doors::isAtRest);
    assertThat(doors.counter("seamark_ingest_requests_refused"))
        .isEqualTo(doors.counter("seamark_ingest_requests_answered") - stored());
    doors.close();
  }

  private double stored() {
    return List.of("logs", "metrics", "traces").stream()
        .mapToDouble(signal -> doors.counter(
            "seamark_ingest_requests_answered", "outcome", "stored", "signal", signal))
        .sum();
  }

  // bytes

  @Test
  void moreBytesThanTheRateArePutOffForAsLongAsTheyAreOwed() throws Exception {
    open(OpenDoors.countingLanes(), "{bytes-per-second: 1000}");
    assertThat(post("loud", CountedLogs.body(1, 9_000)).statusCode()).isEqualTo(200);
    assertThat(post("loud", CountedLogs.body(1, 9_000)).statusCode()).as("lent").isEqualTo(200);

    HttpResponse<byte[]> refused = post("loud", CountedLogs.body(1, 100));

    assertThat(refused.statusCode()).isEqualTo(429);
    int seconds = Integer.parseInt(refused.headers().firstValue("Retry-After").orElseThrow());
    assertThat(seconds).isBetween(2, 8);
    assertThat(text(refused))
        .contains("tenant loud sends more than 1000 bytes a second (bytes-per-second of its class")
        .contains("repeat in " + seconds + " s")
        .contains("google.rpc.RetryInfo");
    assertThat(refusals("loud", "bytes_per_second")).isEqualTo(1);
    assertThat(post("quiet", CountedLogs.body(1, 9_000)).statusCode()).isEqualTo(200);
    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(3);
  }

  @Test
  void aBodyThatIsPutOffIsNotRead() throws Exception {
    open(OpenDoors.countingLanes(), "{bytes-per-second: 100}");
    post("loud", CountedLogs.body(1, 5_000));

    try (Socket socket = head("loud", "Content-Length: 5000")) {
      assertThat(answer(socket)).startsWith("HTTP/1.1 429 ").contains("Retry-After: ");
    }
  }

  @Test
  void aBodyOfUnknownLengthPaysWhileItIsRead() throws Exception {
    open(OpenDoors.countingLanes(), "{bytes-per-second: 1000}");
    byte[] body = CountedLogs.body(1, 300_000);
    HttpRequest.Builder request = request("loud", "/v1/logs")
        .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)));

    assertThat(send(request).statusCode())
        .as("not put off by its own beginning")
        .isEqualTo(200);

    assertThat(post("loud", CountedLogs.body(1)).statusCode()).isEqualTo(429);
  }

  @Test
  void whatABodyInflatesToCounts() throws Exception {
    open(OpenDoors.countingLanes(), "{bytes-per-second: 1000}");
    byte[] body = InflateTest.compress(Encoding.GZIP, CountedLogs.body(1, 50_000));
    assertThat(body.length).isLessThan(1_000);

    assertThat(send(request("loud", "/v1/logs")
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)))
            .statusCode())
        .isEqualTo(200);

    assertThat(post("loud", CountedLogs.body(1)).statusCode()).isEqualTo(429);
  }

  @Test
  void overGrpcTheTimeIsARetryInfo() throws Exception {
    open(OpenDoors.countingLanes(), "{bytes-per-second: 100}");
    post("loud", CountedLogs.body(1, 5_000));

    Vertx vertx = Vertx.vertx();
    String details = vertx
        .createHttpClient(new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false))
        .request(
            HttpMethod.POST,
            doors.grpcPort(),
            "127.0.0.1",
            "/opentelemetry.proto.collector.logs.v1.LogsService/Export")
        .compose(request -> request
            .putHeader("Content-Type", "application/grpc")
            .putHeader("Authorization", "Bearer " + secret("loud"))
            .send(Buffer.buffer().appendByte((byte) 0).appendInt(1).appendString("1")))
        .map(response -> {
          assertThat(response.getHeader("grpc-status")).as("RESOURCE_EXHAUSTED").isEqualTo("8");
          return response.getHeader("grpc-status-details-bin");
        })
        .await();
    vertx.close().await();

    assertThat(new String(Base64.getDecoder().decode(details), UTF_8))
        .contains("google.rpc.RetryInfo")
        .contains("bytes-per-second");
  }

  // rows

  @Test
  void moreRowsThanTheRateArePutOffBeforeTheirBodyIsRead() throws Exception {
    open(OpenDoors.countingLanes(), "{rows-per-second: 10}");
    assertThat(post("loud", CountedLogs.body(90)).statusCode()).isEqualTo(200);
    assertThat(post("loud", CountedLogs.body(90)).statusCode()).as("lent").isEqualTo(200);

    try (Socket socket = head("loud", "Content-Length: 1")) {
      assertThat(answer(socket))
          .startsWith("HTTP/1.1 429 ")
          .contains("tenant loud sends more than 10 rows a second (rows-per-second of its class");
    }

    assertThat(post("quiet", CountedLogs.body(500)).statusCode()).isEqualTo(200);
    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(680);
  }

  @Test
  void rowsThatTurnOutTooManyAreRefusedWhole() throws Exception {
    open(OpenDoors.countingLanes(), "{rows-per-second: 10}");
    try (Socket slow = head("loud", "Content-Length: 3")) {
      until(() -> doors.budget.held() == 3);
      assertThat(post("loud", CountedLogs.body(300)).statusCode()).isEqualTo(200);

      slow.getOutputStream().write(CountedLogs.body(777));

      assertThat(answer(slow)).startsWith("HTTP/1.1 429 ").contains("rows-per-second");
    }
    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(300);
    assertThat(doors.counter(
            "seamark_ingest_items_refused",
            "reason",
            "rows_per_second",
            "signal",
            "logs",
            "tenant",
            "loud"))
        .isEqualTo(777);
  }

  @Test
  void whatIsToBeRepeatedCostsNothing() throws Exception {
    open(OpenDoors.countingLanes(), "{bytes-per-second: 1000, rows-per-second: 10}");
    Budget.Lease others = doors.budget.lease();
    others.tryGrow(BUDGET_BYTES - 10);
    for (int i = 0; i < 20; i++) {
      assertThat(post("loud", CountedLogs.body(90, 9_000)).statusCode()).isEqualTo(429);
    }
    others.close();

    assertThat(post("loud", CountedLogs.body(90, 9_000)).statusCode()).isEqualTo(200);
    assertThat(refusals("loud", "busy")).isEqualTo(20);
  }

  // shares

  @Test
  void aQuietTenantIsServedWhileALoudOneFillsTheBudget() throws Exception {
    open(OpenDoors.countingLanes(), "{}");
    assertThat(post("quiet", CountedLogs.body(1)).statusCode()).as("seen once").isEqualTo(200);
    List<Socket> loud = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      loud.add(head("loud", "Content-Length: " + MIB));
    }
    until(() -> refusals("loud", "busy") + (double) doors.budget.held() / MIB == 60);
    assertThat(refusals("loud", "busy")).as("of 60 times 1 MiB, in 32").isBetween(28.0, 40.0);

    for (int i = 0; i < 50; i++) {
      assertThat(post("quiet", CountedLogs.body(10, 100_000)).statusCode()).isEqualTo(200);
    }

    assertThat(doors.budget.held()).as("the loud one's").isGreaterThan(BUDGET_BYTES / 2);
    assertThat(refusals("quiet", "busy")).isZero();
    for (Socket socket : loud) {
      socket.close();
    }
  }

  @Test
  void aQuietTenantsBodyDoesNotWaitBehindTheManyOfALoudOne() throws Exception {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    open(
        () -> new DecodeLane(
            new OtlpJson(Limits.DEFAULT),
            new SlowLogs(order),
            new CountedLogs(),
            new CountedLogs()),
        "{}");
    List<Socket> senders = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      Socket loud = head("loud", "Content-Length: 1");
      loud.getOutputStream().write('1');
      senders.add(loud);
    }

    try (Socket quiet = head("quiet", "Content-Length: 1")) {
      quiet.getOutputStream().write('1');
      assertThat(answer(quiet)).startsWith("HTTP/1.1 200 ");
    }

    for (Socket loud : senders) {
      assertThat(answer(loud)).startsWith("HTTP/1.1 200 ");
      loud.close();
    }
    assertThat(order.indexOf("quiet")).as("its turn among %s", order).isLessThan(25);
  }

  /** Takes its time over each body, and notes whose it was. */
  private static final class SlowLogs extends CountedLogs {
    private static final long BODY_NANOS = 25_000_000;

    private final List<String> order;

    SlowLogs(List<String> order) {
      this.order = order;
    }

    @Override
    public Decoded decode(Arrival arrival, byte[] body, int from, int to, long nowNanos)
        throws Malformed {
      order.add(arrival.sender().tenant());
      long end = System.nanoTime() + BODY_NANOS;
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      return super.decode(arrival, body, from, to, nowNanos);
    }
  }

  // series

  @Test
  void aPointWithTooManyLabelsIsLeftOutAlone() throws Exception {
    open(OpenDoors.decodingLanes(), "{labels-max: 3}");

    HttpResponse<byte[]> response = metrics("loud", points(1, 2, 5));

    assertThat(response.statusCode()).isEqualTo(200);
    var partial = ExportMetricsServiceResponse.parseFrom(response.body()).getPartialSuccess();
    assertThat(partial.getRejectedDataPoints()).isEqualTo(1);
    assertThat(partial.getErrorMessage())
        .contains("labels is 6, limit 3 (labels-max of the tenant's class in the keys file)");
    assertThat(doors.journal.keptRows(Table.METRICS_SAMPLES)).isEqualTo(2);
    assertThat(metrics("quiet", points(1, 2, 5)).body()).as("another class").isEmpty();
  }

  @Test
  void newSeriesArePutOffAndKnownOnesAreNot() throws Exception {
    open(OpenDoors.decodingLanes(), "{new-series-per-minute: 1}");
    byte[] known = points(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
    assertThat(metrics("loud", known).statusCode()).as("lent to one request").isEqualTo(200);

    HttpResponse<byte[]> refused = metrics("loud", points(1, 40));

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(Integer.parseInt(refused.headers().firstValue("Retry-After").orElseThrow()))
        .as("minutes, by what is owed")
        .isBetween(60, 600);
    assertThat(text(refused)).contains("tenant loud adds more than 1 new series a minute");
    assertThat(metrics("loud", known).statusCode()).as("nothing new").isEqualTo(200);
    assertThat(metrics("quiet", points(1, 40)).statusCode()).isEqualTo(200);
    assertThat(refusals("loud", "new_series")).isEqualTo(1);
  }

  @Test
  void activeSeriesAreBound() throws Exception {
    open(OpenDoors.decodingLanes(), "{active-series: 5}");
    assertThat(metrics("loud", points(1, 2, 3, 4, 5)).statusCode()).isEqualTo(200);

    HttpResponse<byte[]> refused = metrics("loud", points(1, 6));

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(text(refused)).contains("tenant loud has 5 active series");
    assertThat(metrics("loud", points(5, 4, 3, 2, 1)).statusCode()).isEqualTo(200);
    assertThat(metrics("quiet", points(1, 2, 3, 4, 5, 6)).statusCode()).isEqualTo(200);
    assertThat(refusals("loud", "active_series")).isEqualTo(1);
  }

  // who isn't let in

  @Test
  void aStrangersRefusalIsNobodys() throws Exception {
    open(OpenDoors.countingLanes(), "{}");

    assertThat(post("nobody", CountedLogs.body(1)).statusCode()).isEqualTo(401);

    assertThat(refusals("none", "unauthenticated")).isEqualTo(1);
  }

  private void open(Supplier<DecodeLane> lanes, String loudClass) throws Exception {
    String yaml = """
        classes:
          loud: %s
        tenants:
          loud: {limits: loud}
          quiet: {}
        keys:
          loud: {hash: "%s", tenant: loud, scopes: [ingest]}
          quiet: {hash: "%s", tenant: quiet, scopes: [ingest]}
        """.formatted(loudClass, hash("loud"), hash("quiet"));
    KeyRing keys = KeyRing.parse("keys.yaml", yaml);
    doors.close();
    doors = new OpenDoors(lanes, BUDGET_BYTES, OpenDoors.config(Tls.OFF), () -> keys);
  }

  private static String secret(String tenant) {
    return "sm_of-" + tenant;
  }

  private static String hash(String tenant) throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(secret(tenant).getBytes(UTF_8));
    return "sha256:" + HexFormat.of().formatHex(hash);
  }

  private double refusals(String tenant, String reason) {
    return doors.counter("seamark_ingest_requests_refused", "reason", reason, "tenant", tenant);
  }

  private HttpRequest.Builder request(String tenant, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + doors.httpPort() + path))
        .header("Authorization", "Bearer " + secret(tenant))
        .header("Content-Type", "application/x-protobuf");
  }

  private HttpResponse<byte[]> post(String tenant, byte[] body) throws Exception {
    return send(request(tenant, "/v1/logs").POST(HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  private HttpResponse<byte[]> metrics(String tenant, byte[] body) throws Exception {
    return send(request(tenant, "/v1/metrics").POST(HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  private static HttpResponse<byte[]> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), UTF_8);
  }

  /** A connection that sent the head of a request. */
  private Socket head(String tenant, String length) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), doors.httpPort());
    socket.setSoTimeout(10_000);
    String head = "POST /v1/logs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + secret(tenant)
        + "\r\nContent-Type: application/x-protobuf\r\n" + length + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(US_ASCII));
    return socket;
  }

  private static String answer(Socket socket) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) socket.getInputStream().read());
    }
    String lower = head.toString().toLowerCase(Locale.ROOT);
    int at = lower.indexOf("content-length: ") + 16;
    int length = Integer.parseInt(lower.substring(at, lower.indexOf('\r', at)).trim());
    return head + new String(socket.getInputStream().readNBytes(length), UTF_8);
  }

  /** Points of one metric, which have as many labels as their number says, and no resource. */
  private static byte[] points(int... labels) {
    Gauge.Builder gauge = Gauge.newBuilder();
    for (int count : labels) {
      NumberDataPoint.Builder point = NumberDataPoint.newBuilder().setAsDouble(1);
      for (int i = 0; i < count; i++) {
        point.addAttributes(KeyValue.newBuilder()
            .setKey("label_" + i)
            .setValue(AnyValue.newBuilder().setStringValue("value")));
      }
      gauge.addDataPoints(point);
    }
    Metric metric = Metric.newBuilder().setName("up").setGauge(gauge).build();
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(ResourceMetrics.newBuilder()
            .addScopeMetrics(ScopeMetrics.newBuilder().addMetrics(metric)))
        .build()
        .toByteArray();
  }
}
