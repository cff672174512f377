package dev.seamark.standalone.upgrade;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.Block;
import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.clickhouse.InsertBody;
import dev.seamark.clickhouse.TableColumns;
import dev.seamark.ingest.write.plan.Exclusion;
import dev.seamark.ingest.write.plan.PlanText;
import dev.seamark.kafka.BlockHeaders;
import dev.seamark.kafka.DeadLetter;
import dev.seamark.kafka.Watermark;
import dev.seamark.schema.Database;
import dev.seamark.schema.Inserts;
import dev.seamark.schema.Migration;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.Table;
import dev.seamark.standalone.engine.EngineFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the version before left in Kafka and ClickHouse ({@link WriteFormats}, run on its jars) is
 * read by this one. The files are never written anew.
 */
class PreviousFormatsTest {
  private static final Path FILE =
      Path.of("src/test/resources/dev/seamark/standalone/upgrade/e4a5dd2.txt");

  @RegisterExtension
  static final EngineFixture engine = new EngineFixture();

  private final Map<String, String> left = left();

  private static Map<String, String> left() {
    try {
      var left = new LinkedHashMap<String, String>();
      for (var line : Files.readAllLines(FILE)) {
        var sign = line.indexOf('=');
        left.put(line.substring(0, sign), line.substring(sign + 1));
      }
      return left;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String value(String name) {
    var value = left.get(name);
    assertThat(value).as(name).isNotNull();
    return value == null ? "" : value;
  }

  @Test
  void itsPlansAreKeptWithTheirTokens() {
    var plan = PlanText.read(value("plan"));

    assertThat(plan.log()).isEqualTo("Xb-3_Qq");
    assertThat(plan.from()).isEqualTo(100);
    assertThat(plan.to()).isEqualTo(200);
    assertThat(plan.lateBeforeMs()).isEqualTo(1_764_000_000_000L);
    assertThat(plan.schema()).isEqualTo(6);
    assertThat(plan.leaseUntil()).isEqualTo(1_764_000_120L);
    assertThat(plan.excluded()).containsExactly(Exclusion.whole(101), new Exclusion(150, 2));
    assertThat(plan.token("seamark.otel_logs", 3)).isEqualTo(value("plan-token"));
    assertThat(PlanText.read(value("plan-empty")).isEmpty()).isTrue();
  }

  /** During a rolling upgrade a partition may go back to a writer of the version before. */
  @Test
  void plansAreWrittenAsItReadsThem() {
    for (var name : new String[] {"plan", "plan-empty"}) {
      assertThat(PlanText.write(PlanText.read(value(name)))).isEqualTo(value(name));
    }
  }

  @Test
  void itsWatermarksAreRead() {
    var watermark = Watermark.from(record("watermark"));

    assertThat(watermark.partition()).isEqualTo(new TopicPartition("seamark.otel_logs", 3));
    assertThat(watermark.visibleUpToMs()).isEqualTo(1_764_064_800_000L);
    assertThat(new String(watermark.toKafka().value(), UTF_8))
        .as("as it reads them")
        .isEqualTo(new String(record("watermark").value(), UTF_8));
  }

  @Test
  void itsDeadLettersAreRead() throws Exception {
    var record = record("letter");
    var letter = DeadLetter.from(record);

    assertThat(letter.identity()).isEqualTo(value("letter/key"));
    assertThat(letter.origin()).isEqualTo(DeadLetter.WRITER);
    assertThat(letter.kind()).isEqualTo("clickhouse");
    assertThat(letter.reason()).isEqualTo("Unknown element");
    assertThat(letter.time()).isEqualTo(Instant.parse("2025-11-25T10:00:00Z"));
    assertThat(BlockHeaders.from(record.headers()).matches(record.value())).isTrue();
    assertThat(DeadLetter.isReplayed(record)).isFalse();
    assertThat(DeadLetter.isReplayed(record("letter-replayed"))).isTrue();
    var again = new TreeMap<String, String>();
    letter
        .toKafka(null, record.value(), record.headers())
        .headers()
        .forEach(header -> again.put(header.key(), new String(header.value(), UTF_8)));
    record
        .headers()
        .forEach(header -> assertThat(
                header.key().equals("seamark-key")
                    ? new String(header.value(), UTF_8)
                    : again.get(header.key()))
            .as(header.key())
            .isEqualTo(new String(header.value(), UTF_8)));
  }

  @ParameterizedTest
  @EnumSource(Table.class)
  void itsRecordsAreStored(Table table) throws Exception {
    var record = record("block/" + table.table());
    var headers = BlockHeaders.from(record.headers());
    assertThat(record.topic()).isEqualTo(table.topic());
    assertThat(headers.format()).isEqualTo(BlockHeaders.NATIVE);
    assertThat(headers.schemaVersion()).isLessThanOrEqualTo(Migrations.bundled().version());
    assertThat(headers.matches(record.value())).isTrue();
    var block = Block.decode(record.value(), 0, record.value().length);
    assertThat(block.rows()).isEqualTo(headers.rows());

    try (var clickHouse =
        new ClickHouse(ClickHouseConfig.of(engine.database(), engine.address()))) {
      Migrations.bundled()
          .apply(Database.over(clickHouse), SchemaOptions.single(engine.database()));
      assertThat(TableColumns.of(clickHouse, table.table()).refusal(block)).isEmpty();
      clickHouse.insert(
          table.table(),
          block.columns().stream().map(Block.Named::name).toList(),
          InsertBody.of(record.value()),
          Inserts.once("upgrade", clickHouse.now().plusSeconds(60)));
    }

    assertThat(engine.run("SELECT count() FROM " + table.table())).isEqualTo("3");
  }

  @Test
  void itsMigrationsAreThisOnesFirst() {
    var checksums = new LinkedHashMap<String, String>();
    for (Migration each : Migrations.bundled().history()) {
      checksums.put("migration/" + each.name(), each.checksum());
    }

    var its = new LinkedHashMap<>(left);
    its.keySet().removeIf(name -> !name.startsWith("migration/"));
    assertThat(its).hasSizeGreaterThanOrEqualTo(6);
    assertThat(checksums).containsAllEntriesOf(its);
    assertThat(checksums.keySet().stream().limit(its.size()))
        .containsExactlyElementsOf(its.keySet());
  }

  private ConsumerRecord<byte[], byte[]> record(String name) {
    var record = new ConsumerRecord<>(
        value(name + "/topic"),
        3,
        7,
        bytes(value(name + "/key").getBytes(UTF_8)),
        bytes(Base64.getDecoder().decode(value(name + "/value"))));
    left.forEach((key, value) -> {
      if (key.startsWith(name + "/header/")) {
        record.headers().add(key.substring(name.length() + 8), value.getBytes(UTF_8));
      }
    });
    return record;
  }

  private static byte @Nullable [] bytes(byte[] bytes) {
    return bytes.length == 0 ? null : bytes;
  }
}
