package dev.seamark.standalone.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.seamark.block.ArrayColumn;
import dev.seamark.block.Block;
import dev.seamark.block.ByteColumn;
import dev.seamark.block.Column;
import dev.seamark.block.DoubleColumn;
import dev.seamark.block.FixedStringColumn;
import dev.seamark.block.IntColumn;
import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.clickhouse.ClickHouseException;
import dev.seamark.clickhouse.InsertBody;
import dev.seamark.clickhouse.TableColumns;
import dev.seamark.schema.Database;
import dev.seamark.schema.Inserts;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.Table;
import dev.seamark.standalone.engine.EngineFixture;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the tables promise to writer and reader, on a real ClickHouse. */
class TablesContractTest {
  @RegisterExtension
  static final EngineFixture engine = new EngineFixture();

  /** Far ahead, so that no retention of a row here is over on the day of the test. */
  private static final long NOON_MS = Instant.parse("2099-11-24T12:00:00Z").toEpochMilli();

  private static final int VIOLATED_CONSTRAINT = 469;

  private static ClickHouse clickHouse;

  @BeforeAll
  static void migrate() {
    clickHouse = open(engine.address());
    Migrations.bundled().apply(Database.over(clickHouse), SchemaOptions.single(engine.database()));
  }

  @AfterAll
  static void close() {
    clickHouse.close();
  }

  @BeforeEach
  void emptyTables() {
    for (Table table : Table.values()) {
      engine.run("TRUNCATE TABLE " + table.table() + " SYNC");
    }
    engine.run("TRUNCATE TABLE otel_traces_trace_id_ts SYNC");
  }

  @ParameterizedTest
  @EnumSource
  void whatARowBuilderHoldsIsReadBack(Table table) {
    Block sent = filled(table, 3);

    long written = insert(table, sent, "round-trip", inAMinute());

    assertThat(written).as("rows, with those of views").isGreaterThanOrEqualTo(3);
    assertThat(readBack(table, sent)).isEqualTo(printed(sent));
  }

  @ParameterizedTest
  @EnumSource
  void aRepeatedInsertIsDropped(Table table) {
    Block sent = filled(table, 3);

    for (int attempt = 0; attempt < 3; attempt++) {
      insert(table, sent, "seamark.x/3/100-200/1", inAMinute().plusSeconds(attempt));
    }
    assertThat(count(table)).isEqualTo(3);

    insert(table, sent, "seamark.x/3/200-300/1", inAMinute());
    assertThat(count(table)).isEqualTo(6);
  }

  @Test
  void theIndexOfTracesIsFilledOnceToo() {
    Block sent = filled(Table.OTEL_TRACES, 3);

    insert(Table.OTEL_TRACES, sent, "spans", inAMinute());
    insert(Table.OTEL_TRACES, sent, "spans", inAMinute());

    assertThat(engine.run(
            "SELECT count(), uniqExact(TraceId), min(Start) FROM otel_traces_trace_id_ts"))
        .isEqualTo("3\t3\t2099-11-24 12:00:00");
  }

  @ParameterizedTest
  @EnumSource
  void anInsertAfterItsDeadlineRefusesItself(Table table) {
    Block sent = filled(table, 1);

    ClickHouseException late = catchThrowableOfType(
        ClickHouseException.class,
        () -> insert(table, sent, "late", clickHouse.now().minusSeconds(2)));

    assertThat(late.code()).as(late.toString()).isEqualTo(VIOLATED_CONSTRAINT);
    assertThat(late.codeName()).isEqualTo("VIOLATED_CONSTRAINT");
    assertThat(late.retryable()).isFalse();
    assertThat(count(table)).isZero();

    insert(table, sent, "late", inAMinute());
    assertThat(count(table)).isEqualTo(1);
  }

  @Test
  void anInsertWithoutADeadlinePasses() {
    engine.run(
        "INSERT INTO metrics_samples (Tenant, MetricName, Ts, Value) VALUES ('t', 'up', now64(3), 1)");
    engine.run(
        "INSERT INTO metrics_samples (Tenant, MetricName, Ts, Value) SETTINGS log_comment = 'by hand' VALUES ('t', 'up', now64(3), 1)");

    assertThat(engine.run("SELECT count(), any(RetentionDays) FROM metrics_samples"))
        .isEqualTo("2\t30");
  }

