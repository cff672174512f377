package dev.seamark.standalone.write;

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
import dev.seamark.kafka.BlockHeaders;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sends blocks of numbered rows of every table, as an ingester would, and counts them. */
final class Load implements AutoCloseable {
  private static final int PARTITIONS = 4;

  private final KafkaProducer<byte[], byte[]> producer;
  private final Map<Table, Long> sent = new EnumMap<>(Table.class);
  private final List<Future<RecordMetadata>> acknowledgements = new ArrayList<>();
  private int records;

  Load(KafkaConfig kafka) {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("acks", "all");
    properties.put("linger.ms", 5);
    properties.put("max.request.size", 16 << 20);
    properties.put("delivery.timeout.ms", 120_000);
    producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Sends one record with new rows of a table. */
  void send(Table table, int rows) {
    var first = sent.getOrDefault(table, 0L);
    sent.put(table, first + rows);
    var nowMs = System.currentTimeMillis();
    var value = block(table, first, rows, nowMs).encode();
    var headers = BlockHeaders.of(value, Migrations.bundled().version(), rows, nowMs, nowMs, nowMs);
    acknowledgements.add(producer.send(new ProducerRecord<>(
        table.topic(), records++ % PARTITIONS, null, null, value, headers.toKafka())));
  }

  /** Sends rows of a table to a partition; they aren't counted. */
  void sendTo(int partition, Table table, Block rows) {
    var nowMs = System.currentTimeMillis();
    var value = rows.encode();
    var version = Migrations.bundled().version();
    var headers =
        BlockHeaders.of(value, version, rows.rows(), nowMs, nowMs, nowMs).toKafka();
    acknowledgements.add(
        producer.send(new ProducerRecord<>(table.topic(), partition, null, null, value, headers)));
  }

  /** Sends a record that says it is of some version of the schema. */
  void sendOfSchema(Table table, int partition, int version) {
    var nowMs = System.currentTimeMillis();
    var value = block(table, 0, 1, nowMs).encode();
    var headers = BlockHeaders.of(value, version, 1, nowMs, nowMs, nowMs).toKafka();
    acknowledgements.add(
        producer.send(new ProducerRecord<>(table.topic(), partition, null, null, value, headers)));
  }

  /** Sends a record whose checksum doesn't match its value. */
  void sendCorrupt(Table table, int partition) {
    var nowMs = System.currentTimeMillis();
    var value = block(table, 0, 1, nowMs).encode();
    var headers = BlockHeaders.of(value, 1, 1, nowMs, nowMs, nowMs).toKafka();
    value[value.length - 1] ^= 1;
    acknowledgements.add(
        producer.send(new ProducerRecord<>(table.topic(), partition, null, null, value, headers)));
  }

  /** Sends a record to every table. */
  void sendAll(int rows) {
    for (var table : Table.values()) {
      send(table, rows);
    }
  }

  /** Waits until Kafka has all records. */
  void acknowledged() throws Exception {
    for (var each : acknowledgements) {
      each.get();
    }
    acknowledgements.clear();
  }

  /** Rows sent to a table so far. */
  long sent(Table table) {
    return sent.getOrDefault(table, 0L);
  }

  /** The column of a table that holds a row's number. */
  static String numberColumn(Table table) {
    return switch (table) {
      case OTEL_LOGS -> "Body";
      case OTEL_TRACES -> "SpanId";
      case METRICS_SAMPLES, METRICS_SERIES, METRICS_HISTOGRAMS, METRICS_EXEMPLARS -> "SeriesId";
      case METRICS_LABEL_VALUES -> "Value";
      case METRICS_METADATA -> "Help";
      case K8S_EVENTS -> "Uid";
      case K8S_AUDIT -> "AuditId";
    };
  }

  static Block block(Table table, long first, int rows, long nowMs) {
    var block = table.newBlock();
    for (var row = first; row < first + rows; row++) {
      for (var named : block.columns()) {
        append(named.name(), named.column(), row, nowMs);
      }
    }
    return block;
  }

  static void append(String name, Column column, long row, long nowMs) {
    switch (column) {
      case LongColumn longs ->
        longs.append(
            switch (longs.type()) {
              case "DateTime64(9)" -> nowMs * 1_000_000 + row % 1_000_000;
              case "DateTime64(3)" -> nowMs;
              default -> row;
            });
      case ShortColumn shorts ->
        shorts.append(shorts.type().equals("Date") ? (int) (nowMs / 86_400_000) : 30);
      case LowCardinalityColumn texts ->
        texts.append(name.equals("Tenant") ? "default" : name + row % 7);
      case StringColumn texts -> texts.append(name + row);
      case FixedStringColumn texts -> texts.append(new byte[0], 0, 0);
      case IntColumn ints -> ints.append((int) row);
      case ByteColumn bytes -> bytes.append(0);
      case DoubleColumn doubles -> doubles.append((double) row);
      case ArrayColumn<?> arrays -> arrays.endRow();
      case MapColumn<?, ?> maps -> maps.endRow();
      case NullableColumn<?> _ -> throw new IllegalArgumentException(name);
    }
  }

  /** Appends to a column of texts. */
  static void text(Column column, String text) {
    switch (column) {
      case LowCardinalityColumn texts -> texts.append(text);
      case StringColumn texts -> texts.append(text);
      default -> throw new IllegalArgumentException(column.type());
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }
}
