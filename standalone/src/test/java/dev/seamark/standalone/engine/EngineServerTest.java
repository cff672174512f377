package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import dev.seamark.block.Block;
import dev.seamark.block.LongColumn;
import dev.seamark.standalone.engine.ClickHouseHttp.Refused;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ClickHouse's HTTP interface as the embedded engine's process speaks it. */
@Timeout(60)
class EngineServerTest {
  /** Runs for 30 seconds, answering nothing until then. */
  private static final String LONG =
      "SELECT sum(sleepEachRow(0.1)) FROM numbers(300) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0";

  /** {@code SELECT length('abab...')} with 70,000 letters, in two linked blocks. */
  private static final String LINKED_LZ4 =
      "04224d1848408111010000000000151c010000ff0253454c454354206c656e677468282761620200"
          + "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          + "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          + "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          + "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          + "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          + "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          + "ffffffffffffffffffffffffffffffffd75061626162611b0000000ff0ffffffffffffffffffffff"
          + "ffffffffffffff7a50626162272900000000";

  @RegisterExtension
  static final EngineFixture engine = new EngineFixture();

  private ClickHouseHttp clickhouse;

  @BeforeEach
  void connect() {
    clickhouse = new ClickHouseHttp(engine.address(), engine.database());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/ping", "/", "/replicas_status"})
  void answersPings(String path) throws Exception {
    HttpResponse<String> answer = get(path);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("Ok.\n");
  }

  @Test
  void knowsNoOtherPath() throws Exception {
    assertThat(get("/nope").statusCode()).isEqualTo(404);
  }

  @Test
  void answersWithClickHousesHeaders() {
    HttpResponse<byte[]> answer =
        send("SELECT 1 AS a FORMAT JSONEachRow", Map.of("query_id", "my-id"));

    assertThat(answer.headers().firstValue("X-ClickHouse-Format")).contains("JSONEachRow");
    assertThat(answer.headers().firstValue("X-ClickHouse-Timezone")).contains("UTC");
    assertThat(answer.headers().firstValue("X-ClickHouse-Query-Id")).contains("my-id");
    assertThat(answer.headers().firstValue("X-ClickHouse-Summary").orElse(""))
        .startsWith("{\"read_rows\":\"1\",");
  }

  @Test
  void getOnlyReads() throws Exception {
    assertThat(get("/?query=SELECT%201").body()).isEqualTo("1\n");
    assertThat(get("/?query=CREATE%20DATABASE%20d")
            .headers()
            .firstValue("X-ClickHouse-Exception-Code"))
        .contains("164");
  }

  @Test
  void theBodyGoesOnWithTheQueryArgument() {
    assertThat(clickhouse.run("2", Map.of("query", "SELECT 1 +"))).isEqualTo("3");
  }

  @Test
  void refusesAnEmptyStatement() {
    assertThatThrownBy(() -> clickhouse.run(" -- nothing\n"))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.code).isEqualTo(62));
  }

  @Test
  void refusesAStatementThatIsTooLong() {
    assertThatThrownBy(() -> clickhouse.run("SELECT '" + "x".repeat(17 << 20) + "'"))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.status).isEqualTo(413))
        .hasMessageContaining("limit 16777216");
  }

  @Test
  void settingsAreThoseOfTheRequestOnly() {
    assertThat(clickhouse.run("SELECT getSetting('max_threads')", Map.of("max_threads", "1")))
        .isEqualTo("1");
    assertThat(
            clickhouse.run("SELECT getSetting('log_comment')", Map.of("log_comment", "it's \\ ü")))
        .isEqualTo("it\\'s \\\\ ü");
    assertThat(clickhouse.run("SELECT getSetting('log_comment')")).isEmpty();
    assertThatThrownBy(() -> clickhouse.run("SELECT 1", Map.of("a = 1, b", "1")))
        .hasMessageContaining("is no name of a setting");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TabSeparated",
        "TSVWithNamesAndTypes",
        "CSVWithNames",
        "JSONEachRow",
        "JSONCompactEachRowWithNames",
        "JSONCompact",
        "RowBinary",
        "RowBinaryWithNames",
        "RowBinaryWithNamesAndTypes",
      })
  void aLargeAnswerIsOneDocumentInEveryFormat(String format) {
    String sql = "SELECT number AS n, toString(number) AS s FROM numbers(300000) ORDER BY n";
    clickhouse.run("CREATE TABLE copy_%s (n UInt64, s String) ENGINE = MergeTree ORDER BY n"
        .formatted(format));

    byte[] answer = clickhouse.bytes(sql + " FORMAT " + format, Map.of());
    clickhouse.insert("INSERT INTO copy_%s FORMAT %s".formatted(format, format), answer, Map.of());

    assertThat(clickhouse.run("SELECT count(), sum(n), sum(toUInt64(s)) FROM copy_" + format))
        .isEqualTo("300000\t44999850000\t44999850000");
  }

  @Test
  void streamsNativeBlocks() throws Exception {
    byte[] answer =
        clickhouse.bytes("SELECT number AS n FROM numbers(1000000) FORMAT Native", Map.of());

    long sum = 0;
    for (Block block : Block.decodeAll(answer)) {
      LongColumn n = (LongColumn) block.column("n");
      for (int row = 0; row < block.rows(); row++) {
        sum += n.get(row);
      }
    }
    assertThat(sum).isEqualTo(499_999_500_000L);
  }

  @Test
  void aFailureAfterTheFirstBytesCutsTheAnswer() {
    String sql = "SELECT number, throwIf(number = 900000) FROM numbers(1000000)";

    assertThatThrownBy(() -> clickhouse.run(sql)).hasCauseInstanceOf(IOException.class);
    assertThat(clickhouse.run("SELECT 'next'")).isEqualTo("next");
  }

  @Test
  void aFailureInTheFirstHalfMegabyteHasItsStatus() {
    assertThatThrownBy(() -> clickhouse.run(
            "SELECT number, throwIf(number = 3) FROM numbers(6) SETTINGS max_block_size = 1"))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.code).isEqualTo(395));
  }

  @Test
  void aSessionKeepsItsTablesAlsoAfterAFailure() {
    Map<String, String> session = Map.of("session_id", "s1");
    clickhouse.run("CREATE TEMPORARY TABLE temporary_t (a UInt8)", session);
    clickhouse.run("INSERT INTO temporary_t VALUES (7)", session);
    assertThatThrownBy(() -> clickhouse.run(
            "SELECT number, throwIf(number = 3) FROM numbers(6) SETTINGS max_block_size = 1 FORMAT JSON",
            session))
        .isInstanceOf(Refused.class);

    assertThat(clickhouse.run("SELECT a FROM temporary_t", session)).isEqualTo("7");
    clickhouse.run("SELECT 1", Map.of("session_id", "s1", "close_session", "1"));
    assertThatThrownBy(
            () -> clickhouse.run("SELECT 1", Map.of("session_id", "s1", "session_check", "1")))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.code).isEqualTo(372));
  }

  @Test
  void aSessionThatCannotBeClearedEndsAndIsNotLockedForEver() {
    Map<String, String> session = Map.of("session_id", "s2", "max_ast_elements", "1");

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> clickhouse.run("SELECT 1", session))
          .isInstanceOfSatisfying(
              Refused.class, refused -> assertThat(refused.code).isEqualTo(168));
    }
    assertThat(clickhouse.run("SELECT 1", Map.of("session_id", "s2"))).isEqualTo("1");
  }

  @Test
  void framesInAndOut() throws Exception {
    clickhouse.run("CREATE TABLE framed (n UInt64) ENGINE = MergeTree ORDER BY n");
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    try (OutputStream frames = new FrameOutput(rows)) {
      for (int n = 0; n < 500_000; n++) {
        frames.write((n + "\n").getBytes(StandardCharsets.US_ASCII));
      }
    }
    clickhouse.insert(
        "INSERT INTO framed FORMAT TSV", rows.toByteArray(), Map.of("decompress", "1"));

    byte[] answer =
        clickhouse.bytes("SELECT n FROM framed ORDER BY n FORMAT TSV", Map.of("compress", "1"));

    assertThat(new FrameInput(new ByteArrayInputStream(answer)).readAllBytes())
        .hasSize(3_388_890)
        .startsWith('0', '\n', '1', '\n');
  }

  @Test
  void aCorruptFrameIsRefused() throws Exception {
    clickhouse.run("CREATE TABLE corrupt (n UInt64) ENGINE = MergeTree ORDER BY n");
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    try (OutputStream frames = new FrameOutput(rows)) {
      frames.write("1\n2\n".getBytes(StandardCharsets.US_ASCII));
    }
    byte[] bytes = rows.toByteArray();
    bytes[bytes.length - 1] ^= 1;

    assertThatThrownBy(() ->
            clickhouse.insert("INSERT INTO corrupt FORMAT TSV", bytes, Map.of("decompress", "1")))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.code).isEqualTo(40));
    assertThat(clickhouse.run("SELECT count() FROM corrupt")).isEqualTo("0");
  }

  @Test
  void aFrameThatSaysItIsHugeIsRefusedBeforeItIsHeld() {
    byte[] head = java.nio.ByteBuffer.allocate(16 + 9 + 10)
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .put(16, FrameOutput.LZ4)
        .putInt(17, (1 << 30) - 1)
        .putInt(21, 100)
        .array();

    assertThatThrownBy(() -> clickhouse.send(Map.of("decompress", "1"), head))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.code).isEqualTo(271));
  }

  @Test
  void requestsTooLargeForTheHeapTogetherAreAllAnswered() throws Exception {
    byte[] sql =
        ("SELECT length('" + "x".repeat(15 << 20) + "')").getBytes(StandardCharsets.US_ASCII);
    try (HttpClient http =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      var answers = java.util.stream.IntStream.range(0, 6)
          .mapToObj(_ -> http.sendAsync(
              clickhouse
                  .request(Map.of("max_query_size", "100000000"))
                  .POST(BodyPublishers.ofByteArray(sql))
                  .build(),
              BodyHandlers.ofString()))
          .toList();

      for (var answer : answers) {
        assertThat(answer.get(50, TimeUnit.SECONDS).body())
            .matches("(?s)" + (15 << 20) + "\n|.*MEMORY_LIMIT_EXCEEDED.*");
      }
    }
  }

  /** Content codings, by the libraries that clients use. */
  enum Coding {
    GZIP,
    ZSTD,
    LZ4;

    OutputStream encode(OutputStream target) throws IOException {
      return switch (this) {
        case GZIP -> new GZIPOutputStream(target);
        case ZSTD -> new ZstdOutputStream(target);
        case LZ4 -> new LZ4FrameOutputStream(target);
      };
    }

    InputStream decode(InputStream source) throws IOException {
      return switch (this) {
        case GZIP -> new GZIPInputStream(source);
        case ZSTD -> new ZstdInputStream(source);
        case LZ4 -> new LZ4FrameInputStream(source);
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void contentCodingsInAndOut(Coding coding) throws Exception {
    String name = coding.name().toLowerCase(java.util.Locale.ROOT);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (OutputStream encoded = coding.encode(body)) {
      encoded.write("SELECT number FROM numbers(200000)".getBytes(StandardCharsets.US_ASCII));
    }
    HttpRequest request = clickhouse
        .request(Map.of("enable_http_compression", "1"))
        .header("Content-Encoding", name)
        .header("Accept-Encoding", "br, " + name)
        .POST(BodyPublishers.ofByteArray(body.toByteArray()))
        .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<byte[]> answer = http.send(request, BodyHandlers.ofByteArray());

      assertThat(answer.headers().firstValue("Content-Encoding")).contains(name);
      assertThat(coding.decode(new ByteArrayInputStream(answer.body())).readAllBytes())
          .hasSize(1_288_890);
    }
  }

  @Test
  void readsLinkedLz4Blocks() throws Exception {
    // lz4.frame of Python: blocks that refer back to earlier ones
    byte[] frame = java.util.HexFormat.of().parseHex(LINKED_LZ4);
    HttpRequest request = clickhouse
        .request(Map.of())
        .header("Content-Encoding", "lz4")
        .POST(BodyPublishers.ofByteArray(frame))
        .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      assertThat(http.send(request, BodyHandlers.ofString()).body()).isEqualTo("70000\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "zstd", "lz4"})
  void aBodyThatIsNotInItsCodingIsRefused(String coding) throws Exception {
    HttpRequest request = clickhouse
        .request(Map.of())
        .header("Content-Encoding", coding)
        .POST(BodyPublishers.ofString("SELECT 1"))
        .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(400);
    }
  }

  @Test
  void aChunkedBodyOfAnyLengthIsStreamedIn() throws Exception {
    clickhouse.run("CREATE TABLE chunked (n UInt64) ENGINE = MergeTree ORDER BY n");
    HttpRequest request = clickhouse
        .request(Map.of("query", "INSERT INTO chunked FORMAT RowBinary"))
        .POST(BodyPublishers.ofInputStream(() -> new Zeros(80_000_000)))
        .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }
    assertThat(clickhouse.run("SELECT count() FROM chunked")).isEqualTo("10000000");
  }

  @Test
  void aBodyThatBreaksOffStoresNothing() throws Exception {
    clickhouse.run("CREATE TABLE broken (n UInt64) ENGINE = MergeTree ORDER BY n");
    try (Socket socket = new Socket(engine.address().getHost(), engine.address().getPort())) {
      post(
          socket,
          "POST /?database=%s&query=INSERT+INTO+broken+FORMAT+TSV&query_id=broken HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n1\n2\n"
              .formatted(engine.database()));
      await(() -> runs("INSERT INTO broken"));
    }
    await(() -> !runs("INSERT INTO broken"));

    assertThat(clickhouse.run("SELECT count() FROM broken")).isEqualTo("0");
  }

  @Test
  void aQueryEndsWhenItsClientGoes() throws Exception {
    try (Socket socket = new Socket(engine.address().getHost(), engine.address().getPort())) {
      post(
          socket,
          "POST /?query_id=gone HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(LONG.length(), LONG));
      await(() -> runs("sleepEachRow"));
    }

    long left = System.nanoTime();
    await(() -> !runs("sleepEachRow"));
    assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - left)).isLessThan(10);
  }

  @Test
  void killQueryByIdEndsIt() throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      var answer = http.sendAsync(
          clickhouse
              .request(Map.of("query_id", "victim"))
              .POST(BodyPublishers.ofString(LONG))
              .build(),
          BodyHandlers.ofString());
      await(() -> runs("sleepEachRow"));
      await(() -> {
        clickhouse.run("KILL QUERY WHERE query_id = 'victim' SYNC");
        return answer.isDone();
      });

      assertThat(
              answer.get(1, TimeUnit.SECONDS).headers().firstValue("X-ClickHouse-Exception-Code"))
          .contains("394");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "default, secret, 200",
    "default, wrong, 403",
    "default, '', 403",
    "nobody, secret, 403"
  })
  void asksForThePasswordItWasGiven(
      String user, String key, int status, @TempDir java.nio.file.Path data) throws Exception {
    try (Engine guarded =
        new Engine(EngineFixture.library(), data, EngineFixture.freePort(), 1L << 30, "secret")) {
      guarded.start();
      guarded.awaitReady(EngineFixture.READY);
      ClickHouseHttp client = new ClickHouseHttp(guarded.address(), "default", user, key);

      if (status == 200) {
        assertThat(client.run("SELECT 1")).isEqualTo("1");
      } else {
        assertThatThrownBy(() -> client.run("SELECT 1"))
            .isInstanceOfSatisfying(Refused.class, refused -> {
              assertThat(refused.status).isEqualTo(status);
              assertThat(refused.code).isEqualTo(516);
            });
      }
    }
  }

  private static void post(Socket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
  }

  private boolean runs(String text) {
    return clickhouse
        .run("SELECT count() FROM system.processes WHERE query LIKE '%" + text
            + "%' AND query NOT LIKE '%system.processes%'")
        .equals("1");
  }

  private HttpResponse<byte[]> send(String sql, Map<String, String> arguments) {
    return clickhouse.send(new HashMap<>(arguments), sql.getBytes(StandardCharsets.UTF_8));
  }

  private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(engine.address().resolve(path)).build(), BodyHandlers.ofString());
    }
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /** Many zero bytes that are nowhere at once. */
  private static final class Zeros extends InputStream {
    private long left;

    Zeros(long left) {
      this.left = left;
    }

    @Override
    public int read() {
      return left-- > 0 ? 0 : -1;
    }

    @Override
    public int read(byte[] target, int from, int length) {
      int part = (int) Math.min(left, length);
      java.util.Arrays.fill(target, from, from + part, (byte) 0);
      left -= part;
      return part == 0 ? -1 : part;
    }
  }
}
