package dev.seamark.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.seamark.block.Block;
import dev.seamark.block.LongColumn;
import dev.seamark.block.StringColumn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against scripted servers; what a real one answers is held by the storage contract. */
class ClickHouseTest {
  private final List<ScriptedServer> servers = new ArrayList<>();

  @AfterEach
  void stop() {
    servers.forEach(server -> server.http.stop(0));
  }

  @Test
  void aQueryIsAskedForNativeBlocks() throws IOException {
    ScriptedServer server = server(answer -> answer.block(text("Word", "fog")));

    try (ClickHouse clickHouse = clickHouse(server.uri())) {
      List<Block> blocks = clickHouse.query(
          "SELECT {w:String} AS Word", Map.of("w", "a\tb"), Map.of("max_threads", "1"));

      assertThat(((StringColumn) blocks.getFirst().column("Word")).text(0)).isEqualTo("fog");
    }
    assertThat(server.requests).hasSize(1);
    assertThat(server.requests.getFirst())
        .contains("SELECT {w:String} AS Word")
        .contains("param_w=a\\tb")
        .contains("max_threads=1")
        .contains("X-ClickHouse-Format: Native")
        .contains("X-ClickHouse-Database: seamark");
  }

  @Test
  void aDeadAddressIsPassedOverAndThenNotAskedAgain() throws IOException {
    URI dead = deadAddress();
    ScriptedServer alive = server(answer -> answer.block(text("Word", "fog")));

    try (ClickHouse clickHouse = clickHouse(dead, alive.uri())) {
      clickHouse.ping();
      clickHouse.execute("CREATE TABLE t");
      ScriptedServer revived = server(dead.getPort(), answer -> answer.error(500, 1, "unexpected"));
      clickHouse.ping();

      assertThat(alive.requests).hasSize(3);
      assertThat(revived.requests).isEmpty();
    }
  }

  @Test
  void aReadOnlyReplicaHandsAnInsertToTheNext() throws IOException {
    ScriptedServer readOnly =
        server(answer -> answer.error(500, 242, "Table is in readonly mode. (TABLE_IS_READ_ONLY)"));
    ScriptedServer writable = server(answer -> answer.written(7));

    try (ClickHouse clickHouse = clickHouse(readOnly.uri(), writable.uri())) {
      long written = clickHouse.insert(
          "t", List.of("Events.Name"), InsertBody.of(new byte[] {1, 2}), Map.of());

      assertThat(written).isEqualTo(7);
    }
    assertThat(writable.requests.getFirst())
        .contains("INSERT INTO t (`Events.Name` ) FORMAT Native");
  }

  @Test
  void anInsertWithoutTokenIsNotRepeatedOnceItWasSent() throws IOException {
    ScriptedServer broken = server(ScriptedServer.Answer::hangUp);
    ScriptedServer other = server(answer -> answer.written(1));

    try (ClickHouse clickHouse = clickHouse(broken.uri(), other.uri())) {
      ClickHouseException failure = catchThrowableOfType(
          ClickHouseException.class,
          () -> clickHouse.insert("t", List.of("a"), InsertBody.of(new byte[1]), Map.of()));

      assertThat(failure.retryable()).isTrue();
      assertThat(failure.code()).isEqualTo(ClickHouseException.NETWORK);
      assertThat(other.requests).isEmpty();
      Map<String, String> token = Map.of("insert_deduplication_token", "logs/0/1-2/1");
      assertThat(clickHouse.insert("t", List.of("a"), InsertBody.of(new byte[1]), token))
          .isEqualTo(1);
    }
    assertThat(other.requests).hasSize(1);
  }

