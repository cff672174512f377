package dev.seamark.ingest.write.backup;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.ingest.write.Replay;
import dev.seamark.ingest.write.WriterConfig;
import dev.seamark.ingest.write.turn.GroupCommits;
import dev.seamark.ingest.write.turn.OperatorRefused;
import dev.seamark.ingest.write.turn.OperatorTurn;
import dev.seamark.ingest.write.turn.TopicLogs;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.Topics;
import dev.seamark.schema.Database;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a backup by ClickHouse's BACKUP while writers run: they are held still at settled ranges
 * for as long as hard links take, and the offsets at which they stood go with the copy. Calls
 * block, for as long as ClickHouse writes.
 */
public final class Backup {
  private static final Logger log = LoggerFactory.getLogger(Backup.class);
  private static final String COMMAND = "backup";
  private static final long HOLD_SECONDS = 120;
  private static final Duration REST_WITHIN = Duration.ofSeconds(90);
  private static final long LOOK_EVERY_MS = 100;
  private static final int NAMED_MAX = 5;

  private final WriterConfig config;
  private final KafkaConfig kafka;
  private final ClickHouse clickHouse;
  private final Database database;
  private final SchemaOptions schema;
  private final String build;

  /**
   * @param config the writers'
   * @param clickHouse stays the caller's
   * @param build this build's version
   */
  public Backup(
      WriterConfig config,
      KafkaConfig kafka,
      ClickHouse clickHouse,
      SchemaOptions schema,
      String build) {
    this.config = config;
    this.kafka = kafka;
    this.clickHouse = clickHouse;
    this.database = Database.over(clickHouse);
    this.schema = schema;
    this.build = build;
  }

  /**
   * Makes one.
   *
   * @param base an earlier one; files that it has aren't written again
   */
  public BackupReport run(Destination to, @Nullable Destination base)
      throws OperatorRefused, InterruptedException {
    try (var admin = Admin.create(kafka.clientProperties());
        var turn = OperatorTurn.take(kafka, admin, config.group(), COMMAND)) {
      requireMigrated();
      var logs = TopicLogs.ofTables(admin);
      requireNoOpenReplay(admin, logs);
      var snapshot = new Snapshot(database, schema);
      try {
        snapshot.create();
        var begun = System.nanoTime();
        var copied = copy(snapshot, logs, admin, turn);
        var held = Duration.ofNanos(System.nanoTime() - begun);
        log.info("copied {} tables, writers held still for {}", snapshot.tables(), held);
        var marks = new BackupMarks(
            clickHouse.now(),
            build,
            Migrations.bundled().version(),
            copied.deadLetters(),
            copied.deletions(),
            snapshot.rows(),
            copied.offsets());
        marks.statements(snapshot.database()).forEach(database::execute);
        var written = new BackupJob(database, turn)
            .run(
                "BACKUP DATABASE %s AS %s TO %s"
                    .formatted(snapshot.database(), Snapshot.IN_BACKUP, to.sql()),
                base == null ? List.of() : List.of("base_backup = " + base.sql()));
        return new BackupReport(marks, held, written);
      } finally {
        snapshot.drop();
      }
    }
  }

  private void requireMigrated() throws OperatorRefused {
    var pending = Migrations.bundled().pending(database, schema);
    if (!pending.isEmpty()) {
      throw new OperatorRefused(
          "database %s lacks %d migrations of this version: run seamark migrate"
              .formatted(schema.database(), pending.size()));
    }
  }

  /** Half of its range may be stored, and nothing but its token tells which. */
  private void requireNoOpenReplay(Admin admin, Map<TopicPartition, TopicLogs.Log> logs)
      throws OperatorRefused {
    for (var each : Replay.past(admin, config)) {
      var range = each.range();
      var log = logs.get(range.partition());
      if (!each.isDone() && log != null && log.id().equals(each.log())) {
        throw new OperatorRefused(
            "a replay was broken off; finish it first: seamark replay --topic %s --partition %d --from %d --to %d"
                .formatted(
                    range.partition().topic(),
                    range.partition().partition(),
                    range.from(),
                    range.to()));
      }
    }
  }

