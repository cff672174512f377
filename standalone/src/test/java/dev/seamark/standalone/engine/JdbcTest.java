package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** clickhouse-jdbc against the embedded engine. */
class JdbcTest {
  private static final int ROWS = 10_000;

  @RegisterExtension
  static final EngineFixture clickhouse = new EngineFixture();

  @Test
  void createsInsertsABatchAndSelects() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE batch (a UInt64, b String, c DateTime64(3)) ENGINE = MergeTree ORDER BY a");
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO batch (a, b) VALUES (?, ?)")) {
        for (int row = 0; row < ROWS; row++) {
          insert.setLong(1, row);
          insert.setString(2, "it's " + row + "\n\n\\");
          insert.addBatch();
        }
        assertThat(insert.executeBatch()).hasSize(ROWS);
      }
      try (PreparedStatement select = connection.prepareStatement(
          "SELECT count(), max(b) FROM batch WHERE a >= ? AND b LIKE ?")) {
        select.setLong(1, 9_000);
        select.setString(2, "it's %");
        try (ResultSet rows = select.executeQuery()) {
          rows.next();
          assertThat(rows.getLong(1)).isEqualTo(1000);
          assertThat(rows.getString(2)).isEqualTo("it's 9999\n\n\\");
        }
      }
    }
  }

  @Test
  void selectsEveryKindOfColumn() throws SQLException {
    clickhouse.run(EveryKind.TABLE);
    clickhouse.run(EveryKind.INSERT);
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT * FROM kinds")) {
      assertThat(row.next()).isTrue();

      assertThat(row.getInt("u8")).isEqualTo(255);
      assertThat(row.getInt("u16")).isEqualTo(65535);
      assertThat(row.getLong("u32")).isEqualTo(4294967295L);
      assertThat(row.getObject("u64")).isEqualTo(new BigInteger("18446744073709551615"));
      assertThat(row.getByte("i8")).isEqualTo((byte) -128);
      assertThat(row.getShort("i16")).isEqualTo((short) -32768);
      assertThat(row.getInt("i32")).isEqualTo(Integer.MIN_VALUE);
      assertThat(row.getLong("i64")).isEqualTo(Long.MIN_VALUE);
      assertThat(row.getFloat("f32")).isEqualTo(1.5f);
      assertThat(row.getDouble("f64")).isEqualTo(-2.25e300);
      assertThat(row.getBoolean("b")).isTrue();
      assertThat(row.getString("s")).isEqualTo("tab\t and 'quote'");
      assertThat(row.getString("fs")).isEqualTo("abcd");
      assertThat(row.getString("lc")).isEqualTo("low");
      assertThat(row.getString("e")).isEqualTo("b");
      assertThat(row.getDate("d")).isEqualTo(java.sql.Date.valueOf("2026-11-24"));
      assertThat(row.getString("dt9")).contains("01:02:03.123456789");
      assertThat(row.getTimestamp("dt3").toInstant())
          .isEqualTo(java.time.Instant.parse("2026-11-24T01:02:03.456Z"));
      assertThat(row.getString("ns")).isNull();
      assertThat(row.wasNull()).isTrue();
      assertThat(row.getInt("nn")).isEqualTo(7);
      assertThat(row.getString("uuid")).isEqualTo("61f0c404-5cb3-11e7-907b-a6006ad3dba0");
      assertThat(row.getBigDecimal("dec")).isEqualByComparingTo(new BigDecimal("12345.6789"));
      assertThat((Object[]) row.getArray("arr").getArray()).containsExactly("x", "y");
      assertThat(row.getObject("m")).isEqualTo(Map.of("k", "v"));
      assertThat(row.getObject("lm")).isEqualTo(Map.of("lk", "lv"));
      assertThat(row.next()).isFalse();
      assertThat(row.getMetaData().getColumnTypeName(2)).isEqualTo("UInt16");
    }
  }

  @Test
  void tellsMetadata() throws SQLException {
    clickhouse.run(
        "CREATE TABLE meta (a UInt64, b LowCardinality(String)) ENGINE = MergeTree ORDER BY a");
    try (Connection connection = connect()) {
      assertThat(connection.getMetaData().getDatabaseProductVersion()).startsWith("26.7");
      List<String> columns = new ArrayList<>();
      try (ResultSet rows =
          connection.getMetaData().getColumns(null, clickhouse.database(), "meta", "%")) {
        while (rows.next()) {
          columns.add(rows.getString("COLUMN_NAME") + " " + rows.getString("TYPE_NAME"));
        }
      }
      assertThat(columns).containsExactly("a UInt64", "b LowCardinality(String)");
    }
  }

  @Test
  void tellsTheErrorCode() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.executeQuery("SELECT * FROM nosuch"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(60))
          .hasMessageContaining("UNKNOWN_TABLE");
    }
  }

  @Test
  @Timeout(20)
  void endsAQueryAfterItsTimeout() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(1);
      long started = System.nanoTime();

      assertThatThrownBy(
              () -> statement.executeQuery(
                  "SELECT sum(sleepEachRow(0.1)) FROM numbers(200) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0"))
          .isInstanceOf(SQLException.class);

      assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started)).isLessThan(10);
    }
  }

  private static Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "default");
    properties.setProperty("password", "");
    return DriverManager.getConnection(
        "jdbc:clickhouse:%s/%s".formatted(clickhouse.address(), clickhouse.database()), properties);
  }
}
