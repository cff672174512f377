package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.ArrayColumn;
import dev.seamark.block.Block;
import dev.seamark.block.ByteColumn;
import dev.seamark.block.Column;
import dev.seamark.block.DoubleColumn;
import dev.seamark.block.FixedStringColumn;
import dev.seamark.block.IntColumn;
import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MalformedBlock;
import dev.seamark.block.MapColumn;
import dev.seamark.block.NullableColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a column holds is what the engine stores, one kind after the other: both ways, over HTTP.
 */
class ColumnReadBackTest {
  @RegisterExtension
  static final EngineFixture clickhouse = new EngineFixture();

  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** A filled column, and its rows as the engine says them in JSON. */
  record Sample(Column column, String rows) {
    @Override
    public String toString() {
      return column.type();
    }
  }

  @AfterAll
  static void close() {
    HTTP.close();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void theEngineStoresWhatTheColumnHolds(Sample sample) throws Exception {
    Column column = sample.column();
    send("DROP TABLE IF EXISTS read_back", "");
    send(
        "CREATE TABLE read_back (v " + column.type() + ") ENGINE = MergeTree ORDER BY tuple()", "");

    send("INSERT INTO read_back (v) FORMAT Native", block(column));

    String json = "SELECT v FROM read_back FORMAT JSONCompactEachRow SETTINGS"
        + " date_time_output_format = 'unix_timestamp', output_format_json_quote_64bit_integers = 0";
    assertThat(new String(send(json, ""), StandardCharsets.UTF_8).strip().replace("\n", " "))
        .isEqualTo(sample.rows());
    Column answer = answer("SELECT v FROM read_back FORMAT Native");
    assertThat(answer.type()).isEqualTo(column.type());
    assertThat(normal(answer)).isEqualTo(normal(column));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void anEmptyColumnIsNothing(Sample sample) throws Exception {
    Column empty = Column.of(sample.column().type());
    send("DROP TABLE IF EXISTS read_back", "");
    send("CREATE TABLE read_back (v " + empty.type() + ") ENGINE = MergeTree ORDER BY tuple()", "");

    send("INSERT INTO read_back (v) FORMAT Native", block(empty));

    assertThat(new String(send("SELECT count() FROM read_back", ""), StandardCharsets.UTF_8))
        .isEqualTo("0\n");
  }

  @Test
  void theEngineConvertsPlainStringsToLowCardinalityAndBack() throws Exception {
    MapColumn<StringColumn, StringColumn> map = MapColumn.ofStrings();
    ArrayColumn<StringColumn> array = new ArrayColumn<>(new StringColumn());
    StringColumn plain = new StringColumn();
    LowCardinalityColumn low = new LowCardinalityColumn();
    for (int row = 0; row < 3; row++) {
      map.keys().append("key");
      map.values().append("value " + row);
      map.endRow();
      array.element().append("element");
      array.endRow();
      plain.append("plain");
      low.append("low " + row);
    }
    Block block = new Block(List.of(
        new Block.Named("m", map),
        new Block.Named("a", array),
        new Block.Named("p", plain),
        new Block.Named("l", low)));
    send("DROP TABLE IF EXISTS read_back", "");
    send("""
        CREATE TABLE read_back (
          m Map(LowCardinality(String), String),
          a Array(LowCardinality(String)),
          p LowCardinality(String),
          l String
        ) ENGINE = MergeTree ORDER BY tuple()""", "");

    send("INSERT INTO read_back (m, a, p, l) FORMAT Native", block.encode());

    assertThat(new String(
            send("SELECT m, a, p, l FROM read_back FORMAT TSV", ""), StandardCharsets.UTF_8))
        .isEqualTo("""
            {'key':'value 0'}\t['element']\tplain\tlow 0
            {'key':'value 1'}\t['element']\tplain\tlow 1
            {'key':'value 2'}\t['element']\tplain\tlow 2
            """);
  }

  @Test
  void aStaleMarkerKeepsItsBitsOnDisk() throws Exception {
    DoubleColumn values = new DoubleColumn();
    values.appendLongBits(0x7FF0000000000002L);
    send("DROP TABLE IF EXISTS read_back", "");
    send("CREATE TABLE read_back (v Float64) ENGINE = MergeTree ORDER BY tuple()", "");

    send("INSERT INTO read_back (v) FORMAT Native", block(values));

    DoubleColumn answer = (DoubleColumn) answer("SELECT v FROM read_back FORMAT Native");
    assertThat(answer.getLongBits(0)).isEqualTo(0x7FF0000000000002L);
  }

  static Stream<Sample> samples() {
    return Stream.of(
        numbers("UInt8", "[0] [1] [255]", 0, 1, -1),
        numbers("Int8", "[0] [1] [-1]", 0, 1, -1),
        numbers("Bool", "[false] [true]", 0, 1),
        numbers("Enum8('off' = -1, 'on' = 1)", "[\"on\"] [\"off\"]", 1, -1),
        numbers("UInt16", "[0] [1] [65535]", 0, 1, -1),
        numbers("Date", "[\"1970-01-01\"] [\"2149-06-06\"]", 0, 65_535),
        numbers("UInt32", "[0] [4294967295]", 0, -1),
        numbers("Int32", "[2147483647] [-2147483648]", Integer.MAX_VALUE, Integer.MIN_VALUE),
        numbers("DateTime", "[\"1700000000\"] [\"4294967295\"]", 1_700_000_000, -1),
        numbers("UInt64", "[0] [18446744073709551615]", 0, -1),
        numbers(
            "Int64",
            "[9223372036854775807] [-9223372036854775808]",
            Long.MAX_VALUE,
            Long.MIN_VALUE),
        numbers("DateTime64(3)", "[\"1700000000.123\"] [\"0.000\"]", 1_700_000_000_123L, 0),
        numbers("DateTime64(9)", "[\"1700000000.123456789\"]", 1_700_000_000_123_456_789L),
        numbers(
            "Float64",
            "[1.5] [-0]",
            Double.doubleToRawLongBits(1.5),
            Double.doubleToRawLongBits(-0.0)),
        texts("String", "[\"\"] [\"a\"] [\"Grüße\"] [\"a\"]"),
        texts("LowCardinality(String)", "[\"\"] [\"a\"] [\"Grüße\"] [\"a\"]"),
        fixedStrings(),
        nullable(),
        array(),
        map(new MapColumn<>(new StringColumn(), new StringColumn())),
        map(new MapColumn<>(new LowCardinalityColumn(), new StringColumn())),
        arrayOfMaps(),
        arrayOfArrays());
  }

  private static Sample numbers(String type, String rows, long... values) {
    Column column = Column.of(type);
    for (long value : values) {
      append(column, value);
    }
    return new Sample(column, rows);
  }

  private static void append(Column column, long value) {
    switch (column) {
      case ByteColumn c -> c.append((int) value);
      case ShortColumn c -> c.append((int) value);
      case IntColumn c -> c.append((int) value);
      case LongColumn c -> c.append(value);
      case DoubleColumn c -> c.appendLongBits(value);
      default -> throw new IllegalArgumentException(column.type());
    }
  }

  private static Sample texts(String type, String rows) {
    Column column = Column.of(type);
    for (String text : new String[] {"", "a", "Grüße", "a"}) {
      append(column, text);
    }
    return new Sample(column, rows);
  }

  private static void append(Column column, String text) {
    switch (column) {
      case StringColumn c -> c.append(text);
      case LowCardinalityColumn c -> c.append(text);
      default -> throw new IllegalArgumentException(column.type());
    }
  }

  private static Sample fixedStrings() {
    FixedStringColumn column = new FixedStringColumn(2);
    column.append(new byte[] {'a', 'b'});
    column.append(new byte[] {'c'});
    return new Sample(column, "[\"ab\"] [\"c\\u0000\"]");
  }

  private static Sample nullable() {
    NullableColumn<LongColumn> column = new NullableColumn<>(LongColumn.int64());
    column.appendNull();
    column.values().append(7);
    column.endRow();
    return new Sample(column, "[null] [7]");
  }

  private static Sample array() {
    ArrayColumn<LowCardinalityColumn> column = new ArrayColumn<>(new LowCardinalityColumn());
    column.endRow();
    column.element().append("a");
    column.element().append("b");
    column.element().append("a");
    column.endRow();
    return new Sample(column, "[[]] [[\"a\",\"b\",\"a\"]]");
  }

  private static Sample map(MapColumn<?, ?> column) {
    column.endRow();
    append(column.keys(), "k");
    append(column.values(), "v");
    append(column.keys(), "l");
    append(column.values(), "");
    column.endRow();
    return new Sample(column, "[{}] [{\"k\":\"v\",\"l\":\"\"}]");
  }

  private static Sample arrayOfMaps() {
    ArrayColumn<MapColumn<StringColumn, StringColumn>> column =
        new ArrayColumn<>(MapColumn.ofStrings());
    column.element().endRow();
    column.element().keys().append("k");
    column.element().values().append("v");
    column.element().endRow();
    column.endRow();
    column.endRow();
    return new Sample(column, "[[{},{\"k\":\"v\"}]] [[]]");
  }

  private static Sample arrayOfArrays() {
    ArrayColumn<ArrayColumn<LongColumn>> column =
        new ArrayColumn<>(new ArrayColumn<>(LongColumn.uint64()));
    column.element().endRow();
    column.element().element().append(5);
    column.element().endRow();
    column.endRow();
    return new Sample(column, "[[[],[5]]]");
  }

  private static byte[] block(Column column) {
    return new Block(List.of(new Block.Named("v", column))).encode();
  }

  /**
   * The bytes of a column with its dictionaries in the order of first use, without spare values.
   */
  private static byte[] normal(Column column) {
    Column copy = Column.of(column.type());
    copy.append(column, 0, column.rows());
    return block(copy);
  }

  private static Column answer(String sql) throws IOException, InterruptedException {
    try {
      List<Block> blocks = Block.decodeAll(send(sql, ""));
      assertThat(blocks).hasSize(1);
      return blocks.get(0).column("v");
    } catch (MalformedBlock e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] send(String sql, String body) throws IOException, InterruptedException {
    return send(sql, body.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] send(String sql, byte[] body) throws IOException, InterruptedException {
    String query = "/?database=" + clickhouse.database() + "&query="
        + URLEncoder.encode(sql, StandardCharsets.UTF_8);
    URI uri = clickhouse.address().resolve(query);
    HttpRequest request = HttpRequest.newBuilder(uri)
        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
        .build();
    HttpResponse<byte[]> response = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
    assertThat(response.statusCode())
        .as(() -> sql + ": " + new String(response.body(), StandardCharsets.UTF_8))
        .isEqualTo(200);
    return response.body();
  }
}
