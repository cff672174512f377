package dev.seamark.ingest.write.backup;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.ingest.write.PastReplay;
import dev.seamark.ingest.write.Replay;
import dev.seamark.ingest.write.RestoredLetters;
import dev.seamark.ingest.write.WriterConfig;
import dev.seamark.ingest.write.deletion.Deletion;
import dev.seamark.ingest.write.deletion.DeletionLog;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.plan.PlanText;
import dev.seamark.ingest.write.turn.GroupCommits;
import dev.seamark.ingest.write.turn.Hold;
import dev.seamark.ingest.write.turn.OperatorRefused;
import dev.seamark.ingest.write.turn.OperatorTurn;
import dev.seamark.ingest.write.turn.TopicLogs;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.Topics;
import dev.seamark.schema.Database;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Puts a backup into an empty database, and the writers' group back to where the backup ends, so
 * that they store each acknowledged row behind it once. Until all of that is done a hold keeps
 * writers from storing anything; after a run that broke off it stays. Calls block.
 */
public final class Restore {
  private static final String COMMAND = "restore";
  private static final int NAMED_MAX = 10;
  private static final Duration TOPIC_ANEW = Duration.ofSeconds(30);

  private final WriterConfig config;
  private final KafkaConfig kafka;
  private final ClickHouse clickHouse;
  private final Database database;
  private final SchemaOptions schema;
  private final String emptying;
  private final Consumer<String> progress;

  /**
   * @param config the writers'
   * @param clickHouse stays the caller's
   * @param emptying what an operator does to a database that isn't empty
   * @param progress gets a line for a step that may take long
   */
  public Restore(
      WriterConfig config,
      KafkaConfig kafka,
      ClickHouse clickHouse,
      SchemaOptions schema,
      String emptying,
      Consumer<String> progress) {
    this.config = config;
    this.kafka = kafka;
    this.clickHouse = clickHouse;
    this.database = Database.over(clickHouse);
    this.schema = schema;
    this.emptying = emptying;
    this.progress = progress;
  }

  /**
   * Restores.
   *
   * @param acceptLoss true to go on where Kafka has deleted records behind the backup
   */
  public RestoreReport run(Destination from, boolean acceptLoss)
      throws OperatorRefused, InterruptedException {
    try (var admin = Admin.create(kafka.clientProperties());
        var turn = OperatorTurn.take(kafka, admin, config.group(), COMMAND)) {
      var writers = new GroupCommits(admin, config.group());
      requireNoWriters(writers);
      requireEmpty();
      var marks = marks(from, turn);
      requireKnown(marks);
      var promised = CatchUp.of(marks.offsets(), TopicLogs.ofTables(admin));
      if (!promised.gone().isEmpty() && !acceptLoss) {
        throw new OperatorRefused(loss(promised));
      }
      awaitLeases(writers.read());

      turn.hold(Hold.FOR_EVER);
      forgetWatermarks(admin);
      Migrations.bundled().apply(database, schema);
      restore(from, marks, turn);
      var logs = TopicLogs.ofTables(admin); // shorter by now, if that took long
      var catchUp = CatchUp.of(marks.offsets(), logs);
      var letters = letters(admin, marks, catchUp, logs);
      writers.write(commits(catchUp, logs));
      var deletions = deletionsSince(admin, marks);
      var replays = replaysSince(admin, marks);
      new GroupCommits(admin, Replay.group(config)).forget();
      turn.hold(0);
      return new RestoreReport(
          marks, catchUp, letters.voided(), letters.revived(), deletions, replays);
    }
  }

  /** Lets writers store again after a restore that broke off and won't be repeated. */
  public void abandon() throws OperatorRefused {
    try (var admin = Admin.create(kafka.clientProperties());
        var turn = OperatorTurn.take(kafka, admin, config.group(), COMMAND)) {
      turn.hold(0);
    }
  }

  private void requireNoWriters(GroupCommits writers) throws OperatorRefused {
    var members = writers.members();
    if (!members.isEmpty()) {
      throw new OperatorRefused("writers run (%s): stop them first".formatted(members));
    }
  }

