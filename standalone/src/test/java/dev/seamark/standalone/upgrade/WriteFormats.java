package dev.seamark.standalone.upgrade;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import dev.seamark.block.NullableColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.ingest.write.plan.Exclusion;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.plan.PlanText;
import dev.seamark.kafka.BlockHeaders;
import dev.seamark.kafka.DeadLetter;
import dev.seamark.kafka.Watermark;
import dev.seamark.schema.Migration;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Writes what a version leaves behind in Kafka and ClickHouse, for later versions to be held to.
 * Run from source, on the jars of the version, when it is released:
 *
 * <pre>java -cp 'LIB/*' WriteFormats.java FILE</pre>
 */
final class WriteFormats {
  private static final long DAY = 20_417;
  private static final long TIME_MS = DAY * 86_400_000 + 36_000_000;
  private static final int ROWS = 3;

  private final List<String> lines = new ArrayList<>();

  private WriteFormats() {}

  public static void main(String[] arguments) throws IOException {
    var formats = new WriteFormats();
    formats.plans();
    formats.watermark();
    formats.letter();
    for (var table : Table.values()) {
      formats.block(table);
    }
    for (Migration each : Migrations.bundled().history()) {
      formats.line("migration/" + each.name(), each.checksum());
    }
    Files.write(Path.of(arguments[0]), formats.lines);
  }

  private void line(String name, String value) {
    lines.add(name + "=" + value);
  }

  private void plans() {
    var plan = new Plan(
        "Xb-3_Qq",
        100,
        200,
        1_764_000_000_000L,
        6,
        1,
        1_764_000_120L,
        0,
        List.of(Exclusion.whole(101), new Exclusion(150, 2)));
    line("plan", PlanText.write(plan));
    line("plan-token", plan.token("seamark.otel_logs", 3));
    line("plan-empty", PlanText.write(Plan.empty("Xb-3_Qq", 200)));
  }

  private void watermark() {
    record(
        "watermark", new Watermark(new TopicPartition("seamark.otel_logs", 3), TIME_MS).toKafka());
  }

  private void letter() {
    var letter = new DeadLetter(
        DeadLetter.WRITER,
        "seamark.otel_logs",
        "Xb-3_Qq",
        3,
        101,
        "clickhouse",
        "Unknown element",
        Instant.ofEpochMilli(TIME_MS));
    var value = rows(Table.OTEL_LOGS).encode();
    record("letter", letter.toKafka("key".getBytes(UTF_8), value, headers(value)));
    record("letter-replayed", letter.replayed(Instant.ofEpochMilli(TIME_MS)));
  }

  private void block(Table table) {
    var value = rows(table).encode();
    record(
        "block/" + table.table(),
        new ProducerRecord<>(table.topic(), 3, null, null, value, headers(value)));
  }

  private static Headers headers(byte[] value) {
    return new RecordHeaders(
        BlockHeaders.of(value, Migrations.bundled().version(), ROWS, TIME_MS, TIME_MS + 2, TIME_MS)
            .toKafka()
            .toArray());
  }

  private void record(String name, ProducerRecord<byte[], byte[]> record) {
    line(name + "/topic", record.topic());
    line(name + "/key", record.key() == null ? "" : new String(record.key(), UTF_8));
    for (var header : record.headers()) {
      line(name + "/header/" + header.key(), new String(header.value(), UTF_8));
    }
    line(
        name + "/value",
        record.value() == null ? "" : Base64.getEncoder().encodeToString(record.value()));
  }

  private static Block rows(Table table) {
    var block = table.newBlock();
    for (var row = 0; row < ROWS; row++) {
      for (var named : block.columns()) {
        append(named.name(), named.column(), row);
      }
    }
    return block;
  }

  private static void append(String name, Column column, int row) {
    switch (column) {
      case LongColumn longs ->
        longs.append(
            switch (longs.type()) {
              case "DateTime64(9)" -> TIME_MS * 1_000_000 + row;
              case "DateTime64(3)" -> TIME_MS + row;
              default -> row;
            });
      case ShortColumn shorts -> shorts.append(shorts.type().equals("Date") ? (int) DAY : 0);
      case LowCardinalityColumn texts ->
        texts.append(name.equals("Tenant") ? "default" : name + row % 2);
      case StringColumn texts -> texts.append(name + row);
      case FixedStringColumn texts -> texts.append(new byte[0], 0, 0);
      case IntColumn ints -> ints.append(row);
      case ByteColumn bytes -> bytes.append(0);
      case DoubleColumn doubles -> doubles.append((double) row);
      case ArrayColumn<?> arrays -> arrays.endRow();
      case MapColumn<?, ?> maps -> maps.endRow();
      case NullableColumn<?> _ -> throw new IllegalArgumentException(name);
    }
  }
}