  @Test
  void rowsGoAWholePartAtATimeWhenTheirRetentionEnds() throws InterruptedException {
    engine.run("ALTER TABLE metrics_samples MODIFY SETTING merge_with_ttl_timeout = 0");
    for (String row : List.of(
        // retention, day
        "30, now() - INTERVAL 40 DAY",
        "1, now() - INTERVAL 3 DAY",
        "1, now() - INTERVAL 1 DAY", // its day is over, but it isn't a day old at each hour
        "30, now() - INTERVAL 20 DAY",
        "0, now() - INTERVAL 10 YEAR",
        "36500, now() - INTERVAL 9 YEAR",
        "65535, now()",
        "65535, toDateTime64('2100-01-01 00:00:00', 3)")) {
      engine.run("""
          INSERT INTO metrics_samples (Tenant, MetricName, RetentionDays, Ts, Value)
          SELECT 't', 'up', %s, 1""".formatted(row));
    }

    String kept =
        "SELECT groupArray(RetentionDays) FROM (SELECT * FROM metrics_samples ORDER BY RetentionDays, Ts)";
    String expected = "[0,1,30,36500,65535,65535]";
    Instant until = Instant.now().plusSeconds(30);
    while (!engine.run(kept).equals(expected) && Instant.now().isBefore(until)) {
      engine.run("OPTIMIZE TABLE metrics_samples");
      Thread.onSpinWait();
    }
    assertThat(engine.run(kept)).isEqualTo(expected);
    assertThat(engine.run("""
                SELECT max(delete_ttl_info_max) < toDateTime('2106-02-07 00:00:00')
                FROM system.parts
                WHERE active AND table = 'metrics_samples' AND database = currentDatabase()""")).as("no date arithmetic that overflows").isEqualTo("1");
    engine.run("ALTER TABLE metrics_samples RESET SETTING merge_with_ttl_timeout");
  }

  @Test
  void theWriterSeesAColumnThatTheTableLacks() {
    TableColumns columns = TableColumns.of(clickHouse, "otel_logs");
    List<Block.Named> more = new ArrayList<>(filled(Table.OTEL_LOGS, 1).columns());
    more.add(new Block.Named("Colour", filledColumn("Colour", Column.of("String"), 1)));

    for (Table table : Table.values()) {
      assertThat(TableColumns.of(clickHouse, table.table()).refusal(table.newBlock()))
          .isEmpty();
    }
    assertThat(columns.types()).doesNotContainKey("__otel_materialized_k8s.pod.name");
    assertThat(columns.refusal(new Block(more)).orElseThrow()).contains("lacks Colour");
    assertThat(TableColumns.of(clickHouse, "nowhere").refusal(new Block(more)).orElseThrow())
        .contains("doesn't exist");
  }

  @Test
  void theExportersResourceColumnsAreFilled() {
    engine.run("""
        INSERT INTO otel_logs (Timestamp, Tenant, ResourceAttributes)
        VALUES (now64(9), 't', {'k8s.pod.name': 'web-1', 'deployment.environment.name': 'prod'})""");

    assertThat(
            engine.run(
                "SELECT `__otel_materialized_k8s.pod.name`, `__otel_materialized_deployment.environment.name` FROM otel_logs"))
        .isEqualTo("web-1\tprod");
  }

  @Test
  void parametersArriveAsTheyAre() {
    String awkward = "a\\b\tc'd\ne`f{g} ⚓";

    List<Block> answer = clickHouse.query(
        "SELECT {text:String} AS Text, {number:Int64} AS Number",
        Map.of("text", awkward, "number", Long.MIN_VALUE),
        Map.of());

    Block block = answer.getFirst();
    assertThat(((StringColumn) block.column("Text")).text(0)).isEqualTo(awkward);
    assertThat(((LongColumn) block.column("Number")).get(0)).isEqualTo(Long.MIN_VALUE);
  }

  @Test
  void anErrorCarriesClickHousesCode() {
    ClickHouseException failure = catchThrowableOfType(
        ClickHouseException.class, () -> clickHouse.query("SELECT * FROM nowhere"));

    assertThat(failure.code()).isEqualTo(60);
    assertThat(failure.codeName()).isEqualTo("UNKNOWN_TABLE");
    assertThat(failure).hasMessageContaining("nowhere");
    assertThat(catchThrowableOfType(
            ClickHouseException.class,
            () -> clickHouse.query("SELECT throwIf(number = 90000) FROM numbers(100000)")))
        .extracting(ClickHouseException::codeName)
        .isEqualTo("FUNCTION_THROW_IF_VALUE_IS_NON_ZERO");
  }

  @Test
  void aDeadAddressDoesNotStopAnInsert() {
    try (ClickHouse two = open(URI.create("http://127.0.0.1:1"), engine.address())) {
      Block sent = filled(Table.METRICS_SAMPLES, 2);
      two.insert(
          "metrics_samples",
          names(sent),
          InsertBody.of(List.of(sent)),
          Inserts.once("t", two.now().plusSeconds(60)));
    }
    assertThat(count(Table.METRICS_SAMPLES)).isEqualTo(2);
  }

  @Test
  void compressedRequestsAreUnderstood() {
    ClickHouseConfig plain = ClickHouseConfig.of(engine.database(), engine.address());
    ClickHouseConfig compressed = new ClickHouseConfig(
        plain.addresses(),
        plain.user(),
        plain.password(),
        plain.database(),
        plain.tls(),
        plain.connectTimeout(),
        plain.answerTimeout(),
        plain.connections(),
        plain.answerBytesMax(),
        true);
    Block sent = filled(Table.OTEL_TRACES, 500);
    try (ClickHouse client = new ClickHouse(compressed)) {
      client.insert("otel_traces", names(sent), InsertBody.of(List.of(sent)), Map.of());

      assertThat(client.query("SELECT TraceId FROM otel_traces").stream()
              .mapToInt(Block::rows)
              .sum())
          .isEqualTo(500);
    }
  }

