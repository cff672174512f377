package dev.seamark.standalone.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.block.Block;
import dev.seamark.block.LongColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.ingest.write.LogRange;
import dev.seamark.ingest.write.Replay;
import dev.seamark.ingest.write.ReplayReport;
import dev.seamark.ingest.write.WriterConfig;
import dev.seamark.ingest.write.WriterService;
import dev.seamark.ingest.write.turn.OperatorRefused;
import dev.seamark.kafka.DeadLetter;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.kafka.KafkaRefused;
import dev.seamark.kafka.Topics;
import dev.seamark.schema.Database;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.Table;
import dev.seamark.service.ConfigFile;
import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.standalone.broker.Broker;
import dev.seamark.standalone.engine.Engine;
import dev.seamark.standalone.engine.EngineLibrary;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records that ClickHouse refuses, among others, between a real broker and a real engine. Each test
 * has a database, a consumer group and topics of its own. What makes a record poison is a column of
 * the table that somebody narrowed: it takes "Severity" and nothing else.
 */
@Timeout(180)
class PoisonTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final Table TABLE = Table.OTEL_LOGS;
  private static final int PARTITION = 2;
  private static final int LATE_DAYS = 5;

  @TempDir
  static Path folder;

  private static Broker broker;
  private static Engine engine;
  private static Vertx vertx;
  private static KafkaConfig kafka;

  private ClickHouse clickHouse;
  private String group;
  private Load load;
  private Metrics metrics;
  private Health health;

  @BeforeAll
  static void startChildren() throws Exception {
    var brokerPort = freePort();
    broker = new Broker(
        Files.createDirectory(folder.resolve("broker")),
        folder.resolve("logs"),
        brokerPort,
        freePort());
    engine = new Engine(
        EngineLibrary.pinned(System.getenv()).file(),
        folder.resolve("engine"),
        freePort(),
        1_200L << 20,
        "");
    engine.start();
    broker.start();
    engine.awaitReady(WITHIN);
    kafka = KafkaConfig.loopback(brokerPort);
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stopChildren() {
    vertx.close().await();
    broker.stop(Duration.ofSeconds(20));
    engine.close();
  }

  @BeforeEach
  void makeTables(TestInfo test) throws Exception {
    group = test.getTestMethod().orElseThrow().getName();
    makeTopicsAnew();
    load = new Load(kafka);
    clickHouse = new ClickHouse(ClickHouseConfig.of(group, engine.address()));
    Migrations.bundled().apply(Database.over(clickHouse), SchemaOptions.single(group));
    clickHouse.execute("ALTER TABLE otel_logs MODIFY COLUMN SeverityText Enum8('Severity' = 1)");
  }

  private static void makeTopicsAnew() throws Exception {
    try (var admin = Admin.create(kafka.clientProperties())) {
      var old = admin.listTopics().names().get().stream()
          .filter(name -> name.startsWith("seamark."))
          .toList();
      admin.deleteTopics(old).all().get();
      while (admin.listTopics().names().get().stream().anyMatch(old::contains)) {
        Thread.onSpinWait();
      }
    }
    // a broker forgets deleted topics, and learns of new ones, a moment later than it says so
    awaitOn(() -> {
      try {
        new KafkaGate(kafka).start();
        return true;
      } catch (KafkaRefused e) {
        return false;
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    });
  }

  @AfterEach
  void dropTables() {
    load.close();
    clickHouse.execute("DROP DATABASE " + group);
    clickHouse.close();
  }

  @Test
  void aPoisonedRecordAmongGoodOnesIsPutAsideAndTheRestStoredOnce() throws Exception {
    send("a", 10, 0);
    send("poison", 5, 0);
    send("b", 10, 0);
    load.sendCorrupt(TABLE, PARTITION);
    send("c", 10, 0);
    load.acknowledged();
    var before = Instant.now();

    run(() -> stored() == 30);

    assertThat(bodies())
        .containsOnly(Map.entry("a", 10L), Map.entry("b", 10L), Map.entry("c", 10L));
    var letters = letters();
    assertThat(letters).hasSize(2);
    var poison = letters.get(1L);
    assertThat(poison).isNotNull();
    var said = DeadLetter.from(poison);
    assertThat(said.identity()).startsWith("seamark.otel_logs@").endsWith("/" + PARTITION + "/1");
    assertThat(said.kind()).isEqualTo("clickhouse");
    assertThat(said.reason()).contains("poison");
    assertThat(said.time()).isBetween(before, Instant.now());
    assertThat(rowsIn(poison)).isEqualTo(5);
    assertThat(DeadLetter.from(letters.get(3L)).kind()).isEqualTo("checksum");
    assertThat(metric("seamark_writer_dead_letters_total")).isEqualTo(2);
    assertThat(metric("seamark_writer_last_dead_letter_timestamp_seconds"))
        .isGreaterThanOrEqualTo((double) before.getEpochSecond());
    assertThat(metric("seamark_writer_rows_read_total"))
        .isEqualTo(metric("seamark_writer_rows_stored_total")
            + metric("seamark_writer_rows_dead_lettered_total"));
    assertThat(health.readiness()).isEmpty();
  }

  @Test
  void rowsThatWereStoredBeforeARefusalStayAndAreNotInTheLetter() throws Exception {
    var mixed = rows("fresh", 4, 0);
    mixed.append(rows("poison", 3, LATE_DAYS), 0, 3);
    send("a", 10, 0);
    load.sendTo(PARTITION, TABLE, mixed);
    send("late", 6, LATE_DAYS);
    load.acknowledged();

    run(() -> stored() == 20);

    assertThat(bodies())
        .containsOnly(Map.entry("a", 10L), Map.entry("fresh", 4L), Map.entry("late", 6L));
    assertThat(rowsIn(letters().get(1L))).isEqualTo(3);
    mend();
    replay();
    assertThat(bodies()).containsEntry("fresh", 4L).containsEntry("poison", 3L);
  }

  @Test
  void crashesOfTheWriterLoseAndDoubleNothing() throws Exception {
    var good = new HashMap<String, Long>();
    for (var crash = 0; crash < 6; crash++) {
      for (var i = 0; i < 30; i++) {
        if (i % 10 == 3) {
          send("poison", 2, i % 2 * LATE_DAYS);
        } else {
          var body = crash + "." + i;
          good.put(body, 4L);
          var mixed = rows(body, 2, 0);
          mixed.append(rows(body, 2, LATE_DAYS), 0, 2);
          load.sendTo(PARTITION, TABLE, mixed);
        }
      }
      load.acknowledged();
      var writer = start();
      // at another step each time: after so many attempts at an insert, or letters
      var attempts = 1 + crash / 2;
      var name = crash % 2 == 0 ? "inserts_total" : "dead_letters_total";
      awaitOn(() -> metric("seamark_writer_" + name) >= attempts);
      writer.abandon();
    }

    run(() -> stored() >= 4L * good.size());

    assertThat(bodies()).containsExactlyInAnyOrderEntriesOf(good);
    assertThat(letters()).hasSize(18);
    for (var letter : letters().values()) {
      assertThat(rowsIn(letter)).isEqualTo(2);
    }
    mend();
    assertThat(replay().rows()).isEqualTo(36);
    assertThat(bodies()).containsEntry("poison", 36L);
  }

  @Test
  void aReplayOfTheDeadLettersStoresWhatAFixLetsInAndOnlyOnce() throws Exception {
    send("a", 10, 0);
    send("poison", 5, 0);
    load.sendCorrupt(TABLE, PARTITION);
    send("poison", 6, 0);
    load.acknowledged();
    run(() -> stored() == 10);

    assertThat(replay().leftOut().toString()).contains("/" + PARTITION + "/1=", "poison");
    assertThat(stored()).as("it is refused as before").isEqualTo(10);

    mend();
    assertThat(replayed(true).rows()).as("a dry run says it").isEqualTo(11);
    assertThat(stored()).isEqualTo(10);
    var done = replay();
    assertThat(done.rows()).isEqualTo(11);
    assertThat(done.leftOut())
        .hasSize(1)
        .hasToString("{" + identity(2) + "=its checksum doesn't match its value}");
    assertThat(bodies()).containsOnly(Map.entry("a", 10L), Map.entry("poison", 11L));

    assertThat(replay().rows()).as("a second run finds no letter that waits").isZero();
    assertThat(stored()).isEqualTo(21);
  }

  @Test
  void aReplayOfARangeStoresAsManyRowsAgainAsTheDryRunSaid() throws Exception {
    for (var i = 0; i < 20; i++) {
      send("a", 10, i % 2 * LATE_DAYS);
    }
    send("poison", 5, 0);
    load.acknowledged();
    run(() -> stored() == 200);
    var range = LogRange.of(TABLE.topic(), PARTITION, 5, 21);
    var replay = new Replay(config(), kafka, clickHouse, SchemaOptions.single(group), false);

    var promised = replay.dryRun(range);
    assertThat(promised.rows()).isEqualTo(155);
    assertThat(stored()).isEqualTo(200);
    var done = replay.range(range, false);

    assertThat(done.rows()).isEqualTo(150);
    assertThat(done.leftOut().toString()).contains("poison");
    assertThat(stored()).isEqualTo(350);
    assertThat(replay.range(range, false).rows()).as("once more, on purpose").isEqualTo(150);
    assertThat(stored()).isEqualTo(500);
  }

  @Test
  void aReplayOfWhatTheWritersHaveYetToStoreIsRefused() throws Exception {
    send("a", 10, 0);
    load.acknowledged();
    run(() -> stored() == 10);
    send("b", 10, 0);
    load.acknowledged();
    var replay = new Replay(config(), kafka, clickHouse, SchemaOptions.single(group), false);

    assertThatThrownBy(() -> replay.range(LogRange.of(TABLE.topic(), PARTITION, 0, 2), false))
        .isInstanceOf(OperatorRefused.class)
        .hasMessageContaining("up to offset 1");
    assertThatThrownBy(() -> replay.dryRun(LogRange.of(TABLE.topic(), PARTITION, 0, 2)))
        .isInstanceOf(OperatorRefused.class);
  }

  @Test
  void aTableThatRefusesEverythingStopsThePartition() throws Exception {
    for (var i = 0; i < 40; i++) {
      send("poison", 1, 0);
    }
    load.acknowledged();

    run(() -> health.readiness().toString().contains("writer.dead-letters-max")
        && metric("seamark_writer_partition_stopped") == 1);

    assertThat(letters()).isEmpty();
    assertThat(stored()).isZero();
  }

  private void mend() {
    clickHouse.execute("ALTER TABLE otel_logs MODIFY COLUMN SeverityText LowCardinality(String)");
  }

  private ReplayReport replay() throws Exception {
    return replayed(false);
  }

  private ReplayReport replayed(boolean dryRun) throws Exception {
    return new Replay(config(), kafka, clickHouse, SchemaOptions.single(group), false)
        .deadLetters(100, dryRun);
  }

  private WriterConfig config() {
    return ConfigFile.parse(
        "writer", "{group: %s, linger: 100ms}".formatted(group), WriterConfig.class, Map.of());
  }

  private String identity(long offset) throws Exception {
    return DeadLetter.from(letters().get(offset)).identity();
  }

  private static int rowsIn(ConsumerRecord<byte[], byte[]> letter) throws Exception {
    return Block.decode(letter.value(), 0, letter.value().length).rows();
  }

  /** Runs a writer until something is true of the world. */
  private void run(BooleanSupplier condition) throws Exception {
    var writer = start();
    try {
      awaitOn(condition);
      awaitOn(() -> metric("seamark_writer_rows_held") == 0);
    } finally {
      writer.stop(WITHIN);
    }
  }

  private WriterService start() throws Exception {
    metrics = new Metrics();
    health = new Health();
    var writer = WriterMain.writer(kafka, clickHouse, group, vertx, metrics, health);
    writer.start();
    return writer;
  }

  private void send(String body, int rows, int daysAgo) {
    load.sendTo(PARTITION, TABLE, rows(body, rows, daysAgo));
  }

  /** Rows whose severity is "Severity", or "poison" if the body is that. */
  private static Block rows(String body, int count, int daysAgo) {
    var block = TABLE.newBlock();
    var timeMs = System.currentTimeMillis() - Duration.ofDays(daysAgo).toMillis();
    for (var row = 0; row < count; row++) {
      for (var named : block.columns()) {
        switch (named.name()) {
          case "Body" -> Load.text(named.column(), body);
          case "SeverityText" ->
            Load.text(named.column(), body.equals("poison") ? "poison" : "Severity");
          default -> Load.append(named.name(), named.column(), row, timeMs);
        }
      }
    }
    return block;
  }

  private long stored() {
    return bodies().values().stream().mapToLong(Long::longValue).sum();
  }

  private Map<String, Long> bodies() {
    var bodies = new HashMap<String, Long>();
    for (var block : clickHouse.query("SELECT Body, count() AS N FROM otel_logs GROUP BY Body")) {
      var counts = block.rows() == 0 ? null : (LongColumn) block.column("N");
      for (var row = 0; counts != null && row < block.rows(); row++) {
        bodies.put(((StringColumn) block.column("Body")).text(row), counts.get(row));
      }
    }
    return bodies;
  }

  /** The dead letters, by the offset of their record. */
  private Map<Long, ConsumerRecord<byte[], byte[]>> letters() throws Exception {
    var letters = new HashMap<Long, ConsumerRecord<byte[], byte[]>>();
    try (var consumer = new KafkaConsumer<>(
        kafka.clientProperties(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      var topic = new TopicPartition(Topics.DEAD_LETTER, 0);
      consumer.assign(List.of(topic));
      consumer.seekToBeginning(List.of(topic));
      var end = consumer.endOffsets(List.of(topic)).get(topic);
      while (consumer.position(topic) < end) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          if (!DeadLetter.isReplayed(record)) {
            letters.put(DeadLetter.from(record).offset(), record);
          }
        }
      }
    }
    return letters;
  }

  /** The sum of a metric over its labels. */
  private double metric(String name) {
    return Pattern.compile("^" + name + "(?:\\{.*})? (\\S+)$", Pattern.MULTILINE)
        .matcher(metrics.text())
        .results()
        .mapToDouble(match -> Double.parseDouble(match.group(1)))
        .sum();
  }

  private static void awaitOn(BooleanSupplier condition) {
    var deadline = System.nanoTime() + WITHIN.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + WITHIN);
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
