package dev.seamark.standalone.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.seamark.tenant.NewKey;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A standalone with a keys file, from a sender's key to the tenant of a row in ClickHouse. */
class KeysAcceptanceTest {
  private static final Duration VISIBLE = Duration.ofSeconds(30);
  private static final NewKey OF_SHOP = NewKey.from(new SecureRandom());
  private static final NewKey OF_BANK = NewKey.from(new SecureRandom());
  private static final NewKey OF_OPERATOR = NewKey.from(new SecureRandom());

  private static final String KEYS = """
      tenants:
        shop: {retention-days: 30}
        bank: {}
      keys:
        shop: {hash: "%s", tenant: shop, scopes: [ingest], clusters: [eu-1]}
        operator: {hash: "%s", tenant: shop, scopes: [sql, admin]}
      """.formatted(OF_SHOP.hash(), OF_OPERATOR.hash());

  @TempDir
  static Path folder;

  private static Path keys;
  private static StandaloneProcess seamark;

  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeAll
  static void start() throws Exception {
    keys = Files.writeString(folder.resolve("keys.yaml"), KEYS);
    seamark = StandaloneProcess.start(folder.resolve("data"), "--keys", keys.toString());
  }

  @AfterAll
  static void stop() {
    if (seamark != null) {
      seamark.stop();
    }
  }

  private int send(@Nullable NewKey key, String body) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(seamark.otlpHttp().resolve("/v1/logs"))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(("{\"resourceLogs\":[{\"scopeLogs\":[{"
                + "\"logRecords\":[{\"body\":{\"stringValue\":\"%s\"}}]}]}]}")
            .formatted(body)));
    if (key != null) {
      request.header("Authorization", "Bearer " + key.secret().reveal());
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  @Test
  void aRowIsOfItsKeysTenantAndANewKeyIsKnownWithoutARestart() throws Exception {
    assertThat(send(null, "nobody")).isEqualTo(401);
    assertThat(send(OF_BANK, "too early")).isEqualTo(401);
    assertThat(send(OF_SHOP, "first")).isEqualTo(200);

    Files.writeString(
        keys,
        KEYS
            + "  bank: {hash: \"%s\", tenant: bank, scopes: [ingest]}\n".formatted(OF_BANK.hash()));
    long deadline = System.nanoTime() + VISIBLE.toNanos();
    while (send(OF_BANK, "second") != 200) {
      assertThat(System.nanoTime()).as("the new key is known within 30 s").isLessThan(deadline);
    }

    var sql =
        new Sql(URI.create(seamark.sql() + "/?password=" + OF_OPERATOR.secret().reveal()));
    assertThat(sql.rowsOnce(
            "SELECT Body, Tenant, Cluster, RetentionDays FROM otel_logs ORDER BY Body",
            rows -> rows.size() == 2,
            VISIBLE))
        .containsExactly(
            List.of("first", "shop", "eu-1", "30"), List.of("second", "bank", "", "0"));
  }

  @Test
  void jdbcShowsAKeyAsItsPassword() throws Exception {
    assertThat(asked(OF_OPERATOR)).isEqualTo(42);
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> asked(OF_SHOP))
        .withMessageContaining("has no scope sql");
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> asked(NewKey.from(new SecureRandom())))
        .withMessageContaining("the key is not known");
  }

  private static int asked(NewKey key) throws SQLException {
    var properties = new Properties();
    properties.setProperty("user", "anybody");
    properties.setProperty("password", key.secret().reveal());
    String url = "jdbc:clickhouse:%s/seamark".formatted(seamark.sql());
    try (var connection = DriverManager.getConnection(url, properties);
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT 42")) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