  private void requireEmpty() throws OperatorRefused {
    var tables = database.rows(
        "SELECT name FROM system.tables WHERE database = '%s'".formatted(schema.database()));
    if (!tables.isEmpty()) {
      throw new OperatorRefused("database %s has %d tables, and a backup goes into an empty one: %s"
          .formatted(schema.database(), tables.size(), emptying));
    }
  }

  /** What the backup says about itself, read beside its rows. */
  private BackupMarks marks(Destination from, OperatorTurn turn)
      throws OperatorRefused, InterruptedException {
    var beside = schema.database() + "_restore";
    try {
      database.execute("DROP DATABASE IF EXISTS %s SYNC".formatted(beside));
      database.execute("CREATE DATABASE " + beside);
      var tables = List.of(BackupMarks.ABOUT, BackupMarks.OFFSETS).stream()
          .map(it -> "TABLE %s.%s AS %s.%s".formatted(Snapshot.IN_BACKUP, it, beside, it))
          .collect(Collectors.joining(", "));
      new BackupJob(database, turn)
          .run("RESTORE %s FROM %s".formatted(tables, from.sql()), List.of());
      return BackupMarks.read(database, beside);
    } finally {
      database.execute("DROP DATABASE IF EXISTS %s SYNC".formatted(beside));
    }
  }

  private static void requireKnown(BackupMarks marks) throws OperatorRefused {
    var version = Migrations.bundled().version();
    if (marks.schema() > version) {
      throw new OperatorRefused(
          "the backup has schema version %d, made by %s; this build knows %d: restore it with that version or a newer one"
              .formatted(marks.schema(), marks.build(), version));
    }
  }

  private static String loss(CatchUp catchUp) {
    var some = catchUp.gone().entrySet().stream()
        .limit(NAMED_MAX)
        .map(it -> "\n  " + it.getKey() + ": " + it.getValue())
        .collect(Collectors.joining());
    return "Kafka doesn't reach back to where the backup ends: %d records are gone, in %d partitions:%s%s\n--accept-loss restores nevertheless, without them"
        .formatted(
            catchUp.goneRecords(),
            catchUp.gone().size(),
            some,
            catchUp.gone().size() > NAMED_MAX ? "\n  ..." : "");
  }

  /** An insert of a writer that is gone may still arrive until its lease is over. */
  private void awaitLeases(Map<TopicPartition, OffsetAndMetadata> commits)
      throws InterruptedException {
    var last = 0L;
    for (var commit : commits.values()) {
      try {
        last = Math.max(last, PlanText.read(commit.metadata()).leaseUntil());
      } catch (IllegalArgumentException _) {
        last = Math.max(last, clickHouse.now().plus(config.lease()).getEpochSecond());
      }
    }
    var seconds = last - clickHouse.now().getEpochSecond() + 1;
    if (seconds > 0) {
      progress.accept(
          "waits %d s until no insert of a stopped writer can arrive any more".formatted(seconds));
      TimeUnit.SECONDS.sleep(seconds);
    }
  }

  /** They say of rows that they can be seen, which isn't true any more. */
  private void forgetWatermarks(Admin admin) throws OperatorRefused, InterruptedException {
    try {
      admin.deleteTopics(List.of(Topics.WATERMARKS)).all().get(10, TimeUnit.SECONDS);
      var deadline = System.nanoTime() + TOPIC_ANEW.toNanos();
      while (!new Topics(kafka.topics()).ensure(admin, TOPIC_ANEW).contains(Topics.WATERMARKS)) {
        if (System.nanoTime() > deadline) {
          throw new OperatorRefused(
              "topic %s isn't made anew within %s".formatted(Topics.WATERMARKS, TOPIC_ANEW));
        }
        TimeUnit.MILLISECONDS.sleep(100);
      }
    } catch (OperatorRefused | InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw new OperatorRefused(
          "topic %s can't be deleted and made anew, which a restore has to do: %s"
              .formatted(Topics.WATERMARKS, e));
    }
  }

