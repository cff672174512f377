package dev.seamark.ingest.receive;

import static dev.seamark.ingest.receive.OpenDoors.MIB;
import static dev.seamark.ingest.receive.OpenDoors.until;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.OtlpJson;
import dev.seamark.schema.Table;
import dev.seamark.service.Tls;
import dev.seamark.tenant.Sender;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.vertx.core.Future;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OTLP/HTTP on the wire: what a sender sees, whatever it sends. */
class OtlpHttpTest {
  private static final String PROTOBUF = "application/x-protobuf";

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
  void open() {
    doors = OpenDoors.counting();
  }

  @AfterEach
  void everythingIsGivenBack() {
    until(() -> doors.intake.inFlight() == 0);
    assertThat(doors.budget.held()).as("bytes in flight").isZero();
    assertThat(doors.counter("seamark_ingest_requests_received"))
        .isEqualTo(doors.counter("seamark_ingest_requests_answered")
            + doors.counter("seamark_ingest_requests_unanswered"));
    assertThat(doors.counter("seamark_ingest_items_received"))
        .isEqualTo(doors.counter("seamark_ingest_items_stored")
            + doors.counter("seamark_ingest_items_refused"));
    assertThat(doors.gauge("seamark_ingest_items_in_flight")).isZero();
    doors.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/logs", "/v1/metrics", "/v1/traces"})
  void eachSignalIsStoredAndAnsweredInItsOwnFormat(String path) throws Exception {
    HttpResponse<byte[]> response = send(post(path, CountedLogs.body(3)));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue(PROTOBUF);
    assertThat(response.body()).as("an empty message").isEmpty();
    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(3);
  }

  @Test
  void theAnswerWaitsForTheAcknowledgement() {
    doors.journal.mode(FakeJournal.Mode.HOLD);

    CompletableFuture<HttpResponse<byte[]>> response = client.sendAsync(
        post("/v1/logs", CountedLogs.body(2)).build(), HttpResponse.BodyHandlers.ofByteArray());
    until(() -> doors.journal.heldCount() == 1);
    assertThat(response).isNotDone();
    assertThat(doors.gauge("seamark_ingest_items_in_flight")).isEqualTo(2);
    assertThat(doors.budget.held()).isPositive();
    doors.journal.acknowledgeHeld();

    assertThat(response.join().statusCode()).isEqualTo(200);
  }

  @Test
  void rowsThatKafkaDoesNotAcknowledgeAreToBeRepeated() throws Exception {
    doors.journal.mode(FakeJournal.Mode.FAIL);

    HttpResponse<byte[]> response = send(post("/v1/logs", CountedLogs.body(2)));

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
    assertThat(text(response)).contains("the fake journal is away").contains("RetryInfo");
  }

  @Test
  void rowsLeftOutAreNamedInPartialSuccess() throws Exception {
    HttpResponse<byte[]> response = send(post("/v1/logs", "5 left out 2".getBytes(UTF_8)));

    assertThat(response.statusCode()).isEqualTo(200);
    var partial = ExportLogsServiceResponse.parseFrom(response.body()).getPartialSuccess();
    assertThat(partial.getRejectedLogRecords()).isEqualTo(2);
    assertThat(partial.getErrorMessage()).isEqualTo("rows of \"even\" days");
    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(5);
  }

  @ParameterizedTest
  @EnumSource(value = Encoding.class, names = "SNAPPY", mode = EnumSource.Mode.EXCLUDE)
  void everyEncodingIsInflated(Encoding encoding) throws Exception {
    byte[] body = encoding == Encoding.IDENTITY
        ? CountedLogs.body(4, 3000)
        : InflateTest.compress(encoding, CountedLogs.body(4, 3000));

    HttpResponse<byte[]> response = send(post("/v1/logs", body)
        .header("Content-Encoding", encoding.name().toLowerCase(Locale.ROOT)));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(4);
  }

  @ParameterizedTest
  @EnumSource(value = Encoding.class, names = "SNAPPY", mode = EnumSource.Mode.EXCLUDE)
  void largeBodiesAreDecodedOnAWorker(Encoding encoding) throws Exception {
    byte[] plain = CountedLogs.body(4, 5 * MIB);
    byte[] body = encoding == Encoding.IDENTITY ? plain : InflateTest.compress(encoding, plain);

    HttpResponse<byte[]> response = send(post("/v1/logs", body)
        .header("Content-Encoding", encoding.name().toLowerCase(Locale.ROOT)));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(4);
  }

  @Test
  void aMalformedBodyLeavesNothing() throws Exception {
    HttpResponse<byte[]> response = send(post("/v1/logs", "nonsense".getBytes(UTF_8)));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(text(response)).contains("body is no number of rows");
    send(post("/v1/logs", CountedLogs.body(1)));
    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Encoding.class,
      names = {"GZIP", "ZSTD"})
  void aCorruptBodyIsRefused(Encoding encoding) throws Exception {
    byte[] body = InflateTest.compress(encoding, CountedLogs.body(4, 3000));

    HttpResponse<byte[]> response = send(post("/v1/logs", Arrays.copyOf(body, body.length / 2))
        .header("Content-Encoding", encoding.name().toLowerCase(Locale.ROOT)));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(text(response)).contains("body is not valid");
  }

  @ParameterizedTest
  @EnumSource(
      value = Encoding.class,
      names = {"GZIP", "ZSTD"})
  void aBombIsRefusedAtTheLimit(Encoding encoding) throws Exception {
    byte[] bomb = InflateTest.compress(encoding, new byte[200 * MIB]);

    HttpResponse<byte[]> response = send(post("/v1/logs", bomb)
        .header("Content-Encoding", encoding.name().toLowerCase(Locale.ROOT)));

    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(text(response))
        .contains("inflated body is larger than 8388608 bytes")
        .contains("ingest.limits.body-bytes-max");
  }

  @Test
  void anUnknownEncodingIsRefused() throws Exception {
    HttpResponse<byte[]> response =
        send(post("/v1/logs", CountedLogs.body(1)).header("Content-Encoding", "br"));

    assertThat(response.statusCode()).isEqualTo(415);
    assertThat(text(response)).contains("identity,gzip,zstd").contains("\"br\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/grpc", "application/x-www-form-urlencoded"})
  void anotherContentTypeIsRefused(String type) throws Exception {
    HttpResponse<byte[]> response = send(HttpRequest.newBuilder(uri("/v1/logs"))
        .header("Content-Type", type)
        .POST(HttpRequest.BodyPublishers.ofByteArray(CountedLogs.body(1))));

    assertThat(response.statusCode()).isEqualTo(415);
    assertThat(text(response)).contains("application/x-protobuf or application/json");
  }

  @Test
  void otherMethodsAndPathsAreToldWhatIsHere() throws Exception {
    HttpResponse<byte[]> get = send(HttpRequest.newBuilder(uri("/v1/logs")).GET());
    HttpResponse<byte[]> nothing = send(post("/v2/logs", CountedLogs.body(1)));

    assertThat(get.statusCode()).isEqualTo(405);
    assertThat(get.headers().firstValue("Allow")).hasValue("POST");
    assertThat(nothing.statusCode()).isEqualTo(404);
    assertThat(text(nothing)).contains("/v1/logs");
  }

  @Test
  void theOperatorsEndpointsAreHere() throws Exception {
    send(post("/v1/logs", CountedLogs.body(6)));

    assertThat(send(HttpRequest.newBuilder(uri("/healthz"))).statusCode()).isEqualTo(200);
    assertThat(send(HttpRequest.newBuilder(uri("/readyz"))).statusCode()).isEqualTo(200);
    assertThat(text(send(HttpRequest.newBuilder(uri("/metrics")))))
        .contains("seamark_ingest_items_stored_total{signal=\"logs\"} 6.0")
        .contains("seamark_batch_rows_acknowledged_total{table=\"otel_logs\"} 6.0");
  }

  @Test
  void aBodyDeclaredTooLargeIsRefusedBeforeItIsRead() throws Exception {
    try (Socket socket = connect()) {
      write(socket, head("Content-Length: " + (OpenDoors.BODY_BYTES_MAX + 1)));

      assertThat(answer(socket)).startsWith("HTTP/1.1 413 ");
    }
  }

  @Test
  void aBodyOfUnknownLengthIsRefusedWhereItCrossesTheLimit() throws Exception {
    HttpResponse<byte[]> response = send(HttpRequest.newBuilder(uri("/v1/logs"))
        .header("Content-Type", PROTOBUF)
        .POST(HttpRequest.BodyPublishers.ofInputStream(
            () -> new ByteArrayInputStream(new byte[OpenDoors.BODY_BYTES_MAX + MIB]))));

    assertThat(response.statusCode()).isEqualTo(413);
  }

  @Test
  void overTheBudgetASenderIsRefusedBeforeItsBodyIsRead() throws Exception {
    Budget.Lease others = doors.budget.lease();
    others.tryGrow(doors.budget.bytesMax() - 100);
    try (Socket socket = connect()) {
      write(socket, head("Content-Length: 1000"));

      assertThat(answer(socket)).startsWith("HTTP/1.1 429 ").contains("Retry-After: 1");
    } finally {
      others.close();
    }
    assertThat(send(post("/v1/logs", CountedLogs.body(1))).statusCode()).isEqualTo(200);
  }

  @Test
  void aSenderThatHangsUpInItsBodyLeavesNothing() throws Exception {
    try (Socket socket = connect()) {
      write(socket, head("Content-Length: 5"));
      write(socket, "1");
      until(() -> doors.intake.inFlight() == 1);
    }

    until(() -> doors.counter("seamark_ingest_requests_unanswered") == 1);
    assertThat(doors.journal.kept()).isEmpty();
  }

  @Test
  void aSlowBodyIsGivenUp() throws Exception {
    try (Socket socket = connect()) {
      write(socket, head("Content-Length: 5"));
      write(socket, "1");

      assertThat(answer(socket))
          .startsWith("HTTP/1.1 503 ")
          .contains("Retry-After: 1")
          .contains("not complete after 1500 ms (ingest.receive.body-deadline)");
      assertThat(socket.getInputStream().read()).as("then the server hangs up").isEqualTo(-1);
    }
  }

  @Test
  void aRequestThatWaitsForItsAcknowledgementDoesNotHoldItsBody() throws Exception {
    doors.journal.mode(FakeJournal.Mode.HOLD);
    byte[] body = CountedLogs.body(1, 5 * MIB);
    long before = liveHeapBytes();

    List<Socket> senders = new ArrayList<>();
    for (int i = 1; i <= 16; i++) {
      Socket sender = connect(); // and no client that would keep a copy of the body itself
      senders.add(sender);
      write(sender, head("Content-Length: " + body.length));
      sender.getOutputStream().write(body);
      int waiting = i;
      until(() -> doors.gauge("seamark_ingest_items_in_flight") == waiting);
    }
    until(() -> doors.journal.heldCount() > 0);
    long held = liveHeapBytes() - before;
    doors.journal.mode(FakeJournal.Mode.ACKNOWLEDGE);
    doors.journal.acknowledgeHeld();
    for (Socket sender : senders) {
      assertThat(answer(sender)).startsWith("HTTP/1.1 200 ");
      sender.close();
    }

    assertThat(held).as("of 80 MiB of bodies").isLessThan(32L * MIB);
  }

  private static long liveHeapBytes() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }

