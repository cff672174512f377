package dev.seamark.ingest.receive;

import static dev.seamark.ingest.receive.OpenDoors.MIB;
import static dev.seamark.ingest.receive.OpenDoors.until;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.schema.Table;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OTLP/gRPC on the wire, frame by frame. */
class OtlpGrpcTest {
  private static final String LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

  private static Vertx vertx;
  private static HttpClient client;
  private OpenDoors doors;

  @BeforeAll
  static void openClient() {
    vertx = Vertx.vertx();
    client = vertx.createHttpClient(new HttpClientOptions()
        .setProtocolVersion(HttpVersion.HTTP_2)
        .setHttp2ClearTextUpgrade(false));
  }

  @AfterAll
  static void closeClient() {
    vertx.close().await();
  }

  @BeforeEach
  void open() {
    doors = OpenDoors.counting();
  }

  @AfterEach
  void everythingIsGivenBack() {
    until(() -> doors.intake.inFlight() == 0);
    assertThat(doors.budget.held()).as("bytes in flight").isZero();
    doors.close();
  }

  private record Answer(
      int httpStatus,
      @Nullable String grpcStatus,
      @Nullable String message,
      @Nullable String details,
      Buffer body) {}

  @ParameterizedTest
  @ValueSource(
      strings = {"logs.v1.LogsService", "metrics.v1.MetricsService", "trace.v1.TraceService"})
  void eachServiceStoresAndAnswersWithAnEmptyMessage(String service) throws Exception {
    Answer answer = call(
        "/opentelemetry.proto.collector." + service + "/Export",
        frame(0, CountedLogs.body(3)),
        null);

    assertThat(answer.httpStatus).isEqualTo(200);
    assertThat(answer.grpcStatus).isEqualTo("0");
    assertThat(answer.body.getBytes()).containsExactly(0, 0, 0, 0, 0);
    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource(
      value = Encoding.class,
      names = {"GZIP", "ZSTD"})
  void compressedMessagesAreInflated(Encoding encoding) throws Exception {
    byte[] message = InflateTest.compress(encoding, CountedLogs.body(4, 3 * MIB));

    Answer answer = call(LOGS, frame(1, message), encoding);

    assertThat(answer.grpcStatus).isEqualTo("0");
    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(4);
  }

  @ParameterizedTest
  @EnumSource(
      value = Encoding.class,
      names = {"GZIP", "ZSTD"})
  void aBombIsRefusedAtTheLimitAndNotToBeRepeated(Encoding encoding) throws Exception {
    byte[] bomb = InflateTest.compress(encoding, new byte[200 * MIB]);

    Answer answer = call(LOGS, frame(1, bomb), encoding);

    assertThat(answer.grpcStatus).as("RESOURCE_EXHAUSTED").isEqualTo("8");
    assertThat(answer.message).contains("inflated body is larger than 8388608 bytes");
    assertThat(details(answer)).doesNotContain("RetryInfo");
  }

  @Test
  void aMessageLargerThanTheLimitIsRefused() throws Exception {
    Answer answer = call(LOGS, frame(0, new byte[OpenDoors.BODY_BYTES_MAX + 1]), null);

    assertThat(answer.grpcStatus).isEqualTo("8");
    assertThat(answer.message).contains("ingest.limits.body-bytes-max");
  }

  @Test
  void aMalformedMessageIsAnInvalidArgument() throws Exception {
    Answer answer = call(LOGS, frame(0, "nonsense".getBytes(UTF_8)), null);

    assertThat(answer.httpStatus).isEqualTo(200);
    assertThat(answer.grpcStatus).isEqualTo("3");
    assertThat(answer.message).isEqualTo("body is no number of rows");
    assertThat(doors.journal.kept()).isEmpty();
  }

  @Test
  void overTheBudgetASenderIsToldWhenToRepeat() throws Exception {
    Budget.Lease others = doors.budget.lease();
    others.tryGrow(doors.budget.bytesMax() - 10);
    try {
      Answer answer = call(LOGS, frame(0, CountedLogs.body(3, 1000)), null);

      assertThat(answer.grpcStatus).isEqualTo("8");
      assertThat(details(answer)).contains("google.rpc.RetryInfo");
    } finally {
      others.close();
    }
  }

  @Test
  void rowsThatKafkaDoesNotAcknowledgeAreToBeRepeated() throws Exception {
    doors.journal.mode(FakeJournal.Mode.FAIL);

    Answer answer = call(LOGS, frame(0, CountedLogs.body(3)), null);

    assertThat(answer.grpcStatus).as("UNAVAILABLE").isEqualTo("14");
    assertThat(details(answer)).contains("google.rpc.RetryInfo");
  }

  @Test
  void anUnknownMethodIsUnimplemented() throws Exception {
    Answer answer = call("/grpc.health.v1.Health/Check", frame(0, new byte[0]), null);

    assertThat(answer.grpcStatus).isEqualTo("12");
    assertThat(answer.message).contains("/grpc.health.v1.Health/Check");
  }

  @Test
  void framesThatAreNotOneMessageAreRefused() throws Exception {
    Buffer two = frame(0, CountedLogs.body(1)).appendBuffer(frame(0, CountedLogs.body(1)));

    assertThat(call(LOGS, two, null).grpcStatus).isEqualTo("3");
    assertThat(call(LOGS, Buffer.buffer(), null).grpcStatus).isEqualTo("3");
    assertThat(call(LOGS, Buffer.buffer(new byte[] {0, 0, 0}), null).grpcStatus).isEqualTo("3");
    assertThat(call(LOGS, frame(7, CountedLogs.body(1)), null).grpcStatus).isEqualTo("3");
    assertThat(call(LOGS, frame(1, CountedLogs.body(1)), null).grpcStatus)
        .as("compressed without an encoding")
        .isEqualTo("3");
    assertThat(doors.journal.kept()).isEmpty();
  }

  @Test
  void anotherContentTypeIsToldWhatIsHere() throws Exception {
    Answer answer =
        send("text/plain", LOGS, Buffer.buffer("hello"), MultiMap.caseInsensitiveMultiMap());

    assertThat(answer.httpStatus).isEqualTo(415);
    assertThat(answer.body.toString()).contains("OTLP/gRPC");
  }

  @Test
  void anUnknownEncodingIsUnimplemented() throws Exception {
    Answer answer = send(
        "application/grpc",
        LOGS,
        frame(1, new byte[10]),
        MultiMap.caseInsensitiveMultiMap().add("grpc-encoding", "snappy"));

    assertThat(answer.grpcStatus).isEqualTo("12");
    assertThat(answer.message).contains("identity,gzip,zstd");
  }

  @Test
  void messagesTravelPercentEncoded() {
    assertThat(GrpcCall.percentEncoded("50 % of \"ä\"\n")).isEqualTo("50 %25 of \"%C3%A4\"%0A");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "ä", "字", "a😀"})
  void longMessagesAreCutToWhatHeadersHold(String text) {
    String cut = GrpcCall.cut(text.repeat(5_000));

    assertThat(text.repeat(5_000)).startsWith(cut);
    assertThat(cut.length()).isBetween(128, 1_024);
    assertThat(GrpcCall.percentEncoded(cut).length()).isLessThanOrEqualTo(2_048);
    assertThat(Character.isHighSurrogate(cut.charAt(cut.length() - 1))).isFalse();
    assertThat(GrpcCall.cut("short " + text)).isEqualTo("short " + text);
  }

