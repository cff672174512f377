package dev.seamark.standalone.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.Block;
import dev.seamark.block.LongColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.clickhouse.ClickHouseException;
import dev.seamark.ingest.write.WriterConfig;
import dev.seamark.ingest.write.WriterService;
import dev.seamark.ingest.write.turn.GroupCommits;
import dev.seamark.ingest.write.turn.TopicLogs;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.kafka.KafkaRefused;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.Table;
import dev.seamark.service.ConfigFile;
import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.standalone.Commands;
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
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code seamark backup} and {@code seamark restore} between a real broker and a real engine. Each
 * test has topics, a database and a consumer group of its own. What destroys the database is a DROP
 * of it.
 */
@Timeout(240)
class BackupTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);

  @TempDir
  static Path folder;

  private static Broker broker;
  private static Engine engine;
  private static Vertx vertx;
  private static KafkaConfig kafka;
  private static int brokerPort;

  private String name;
  private Commands commands;
  private ClickHouse clickHouse;
  private Load load;
  private Metrics metrics;

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
    name = test.getTestMethod().orElseThrow().getName();
    makeTopicsAnew();
    load = new Load(kafka);
    clickHouse = new ClickHouse(ClickHouseConfig.of(name, engine.address()));
    commands = Commands.of(Files.writeString(
        folder.resolve(name + ".yaml"), """
        kafka: {bootstrap: [127.0.0.1:%d], topics: {partitions: 4, replication-factor: 1, min-insync-replicas: 1}}
        clickhouse: {addresses: [%s], database: %s}
        writer: {group: %s, lease: 10s}
        """.formatted(brokerPort, engine.address(), name, name)));
    commands.succeed("migrate");
  }

  private static void makeTopicsAnew() throws Exception {
    try (var admin = Admin.create(kafka.clientProperties())) {
      var old = admin.listTopics().names().get().stream()
          .filter(topic -> topic.startsWith("seamark."))
          .toList();
      admin.deleteTopics(old).all().get();
      awaitOn(() -> names(admin).stream().noneMatch(old::contains));
    }
    // a broker forgets deleted topics, and learns of new ones, a moment later than it says so
    awaitOn(() -> {
      try {
        new KafkaGate(kafka).start();
        return true;
      } catch (KafkaRefused _) {
        return false;
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    });
  }

  private static Set<String> names(Admin admin) {
    try {
      return admin.listTopics().names().get();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @AfterEach
  void dropTables() {
    load.close();
    clickHouse.inDatabase("default").execute("DROP DATABASE IF EXISTS " + name);
    clickHouse.close();
  }

  @Test
  void whatCameAfterABackupUnderLoadIsStoredOnceAfterTheRestore() throws Exception {
    var writer = start();
    load.sendAll(200);
    awaitOn(() -> stored(Table.OTEL_LOGS) > 0);
    assertThat(duringLoad("backup", "--to", place("first"))).contains("backed up");
    load.sendAll(200);
    var second = duringLoad("backup", "--to", place("second"), "--base", place("first"));
    var backedUp = number(second, "tables, ([\\d,]+) rows");
    for (var i = 0; i < 20; i++) {
      load.sendAll(100);
    }
    load.acknowledged();
    awaitStored();
    writer.stop(WITHIN);
    clickHouse.execute("DROP DATABASE %s SYNC".formatted(name));
    load.sendAll(100);
    load.acknowledged();

    var restored = commands.succeed("restore", "--from", place("second"));

    assertThat(number(restored, "restored ([\\d,]+) rows")).isEqualTo(backedUp);
    assertThat(number(restored, "they store ([\\d,]+) records")).isPositive();
    assertThat(stored(Table.OTEL_LOGS)).isBetween(1L, load.sent(Table.OTEL_LOGS) - 1);
    assertThat(restored).doesNotContain("gone");
    writer = start();
    try {
      awaitStored();
      awaitOn(() -> metric("seamark_writer_lag_records") == 0);
    } finally {
      writer.stop(WITHIN);
    }
    awaitStored();
    assertThat(count("otel_traces_trace_id_ts", "TraceId")).isEqualTo(load.sent(Table.OTEL_TRACES));
    assertThat(databases()).doesNotContain("_snapshot", "_restore");
  }

  /** Runs a command while records come in. */
  private String duringLoad(String... command) throws Exception {
    var running = CompletableFuture.supplyAsync(() -> commands.succeed(command));
    var before = load.sent(Table.OTEL_LOGS);
    while (!running.isDone()) {
      load.sendAll(20);
      load.acknowledged();
    }
    assertThat(load.sent(Table.OTEL_LOGS)).isGreaterThan(before);
    return running.get();
  }

  @Test
  void insertsOfAWriterThatWasKilledAreWaitedForAndLetNothingBeDoubled() throws Exception {
    var writer = start();
    load.sendAll(100);
    load.acknowledged();
    awaitStored();
    commands.succeed("backup", "--to", place("backup"));
    for (var i = 0; i < 30; i++) {
      load.sendAll(100);
    }
    load.acknowledged();
    awaitOn(() -> stored(Table.OTEL_LOGS) > 100);
    writer.abandon();
    assertThat(commands.fail("backup", "--to", place("none")))
        .contains("aren't at rest", "is promised", "no writer runs");
    clickHouse.execute("DROP DATABASE %s SYNC".formatted(name));
    awaitOn(() -> !commands.says("restore", "--from", place("backup")).contains("writers run"));

    assertThat(commands.said()).contains("until no insert of a stopped writer can arrive");
    writer = start();
    try {
      awaitStored();
    } finally {
      writer.stop(WITHIN);
    }
  }

  @Test
  void deadLettersFollowTheDatabaseBack() throws Exception {
    narrow("a");
    run(() -> {
      send("a", 10);
      send("poison", 5);
    });
    mend();
    commands.succeed("backup", "--to", place("backup"));
    assertThat(commands.succeed("replay", "--dead-letter")).contains("stored 1 records, 5 rows");
    narrow("a", "poison", "c");
    run(() -> {
      send("venom", 6);
      send("c", 4);
    });
    assertThat(bodies()).isEqualTo("a 10, c 4, poison 5");
    commands.succeed("delete", "--tenant", "shop");
    clickHouse.execute("DROP DATABASE %s SYNC".formatted(name));

    var restored = commands.succeed("restore", "--from", place("backup"));

    assertThat(restored)
        .contains("dead letters: 1 are void", "1 wait again", "they store 2 records")
        .contains("tenant shop was deleted at", "run seamark delete --tenant shop");
    run(() -> {});
    assertThat(bodies()).isEqualTo("a 10, c 4, venom 6");
    assertThat(commands.succeed("replay", "--dead-letter")).contains("stored 1 records, 5 rows");
    assertThat(bodies()).isEqualTo("a 10, c 4, poison 5, venom 6");
  }

  /** Lets the table take nothing but these texts. */
  private void narrow(String... texts) {
    var values = new StringBuilder();
    for (var text : texts) {
      values.append(values.isEmpty() ? "" : ", ").append("'").append(text).append("'");
    }
    clickHouse.execute(
        "ALTER TABLE otel_logs MODIFY COLUMN SeverityText Enum(%s)".formatted(values));
  }

  private void mend() {
    clickHouse.execute("ALTER TABLE otel_logs MODIFY COLUMN SeverityText LowCardinality(String)");
  }

  @Test
  void aLogThatDoesNotReachBackIsSaidAndAccepted() throws Exception {
    run(() -> load.sendAll(50));
    commands.succeed("backup", "--to", place("backup"));
    var before = load.sent(Table.OTEL_LOGS);
    run(() -> {
      for (var i = 0; i < 12; i++) {
        load.send(Table.OTEL_LOGS, 10);
      }
    });
    var first = new TopicPartition(Table.OTEL_LOGS.topic(), 1);
    var ends = deleteBehind(first, 2);
    clickHouse.execute("DROP DATABASE %s SYNC".formatted(name));

    assertThat(commands.fail("restore", "--from", place("backup")))
        .contains("2 records are gone, in 1 partitions", first + ": 2 records", "--accept-loss");
    assertThat(databases()).doesNotContain(name);
    assertThat(commands.succeed("restore", "--from", place("backup"), "--accept-loss"))
        .contains("gone: " + first + ": 2 records");

    run(() -> {});
    assertThat(ends).isPositive();
    assertThat(stored(Table.OTEL_LOGS)).isEqualTo(before + 120 - 20);
  }

  /** Deletes so many of a partition's records that came after the backup. */
  private long deleteBehind(TopicPartition partition, int records) throws Exception {
    try (var admin = Admin.create(kafka.clientProperties())) {
      var end = admin
          .listOffsets(Map.of(partition, OffsetSpec.latest()))
          .partitionResult(partition)
          .get()
          .offset();
      var before = end - 3 + records; // three of the twelve came to it
      admin
          .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
          .all()
          .get();
      return before;
    }
  }

  @Test
  void whatABackupAndARestoreNeedIsSaid() throws Exception {
    run(() -> load.sendAll(2_000));
    clickHouse.execute("SYSTEM STOP MERGES");
    var first = commands.succeed("backup", "--to", place("backup"));
    var second = commands.succeed("backup", "--to", place("second"), "--base", place("backup"));
    clickHouse.execute("SYSTEM START MERGES");
    assertThat(number(second, "([\\d,]+) bytes written"))
        .isLessThan(number(first, "([\\d,]+) bytes written") / 3);
    assertThat(commands.fail("restore", "--from", place("backup")))
        .contains("database %s has".formatted(name), "DROP DATABASE");
    assertThat(commands.fail("backup", "--to", place("backup"))).contains("already exists");
    assertThat(commands.fail("backup", "--to", "relative/folder"))
        .contains("is no place for a backup");
    assertThat(commands.fail("backup", "--to", "disk:backups/x")).contains("backups.allowed_disk");

    var writer = start();
    try {
      clickHouse.execute("DROP DATABASE %s SYNC".formatted(name));
      awaitOn(() -> metric("seamark_writer_held") == 0);
      assertThat(commands.fail("restore", "--from", place("backup"))).contains("writers run");
      assertThat(commands.fail("restore", "--from", place("none"))).contains("writers run");
    } finally {
      writer.stop(WITHIN);
    }
    assertThat(commands.fail("restore", "--from", place("none"))).contains("not found");
  }

  @Test
  void writersStoreNothingAfterARestoreThatBrokeOff() throws Exception {
    run(() -> load.sendAll(10));
    commands.succeed("backup", "--to", place("backup"));
    clickHouse.execute("DROP DATABASE %s SYNC".formatted(name));
    remove(place("backup") + "/data/seamark/otel_logs");
    assertThat(commands.fail("restore", "--from", place("backup"))).contains("RESTORE_FAILED");

    load.sendAll(10);
    load.acknowledged();
    var health = new Health();
    var writer = writer(health);
    writer.start();
    try {
      awaitOn(() -> health.readiness().toString().contains("a restore isn't through"));
      awaitOn(() -> metric("seamark_writer_rows_held") == 10 * Table.values().length);
      var halfRestored = stored(Table.METRICS_SAMPLES);
      assertThat(halfRestored).isLessThanOrEqualTo(10);

      assertThat(commands.fail("backup", "--to", place("other")))
          .contains("a restore isn't through");
      commands.succeed("restore", "--abandon");
      awaitOn(() -> stored(Table.METRICS_SAMPLES) == halfRestored + 10);
      assertThat(health.readiness()).isEmpty();
    } finally {
      writer.stop(WITHIN);
    }
  }

  private static void remove(String folder) throws IOException {
    try (var files = Files.walk(Path.of(folder))) {
      for (var each : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private String place(String what) {
    return folder.resolve("backups").resolve(name + "-" + what).toString();
  }

  private interface Work {
    void run() throws Exception;
  }

  /** Sends something and runs a writer until it is through with all of it. */
  private void run(Work send) throws Exception {
    send.run();
    load.acknowledged();
    var writer = start();
    try {
      awaitOn(this::isThrough);
    } finally {
      writer.stop(WITHIN);
    }
  }

  /** True if all that is in the logs is stored, or in dead letters. */
  private boolean isThrough() {
    try (var admin = Admin.create(kafka.clientProperties())) {
      var commits = new GroupCommits(admin, name).read();
      return TopicLogs.ofTables(admin).entrySet().stream().allMatch(it -> {
        var commit = commits.get(it.getKey());
        return commit != null && commit.offset() == it.getValue().end();
      });
    }
  }

  private WriterService start() throws Exception {
    var writer = writer(new Health());
    writer.start();
    return writer;
  }

  private WriterService writer(Health health) {
    metrics = new Metrics();
    var config = ConfigFile.parse(
        "writer",
        "{port: 0, group: %s, linger: 50ms, lease: 10s, retry-min: 50ms, retry-max: 1s, drain: 5s}"
            .formatted(name),
        WriterConfig.class,
        Map.of());
    return new WriterService(
        config, kafka, clickHouse, SchemaOptions.single(name), vertx, metrics, health);
  }

  private void send(String severity, int rows) {
    var table = Table.OTEL_LOGS;
    var block = table.newBlock();
    for (var row = 0; row < rows; row++) {
      for (var named : block.columns()) {
        if (named.name().equals("SeverityText")) {
          Load.text(named.column(), severity);
        } else {
          Load.append(named.name(), named.column(), row, System.currentTimeMillis());
        }
      }
    }
    load.sendTo(2, table, block);
  }

  private String bodies() {
    return clickHouse.query("""
            SELECT arrayStringConcat(arraySort(groupArray(concat(SeverityText, ' ', toString(N)))), ', ') AS Text
            FROM (SELECT toString(SeverityText) AS SeverityText, count() AS N FROM otel_logs GROUP BY SeverityText)""").stream()
        .filter(block -> block.rows() > 0)
        .map(block -> ((StringColumn) block.column("Text")).text(0))
        .findFirst()
        .orElseThrow();
  }

  private String databases() {
    return clickHouse
        .inDatabase("default")
        .query("SELECT arrayStringConcat(groupArray(name), ',') AS Text FROM system.databases")
        .stream()
        .filter(block -> block.rows() > 0)
        .map(block -> ((StringColumn) block.column("Text")).text(0))
        .findFirst()
        .orElseThrow();
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
    return clickHouse.query("SELECT count(%s) AS N FROM %s".formatted(what, table)).stream()
        .filter(block -> block.rows() > 0)
        .mapToLong(BackupTest::number)
        .findFirst()
        .orElseThrow();
  }

  private static long number(Block block) {
    return ((LongColumn) block.column("N")).get(0);
  }

  private static long number(String text, String pattern) {
    var match = Pattern.compile(pattern).matcher(text);
    assertThat(match.find()).as("%s in %s", pattern, text).isTrue();
    return Long.parseLong(match.group(1).replace(",", ""));
  }

  /** The sum of a metric over its labels. */
  private double metric(String metric) {
    return Pattern.compile("^" + metric + "(?:\\{.*})? (\\S+)$", Pattern.MULTILINE)
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
