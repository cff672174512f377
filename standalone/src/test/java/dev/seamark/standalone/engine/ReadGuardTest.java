package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.standalone.engine.ClickHouseHttp.Refused;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a reader ({@code readonly=1}, or a GET) can't make the engine do on this machine. */
@Timeout(60)
class ReadGuardTest {
  private static final Map<String, String> READER = Map.of("readonly", "1");

  @RegisterExtension
  static final EngineFixture engine = new EngineFixture();

  @TempDir
  private Path folder;

  private ClickHouseHttp clickhouse;

  @BeforeEach
  void connect() {
    clickhouse = new ClickHouseHttp(engine.address(), engine.database());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1 INTO OUTFILE '%s'",
        "SELECT 1 /* ' */ into\u00a0outfile '%s'",
        "SELECT 1 AS $a$ INTO OUTFILE '%s'",
        "SHOW TABLES INTO OUTFILE '%s'",
        "EXPLAIN SELECT 1 INTO OUTFILE '%s'",
      })
  void writesNoFile(String sql) {
    Path file = folder.resolve("written");

    assertRefused(sql.formatted(file), READER);

    assertThat(file).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT file('%s')",
        "SELECT `\\x66ile`('%s')",
        "SELECT arrayMap(file, ['%s'])",
        "SELECT * APPLY(file) FROM (SELECT '%s' AS path)",
        "WITH (path -> file(path)) AS f SELECT f('%s')",
        "SELECT * FROM eval('SELECT file(''%s'')')",
        "SELECT * FROM file('%s', 'LineAsString')",
        "SELECT * FROM viewIfPermitted(SELECT file('%s') AS a ELSE null('a String'))",
        "DESCRIBE TABLE file('%s', 'CSVWithNames')",
      })
  void readsNoFile(String sql) throws IOException {
    Path file = Files.writeString(folder.resolve("secret.csv"), "secret_name\n1\n");

    assertRefused(
        sql.formatted(file),
        Map.of("readonly", "1", "allow_experimental_eval_table_function", "1"));
  }

  @Test
  void aParameterIsNoWayRoundIt() throws IOException {
    Path file = Files.writeString(folder.resolve("secret.csv"), "secret\n");

    assertRefused(
        "SELECT arrayMap({f:Identifier}, ['%s'])".formatted(file),
        Map.of("readonly", "1", "param_f", "file"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DESCRIBE TABLE url('http://127.0.0.1:%d/x.csv')",
        "DESC url('http://127.0.0.1:%d/x.csv')",
        "BACKUP DATABASE system TO S3('http://127.0.0.1:%d/bucket/x', 'a', 'b')",
      })
  void opensNoConnection(String sql) throws IOException {
    try (var stranger = new ServerSocket(0)) {
      stranger.setSoTimeout(300);

      assertRefused(sql.formatted(stranger.getLocalPort()), READER);

      assertThatThrownBy(stranger::accept).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 'into outfile', 'eval\\t'",
        "DESCRIBE TABLE system.one",
        "DESCRIBE (SELECT 1)",
        "SELECT 'profile' AS profile ORDER BY profile DESC",
        "SHOW TABLES FROM system LIKE 'one'",
        "EXPLAIN SELECT 1",
        "EXISTS TABLE system.one",
        "USE system",
      })
  void whatOnlyReadsPasses(String sql) {
    assertThat(clickhouse.send(READER, sql.getBytes(StandardCharsets.UTF_8)).statusCode())
        .isEqualTo(200);
  }

  @Test
  void aTypingErrorIsStillCalledOne() {
    assertThatThrownBy(() -> clickhouse.run("SELEC 1", READER))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.code).isEqualTo(62))
        .hasMessageContaining("Syntax error");
  }

  @Test
  void aGetCannotCallItselfAWriter() throws Exception {
    String sql = "CREATE TABLE by_get (a UInt8) ENGINE = Memory";
    URI uri = engine
        .address()
        .resolve("/?readonly=0&database=%s&query=%s"
            .formatted(engine.database(), URLEncoder.encode(sql, StandardCharsets.UTF_8)));
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());

      assertThat(answer.headers().firstValue("X-ClickHouse-Exception-Code")).contains("164");
    }
    assertThat(clickhouse.run("EXISTS TABLE by_get")).isEqualTo("0");
  }

  @Test
  void aReaderCanStopAReadersStatementButNoWriters() throws Exception {
    assertRefused("KILL QUERY WHERE 1", READER);
    String slow = "SELECT sum(sleepEachRow(0.1)) FROM numbers(600) SETTINGS max_block_size = 1,"
        + " function_sleep_max_microseconds_per_block = 0";
    Map<String, String> reader = new HashMap<>(READER);
    reader.put("query_id", "of-a-reader");
    HttpClient http = HttpClient.newHttpClient();
    try {
      var written = http.sendAsync(
          clickhouse
              .request(Map.of("query_id", "of-a-writer"))
              .POST(HttpRequest.BodyPublishers.ofString(slow))
              .build(),
          BodyHandlers.ofString());
      var read = http.sendAsync(
          clickhouse
              .request(reader)
              .POST(HttpRequest.BodyPublishers.ofString(
                  "SELECT sum(sleepEachRow(0.1)) FROM numbers(30)"))
              .build(),
          BodyHandlers.ofString());
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      String running =
          "SELECT count() FROM system.processes WHERE startsWith(query, 'SELECT sum(sleepEachRow')";
      while (!clickhouse.run(running).equals("2") && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      clickhouse.run("KILL QUERY WHERE query_id = 'of-a-writer'", READER);
      clickhouse.run("KILL QUERY WHERE query_id = 'of-a-reader'", READER);

      assertThat(read.get(20, TimeUnit.SECONDS).body()).contains("QUERY_WAS_CANCELLED");
      assertThat(written).isNotDone();
      clickhouse.run("KILL QUERY WHERE query_id = 'of-a-writer'");
      assertThat(written.get(20, TimeUnit.SECONDS).body()).contains("QUERY_WAS_CANCELLED");
    } finally {
      http.shutdownNow(); // a close would wait a minute for the writer, and hide what went wrong
    }
  }

  private void assertRefused(String sql, Map<String, String> arguments) {
    assertThatThrownBy(() -> clickhouse.run(sql, arguments))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.code).isEqualTo(164));
  }
}