  private static String details(Answer answer) {
    return answer.details == null
        ? ""
        : new String(Base64.getDecoder().decode(answer.details), UTF_8);
  }

  private static Buffer frame(int flag, byte[] message) {
    return Buffer.buffer().appendByte((byte) flag).appendInt(message.length).appendBytes(message);
  }

  private Answer call(String path, Buffer body, @Nullable Encoding encoding) throws Exception {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("te", "trailers");
    if (encoding != null) {
      headers.add("grpc-encoding", encoding == Encoding.GZIP ? "gzip" : "zstd");
    }
    return send("application/grpc", path, body, headers);
  }

  private Answer send(String contentType, String path, Buffer body, MultiMap headers)
      throws Exception {
    return client
        .request(HttpMethod.POST, doors.grpcPort(), "127.0.0.1", path)
        .compose(request -> exchange(request, contentType, body, headers))
        .toCompletionStage()
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  private static Future<Answer> exchange(
      HttpClientRequest request, String contentType, Buffer body, MultiMap headers) {
    request.headers().addAll(headers).set("Content-Type", contentType);
    request.setChunked(true).end(body);
    return request
        .response()
        .compose(response -> response.body().map(answered -> {
          MultiMap status =
              response.headers().contains("grpc-status") ? response.headers() : response.trailers();
          return new Answer(
              response.statusCode(),
              status.get("grpc-status"),
              status.get("grpc-message"),
              status.get("grpc-status-details-bin"),
              answered);
        }));
  }
}
