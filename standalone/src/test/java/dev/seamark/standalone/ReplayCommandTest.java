package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.kafka.BlockHeaders;
import dev.seamark.kafka.DeadLetter;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.schema.MetadataRows;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.Table;
import dev.seamark.standalone.broker.Broker;
import dev.seamark.standalone.engine.EngineFixture;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code seamark replay} as an operator sees it. */
@Timeout(120)
class ReplayCommandTest {
  @RegisterExtension
  static final EngineFixture engine = new EngineFixture();

  @TempDir
  static Path folder;

  private static Broker broker;
  private static KafkaConfig kafka;
  private static Path file;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void start() throws Exception {
    var port = freePort();
    broker = new Broker(
        Files.createDirectory(folder.resolve("broker")), folder.resolve("logs"), port, freePort());
    broker.start();
    broker.awaitReady(Duration.ofSeconds(60));
    kafka = KafkaConfig.loopback(port);
    new KafkaGate(kafka).start();
    file = Files.writeString(
        folder.resolve("seamark.yaml"), """
        kafka: {bootstrap: [127.0.0.1:%d], topics: {partitions: 4, replication-factor: 1, min-insync-replicas: 1}}
        clickhouse: {addresses: [%s], database: %s}
        """.formatted(port, engine.address(), engine.database()));
    var commandLine = Main.commandLine(
        Map.of(), new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()));
    assertThat(commandLine.execute("migrate", "--config", file.toString())).isZero();
  }

  @AfterAll
  static void stop() {
    broker.stop(Duration.ofSeconds(20));
  }

  @Test
  void deadLettersAreToldStoredAndMarked() throws Exception {
    send(new byte[] {1, 2, 3}, 7);
    send(rows(3), 8);

    assertThat(replay("--dead-letter", "--dry-run")).as(err.toString()).isZero();
    assertThat(out.toString()).contains("would store 1 records, 3 rows; left out 1");
    assertThat(engine.run("SELECT count() FROM metrics_metadata")).isEqualTo("0");

    out.getBuffer().setLength(0);
    assertThat(replay("--dead-letter", "--limit", "10")).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("left out: seamark.metrics_metadata@log/0/7: its checksum doesn't match")
        .contains("stored 1 records, 3 rows; left out 1");
    assertThat(engine.run("SELECT count() FROM metrics_metadata")).isEqualTo("3");

    out.getBuffer().setLength(0);
    assertThat(replay("--dead-letter")).isZero();
    assertThat(out.toString()).contains("stored 0 records, 0 rows; left out 1");
  }

  @Test
  void aRangeThatNobodyStoredYetIsRefusedInALine() throws Exception {
    assertThat(
            replay("--topic", "seamark.otel_logs", "--partition", "1", "--from", "0", "--to", "5"))
        .isEqualTo(1);
    assertThat(err.toString())
        .contains("seamark: seamark.otel_logs-1 0-5")
        .contains("have stored up to offset 0")
        .doesNotContain("Exception");
  }

  @Test
  void whatNamesNoRangeIsRefused() throws Exception {
    assertThat(replay("--topic", "other", "--partition", "1", "--from", "0", "--to", "5"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("topic other belongs to no table");
    assertThat(
            replay("--topic", "seamark.otel_logs", "--partition", "1", "--from", "5", "--to", "5"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("offsets 5 to 5 name no records");
    assertThat(replay("--topic", "seamark.otel_logs", "--from", "5")).isEqualTo(2);
    assertThat(replay()).isEqualTo(2);
    assertThat(replay("--dead-letter", "--topic", "seamark.otel_logs")).isEqualTo(2);
  }

  private int replay(String... arguments) {
    var all = new ArrayList<>(List.of("replay", "--config", file.toString()));
    all.addAll(List.of(arguments));
    return Main.commandLine(Map.of(), new PrintWriter(out), new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  /** A dead letter of three rows, or of whatever the value is. */
  private static void send(byte[] value, long offset) throws Exception {
    var sound = rows(3);
    var version = Migrations.bundled().version();
    var headers =
        new RecordHeaders(BlockHeaders.of(sound, version, 3, 0, 0, 0).toKafka().toArray());
    var letter = new DeadLetter(
        DeadLetter.WRITER,
        Table.METRICS_METADATA.topic(),
        "log",
        0,
        offset,
        "clickhouse",
        "once",
        Instant.now());
    try (var producer = new KafkaProducer<>(
        new HashMap<>(kafka.clientProperties()),
        new ByteArraySerializer(),
        new ByteArraySerializer())) {
      producer.send(letter.toKafka(null, value, headers)).get();
    }
  }

  private static byte[] rows(int count) {
    var rows = new MetadataRows();
    for (var row = 0; row < count; row++) {
      rows.tenant.append("default");
      rows.day.append(20_000);
      rows.metricName.append("m" + row);
      rows.type.append("gauge");
      rows.unit.append("s");
      rows.help.append("help");
      rows.retentionDays.append(0);
    }
    return rows.block().encode();
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
