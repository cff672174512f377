package dev.seamark.ingest.receive;

import static dev.seamark.ingest.receive.OpenDoors.MIB;
import static dev.seamark.ingest.receive.OpenDoors.until;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.service.Tls;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An exchange over HTTP or gRPC that is cut at any byte, of the request or of its answer, by a
 * farewell or a reset: the request is stored whole or not at all, and nothing of it stays behind.
 */
class CutExchangeTest {
  private static final int SOAK_ROUNDS = 10_000;
  private static final int ROUNDS_AT_ONCE = 1_000;

  /** How the request comes. */
  enum Form {
    DECLARED,
    CHUNKED,
    GZIP,
    HTTP_2,
    GRPC;

    boolean isHttp1() {
      return this != HTTP_2 && this != GRPC;
    }
  }

  /** How the connection ends. */
  private enum End {
    FAREWELL,
    RESET
  }

  private final CutLedger ledger = new CutLedger();
  private final Map<Form, Integer> answerBytes = new EnumMap<>(Form.class);
  private OpenDoors doors;

  @BeforeEach
  void open() {
    doors = new OpenDoors(
        OpenDoors.decodingLanes(),
        64L * MIB,
        OpenDoors.config(Tls.OFF, 1_000, Duration.ofSeconds(10)));
  }

  @AfterEach
  void close() {
    doors.close();
  }

  @ParameterizedTest
  @EnumSource
  @Timeout(60)
  void atEveryByteOnce(Form form) throws Exception {
    int length = request(form, ledger.next()).length;
    for (End end : End.values()) {
      for (int cut = 0; cut <= length; cut++) {
        cutRequest(form, end, cut);
      }
      for (int cut = 1; cut <= answerBytes(form); cut++) {
        cutAnswer(form, end, cut);
      }
    }

    requireWholeOrNothing();
    requireNothingLeft();
  }

  @ParameterizedTest
  @EnumSource
  @Tag("soak")
  @Timeout(600)
  void tenThousandTimesAtARandomByte(Form form) throws Exception {
    randomRounds(form, 1);
    requireWholeOrNothing();
    requireNothingLeft();
    HeldResources before = HeldResources.now();

    for (int seed = 2; seed < 2 + SOAK_ROUNDS / ROUNDS_AT_ONCE; seed++) {
      randomRounds(form, seed);
      requireWholeOrNothing();
    }

    requireNothingLeft();
    before.requireNoGrowthTo(HeldResources.now());
  }

  private void randomRounds(Form form, long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < ROUNDS_AT_ONCE; i++) {
      End end = End.values()[random.nextInt(End.values().length)];
      if (random.nextInt(4) == 0) {
        cutAnswer(form, end, 1 + random.nextInt(answerBytes(form)));
      } else {
        cutRequest(form, end, random.nextInt(request(form, ledger.next()).length + 1));
      }
    }
  }

  /** Bytes of a whole answer. */
  private int answerBytes(Form form) throws IOException {
    Integer known = answerBytes.get(form);
    if (known != null) {
      return known;
    }
    String name = ledger.next();
    ledger.whole(name);
    try (Socket socket = connect(form)) {
      socket.getOutputStream().write(request(form, name));
      int bytes = form.isHttp1()
          ? readAnswer(socket.getInputStream())
          : Http2Bytes.readAnswer(socket.getInputStream());
      answerBytes.put(form, bytes);
      return bytes;
    }
  }

  /** The answer of HTTP/1.1, which has no body. */
  private static int readAnswer(InputStream in) throws IOException {
    StringBuilder answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      answer.append((char) in.read());
    }
    assertThat(answer).startsWith("HTTP/1.1 200 ").containsIgnoringCase("content-length: 0");
    return answer.length();
  }

  private void cutRequest(Form form, End end, int cut) throws IOException {
    String name = ledger.next();
    byte[] request = request(form, name);
    if (cut == request.length) {
      sentWholly(form, end, name);
    }
    try (Socket socket = connect(form)) {
      prepare(socket, end);
      socket.getOutputStream().write(request, 0, cut);
    }
  }

  private void sentWholly(Form form, End end, String name) {
    // what a reset overtakes is gone before the server reads it; a client of HTTP/2 that closes
    // without having read the server's settings resets, whatever it meant
    if (end == End.FAREWELL && form.isHttp1()) {
      ledger.whole(name);
    } else {
      ledger.perhaps(name);
    }
  }

  private void cutAnswer(Form form, End end, int cut) throws IOException {
    String name = ledger.next();
    if (form.isHttp1()) {
      ledger.whole(name);
    } else {
      ledger.perhaps(name); // the server's first frames don't wait for the request
    }
    try (Socket socket = connect(form)) {
      prepare(socket, end);
      socket.getOutputStream().write(request(form, name));
      assertThat(socket.getInputStream().readNBytes(cut)).hasSize(cut);
    }
  }

  private Socket connect(Form form) throws IOException {
    int port = form == Form.GRPC ? doors.grpcPort() : doors.httpPort();
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static void prepare(Socket socket, End end) throws SocketException {
    if (end == End.RESET) {
      socket.setSoLinger(true, 0);
    }
  }

  private static byte[] request(Form form, String name) throws IOException {
    byte[] plain = logs(name);
    return switch (form) {
      case DECLARED -> declared(plain, "");
      case GZIP ->
        declared(InflateTest.compress(Encoding.GZIP, plain), "Content-Encoding: gzip\r\n");
      case CHUNKED -> chunked(plain);
      case HTTP_2 -> Http2Bytes.post("/v1/logs", plain, "content-type", "application/x-protobuf");
      case GRPC ->
        Http2Bytes.post(
            "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
            Http2Bytes.grpcMessage(plain),
            "content-type",
            "application/grpc",
            "te",
            "trailers");
    };
  }

  private static byte[] logs(String name) {
    ScopeLogs.Builder scope = ScopeLogs.newBuilder();
    for (int i = 0; i < CutLedger.ROWS; i++) {
      scope.addLogRecords(
          LogRecord.newBuilder().setBody(AnyValue.newBuilder().setStringValue(name)));
    }
    return ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder().addScopeLogs(scope))
        .build()
        .toByteArray();
  }

  private static byte[] declared(byte[] body, String header) {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    write(request, "POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n");
    write(request, header + "Content-Length: " + body.length + "\r\n\r\n");
    request.writeBytes(body);
    return request.toByteArray();
  }

  private static byte[] chunked(byte[] body) {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    write(request, "POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n");
    write(request, "Transfer-Encoding: chunked\r\n\r\n");
    int half = body.length / 2;
    chunk(request, body, 0, half);
    chunk(request, body, half, body.length);
    write(request, "0\r\n\r\n");
    return request.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream request, byte[] body, int from, int to) {
    write(request, Integer.toHexString(to - from) + "\r\n");
    request.write(body, from, to - from);
    write(request, "\r\n");
  }

  private static void write(ByteArrayOutputStream request, String text) {
    request.writeBytes(text.getBytes(US_ASCII));
  }

  private void requireWholeOrNothing() {
    until(() -> doors.gauge("seamark_ingest_connections") == 0 && doors.isAtRest());
    ledger.requireWholeOrNothing(doors.journal.takeKept());
  }

  private void requireNothingLeft() {
    assertThat(doors.budget.held()).as("bytes in flight").isZero();
    assertThat(doors.intake.inFlight()).as("requests in flight").isZero();
    assertThat(doors.gauge("seamark_ingest_connections")).as("connections").isZero();
    ledger.clear();
  }
}
