package dev.seamark.ingest.receive;

import static dev.seamark.ingest.receive.OpenDoors.MIB;
import static dev.seamark.ingest.receive.OpenDoors.until;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.sun.management.ThreadMXBean;
import dev.seamark.schema.Table;
import dev.seamark.service.Tls;
import dev.seamark.tenant.KeyRing;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xerial.snappy.Snappy;

/** What nobody sends by accident: each meets a limit, gets a message, and costs little. */
@Timeout(60)
class HostileInputTest {
  private static final int BODY_BYTES_MAX = 64 * MIB; // the default
  private static final int CONNECTIONS_MAX = 40;
  private static final Duration HEAD_DEADLINE = Duration.ofMillis(600);
  private static final int PACE_MS = 50;
  private static final int SILENCE = -2;

  private OpenDoors doors;

  @BeforeEach
  void open() {
    doors = new OpenDoors(
        OpenDoors.decodingLanes(),
        384L * MIB,
        BODY_BYTES_MAX,
        OpenDoors.config(Tls.OFF, CONNECTIONS_MAX, HEAD_DEADLINE),
        () -> KeyRing.OPEN);
  }

  @AfterEach
  void everythingIsGivenBack() {
    until(doors::isAtRest);
    until(() -> doors.gauge("seamark_ingest_connections") == 0);
    doors.close();
  }

  // slow ones

  @Test
  void aHeadThatComesByteByByteIsGivenUp() throws Exception {
    try (Socket socket = connect()) {
      assertThat(drip(socket, "POST /v1/logs HTTP/1.1\r\nHost: a\r\nX-Slow: ")).isEmpty();
    }
  }

  @Test
  void aLaterHeadThatComesByteByByteIsGivenUpAndTold() throws Exception {
    try (Socket socket = connect()) {
      write(socket, request("Content-Length: 0"));
      assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");

      assertThat(drip(socket, "POST /v1/logs HT"))
          .startsWith("HTTP/1.1 408 ")
          .contains("head of a request was not complete after 600 ms");
    }
    assertThat(doors.counter("seamark_ingest_heads_refused", "reason", "too_slow"))
        .isEqualTo(1);
  }

  @Test
  void aConnectionThatWaitsForItsNextRequestIsLeftAlone() throws Exception {
    try (Socket socket = connect()) {
      for (int i = 0; i < 3; i++) {
        write(socket, request("Content-Length: 0"));
        assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");
        assertThat(hears(socket, HEAD_DEADLINE.multipliedBy(2))).isEqualTo(SILENCE);
      }
    }
    assertThat(doors.counter("seamark_ingest_heads_refused")).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aConnectionThatSaysNothingIsClosed(boolean grpc) throws Exception {
    try (Socket socket = connect(grpc ? doors.grpcPort() : doors.httpPort())) {
      long before = System.nanoTime();

      assertThat(socket.getInputStream().read()).isEqualTo(-1);

      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(8));
    }
  }

  @Test
  void aBodyThatComesByteByByteIsGivenUp() throws Exception {
    try (Socket socket = connect()) {
      assertThat(drip(socket, request("Content-Length: 100000")))
          .startsWith("HTTP/1.1 503 ")
          .contains("not complete after 1500 ms (ingest.receive.body-deadline)");
    }
  }

  @Test
  void aSenderThatHangsUpHalfwayIsForgotten() throws Exception {
    try (Socket socket = connect()) {
      write(socket, request("Content-Length: 100000") + "half");
      until(() -> doors.budget.held() == 100_000);
      socket.shutdownOutput();

      until(() -> doors.counter("seamark_ingest_requests_unanswered") == 1);
      assertThat(doors.budget.held()).isZero();
    }
  }

  // large ones

  @Test
  void anOversizedHeadIsToldItsLimit() throws Exception {
    try (Socket socket = connect()) {
      write(socket, request("X-Large: " + "x".repeat(17_000), "Content-Length: 0"));

      assertThat(answer(socket))
          .startsWith("HTTP/1.1 431 ")
          .contains("headers are larger than 16384 bytes, the limit")
          .contains("ingest.receive.header-bytes-max");
    }
    try (Socket socket = connect()) {
      write(socket, "POST /" + "x".repeat(5_000) + " HTTP/1.1\r\nHost: a\r\n\r\n");

      assertThat(answer(socket)).contains(" 414 ").contains("longer than 4096 bytes");
    }
    assertThat(doors.counter("seamark_ingest_heads_refused", "reason", "too_large"))
        .isEqualTo(2);
  }