  /** Where the writers stood and the dead letters ended when the tables were copied. */
  private record Copied(
      Map<TopicPartition, BackupMarks.Mark> offsets,
      BackupMarks.Mark deadLetters,
      BackupMarks.Mark deletions) {}

  /** Holds the writers, copies, looks whether they stood still all the while, and lets them go. */
  private Copied copy(
      Snapshot snapshot, Map<TopicPartition, TopicLogs.Log> logs, Admin admin, OperatorTurn turn)
      throws OperatorRefused, InterruptedException {
    var writers = new GroupCommits(admin, config.group());
    try {
      hold(turn);
      var before = awaitRest(writers, logs, turn);
      for (var table = 0; table < snapshot.tables(); table++) {
        renew(turn);
        snapshot.copy(table);
      }
      var letters = end(admin, Topics.DEAD_LETTER);
      var deletions = end(admin, Topics.DELETIONS);
      requireSame(before, writers.read());
      return new Copied(Standstill.of(logs, before).rest(), letters, deletions);
    } finally {
      turn.hold(0);
    }
  }

  private void hold(OperatorTurn turn) throws OperatorRefused {
    turn.hold(seconds() + HOLD_SECONDS);
  }

  private void renew(OperatorTurn turn) throws OperatorRefused {
    if (turn.inForce().untilSeconds() - seconds() < HOLD_SECONDS / 2) {
      hold(turn);
    }
  }

  private long seconds() {
    return clickHouse.now().getEpochSecond();
  }

  private Map<TopicPartition, OffsetAndMetadata> awaitRest(
      GroupCommits writers, Map<TopicPartition, TopicLogs.Log> logs, OperatorTurn turn)
      throws OperatorRefused, InterruptedException {
    var deadline = Instant.now().plus(REST_WITHIN);
    while (true) {
      var commits = writers.read();
      var look = Standstill.of(logs, commits);
      if (look.isComplete()) {
        return commits;
      }
      var members = writers.members();
      if (members.isEmpty() || Instant.now().isAfter(deadline)) {
        throw new OperatorRefused(notAtRest(look, members));
      }
      renew(turn);
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
    }
  }

  private static String notAtRest(Standstill look, List<String> writers) {
    var some = look.moving().entrySet().stream()
        .limit(NAMED_MAX)
        .map(it -> it.getKey() + " (" + it.getValue() + ")")
        .toList();
    return "%d partitions aren't at rest, among them %s: %s"
        .formatted(
            look.moving().size(),
            String.join(", ", some),
            writers.isEmpty()
                ? "no writer runs that could finish what is promised, start one"
                : "waited for %s; look at the writers' /readyz; one of an earlier version doesn't wait for a backup"
                    .formatted(REST_WITHIN));
  }

  private static void requireSame(
      Map<TopicPartition, OffsetAndMetadata> before, Map<TopicPartition, OffsetAndMetadata> after)
      throws OperatorRefused {
    var moved = after.entrySet().stream()
        .filter(it -> !it.getValue().equals(before.get(it.getKey())))
        .map(it -> it.getKey().toString())
        .sorted()
        .toList();
    if (!moved.isEmpty()) {
      throw new OperatorRefused(
          "a writer went on with %s while tables were copied; run the backup again, and look whether a writer of an earlier version runs, which doesn't wait"
              .formatted(moved));
    }
  }

  private static BackupMarks.Mark end(Admin admin, String topic) {
    var log = TopicLogs.of(admin, List.of(topic)).get(new TopicPartition(topic, 0));
    return log == null ? new BackupMarks.Mark("", 0) : new BackupMarks.Mark(log.id(), log.end());
  }
}