  @Test
  void aRequestThatMemoryDidNotSufficeForIsToBeRepeated() throws Exception {
    doors.close();
    doors = new OpenDoors(
        () -> new DecodeLane(
            new OtlpJson(Limits.DEFAULT), new OutOfMemory(), new CountedLogs(), new CountedLogs()),
        64L * MIB,
        Tls.OFF);

    HttpResponse<byte[]> response = send(post("/v1/logs", CountedLogs.body(2)));

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
  }

  private static final class OutOfMemory extends CountedLogs {
    @Override
    public Future<Void> scatter(Batcher batcher, Sender sender, long nowMs) {
      throw new OutOfMemoryError("the test's");
    }
  }

  @Test
  void aConnectionOutlivesARefusal() throws Exception {
    try (Socket socket = connect()) {
      write(socket, head("Content-Length: 4", "Content-Encoding: br") + "1234");
      assertThat(answer(socket)).startsWith("HTTP/1.1 415 ");

      write(socket, head("Content-Length: 1") + "7");
      assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws Exception {
    try (Socket socket = connect()) {
      write(
          socket,
          head("Content-Length: 1") + "7" + head("Content-Length: 1") + "x"
              + head("Content-Length: 1") + "8");

      assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");
      assertThat(answer(socket)).startsWith("HTTP/1.1 400 ");
      assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");
    }
    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(15);
  }

  @Test
  void aSenderMayAskBeforeItSends() throws Exception {
    HttpResponse<byte[]> response =
        send(post("/v1/logs", CountedLogs.body(2)).expectContinue(true));

    assertThat(response.statusCode()).isEqualTo(200);
  }

  @Test
  void http2WithoutTlsIsSpokenToo() throws Exception {
    try (HttpClient http2 =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      HttpRequest first = HttpRequest.newBuilder(uri("/healthz")).build();
      http2.send(first, HttpResponse.BodyHandlers.discarding()); // upgrades the connection

      HttpResponse<byte[]> response = http2.send(
          post("/v1/logs", CountedLogs.body(2)).build(), HttpResponse.BodyHandlers.ofByteArray());

      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(response.statusCode()).isEqualTo(200);
      HttpResponse<byte[]> refused = http2.send(
          post("/v1/logs", new byte[OpenDoors.BODY_BYTES_MAX + MIB]).build(),
          HttpResponse.BodyHandlers.ofByteArray());
      assertThat(refused.statusCode()).isEqualTo(413);
    }
  }

  @Test
  void hugeHeadersAreRefused() throws Exception {
    try (Socket socket = connect()) {
      write(socket, head("X-Large: " + "x".repeat(20_000), "Content-Length: 1") + "1");

      assertThat(answer(socket)).startsWith("HTTP/1.1 431 ");
    }
  }

  @Test
  void aStoppingIngesterSendsItsSendersElsewhere() throws Exception {
    doors.intake.refuseNew();

    HttpResponse<byte[]> response = send(post("/v1/logs", CountedLogs.body(2)));

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + doors.httpPort() + path);
  }

  private HttpRequest.Builder post(String path, byte[] body) {
    return HttpRequest.newBuilder(uri(path))
        .header("Content-Type", PROTOBUF)
        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
  }

  private static HttpResponse<byte[]> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), UTF_8);
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), doors.httpPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static String head(String... headers) {
    return "POST /v1/logs HTTP/1.1\r\nHost: test\r\nContent-Type: application/x-protobuf\r\n"
        + String.join("\r\n", headers) + "\r\n\r\n";
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
    socket.getOutputStream().flush();
  }

  /** Reads one response: its head, and the body that its length announces. */
  private static String answer(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return head.toString();
      }
      head.append((char) next);
    }
    String lower = head.toString().toLowerCase(Locale.ROOT);
    int at = lower.indexOf("content-length: ");
    int length = at < 0
        ? 0
        : Integer.parseInt(lower.substring(at + 16, lower.indexOf('\r', at)).trim());
    return head + new String(in.readNBytes(length), UTF_8);
  }
}