  @Test
  void whenNobodyAnswersTheErrorNamesTheAddresses() throws IOException {
    URI one = deadAddress();
    URI two = deadAddress();

    try (ClickHouse clickHouse = clickHouse(one, two)) {
      ClickHouseException failure =
          catchThrowableOfType(ClickHouseException.class, clickHouse::ping);

      assertThat(failure).hasMessageContaining(two.toString()).hasMessageContaining("is away");
      assertThat(failure.getSuppressed()).singleElement().asString().contains(one.toString());
      assertThat(failure.retryable()).isTrue();
      assertThat(ClickHouseVerdict.check(clickHouse).text())
          .contains("warning: ClickHouse " + one)
          .contains("refused: no ClickHouse answers at any of its addresses");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "404, 60, UNKNOWN_TABLE, false",
    "400, 62, SYNTAX_ERROR, false",
    "400, 16, NO_SUCH_COLUMN_IN_TABLE, false",
    "400, 27, CANNOT_PARSE_INPUT_ASSERTION_FAILED, false",
    "400, 53, TYPE_MISMATCH, false",
    "400, 117, INCORRECT_DATA, false",
    "500, 469, VIOLATED_CONSTRAINT, false",
    "500, 159, TIMEOUT_EXCEEDED, true",
    "500, 202, TOO_MANY_SIMULTANEOUS_QUERIES, true",
    "500, 210, NETWORK_ERROR, true",
    "500, 241, MEMORY_LIMIT_EXCEEDED, true",
    "500, 252, TOO_MANY_PARTS, true",
    "500, 416, REPLICA_STATUS_CHANGED, true",
    "500, 733, TABLE_IS_BEING_RESTARTED, true",
    "500, 745, SERVER_OVERLOADED, true",
    "500, 999, KEEPER_EXCEPTION, true",
  })
  void anErrorSaysWhetherTryingAgainHelps(int status, int code, String name, boolean retryable)
      throws IOException {
    ScriptedServer server = server(
        answer -> answer.error(status, code, "Something (maybe this). (%s)".formatted(name)));

    try (ClickHouse clickHouse = clickHouse(server.uri())) {
      ClickHouseException failure =
          catchThrowableOfType(ClickHouseException.class, () -> clickHouse.execute("SELECT"));

      assertThat(failure.code()).isEqualTo(code);
      assertThat(failure.codeName()).isEqualTo(name);
      assertThat(failure.retryable()).isEqualTo(retryable);
      assertThat(failure).hasMessageContaining("Something (maybe this).");
    }
  }

  @Test
  void anAnswerOverTheLimitIsRefused() throws IOException {
    ScriptedServer server = server(answer -> answer.block(text("Word", "x".repeat(2 << 20))));
    try (ClickHouse clickHouse = new ClickHouse(withAnswersOfAMiB(server.uri()))) {
      assertThatThrownBy(() -> clickHouse.query("SELECT"))
          .hasMessageContaining("it is larger than 1 MiB (clickhouse.answer-bytes-max)");
    }
  }

  @Test
  void theServersClockIsLearnedAndCountedOn() throws IOException {
    Instant there = Instant.parse("2026-11-24T12:01:30Z");
    ScriptedServer server = server(answer -> answer.block(nanos("Now", there)));
    AtomicReference<Instant> here = new AtomicReference<>(there.minusSeconds(90));
    AtomicLong ticks = new AtomicLong();

    try (ClickHouse clickHouse =
        new ClickHouse(ClickHouseConfig.of("seamark", server.uri()), here::get, ticks::get)) {
      assertThat(clickHouse.clockSkew()).isEqualTo(Duration.ofSeconds(90));
      ticks.set(4_000_000_000L);
      here.set(there.plusSeconds(3_600)); // an administrator sets this machine's clock

      assertThat(clickHouse.now()).isEqualTo(there.plusSeconds(4));
      assertThat(clickHouse.clockSkew()).isEqualTo(Duration.ofSeconds(4 - 3_600));
    }
    assertThat(server.requests).hasSize(1);
  }

  @Test
  void aClockThatWentAwayIsNoticed() throws IOException {
    ScriptedServer server = server(answer -> answer.block(nanos("Now", Instant.EPOCH)));
    AtomicLong ticks = new AtomicLong();

    try (ClickHouse clickHouse = new ClickHouse(
        ClickHouseConfig.of("seamark", server.uri()), InstantSource.system(), ticks::get)) {
      clickHouse.now();
      server.http.stop(0);
      ticks.set(6_000_000_000L);

      assertThat(
              catchThrowableOfType(ClickHouseException.class, clickHouse::now).code())
          .isEqualTo(ClickHouseException.NETWORK);
    }
  }

