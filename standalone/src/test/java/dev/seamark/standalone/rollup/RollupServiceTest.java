package dev.seamark.standalone.rollup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.ingest.rollup.RollupConfig;
import dev.seamark.ingest.rollup.RollupService;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.kafka.Watermark;
import dev.seamark.schema.Database;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.Table;
import dev.seamark.service.ConfigFile;
import dev.seamark.service.Metrics;
import dev.seamark.standalone.broker.Broker;
import dev.seamark.standalone.engine.EngineFixture;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Two processes that may make rollups, a real broker that chooses one, and a real ClickHouse. */
@Timeout(180)
class RollupServiceTest {
  @RegisterExtension
  static final EngineFixture engine = new EngineFixture();

  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final long MINUTE = 60_000;

  @TempDir
  static Path folder;

  private static Broker broker;
  private static KafkaConfig kafka;
  private static ClickHouse clickHouse;

  @BeforeAll
  static void start() throws Exception {
    int port = freePort();
    broker = new Broker(
        Files.createDirectory(folder.resolve("broker")), folder.resolve("logs"), port, freePort());
    broker.start();
    kafka = KafkaConfig.loopback(port);
    new KafkaGate(kafka).start();
    clickHouse = new ClickHouse(ClickHouseConfig.of(engine.database(), engine.address()));
    Migrations.bundled().apply(Database.over(clickHouse), SchemaOptions.single(engine.database()));
  }

  @AfterAll
  static void stop() {
    clickHouse.close();
    broker.stop(Duration.ofSeconds(20));
  }

  @Test
  void oneOfTwoFollowsTheSlowestPartitionAndTheOtherTakesOver() throws Exception {
    long hour = Math.floorDiv(System.currentTimeMillis(), 60 * MINUTE) * 60 * MINUTE - 180 * MINUTE;
    for (int i = 0; i < 3; i++) {
      engine.run("""
          INSERT INTO metrics_samples (Tenant, MetricName, SeriesId, Ts, Value)
          VALUES ('shop', 'up', 1, fromUnixTimestamp64Milli(%d), %d)""".formatted(hour + 30L * i * MINUTE, i));
    }
    var first = service();
    var second = service();
    first.start();
    try {
      tell(0, hour + 170 * MINUTE);
      for (int partition = 1; partition < kafka.topics().partitions(); partition++) {
        tell(partition, hour + 20 * MINUTE);
      }
      awaitOn(() -> lasts().equals("[0]"));
      second.start();

      for (int partition = 1; partition < kafka.topics().partitions(); partition++) {
        tell(partition, hour + 50 * MINUTE);
      }
      awaitOn(() -> lasts().equals("[0,1]"));
    } finally {
      first.stop(WITHIN);
    }
    try {
      for (int partition = 1; partition < kafka.topics().partitions(); partition++) {
        tell(partition, hour + 80 * MINUTE);
      }
      awaitOn(() -> lasts().equals("[0,1,2]"));
      awaitOn(
          () -> engine.run("SELECT groupArray(Count) FROM metrics_rollup_1h").equals("[2]"));
    } finally {
      second.stop(WITHIN);
    }
  }

  private static RollupService service() {
    return new RollupService(
        ConfigFile.defaults(RollupConfig.class),
        kafka,
        "writers",
        clickHouse,
        SchemaOptions.single(engine.database()),
        Metrics.ofProcess());
  }

  private static void tell(int partition, long visibleUpToMs) throws Exception {
    var properties = new HashMap<String, Object>(kafka.clientProperties());
    try (var producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      var of = new TopicPartition(Table.METRICS_SAMPLES.topic(), partition);
      producer.send(new Watermark(of, visibleUpToMs).toKafka()).get();
    }
  }

  private static String lasts() {
    return engine.run(
        "SELECT groupArray(Last) FROM (SELECT Last FROM metrics_rollup_5m FINAL ORDER BY Bucket)");
  }

  private static void awaitOn(BooleanSupplier condition) {
    long until = System.nanoTime() + WITHIN.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(() -> "rollups are " + lasts()).isLessThan(until);
      LockSupport.parkNanos(50_000_000);
    }
  }

  private static int freePort() throws Exception {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
