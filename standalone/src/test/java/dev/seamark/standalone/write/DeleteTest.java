package dev.seamark.standalone.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.Block;
import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.ingest.write.WriterConfig;
import dev.seamark.ingest.write.WriterService;
import dev.seamark.ingest.write.turn.GroupCommits;
import dev.seamark.ingest.write.turn.TopicLogs;
import dev.seamark.kafka.BlockHeaders;
import dev.seamark.kafka.DeadLetter;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.schema.Database;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.Table;
import dev.seamark.service.ConfigFile;
import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.standalone.Commands;
import dev.seamark.standalone.broker.Broker;
import dev.seamark.standalone.engine.EngineFixture;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code seamark delete} between a real broker and a real engine. Rows of two tenants share each
 * record; one of them, whose name SQL has to quote, goes. The tests are one story.
 */
@Timeout(180)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DeleteTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final String GOES = "o'brien\\s";
  private static final String STAYS = "default";
  private static final int ROWS = 10;

  @RegisterExtension
  static final EngineFixture engine = new EngineFixture();

  @TempDir
  static Path folder;

  private static Broker broker;
  private static Vertx vertx;
  private static KafkaConfig kafka;
  private static String name;
  private static Commands commands;
  private static ClickHouse clickHouse;
  private static Load load;

  @BeforeAll
  static void start() throws Exception {
    var port = freePort();
    broker = new Broker(
        Files.createDirectory(folder.resolve("broker")), folder.resolve("logs"), port, freePort());
    broker.start();
    kafka = KafkaConfig.loopback(port);
    new KafkaGate(kafka).start();
    vertx = Vertx.vertx();
    name = engine.database();
    clickHouse = new ClickHouse(ClickHouseConfig.of(name, engine.address()));
    commands = Commands.of(Files.writeString(
        folder.resolve("seamark.yaml"), """
        kafka: {bootstrap: [127.0.0.1:%d], topics: {partitions: 4, replication-factor: 1, min-insync-replicas: 1}}
        clickhouse: {addresses: [%s], database: %s}
        writer: {group: %s}
        """.formatted(port, engine.address(), name, name)));
    commands.succeed("migrate");
    load = new Load(kafka);
    sendToAll();
    runWriter();
    rollUpByHand(GOES);
    rollUpByHand(STAYS);
  }

  private static void rollUpByHand(String tenant) {
    for (var table : new String[] {"metrics_rollup_5m", "metrics_rollup_1h"}) {
      clickHouse.execute(
          "INSERT INTO %s (Tenant, MetricName, SeriesId, Bucket, Version) SELECT {tenant:String}, 'm', number, now(), 1 FROM numbers(%d)"
              .formatted(table, ROWS),
          Map.of("tenant", tenant),
          Map.of());
    }
  }

  @AfterAll
  static void stop() {
    load.close();
    clickHouse.close();
    vertx.close().await();
    broker.stop(Duration.ofSeconds(20));
  }

  @Test
  @Order(1)
  void aDryRunCountsAndChangesNothing() {
    var said = commands.succeed("delete", "--tenant", GOES, "--dry-run");

    assertThat(said).contains("would delete");
    for (var table : Table.values()) {
      assertThat(said).containsPattern(table.table() + " +" + ROWS + " rows");
    }
    assertThat(said)
        .containsPattern("metrics_rollup_1h +10 rows")
        .containsPattern("metrics_rollup_late +[1-9]\\d* rows")
        .containsPattern("otel_traces_trace_id_ts +10 rows");
    assertThat(rows(GOES)).hasSize(14).allSatisfy((_, rows) -> assertThat(rows).isPositive());
  }

  @Test
  @Order(2)
  void aTableOfALaterMigrationHasTenantOrIsKnownToHoldNone() {
    var without = Database.over(clickHouse).rows("""
        SELECT name FROM system.tables WHERE database = '%1$s' AND endsWith(engine, 'MergeTree')
            AND name NOT IN (SELECT table FROM system.columns WHERE database = '%1$s' AND name = 'Tenant')
        ORDER BY name""".formatted(name));

    assertThat(without)
        .as("a table without Tenant isn't deleted from: does it hold telemetry?")
        .extracting(row -> row.getFirst())
        .containsExactly("deletions", "metrics_rollup_progress", "seamark_migrations");
  }

  @Test
  @Order(3)
  void whatTheWritersHaveYetToStoreIsWaitedFor() throws Exception {
    send(Table.OTEL_LOGS);
    assertThat(commands.fail("delete", "--tenant", GOES, "--wait", "0"))
        .contains(
            "haven't stored all that is acknowledged", "none runs", "1 partitions are behind");
    assertThat(count("otel_logs", GOES)).isEqualTo(ROWS);

    var before = rows(STAYS);
    var deletion = CompletableFuture.supplyAsync(
        () -> commands.succeed("delete", "--tenant", GOES, "--reason", "left\nus 'today'"));
    awaitOn(() -> commands.said().contains("waits for writers"));
    runWriter();

    assertThat(deletion.get()).containsPattern("deleted [\\d,]+ rows of o'brien.s from 14 tables");
    assertThat(rows(GOES)).allSatisfy((_, rows) -> assertThat(rows).isZero());
    before.merge("otel_logs", (long) ROWS, Long::sum);
    assertThat(rows(STAYS)).isEqualTo(before);
  }

  @Test
  @Order(4)
  void theRecordOfItSaysWhoWhenWhyAndHowMuch() {
    var entry = Database.over(clickHouse).rows("""
        SELECT DeletedTenant, Reason, OsUser, ClickHouseUser, toString(Rows['otel_logs']),
            toString(length(Rows)), toString(arraySum(mapValues(Offsets))), toString(DoneAt >= At)
        FROM %s.deletions""".formatted(name));

    assertThat(entry).hasSize(1);
    var offsets = logs().values().stream().mapToLong(TopicLogs.Log::end).sum();
    assertThat(entry.getFirst())
        .containsExactly(
            GOES,
            "left us 'today'",
            System.getProperty("user.name"),
            "default",
            "" + 2 * ROWS,
            "14",
            "" + offsets,
            "1");
  }

  @Test
  @Order(5)
  void aReplayOfARangeLeavesItsRowsOut() throws Exception {
    var range = new String[] {
      "replay", "--topic", "seamark.otel_traces", "--partition", "1", "--from", "0", "--to", "1"
    };
    var before = count("otel_traces", STAYS);

    assertThat(commands.succeed(with(range, "--dry-run")))
        .contains("seamark.otel_traces-1 0: 10 rows of tenants that were deleted")
        .contains("would store 1 records, 10 rows; left out 1");
    assertThat(commands.succeed(range)).contains("stored 1 records, 10 rows; left out 1");

    assertThat(count("otel_traces", GOES)).isZero();
    assertThat(count("otel_traces", STAYS)).isEqualTo(before + ROWS);
  }

  @Test
  @Order(5)
  void deadLettersLoseItsRowsAndTheirReasonToWait() throws Exception {
    var mixed = rows(Table.OTEL_LOGS, GOES);
    var other = rows(Table.OTEL_LOGS, STAYS);
    mixed.append(other, 0, other.rows());
    bury(mixed, 0);
    bury(rows(Table.OTEL_LOGS, GOES), 1);
    var before = count("otel_logs", STAYS);

    assertThat(commands.succeed("replay", "--dead-letter"))
        .containsPattern("/1/0: 10 rows of tenants that were deleted")
        .containsPattern("/1/1: 10 rows of tenants that were deleted")
        .contains("stored 1 records, 10 rows; left out 2");

    assertThat(count("otel_logs", GOES)).isZero();
    assertThat(count("otel_logs", STAYS)).isEqualTo(before + ROWS);
    assertThat(commands.succeed("replay", "--dead-letter"))
        .contains("stored 0 records, 0 rows; left out 0");
  }

  /** A dead letter of a record that was acknowledged before the deletion. */
  private static void bury(Block block, long offset) throws Exception {
    var partition = new TopicPartition(Table.OTEL_LOGS.topic(), 1);
    var value = block.encode();
    var headers = BlockHeaders.of(
        value, Migrations.bundled().version(), block.rows(), 0, 0, System.currentTimeMillis());
    var letter = new DeadLetter(
        DeadLetter.WRITER,
        partition.topic(),
        logs().get(partition).id(),
        partition.partition(),
        offset,
        "clickhouse",
        "once",
        Instant.now());
    try (var producer = new KafkaProducer<>(
        new HashMap<>(kafka.clientProperties()),
        new ByteArraySerializer(),
        new ByteArraySerializer())) {
      producer.send(letter.toKafka(null, value, headers.toKafka())).get();
    }
  }

  @Test
  @Order(6)
  void whatIsSentLaterIsStoredAndReplayed() throws Exception {
    send(Table.OTEL_LOGS);
    runWriter();
    assertThat(count("otel_logs", GOES)).isEqualTo(ROWS);

    assertThat(commands.succeed(
            "replay",
            "--topic",
            "seamark.otel_logs",
            "--partition",
            "1",
            "--from",
            "2",
            "--to",
            "3"))
        .contains("stored 1 records, 20 rows; left out 0");
    assertThat(count("otel_logs", GOES)).isEqualTo(2 * ROWS);
  }

  @Test
  @Order(7)
  void onTheOperatorsWordTheyComeBack() throws Exception {
    assertThat(commands.succeed(
            "replay",
            "--topic",
            "seamark.otel_traces",
            "--partition",
            "1",
            "--from",
            "0",
            "--to",
            "1",
            "--with-deleted"))
        .contains("stored 1 records, 20 rows; left out 0");
    assertThat(count("otel_traces", GOES)).isEqualTo(ROWS);
  }

  @Test
  @Order(8)
  void otherTenantsLoseNothingWhileTheySend() throws Exception {
    var writer = writer();
    writer.start();
    try {
      var deletion =
          CompletableFuture.supplyAsync(() -> commands.succeed("delete", "--tenant", GOES));
      while (!deletion.isDone()) {
        load.send(Table.OTEL_LOGS, 50);
        load.send(Table.METRICS_SAMPLES, 50);
        load.acknowledged();
      }
      assertThat(deletion.get()).contains("deleted").doesNotContain("came since");
      awaitOn(DeleteTest::isThrough);
    } finally {
      writer.stop(WITHIN);
    }
    assertThat(rows(GOES)).allSatisfy((_, rows) -> assertThat(rows).isZero());
    for (var table : new Table[] {Table.OTEL_LOGS, Table.METRICS_SAMPLES}) {
      var column = Load.numberColumn(table);
      assertThat(number("SELECT uniqExact(%s) FROM %s WHERE %s"
              .formatted(
                  column,
                  table.table(),
                  table == Table.OTEL_LOGS ? "startsWith(Body, 'Body')" : "SeriesId < 1000000")))
          .isEqualTo(load.sent(table));
    }
  }

  /** It stands for a rollup that read the samples before they went, and writes afterwards. */
  @Test
  @Order(9)
  void aRollupThatIsUnderWayIsWaitedFor() throws Exception {
    var rollup = CompletableFuture.supplyAsync(
        () -> engine.run("""
        INSERT INTO metrics_rollup_5m (Tenant, MetricName, SeriesId, Bucket, Version, Count)
        SELECT '%s', 'm', number, now(), 1, sleepEachRow(1) FROM numbers(4) SETTINGS max_block_size = 1""".formatted(GOES.replace("\\", "\\\\").replace("'", "\\'"))));
    awaitOn(() -> number(
            "SELECT count() FROM system.processes WHERE startsWith(query, 'INSERT INTO metrics_rollup_5m')")
        == 1);

    commands.succeed("delete", "--tenant", GOES);

    assertThat(rollup).isDone();
    assertThat(count("metrics_rollup_5m", GOES)).isZero();
  }

  private static String[] with(String[] command, String option) {
    var all = Arrays.copyOf(command, command.length + 1);
    all[command.length] = option;
    return all;
  }

  private static void sendToAll() throws Exception {
    for (var table : Table.values()) {
      send(table);
    }
  }

  /** A record of as many rows of either tenant, to partition 1; late enough to be marked. */
  private static void send(Table table) throws Exception {
    var block = rows(table, GOES);
    var other = rows(table, STAYS);
    block.append(other, 0, other.rows());
    load.sendTo(1, table, block);
    load.acknowledged();
  }

  private static Block rows(Table table, String tenant) {
    var block = table.newBlock();
    var timeMs = System.currentTimeMillis() - Duration.ofMinutes(2).toMillis();
    for (var row = 0; row < ROWS; row++) {
      for (var named : block.columns()) {
        switch (named.name()) {
          case "Tenant" -> Load.text(named.column(), tenant);
          case "Body" -> Load.text(named.column(), "shared");
          default -> Load.append(named.name(), named.column(), 5_000_000 + row, timeMs);
        }
      }
    }
    return block;
  }

  /** Runs a writer until it is through with all that was sent. */
  private static void runWriter() throws Exception {
    var writer = writer();
    writer.start();
    try {
      awaitOn(DeleteTest::isThrough);
    } finally {
      writer.stop(WITHIN);
    }
  }

  private static WriterService writer() {
    var config = ConfigFile.parse(
        "writer",
        "{port: 0, group: %s, linger: 50ms, drain: 5s}".formatted(name),
        WriterConfig.class,
        Map.of());
    return new WriterService(
        config, kafka, clickHouse, SchemaOptions.single(name), vertx, new Metrics(), new Health());
  }

  private static boolean isThrough() {
    try (var admin = Admin.create(kafka.clientProperties())) {
      var commits = new GroupCommits(admin, name).read();
      return logs().entrySet().stream().allMatch(it -> {
        var commit = commits.get(it.getKey());
        return commit != null && commit.offset() == it.getValue().end();
      });
    }
  }

  private static Map<TopicPartition, TopicLogs.Log> logs() {
    try (var admin = Admin.create(kafka.clientProperties())) {
      return TopicLogs.ofTables(admin);
    }
  }

  /** Rows of a tenant by table. */
  private static Map<String, Long> rows(String tenant) {
    var rows = new TreeMap<String, Long>();
    for (var row : Database.over(clickHouse).rows("""
        SELECT table FROM system.columns WHERE database = '%s' AND name = 'Tenant' AND NOT endsWith(table, '_mv')""".formatted(name))) {
      rows.put(row.getFirst(), count(row.getFirst(), tenant));
    }
    return rows;
  }

  private static long count(String table, String tenant) {
    return number("SELECT count() FROM %s WHERE Tenant = '%s'"
        .formatted(table, tenant.replace("\\", "\\\\").replace("'", "\\'")));
  }

  private static long number(String sql) {
    return Long.parseLong(engine.run(sql));
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