  @Test
  void aBlockWithAColumnTheTableLacksIsRefused() {
    TableColumns columns = new TableColumns("otel_logs", Map.of("Body", "String"));

    assertThat(columns.refusal(text("Body", "x"))).isEmpty();
    assertThat(columns.refusal(text("Colour", "x")).orElseThrow())
        .startsWith("table otel_logs lacks Colour, ClickHouse would drop them silently");
    assertThat(
            new TableColumns("otel_logs", Map.of()).refusal(text("Body", "x")).orElseThrow())
        .isEqualTo("table otel_logs doesn't exist: run the migrations");
  }

  @Test
  void aDistributedTableTakesNoInserts() throws IOException {
    Block columns = new Block(Stream.of("Name", "Type", "Engine")
        .map(name -> text(name, name.equals("Engine") ? "Distributed" : "String"))
        .map(block -> block.columns().getFirst())
        .toList());
    ScriptedServer server = server(answer -> answer.block(columns));

    try (ClickHouse clickHouse = clickHouse(server.uri())) {
      assertThatThrownBy(() -> TableColumns.of(clickHouse, "otel_logs"))
          .isInstanceOf(ClickHouseException.class)
          .hasMessage(
              "table otel_logs is Distributed, inserts go to the local tables behind it: name the cluster (schema.cluster)");
    }
  }

  @Test
  void aHostWithoutARouteWasNotReached() {
    URI address = URI.create("http://db:8123");

    assertThat(ClickHouseException.of(address, new NoRouteToHostException("No route to host")))
        .hasMessage("ClickHouse http://db:8123 is away: No route to host")
        .matches(ClickHouseException::notCarriedOut);
  }

  @Test
  void aServerThatIsBusyAtTheStartIsAWarning() throws IOException {
    AtomicLong asked = new AtomicLong();
    ScriptedServer server = server(answer -> {
      switch ((int) asked.incrementAndGet()) {
        case 1 -> answer.block(text("Text", "26.7.2.1"));
        case 2 -> answer.block(nanos("Now", Instant.now()));
        default -> answer.error(500, 202, "Too many. (TOO_MANY_SIMULTANEOUS_QUERIES)");
      }
    });

    try (ClickHouse clickHouse = clickHouse(server.uri())) {
      ClickHouseVerdict verdict = ClickHouseVerdict.check(clickHouse);

      assertThat(verdict.acceptable()).as(verdict.text()).isTrue();
      assertThat(verdict.warnings())
          .singleElement()
          .asString()
          .contains("TOO_MANY_SIMULTANEOUS_QUERIES");
    }
  }