  private void restore(Destination from, BackupMarks marks, OperatorTurn turn)
      throws OperatorRefused, InterruptedException {
    var tables = new TreeMap<>(marks.rows()).keySet();
    requireTables(tables);
    progress.accept("restores %d tables, %,d rows"
        .formatted(
            tables.size(),
            marks.rows().values().stream().mapToLong(Long::longValue).sum()));
    for (var table : tables) { // an old backup's first rows may be due to go
      database.execute("SYSTEM STOP TTL MERGES " + name(table));
    }
    var names = tables.stream()
        .map(it -> "TABLE %s.%s AS %s".formatted(Snapshot.IN_BACKUP, it, name(it)))
        .collect(Collectors.joining(", "));
    new BackupJob(database, turn)
        .run(
            "RESTORE %s FROM %s".formatted(names, from.sql()),
            // a later version's table has more columns, and a replica's another engine
            List.of("allow_different_table_def = 1"));
    for (var table : tables) {
      var rows = Long.parseLong(database
          .rows("SELECT toString(count()) FROM " + name(table))
          .getFirst()
          .getFirst());
      if (rows != marks.rows().getOrDefault(table, 0L)) {
        throw new OperatorRefused("table %s has %d rows after the restore, the backup has %d"
            .formatted(table, rows, marks.rows().get(table)));
      }
      database.execute("SYSTEM START TTL MERGES " + name(table));
    }
  }

  private void requireTables(Iterable<String> tables) throws OperatorRefused {
    for (var table : tables) {
      var found =
          database.rows("SELECT name FROM system.tables WHERE database = '%s' AND name = '%s'"
              .formatted(schema.database(), schema.localName(table)));
      if (found.isEmpty()) {
        throw new OperatorRefused(
            "the backup has a table %s, which this version doesn't make".formatted(table));
      }
    }
  }

  private String name(String table) {
    return schema.database() + "." + schema.localName(table);
  }

  private RestoredLetters.Report letters(
      Admin admin, BackupMarks marks, CatchUp catchUp, Map<TopicPartition, TopicLogs.Log> logs)
      throws OperatorRefused {
    var positions = new HashMap<TopicPartition, RestoredLetters.Position>();
    logs.forEach((partition, log) -> positions.put(
        partition,
        new RestoredLetters.Position(log.id(), catchUp.from().getOrDefault(partition, 0L))));
    var log = TopicLogs.of(admin, List.of(Topics.DEAD_LETTER))
        .get(new TopicPartition(Topics.DEAD_LETTER, 0));
    if (log == null) {
      throw new OperatorRefused("topic %s doesn't exist".formatted(Topics.DEAD_LETTER));
    }
    return new RestoredLetters(
            kafka, positions, marks.deadLetters().log(), marks.deadLetters().offset())
        .run(log.id());
  }

  /** Nothing is promised, and everything before is stored. */
  private static Map<TopicPartition, OffsetAndMetadata> commits(
      CatchUp catchUp, Map<TopicPartition, TopicLogs.Log> logs) {
    var commits = new HashMap<TopicPartition, OffsetAndMetadata>();
    catchUp.from().forEach((partition, from) -> {
      var log = logs.get(partition);
      if (log != null) {
        commits.put(
            partition, new OffsetAndMetadata(from, PlanText.write(Plan.empty(log.id(), from))));
      }
    });
    return commits;
  }

  private List<Deletion> deletionsSince(Admin admin, BackupMarks marks) {
    var log =
        TopicLogs.of(admin, List.of(Topics.DELETIONS)).get(new TopicPartition(Topics.DELETIONS, 0));
    var known = log != null && log.id().equals(marks.deletions().log())
        ? marks.deletions().offset()
        : 0;
    return DeletionLog.read(kafka).stream()
        .filter(it -> it.offset() >= known)
        .map(DeletionLog.Entry::deletion)
        .toList();
  }

  private List<PastReplay> replaysSince(Admin admin, BackupMarks marks) {
    return Replay.past(admin, config).stream()
        .filter(it -> it.begun().plusSeconds(60).isAfter(marks.madeAt()))
        .toList();
  }
}
