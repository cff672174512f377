package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.ServerException;
import com.clickhouse.client.api.data_formats.ClickHouseBinaryFormatReader;
import com.clickhouse.client.api.insert.InsertResponse;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.client.api.query.QueryResponse;
import com.clickhouse.data.ClickHouseFormat;
import dev.seamark.block.Block;
import dev.seamark.block.Column;
import dev.seamark.block.LongColumn;
import dev.seamark.block.StringColumn;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** com.clickhouse client-v2 against the embedded engine. */
@SuppressWarnings("try") // their close() may be interrupted
class ClientV2Test {
  private static final int ROWS = 300_000;

  @RegisterExtension
  static final EngineFixture clickhouse = new EngineFixture();

  /** How requests and answers are packed. */
  enum Packing {
    PLAIN,
    FRAMES,
    CONTENT_CODING
  }

  @Test
  void pings() {
    try (Client client = client(Packing.PLAIN)) {
      assertThat(client.ping()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void insertsNativeAndReadsBack(Packing packing) throws Exception {
    String table = "t_" + packing.name();
    clickhouse.run(
        "CREATE TABLE %s (a UInt64, b String) ENGINE = MergeTree ORDER BY a".formatted(table));
    try (Client client = client(packing)) {
      try (InsertResponse inserted = client
          .insert(
              table,
              List.of("a", "b"),
              new ByteArrayInputStream(rows().encode()),
              ClickHouseFormat.Native,
              new InsertSettings().serverSetting("insert_deduplication_token", "x"))
          .get()) {
        assertThat(inserted.getWrittenRows()).isEqualTo(ROWS);
      }

      long sum = 0;
      int rows = 0;
      try (QueryResponse answer =
              client.query("SELECT a, b FROM " + table + " ORDER BY a").get();
          ClickHouseBinaryFormatReader reader = client.newBinaryFormatReader(answer)) {
        while (reader.next() != null) {
          sum += reader.getLong("a");
          assertThat(reader.getString("b")).isEqualTo("row " + rows);
          rows++;
        }
      }
      assertThat(rows).isEqualTo(ROWS);
      assertThat(sum).isEqualTo(ROWS * (ROWS - 1L) / 2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void bindsParameters(Packing packing) throws Exception {
    try (Client client = client(packing);
        QueryResponse answer = client
            .query(
                "SELECT {n:UInt32} + 1 AS n, {s:String} AS s, {ids:Array(Int64)} AS ids",
                Map.of("n", 41, "s", "it's \\ \t ü", "ids", List.of(1, 2)))
            .get();
        ClickHouseBinaryFormatReader reader = client.newBinaryFormatReader(answer)) {
      reader.next();

      assertThat(reader.getLong("n")).isEqualTo(42);
      assertThat(reader.getString("s")).isEqualTo("it's \\ \t ü");
      assertThat(reader.getLongArray("ids")).containsExactly(1, 2);
    }
  }

  @Test
  void readsEveryKindOfColumn() throws Exception {
    clickhouse.run(EveryKind.TABLE);
    clickhouse.run(EveryKind.INSERT);
    try (Client client = client(Packing.FRAMES);
        QueryResponse answer = client.query("SELECT * FROM kinds").get();
        ClickHouseBinaryFormatReader reader = client.newBinaryFormatReader(answer)) {
      reader.next();

      assertThat(reader.getShort("u8")).isEqualTo((short) 255);
      assertThat(reader.getInteger("u16")).isEqualTo(65535);
      assertThat(reader.getLong("u32")).isEqualTo(4294967295L);
      assertThat(reader.getBigInteger("u64")).isEqualTo(new BigInteger("18446744073709551615"));
      assertThat(reader.getByte("i8")).isEqualTo((byte) -128);
      assertThat(reader.getShort("i16")).isEqualTo((short) -32768);
      assertThat(reader.getInteger("i32")).isEqualTo(Integer.MIN_VALUE);
      assertThat(reader.getLong("i64")).isEqualTo(Long.MIN_VALUE);
      assertThat(reader.getFloat("f32")).isEqualTo(1.5f);
      assertThat(reader.getDouble("f64")).isEqualTo(-2.25e300);
      assertThat(reader.getBoolean("b")).isTrue();
      assertThat(reader.getString("s")).isEqualTo("tab\t and 'quote'");
      assertThat(reader.getString("fs")).isEqualTo("abcd");
      assertThat(reader.getString("lc")).isEqualTo("low");
      assertThat(reader.getString("e")).isEqualTo("b");
      assertThat(reader.getLocalDate("d")).isEqualTo(LocalDate.of(2026, 11, 24));
      assertThat(reader.getInstant("dt")).isEqualTo(Instant.parse("2026-11-24T01:02:03Z"));
      assertThat(reader.getInstant("dt3")).isEqualTo(Instant.parse("2026-11-24T01:02:03.456Z"));
      assertThat(reader.getInstant("dt9"))
          .isEqualTo(Instant.parse("2026-11-24T01:02:03.123456789Z"));
      assertThat(reader.getString("ns")).isNull();
      assertThat(reader.getInteger("nn")).isEqualTo(7);
      assertThat(reader.getUUID("uuid")).hasToString("61f0c404-5cb3-11e7-907b-a6006ad3dba0");
      assertThat(reader.getInet4Address("ip").getHostAddress()).isEqualTo("10.0.0.1");
      assertThat(reader.getBigDecimal("dec")).isEqualByComparingTo(new BigDecimal("12345.6789"));
      assertThat(reader.<Object>getList("arr")).isEqualTo(List.of("x", "y"));
      assertThat(reader.<Object>getList("narr"))
          .isEqualTo(List.of(BigInteger.ONE, new BigInteger("18446744073709551615")));
      assertThat(reader.<Object>getList("darr")).hasSize(1);
      assertThat(reader.<Object>readValue("m")).isEqualTo(Map.of("k", "v"));
      assertThat(reader.<Object>readValue("lm")).isEqualTo(Map.of("lk", "lv"));
      assertThat(reader.<Object>getList("am")).isEqualTo(List.of(Map.of("a", "1"), Map.of()));
      assertThat(reader.getTuple("t")).containsExactly((short) 3, "three");
      assertThat(reader.hasNext()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource
  void tellsTheErrorCode(Packing packing) {
    try (Client client = client(packing)) {
      assertThatThrownBy(() -> client.query("SELECT * FROM nosuch").get().close())
          .isInstanceOfSatisfying(
              ServerException.class, e -> assertThat(e.getCode()).isEqualTo(60));
    }
  }

  private static Client client(Packing packing) {
    Client.Builder builder = new Client.Builder()
        .addEndpoint(clickhouse.address().toString())
        .setUsername("default")
        .setPassword("")
        .setDefaultDatabase(clickhouse.database());
    return switch (packing) {
      case PLAIN ->
        builder.compressServerResponse(false).compressClientRequest(false).build();
      case FRAMES ->
        builder.compressServerResponse(true).compressClientRequest(true).build();
      case CONTENT_CODING ->
        builder
            .compressServerResponse(true)
            .compressClientRequest(true)
            .useHttpCompression(true)
            .build();
    };
  }

  private static Block rows() {
    LongColumn a = (LongColumn) Column.of("UInt64");
    StringColumn b = (StringColumn) Column.of("String");
    for (int row = 0; row < ROWS; row++) {
      a.append(row);
      b.append("row " + row);
    }
    return new Block(List.of(new Block.Named("a", a), new Block.Named("b", b)));
  }
}