  @Test
  void whatIsNotHttpIsToldSo() throws Exception {
    try (Socket socket = connect()) {
      write(socket, "\u0000\u0001\u0002 what is this\r\n\r\n");

      assertThat(answer(socket)).contains(" 400 ").contains("head is not HTTP");
    }
    assertThat(doors.counter("seamark_ingest_heads_refused", "reason", "malformed"))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"9223372036854775807", "18446744073709551615", "-1", "1, 2", "0x10", "1e3"})
  void aLengthThatNobodyCanMeanIsRefused(String length) throws Exception {
    try (Socket socket = connect()) {
      write(socket, request("Content-Length: " + length));

      assertThat(answer(socket)).containsPattern("^HTTP/1.[01] (400|413) ");
    }
  }

  @Test
  void anEndlessChunkHeadIsRefused() throws Exception {
    try (Socket socket = connect()) {
      write(socket, request("Transfer-Encoding: chunked") + "1;" + "x".repeat(20_000));

      assertThat(socket.getInputStream().readAllBytes()).as("no 200").isNotNull();
    } catch (SocketException _) {
      // hung up on while it was still writing
    }
    assertThat(doors.journal.kept()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Encoding.class,
      names = {"GZIP", "ZSTD"})
  void aBombOfAMegabyteCostsLittle(Encoding encoding) throws Exception {
    byte[] bomb = encoding == Encoding.GZIP ? gzipBomb() : zstdBomb();
    assertThat(bomb.length).isBetween(900_000, 1_200_000);
    send(encoding, InflateTest.compress(encoding, new byte[5 * MIB])); // classes, buffers
    long before = allocatedBytes();

    String answer = send(encoding, bomb);

    long allocated = allocatedBytes() - before;
    assertThat(answer)
        .startsWith("HTTP/1.1 413 ")
        .contains("inflated body is larger than 67108864 bytes")
        .contains("ingest.limits.body-bytes-max");
    assertThat(allocated).as("all that was allocated meanwhile").isLessThan(50L * MIB);
  }

  @Test
  void aBombOfAMegabyteInAGrpcMessageCostsLittle() throws Exception {
    byte[] bomb = gzipBomb();
    byte[] warm = InflateTest.compress(Encoding.GZIP, new byte[5 * MIB]);
    Vertx vertx = Vertx.vertx();
    long before;
    MultiMap answer;
    try {
      HttpClient client = vertx.createHttpClient(new HttpClientOptions()
          .setProtocolVersion(HttpVersion.HTTP_2)
          .setHttp2ClearTextUpgrade(false));
      grpc(client, warm);
      before = allocatedBytes();
      answer = grpc(client, bomb);
    } finally {
      vertx.close().await();
    }

    long allocated = allocatedBytes() - before;
    assertThat(answer.get("grpc-status")).as("RESOURCE_EXHAUSTED").isEqualTo("8");
    assertThat(answer.get("grpc-message"))
        .contains("inflated body is larger than 67108864 bytes")
        .contains("ingest.limits.body-bytes-max");
    assertThat(allocated).as("all that was allocated meanwhile").isLessThan(50L * MIB);
  }

  /** Headers and trailers of the answer to a message compressed by gzip. */
  private MultiMap grpc(HttpClient client, byte[] message) throws Exception {
    Buffer frame =
        Buffer.buffer().appendByte((byte) 1).appendInt(message.length).appendBytes(message);
    return client
        .request(
            HttpMethod.POST,
            doors.grpcPort(),
            "127.0.0.1",
            "/opentelemetry.proto.collector.logs.v1.LogsService/Export")
        .compose(request -> request
            .putHeader("Content-Type", "application/grpc")
            .putHeader("te", "trailers")
            .putHeader("grpc-encoding", "gzip")
            .send(frame))
        .compose(response -> response
            .body()
            .map(_ -> MultiMap.caseInsensitiveMultiMap()
                .addAll(response.headers())
                .addAll(response.trailers())))
        .toCompletionStage()
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  /** Bytes that say they are many more: as few as it takes, and a megabyte of them. */
  @ParameterizedTest
  @CsvSource({
    "/api/v1/write, 7, 400, 'it declares 4294967295 bytes, more than 7 compressed ones can be'",
    "/loki/api/v1/push, 7, 400, 'it declares 4294967295 bytes, more than 7 compressed ones can be'",
    "/api/v1/write, 1048576, 400, 'it declares 4294967295 bytes, more than 1048576'",
    "/loki/api/v1/push, 1048576, 400, 'it declares 4294967295 bytes, more than 1048576'",
  })
  void aSnappyLiarCostsLittle(String path, int bytes, int status, String why) throws Exception {
    byte[] liar = Arrays.copyOf(HexFormat.of().parseHex("ffffffff0f0061"), bytes);
    requireCheap(path, "application/x-protobuf", "snappy", liar, status, why);
  }

  /** Sound snappy of 64 MiB and a byte: what it declares is true, and too much. */
  @ParameterizedTest
  @CsvSource({"/api/v1/write, 413", "/loki/api/v1/push, 400"})
  void aSnappyBombCostsLittle(String path, int status) throws Exception {
    byte[] bomb = Snappy.compress(new byte[BODY_BYTES_MAX + 1]);
    requireCheap(
        path, "application/x-protobuf", "snappy", bomb, status, "ingest.limits.body-bytes-max");
  }

  /** Arrays, maps and texts of four billion: as entries, and in the place of a record. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ddffffffff",
        "dfffffffff",
        "dbffffffff",
        "92d7006ab1371700000005dfffffffff",
        "92d7006ab137170000000581a36c6f67ddffffffff",
        "92d7006ab137170000000581a36c6f67dfffffffff",
        "92d7006ab137170000000581a36c6f67c6ffffffff",
      })
  void aGiantLengthInMsgpackCostsLittle(String hex) throws Exception {
    byte[] body = HexFormat.of().parseHex(hex);
    requireCheap("/fluentbit", "application/msgpack", "identity", body, 400, "msgpack");
  }

  private void requireCheap(
      String path, String type, String encoding, byte[] body, int status, String why)
      throws IOException {
    String head = "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n"
        .formatted(
            path,
            type,
            encoding.equals("identity") ? "" : "Content-Encoding: " + encoding + "\r\n",
            body.length);
    String answer = "";
    long allocated = 0;
    for (int i = 0; i < 2; i++) { // the first one loads classes
      long before = allocatedBytes();
      try (Socket socket = connect()) {
        write(socket, head);
        socket.getOutputStream().write(body);
        answer = answer(socket);
      }
      allocated = allocatedBytes() - before;
    }
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains(why);
    assertThat(allocated).as("all that was allocated meanwhile").isLessThan(50L * MIB);
    assertThat(doors.journal.kept()).isEmpty();
  }

  /** A gibibyte of zeros. */
  static byte[] gzipBomb() {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    deflater.setInput(new byte[32 * MIB]);
    byte[] block = new byte[MIB];
    int length = deflater.deflate(block, 0, block.length, Deflater.SYNC_FLUSH);
    deflater.end();
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    bomb.writeBytes(new byte[] {0x1F, (byte) 0x8B, 8, 0, 0, 0, 0, 0, 0, 0});
    for (int i = 0; i < 32; i++) {
      bomb.write(block, 0, length);
    }
    return bomb.toByteArray();
  }

  /** More than ten gibibytes of zeros. */
  private static byte[] zstdBomb() {
    byte[] frame = Zstd.compress(new byte[8 * MIB]);
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    while (bomb.size() + frame.length <= MIB) {
      bomb.writeBytes(frame);
    }
    return bomb.toByteArray();
  }

  static long allocatedBytes() {
    return ManagementFactory.getPlatformMXBean(ThreadMXBean.class).getTotalThreadAllocatedBytes();
  }

  private String send(Encoding encoding, byte[] body) throws IOException {
    try (Socket socket = connect()) {
      write(
          socket,
          request(
              "Content-Encoding: " + encoding.name().toLowerCase(Locale.ROOT),
              "Content-Length: " + body.length));
      socket.getOutputStream().write(body);
      return answer(socket);
    }
  }

  // deep ones

  @ParameterizedTest
  @ValueSource(
      strings = {"[", "{\"resourceLogs\":", "{\"a\":{\"b\":[", "{\"resourceLogs\":[{\"scopeLogs\":["
      })
  void deepJsonIsRefused(String nested) throws Exception {
    String body = nested.repeat(100_000);

    String answer = sendJson(body);

    assertThat(answer).startsWith("HTTP/1.1 400 ");
    assertThat(doors.journal.kept()).isEmpty();
  }

  @Test
  void aDeepValueInJsonLeavesItsRowOutOrIsRefused() throws Exception {
    String open = "{\"arrayValue\":{\"values\":[";
    String close = "]}}";
    String value = open.repeat(5_000) + "{\"intValue\":\"1\"}" + close.repeat(5_000);

    String answer = sendJson(
        "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":" + value + "}]}]}]}");

    assertThat(answer).startsWith("HTTP/1.1 400 ");
    assertThat(doors.journal.kept()).isEmpty();
  }

  @Test
  void aDeepValueInProtobufLeavesItsRowOut() throws Exception {
    Nested deep = new Nested(AnyValue.newBuilder().setIntValue(1).build().toByteArray());
    for (int depth = 0; depth < 20_000; depth++) {
      deep.in(1).in(5); // ArrayValue.values, AnyValue.array_value
    }
    deep.in(5).in(2); // LogRecord.body, ScopeLogs.log_records
    Nested good = new Nested(LogRecord.newBuilder()
            .setBody(AnyValue.newBuilder().setStringValue("good"))
            .build()
            .toByteArray())
        .in(2);
    byte[] request = deep.then(good).in(2).in(1).bytes(); // ResourceLogs.scope_logs, the request's

    try (Socket socket = connect()) {
      write(socket, request("Content-Length: " + request.length));
      socket.getOutputStream().write(request);

      assertThat(answer(socket))
          .startsWith("HTTP/1.1 200 ")
          .contains("limit 32 (ingest.limits.any-value-depth-max)");
    }
    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).as("the good one").isEqualTo(1);
  }

  /** A protobuf message that is wrapped again and again, from its end to its beginning. */
  private static final class Nested {
    private final byte[] buffer = new byte[MIB];
    private int from = buffer.length;

    Nested(byte[] message) {
      prepend(message);
    }

    /** Makes the message a field of another one. */
    Nested in(int field) {
      int length = buffer.length - from;
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      head.write((field << 3) | 2);
      for (int rest = length; ; rest >>>= 7) {
        if (rest < 0x80) {
          head.write(rest);
          break;
        }
        head.write((rest & 0x7F) | 0x80);
      }
      prepend(head.toByteArray());
      return this;
    }

    Nested then(Nested next) {
      ByteArrayOutputStream both = new ByteArrayOutputStream();
      both.writeBytes(bytes());
      both.writeBytes(next.bytes());
      return new Nested(both.toByteArray());
    }

    byte[] bytes() {
      return Arrays.copyOfRange(buffer, from, buffer.length);
    }

    private void prepend(byte[] bytes) {
      from -= bytes.length;
      System.arraycopy(bytes, 0, buffer, from, bytes.length);
    }
  }

  // many ones

  @Test
  void aFloodOfConnectionsTakesOnlyTheFreePlaces() throws Exception {
    int flooding = 10 * CONNECTIONS_MAX;
    List<Socket> flood = new ArrayList<>();
    try (Socket known = connect()) {
      write(known, request("Content-Length: 0"));
      assertThat(answer(known)).startsWith("HTTP/1.1 200 ");
      for (int i = 0; i < flooding; i++) {
        Socket socket = connect();
        flood.add(socket);
        write(socket, request("Content-Length: 100")); // and then waits
      }
      until(() ->
          doors.counter("seamark_ingest_connections_refused") == flooding - (CONNECTIONS_MAX - 1));
      assertThat(doors.gauge("seamark_ingest_connections")).isEqualTo(CONNECTIONS_MAX);

      write(known, request("Content-Length: 0"));
      assertThat(answer(known)).as("who was there before").startsWith("HTTP/1.1 200 ");

      until(() -> doors.gauge("seamark_ingest_connections") == 1); // the rest is given up
      try (Socket next = connect()) {
        write(next, request("Content-Length: 0"));
        assertThat(answer(next)).as("who comes afterwards").startsWith("HTTP/1.1 200 ");
      }
    } finally {
      for (Socket socket : flood) {
        socket.close();
      }
    }
  }

  @Test
  void aFloodOfSilentConnectionsPasses() throws Exception {
    List<Socket> flood = new ArrayList<>();
    try (Socket known = connect()) {
      for (int i = 0; i < 10 * CONNECTIONS_MAX; i++) {
        flood.add(connect());
      }
      write(known, request("Content-Length: 0"));
      assertThat(answer(known)).startsWith("HTTP/1.1 200 ");

      for (Socket socket : flood) {
        assertThat(socket.getInputStream().read()).as("hung up").isEqualTo(-1);
      }
    } finally {
      for (Socket socket : flood) {
        socket.close();
      }
    }
  }

  // the wire

  private Socket connect() throws IOException {
    return connect(doors.httpPort());
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static String request(String... headers) {
    return request("application/x-protobuf", headers);
  }

  private static String request(String contentType, String[] headers) {
    return "POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: " + contentType + "\r\n"
        + String.join("\r\n", headers) + "\r\n\r\n";
  }

  private String sendJson(String body) throws IOException {
    try (Socket socket = connect()) {
      String[] headers = {"Content-Length: " + body.length()};
      write(socket, request("application/json", headers) + body);
      return answer(socket);
    }
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
    socket.getOutputStream().flush();
  }

  /** Sends a byte now and then until there is an answer. */
  private static String drip(Socket socket, String beginning) throws IOException {
    write(socket, beginning);
    int first = hears(socket, Duration.ofMillis(PACE_MS));
    while (first == SILENCE) {
      write(socket, "x");
      first = hears(socket, Duration.ofMillis(PACE_MS));
    }
    return first < 0 ? "" : (char) first + answer(socket);
  }

  /** The next byte that the server says within a time, -1 when it hangs up, or silence. */
  private static int hears(Socket socket, Duration within) throws IOException {
    int before = socket.getSoTimeout();
    socket.setSoTimeout((int) within.toMillis());
    try {
      return socket.getInputStream().read();
    } catch (SocketTimeoutException _) {
      return SILENCE;
    } finally {
      socket.setSoTimeout(before);
    }
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
