package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.block.Block;
import dev.seamark.block.Column;
import dev.seamark.block.LongColumn;
import dev.seamark.block.StringColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What Seamark needs of a ClickHouse, held against each kind of server it meets: the embedded
 * engine, a server at a given address, one in a container.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StorageContract {
  private static final int VIOLATED_CONSTRAINT = 469;
  private static final String DATABASE = "seamark_contract";

  private static final String SAMPLES = """
      CREATE TABLE samples
      (
          Tenant LowCardinality(String),
          MetricName LowCardinality(String),
          SeriesId UInt64,
          Ts DateTime64(3) CODEC(DoubleDelta, ZSTD(1)),
          Value Float64 CODEC(ZSTD(1)),
          RetentionDays UInt16 DEFAULT 30,
          CONSTRAINT Fence CHECK toUnixTimestamp(nowInBlock())
              <= if(empty(getSetting('log_comment')), 4294967295, toUInt32OrZero(getSetting('log_comment')))
      )
      ENGINE = MergeTree
      PARTITION BY (RetentionDays, toDate(Ts))
      ORDER BY (Tenant, MetricName, SeriesId, Ts)
      TTL toDateTime(Ts) + toIntervalDay(if(RetentionDays = 0, 10000, RetentionDays))
      SETTINGS ttl_only_drop_parts = 1, index_granularity = 1024, non_replicated_deduplication_window = 1000
      """;

  /** The server without a database of its own. */
  abstract ClickHouseHttp server(String database);

  /**
   * Makes the server forget what it holds of the table in memory; a restart where a test can do
   * one.
   */
  void restart() throws Exception {
    server(DATABASE).run("DETACH TABLE samples");
    server(DATABASE).run("ATTACH TABLE samples");
  }

  private ClickHouseHttp clickhouse;

  @BeforeEach
  void createDatabase() {
    server("default").run("CREATE DATABASE " + DATABASE);
    clickhouse = server(DATABASE);
    clickhouse.run(SAMPLES);
  }

  @AfterEach
  void dropDatabase() {
    server("default").run("DROP DATABASE IF EXISTS " + DATABASE);
  }

  @Test
  void createsATableOnce() {
    assertThatThrownBy(() -> clickhouse.run(SAMPLES))
        .isInstanceOfSatisfying(
            ClickHouseHttp.Refused.class, refused -> assertThat(refused.code).isEqualTo(57));
    assertThat(clickhouse.run("EXISTS TABLE samples")).isEqualTo("1");
  }

  @Test
  void storesANativeBlockAndSaysHowManyRows() {
    long written = insert(samples(0, 1000), Map.of());

    assertThat(written).isEqualTo(1000);
    assertThat(clickhouse.run(
            "SELECT count(), uniqExact(SeriesId), sum(Value), any(RetentionDays) FROM samples"))
        .isEqualTo("1000\t10\t499500\t30");
  }

  @Test
  void storesConcatenatedBlocksAsOneInsert() {
    byte[] first = samples(0, 500).encode();
    byte[] second = samples(500, 500).encode();
    byte[] both = java.util.Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);

    long written = clickhouse.insert(INSERT, both, Map.of("insert_deduplication_token", "joined"));

    assertThat(written).isEqualTo(1000);
    assertThat(stored()).isEqualTo(1000);
    assertThat(
            clickhouse.run(
                "SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'samples' AND level = 0 AND active"))
        .isEqualTo("1");
  }

  /** The writer finds out by it which record ClickHouse refuses. */
  @Test
  void theFunctionNullRefusesWhatATableOfItsColumnsWould() {
    String insert = "INSERT INTO FUNCTION null('`a.b` Enum8(\\'x\\' = 1)') (`a.b`) FORMAT Native";

    clickhouse.insert(insert, text("x"), Map.of());

    assertThatThrownBy(() -> clickhouse.insert(insert, text("y"), Map.of()))
        .isInstanceOfSatisfying(
            ClickHouseHttp.Refused.class, refused -> assertThat(refused.code).isEqualTo(691));
  }

  private static byte[] text(String text) {
    StringColumn column = new StringColumn();
    column.append(text);
    return new Block(List.of(new Block.Named("a.b", column))).encode();
  }

  @Test
  void aCutBlockStoresNothing() {
    byte[] block = samples(0, 1000).encode();
    byte[] cut = java.util.Arrays.copyOf(block, block.length - 100);

    assertThatThrownBy(() -> clickhouse.insert(INSERT, cut, Map.of()))
        .isInstanceOf(ClickHouseHttp.Refused.class);
    assertThat(stored()).isZero();
  }

  @Test
  void dropsARepeatedTokenAndKeepsTheFirstContent() {
    insert(samples(0, 100), Map.of("insert_deduplication_token", "p/0/0-99/1"));
    insert(samples(0, 100), Map.of("insert_deduplication_token", "p/0/0-99/1"));
    insert(samples(700, 50), Map.of("insert_deduplication_token", "p/0/0-99/1"));

    assertThat(stored()).isEqualTo(100);

    insert(samples(0, 100), Map.of("insert_deduplication_token", "p/0/100-199/1"));
    assertThat(stored()).isEqualTo(200);
  }

  @Test
  void dropsARepeatedTokenOverSeveralPartitions() {
    for (int i = 0; i < 2; i++) {
      Block block = samples(0, 100);
      ((LongColumn) block.column("Ts")).clear();
      for (int row = 0; row < 100; row++) {
        ((LongColumn) block.column("Ts")).append(now() + (row % 3) * 86_400_000L);
      }
      insert(block, Map.of("insert_deduplication_token", "days"));
    }

    assertThat(stored()).isEqualTo(100);
  }

  @Test
  void dropsARepeatedTokenAfterARestart() throws Exception {
    insert(samples(0, 100), Map.of("insert_deduplication_token", "before"));
    restart();
    clickhouse = server(DATABASE);

    insert(samples(0, 100), Map.of("insert_deduplication_token", "before"));

    assertThat(stored()).isEqualTo(100);
  }

  @Test
  void dropsRepeatsThatRaceEachOther() throws Exception {
    List<Callable<Long>> inserts = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      inserts.add(() -> insert(samples(0, 100), Map.of("insert_deduplication_token", "race")));
    }
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (var insert : threads.invokeAll(inserts)) {
        insert.get();
      }
    }

    assertThat(stored()).isEqualTo(100);
  }

  @Test
  void dropsARepeatedTokenInADependentView() {
    clickhouse.run(
        "CREATE TABLE series (SeriesId UInt64, n UInt64) ENGINE = MergeTree ORDER BY SeriesId SETTINGS non_replicated_deduplication_window = 1000");
    clickhouse.run(
        "CREATE MATERIALIZED VIEW series_mv TO series AS SELECT SeriesId, count() AS n FROM samples GROUP BY SeriesId");
    for (int i = 0; i < 3; i++) {
      insert(
          samples(0, 100),
          Map.of(
              "insert_deduplication_token",
              "mv",
              "deduplicate_blocks_in_dependent_materialized_views",
              "1"));
    }

    assertThat(clickhouse.run("SELECT sum(n) FROM series")).isEqualTo("100");
  }

  @Test
  void anInsertWithinItsLeaseIsStored() {
    insert(
        samples(0, 100),
        Map.of(
            "log_comment",
            Long.toString(serverSeconds() + 60),
            "insert_deduplication_token",
            "lease"));
    insert(
        samples(0, 100),
        Map.of(
            "log_comment",
            Long.toString(serverSeconds() + 90),
            "insert_deduplication_token",
            "lease"));

    assertThat(stored()).isEqualTo(100);
  }

  @Test
  void anInsertAfterItsLeaseRefusesItself() {
    Map<String, String> late = Map.of(
        "log_comment", Long.toString(serverSeconds() - 1), "insert_deduplication_token", "late");

    assertThatThrownBy(() -> insert(samples(0, 100), late))
        .isInstanceOfSatisfying(
            ClickHouseHttp.Refused.class,
            refused -> assertThat(refused.code).isEqualTo(VIOLATED_CONSTRAINT));
    assertThat(stored()).isZero();

    insert(
        samples(0, 100),
        Map.of(
            "log_comment",
            Long.toString(serverSeconds() + 60),
            "insert_deduplication_token",
            "late"));
    assertThat(stored()).isEqualTo(100);
  }

  @Test
  void aLeaseThatIsNoNumberRefuses() {
    assertThatThrownBy(() -> insert(samples(0, 1), Map.of("log_comment", "soon")))
        .isInstanceOfSatisfying(
            ClickHouseHttp.Refused.class,
            refused -> assertThat(refused.code).isEqualTo(VIOLATED_CONSTRAINT));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "UInt8|255|255",
        "UInt16|65535|65535",
        "UInt32|4294967295|4294967295",
        "UInt64|18446744073709551615|18446744073709551615",
        "Int32|-2147483648|-2147483648",
        "Int64|-9223372036854775808|-9223372036854775808",
        "Float64|-1.5e300|-1.5e300",
        "Float64|nan|nan",
        "Bool|true|true",
        "String|it's \\t {a:b} ü|it\\'s \\t {a:b} ü",
        "FixedString(3)|abc|abc",
        "LowCardinality(String)|x|x",
        "Date|2026-11-24|2026-11-24",
        "DateTime('UTC')|2026-11-24 01:02:03|2026-11-24 01:02:03",
        "DateTime64(9, 'UTC')|2026-11-24 01:02:03.123456789|2026-11-24 01:02:03.123456789",
        "Enum8('a' = 1, 'b' = 2)|b|b",
        "Array(String)|['a','it\\'s']|['a','it\\'s']",
        "Array(UInt64)|[1,2]|[1,2]",
        "Map(String, String)|{'k':'v'}|{'k':'v'}",
        "Nullable(String)|\\N|\\N",
        "UUID|61f0c404-5cb3-11e7-907b-a6006ad3dba0|61f0c404-5cb3-11e7-907b-a6006ad3dba0",
      })
  void selectsAParameterOfEveryKind(String type, String value, String expected) {
    assertThat(clickhouse.run(
            "SELECT CAST({p:" + type + "} AS " + type + ")", Map.of("param_p", value)))
        .isEqualTo(expected);
  }

  @Test
  void filtersByParameters() {
    insert(samples(0, 1000), Map.of());

    assertThat(clickhouse.run(
            "SELECT count() FROM samples WHERE MetricName = {m:String} AND SeriesId IN {ids:Array(UInt64)} AND Value >= {from:Float64}",
            Map.of("param_m", "up", "param_ids", "[1,2]", "param_from", "500")))
        .isEqualTo("100");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "SELECT * FROM nosuch|404|60|UNKNOWN_TABLE",
        "SELECT nosuch FROM samples|404|47|UNKNOWN_IDENTIFIER",
        "SELECT nosuch()|404|46|UNKNOWN_FUNCTION",
        "SELEC 1|400|62|SYNTAX_ERROR",
        "SELECT {x:UInt8}|400|456|UNKNOWN_QUERY_PARAMETER",
        "SELECT throwIf(1)|500|395|FUNCTION_THROW_IF_VALUE_IS_NON_ZERO",
        "SELECT sleepEachRow(0.2) FROM numbers(100) SETTINGS max_execution_time = 1, max_block_size = 1|500|159|TIMEOUT_EXCEEDED",
        "INSERT INTO nosuch VALUES (1)|404|60|UNKNOWN_TABLE",
      })
  void tellsErrorsAsClickHouseDoes(String sql, int status, int code, String name) {
    assertThatThrownBy(() -> clickhouse.run(sql))
        .isInstanceOfSatisfying(ClickHouseHttp.Refused.class, refused -> {
          assertThat(refused.code).as("%s", refused.getMessage()).isEqualTo(code);
          assertThat(refused.status).isEqualTo(status);
        })
        .hasMessageStartingWith("Code: " + code + ". DB::Exception: ")
        .hasMessageContaining("(" + name + ")");
  }

  @Test
  void refusesASettingItDoesNotKnow() {
    assertThatThrownBy(() -> clickhouse.run("SELECT 1", Map.of("max_treads", "1")))
        .isInstanceOfSatisfying(
            ClickHouseHttp.Refused.class, refused -> assertThat(refused.code).isEqualTo(115));
  }

  private static final String INSERT =
      "INSERT INTO samples (Tenant, MetricName, SeriesId, Ts, Value) FORMAT Native";

  private long insert(Block block, Map<String, String> settings) {
    return clickhouse.insert(INSERT, block.encode(), settings);
  }

  private long stored() {
    return Long.parseLong(clickhouse.run("SELECT count() FROM samples"));
  }

  private long serverSeconds() {
    return Long.parseLong(clickhouse.run("SELECT toUnixTimestamp(now())"));
  }

  private static long now() {
    return System.currentTimeMillis();
  }

  private static Block samples(int from, int rows) {
    StringColumn tenant = (StringColumn) Column.of("String");
    StringColumn name = (StringColumn) Column.of("String");
    LongColumn series = (LongColumn) Column.of("UInt64");
    LongColumn ts = (LongColumn) Column.of("DateTime64(3)");
    var value = (dev.seamark.block.DoubleColumn) Column.of("Float64");
    long now = now();
    for (int row = from; row < from + rows; row++) {
      tenant.append("default");
      name.append("up");
      series.append(row % 10);
      ts.append(now);
      value.append(row);
    }
    return new Block(List.of(
        new Block.Named("Tenant", tenant),
        new Block.Named("MetricName", name),
        new Block.Named("SeriesId", series),
        new Block.Named("Ts", ts),
        new Block.Named("Value", value)));
  }
}
