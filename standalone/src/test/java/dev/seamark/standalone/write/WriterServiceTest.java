package dev.seamark.standalone.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.LongColumn;
import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.clickhouse.ClickHouseException;
import dev.seamark.ingest.write.WriterService;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.kafka.WatermarkReader;
import dev.seamark.kafka.Watermarks;
import dev.seamark.schema.Database;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.Table;
import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.standalone.broker.Broker;
import dev.seamark.standalone.engine.Engine;
import dev.seamark.standalone.engine.EngineLibrary;
import dev.seamark.standalone.process.JavaCommand;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The writer between a real broker and a real engine. Each test has a database and a consumer group
 * of its own, and so finds in its tables all that was sent before, too.
 */
@Timeout(180)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WriterServiceTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);

  @TempDir
  static Path folder;

  private static Broker broker;
  private static Engine engine;
  private static Vertx vertx;
  private static int brokerPort;
  private static KafkaConfig kafka;
  private static Load load;

  private ClickHouse clickHouse;
  private String group;
  private Metrics metrics;
  private Health health;

  @BeforeAll
  static void startChildren() throws Exception {
    brokerPort = freePort();
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
    new KafkaGate(kafka).start();
    vertx = Vertx.vertx();
    load = new Load(kafka);
  }

  @AfterAll
  static void stopChildren() {
    load.close();
    vertx.close().await();
    broker.stop(Duration.ofSeconds(20));
    engine.close();
  }

  @BeforeEach
  void makeTables(TestInfo test) {
    group = test.getTestMethod().orElseThrow().getName();
    clickHouse = new ClickHouse(ClickHouseConfig.of(group, engine.address()));
    Migrations.bundled().apply(Database.over(clickHouse), SchemaOptions.single(group));
  }

  @AfterEach
  void dropTables() {
    clickHouse.execute("DROP DATABASE " + group);
    clickHouse.close();
  }

  @Test
  void everyTableHoldsWhatWasSent() throws Exception {
    for (var i = 0; i < 40; i++) {
      load.sendAll(50);
    }
    load.acknowledged();

    var writer = start();
    try {
      awaitStored();
      awaitOn(() -> metric("seamark_writer_lag_records") == 0);
    } finally {
      writer.stop(WITHIN);
    }

    assertThat(count("otel_traces_trace_id_ts", "TraceId")).isEqualTo(load.sent(Table.OTEL_TRACES));
    assertThat(metric("seamark_writer_rows_read_total"))
        .isEqualTo(metric("seamark_writer_rows_stored_total")
            + metric("seamark_writer_rows_released_total"));
    assertThat(health.readiness()).isEmpty();
  }

  @Test
  void aWatermarkPassesWhatWasAcknowledgedOnceItCanBeSeen() throws Exception {
    load.sendAll(100);
    load.acknowledged();
    var acknowledgedMs = System.currentTimeMillis();
    var watermarks = new Watermarks(kafka.topics().partitions());
    try (var reader = new WatermarkReader(kafka, watermarks)) {
      reader.start();
      var writer = start();
      try {
        for (var table : Table.values()) {
          awaitOn(() -> watermarks.visibleUpToMs(table.topic()).orElse(0) > acknowledgedMs);
          assertThat(stored(table)).as(table.table()).isEqualTo(load.sent(table));
        }
        assertThat(metric("seamark_writer_watermark_seconds")).isPositive();
      } finally {
        writer.stop(WITHIN);
      }
    }
  }

  @Test
  void crashesOfTheWriterLoseAndDoubleNothing() throws Exception {
    for (var crash = 0; crash < 5; crash++) {
      var writer = start();
      var before = stored(Table.OTEL_LOGS);
      for (var i = 0; i < 10; i++) {
        load.sendAll(100);
      }
      load.acknowledged();
      awaitOn(() -> stored(Table.OTEL_LOGS) > before);
      writer.abandon();
    }

    var writer = start();
    try {
      awaitStored();
    } finally {
      writer.stop(WITHIN);
    }
  }

  @Test
  void killsOfTheEngineLoseAndDoubleNothing() throws Exception {
    var writer = start();
    try {
      for (var kill = 1; kill <= 3; kill++) {
        for (var i = 0; i < 10; i++) {
          load.sendAll(200);
        }
        load.acknowledged();
        awaitOn(() -> metric("seamark_writer_rows_read_total") > 0);
        var restarts = engine.restarts();
        ProcessHandle.of(engine.pid()).orElseThrow().destroyForcibly();
        awaitOn(() -> engine.restarts() > restarts);
        engine.awaitReady(WITHIN);
      }
      awaitStored();
    } finally {
      writer.stop(WITHIN);
    }
  }

  @Test
  void killsOfTheWritersProcessLoseAndDoubleNothing() throws Exception {
    for (var kill = 0; kill < 2; kill++) {
      var before = stored(Table.METRICS_SAMPLES);
      var process = startProcess();
      try {
        for (var i = 0; i < 10; i++) {
          load.sendAll(100);
        }
        load.acknowledged();
        awaitOn(() -> stored(Table.METRICS_SAMPLES) > before);
      } finally {
        process.destroyForcibly().waitFor();
      }
    }

    var writer = start();
    try {
      awaitStored();
    } finally {
      writer.stop(WITHIN);
    }
  }

  private Process startProcess() throws IOException {
    var command = JavaCommand.of(
        WriterMain.class,
        List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        WriterMain.arguments(brokerPort, engine.address(), group));
    return new ProcessBuilder(command)
        .redirectOutput(folder.resolve("writer.log").toFile())
        .redirectErrorStream(true)
        .start();
  }

  @Test
  void aKillOfTheBrokerLosesAndDoublesNothing() throws Exception {
    var writer = start();
    try {
      for (var i = 0; i < 10; i++) {
        load.sendAll(100);
      }
      awaitOn(() -> stored(Table.OTEL_LOGS) > 0);
      ProcessHandle.of(broker.pid()).orElseThrow().destroyForcibly();
      for (var i = 0; i < 10; i++) {
        load.sendAll(100);
      }
      broker.awaitReady(WITHIN);
      load.acknowledged();
      awaitStored();
    } finally {
      writer.stop(WITHIN);
    }
  }

  @Test
  @Order(
      Integer.MAX_VALUE) // the record stays in the log, and would stop the writers of later tests
  void aRecordOfANewerSchemaStopsItsPartitionByNameAndNoOther() throws Exception {
    load.sendOfSchema(Table.METRICS_EXEMPLARS, 3, Migrations.bundled().version() + 1);
    load.acknowledged();
    var writer = start();
    try {
      awaitOn(() -> health.readiness().toString().contains("this writer knows"));
      load.sendAll(100);
      load.acknowledged();
      awaitOn(() -> stored(Table.OTEL_LOGS) >= load.sent(Table.OTEL_LOGS));

      assertThat(health.readiness().toString()).contains("seamark.metrics_exemplars-3", "schema");
      assertThat(metric("seamark_writer_partition_stopped")).isEqualTo(1);
    } finally {
      writer.stop(WITHIN);
    }
  }

  @Test
  void twoWritersShareThePartitions() throws Exception {
    var first = start();
    load.sendAll(100);
    awaitOn(() -> stored(Table.OTEL_LOGS) > 0);
    var second = start();
    try {
      awaitOn(() -> {
        load.sendAll(100);
        return metric("seamark_writer_rows_stored_total") > 0; // of the second one
      });
      load.acknowledged();
      first.stop(WITHIN);
      awaitStored();
    } finally {
      second.stop(WITHIN);
    }
  }

  private WriterService start() throws Exception {
    metrics = new Metrics();
    health = new Health();
    var writer = WriterMain.writer(kafka, clickHouse, group, vertx, metrics, health);
    writer.start();
    return writer;
  }

  /** Waits until every row that was sent is there, and checks that it is there once. */
  private void awaitStored() {
    for (var table : Table.values()) {
      awaitOn(() -> stored(table) >= load.sent(table));
      assertThat(stored(table)).as(table.table()).isEqualTo(load.sent(table));
      assertThat(count(table.table(), "DISTINCT " + Load.numberColumn(table)))
          .as("distinct rows of %s", table.table())
          .isEqualTo(load.sent(table));
    }
  }

  /** Rows in a table; -1 as long as the engine doesn't answer. */
  private long stored(Table table) {
    try {
      return count(table.table(), "");
    } catch (ClickHouseException _) {
      return -1;
    }
  }

  private long count(String table, String what) {
    var answer = clickHouse.query("SELECT count(%s) AS N FROM %s".formatted(what, table));
    return answer.stream()
        .filter(block -> block.rows() > 0)
        .mapToLong(block -> ((LongColumn) block.column("N")).get(0))
        .findFirst()
        .orElseThrow();
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