  @Test
  void theServersClockIsLearned() {
    assertThat(clickHouse.clockSkew().abs()).isLessThan(Duration.ofSeconds(1));
    assertThat(Duration.between(Instant.now(), clickHouse.now()).abs())
        .isLessThan(Duration.ofSeconds(1));
  }

  private static ClickHouse open(URI... addresses) {
    return new ClickHouse(ClickHouseConfig.of(engine.database(), addresses));
  }

  private static Instant inAMinute() {
    return clickHouse.now().plusSeconds(60);
  }

  private static long insert(Table table, Block block, String token, Instant deadline) {
    return clickHouse.insert(
        table.table(), names(block), InsertBody.of(block.encode()), Inserts.once(token, deadline));
  }

  private static int count(Table table) {
    return Integer.parseInt(engine.run("SELECT count() FROM " + table.table()));
  }

  private static List<String> names(Block block) {
    return block.columns().stream().map(Block.Named::name).toList();
  }

  private static String readBack(Table table, Block like) {
    String columns = like.columns().stream()
        .map(column -> "CAST(`%s` AS %s) AS `%s`"
            .formatted(column.name(), plain(column.column().type()), column.name()))
        .collect(Collectors.joining(", "));
    List<Block> answer = clickHouse.query("SELECT * FROM (SELECT %s FROM %s) ORDER BY RetentionDays"
        .formatted(columns, table.table()));
    return answer.stream()
        .filter(block -> block.rows() > 0)
        .map(TablesContractTest::printed)
        .collect(Collectors.joining());
  }

  private static String plain(String type) {
    return type.replace("LowCardinality(String)", "String");
  }

  /** A row's values depend on column and row only, and RetentionDays counts the rows. */
  private static Block filled(Table table, int rows) {
    Block block = table.newBlock();
    block.columns().forEach(column -> filledColumn(column.name(), column.column(), rows));
    return block;
  }

  private static Column filledColumn(String name, Column column, int rows) {
    for (int row = 0; row < rows; row++) {
      append(name, column, row);
    }
    return column;
  }

  private static void append(String name, Column column, int row) {
    switch (column) {
      case ByteColumn to -> to.append(row % 2);
      case ShortColumn to ->
        to.append((int) (name.equals("Day") ? NOON_MS / 86_400_000 : 1 + row % 5));
      case IntColumn to -> to.append(name.hashCode() % 1000 + row);
      case LongColumn to -> {
        switch (to.type()) {
          case "DateTime64(3)" -> to.append(NOON_MS + row);
          case "DateTime64(9)" -> to.append(NOON_MS * 1_000_000 + row);
          default -> to.append(Long.MIN_VALUE + row);
        }
      }
      case DoubleColumn to -> to.append(row == 1 ? Double.NEGATIVE_INFINITY : row + 0.1);
      case StringColumn to -> to.append(name + " ⚓ '" + row);
      case LowCardinalityColumn to -> to.append(name + row);
      case FixedStringColumn to -> to.append(new byte[] {1});
      case MapColumn<?, ?> to -> {
        for (int entry = 0; entry < row % 4; entry++) {
          append("key" + entry, to.keys(), row);
          append("value", to.values(), row);
        }
        to.endRow();
      }
      case ArrayColumn<?> to -> {
        for (int entry = 0; entry < row % 4; entry++) {
          append(name, to.element(), entry + row);
        }
        to.endRow();
      }
      default -> throw new IllegalArgumentException("no table has a " + column.type());
    }
  }

  private static String printed(Block block) {
    StringBuilder text = new StringBuilder();
    for (Block.Named column : block.columns()) {
      for (int row = 0; row < block.rows(); row++) {
        text.append(column.name()).append(' ').append(row).append(": ");
        print(column.column(), row, text);
        text.append('\n');
      }
    }
    return text.toString();
  }

  private static void print(Column column, int row, StringBuilder text) {
    switch (column) {
      case ByteColumn from -> text.append(from.get(row));
      case ShortColumn from -> text.append(from.get(row));
      case IntColumn from -> text.append(from.get(row));
      case LongColumn from -> text.append(from.get(row));
      case DoubleColumn from -> text.append(from.get(row));
      case StringColumn from -> text.append(from.text(row));
      case LowCardinalityColumn from -> text.append(from.text(row));
      case FixedStringColumn from -> text.append(from.bytes(row).length);
      case MapColumn<?, ?> from -> {
        for (int i = from.start(row); i < from.start(row) + from.length(row); i++) {
          print(from.keys(), i, text);
          text.append('=');
          print(from.values(), i, text);
          text.append(", ");
        }
      }
      case ArrayColumn<?> from -> {
        for (int i = from.start(row); i < from.start(row) + from.length(row); i++) {
          print(from.element(), i, text);
          text.append(", ");
        }
      }
      default -> throw new IllegalArgumentException("no table has a " + column.type());
    }
  }
}