  @ParameterizedTest
  @CsvSource({"UTC, 0", "Etc/UTC, 0", "GMT, 0", "Asia/Tokyo, 1", "Europe/London, 1"})
  void aServerOfAnotherTimeZoneIsAWarning(String zone, int warnings) throws IOException {
    AtomicLong asked = new AtomicLong();
    ScriptedServer server = server(answer -> {
      switch ((int) asked.incrementAndGet()) {
        case 1 -> answer.block(text("Text", "26.7.2.1"));
        case 2 -> answer.block(nanos("Now", Instant.now()));
        case 3 -> answer.block(text("Text", zone));
        default -> answer.block(text("Text", "0"));
      }
    });

    try (ClickHouse clickHouse = clickHouse(server.uri())) {
      ClickHouseVerdict verdict = ClickHouseVerdict.check(clickHouse);

      assertThat(verdict.acceptable()).as(verdict.text()).isTrue();
      assertThat(verdict.warnings())
          .hasSize(warnings)
          .allSatisfy(each -> assertThat(each).contains("is " + zone + ": days of partitions"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://db", "http://db:8123/prefix", "http://db:8123?user=me"})
  void anAddressIsHostAndPort(String address) {
    assertThatThrownBy(() -> ClickHouseConfig.of("seamark", URI.create(address)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("ClickHouse address %s is not of the form http://host:port or https://host:port"
            .formatted(address));
  }

  @Test
  void aUserInAnAddressIsRefusedUnshown() {
    assertThatThrownBy(() -> ClickHouseConfig.of("seamark", URI.create("http://me:s3cret@db:8123")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a ClickHouse address holds a user: give it by the keys user and password");
  }

  @Test
  void anAddressMustFitTheEncryption() {
    assertThatThrownBy(() -> ClickHouseConfig.of("seamark", URI.create("https://db:8443")))
        .hasMessage(
            "ClickHouse address https://db:8443 and tls.enabled = false contradict each other");
    assertThatThrownBy(() -> ClickHouseConfig.of("seamark", URI.create("tcp://db:9000")))
        .hasMessageContaining("is not of the form http://host:port");
  }

  private static ClickHouse clickHouse(URI... addresses) {
    return new ClickHouse(ClickHouseConfig.of("seamark", addresses));
  }

  private static ClickHouseConfig withAnswersOfAMiB(URI address) {
    ClickHouseConfig like = ClickHouseConfig.of("seamark", address);
    return new ClickHouseConfig(
        like.addresses(),
        like.user(),
        like.password(),
        like.database(),
        like.tls(),
        like.connectTimeout(),
        like.answerTimeout(),
        like.connections(),
        1 << 20,
        false);
  }

  private static Block text(String column, String value) {
    StringColumn words = new StringColumn();
    words.append(value);
    return new Block(List.of(new Block.Named(column, words)));
  }

  private static Block nanos(String column, Instant time) {
    LongColumn times = LongColumn.dateTime64(9);
    times.append(time.getEpochSecond() * 1_000_000_000L + time.getNano());
    return new Block(List.of(new Block.Named(column, times)));
  }

  private static URI deadAddress() throws IOException {
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    int port = http.getAddress().getPort();
    http.start();
    http.stop(0);
    return URI.create("http://127.0.0.1:" + port);
  }

  private ScriptedServer server(ScriptedServer.Script script) throws IOException {
    return server(0, script);
  }

  private ScriptedServer server(int port, ScriptedServer.Script script) throws IOException {
    ScriptedServer server = new ScriptedServer(port, script);
    servers.add(server);
    return server;
  }

  /** A ClickHouse that gives every request the same answer and remembers what was asked. */
  private static final class ScriptedServer {
    final HttpServer http;
    final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    ScriptedServer(int port, Script script) throws IOException {
      http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      http.createContext("/", exchange -> {
        StringBuilder request = new StringBuilder();
        request.append(
            URLDecoder.decode(exchange.getRequestURI().toString(), StandardCharsets.UTF_8));
        exchange
            .getRequestHeaders()
            .forEach((name, values) ->
                request.append('\n').append(header(name)).append(": ").append(values.getFirst()));
        byte[] body = exchange.getRequestBody().readAllBytes();
        request.append('\n').append(new String(body, StandardCharsets.UTF_8));
        requests.add(request.toString());
        script.play(new Answer(exchange));
        exchange.close();
      });
      http.start();
    }

    private static String header(String name) {
      return switch (name) {
        case "X-clickhouse-format" -> "X-ClickHouse-Format";
        case "X-clickhouse-database" -> "X-ClickHouse-Database";
        default -> name;
      };
    }

    URI uri() {
      return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
    }

    interface Script {
      void play(Answer answer) throws IOException;
    }

    record Answer(HttpExchange exchange) {
      void block(Block block) throws IOException {
        exchange.getResponseHeaders().set("X-ClickHouse-Format", "Native");
        send(200, block.encode());
      }

      void written(int rows) throws IOException {
        exchange
            .getResponseHeaders()
            .set("X-ClickHouse-Summary", "{\"written_rows\":\"%d\"}".formatted(rows));
        send(200, new byte[0]);
      }

      void error(int status, int code, String text) throws IOException {
        exchange.getResponseHeaders().set("X-ClickHouse-Exception-Code", Integer.toString(code));
        String body = "Code: %d. DB::Exception: %s (version 26.7.2.1)".formatted(code, text);
        send(status, body.getBytes(StandardCharsets.UTF_8));
      }

      /** Closes the connection instead of an answer. */
      void hangUp() {
        exchange.close();
      }

      private void send(int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
      }
    }
  }
}
