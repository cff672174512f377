package dev.seamark.ingest.write.deletion;

import static dev.seamark.ingest.write.deletion.TenantTables.quoted;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.ingest.write.deletion.TenantTables.Unfinished;
import dev.seamark.ingest.write.turn.GroupCommits;
import dev.seamark.ingest.write.turn.OperatorRefused;
import dev.seamark.ingest.write.turn.OperatorTurn;
import dev.seamark.ingest.write.turn.TopicLogs;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.schema.Database;
import dev.seamark.schema.SchemaOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;

/**
 * Deletes all rows of a tenant that were acknowledged when it begins, and keeps in mind that it
 * did. Writers, senders and other tenants go on. Calls block until ClickHouse is through.
 *
 * <p>By {@code ALTER TABLE ... DELETE}, which writes the parts anew without the rows; a lightweight
 * DELETE would hide them, and leave them on the disk until something else merges their parts.
 */
public final class TenantDeletion {
  private static final String COMMAND = "delete";
  private static final long LOOK_EVERY_MS = 200;

  /** A failure of a part is tried again by ClickHouse; one that stays is told. */
  private static final Duration FAILURE_MAX = Duration.ofMinutes(5);

  /** Longer than a statement of the rollups may take. */
  private static final Duration ROLLUPS_MAX = Duration.ofMinutes(6);

  private static final int NAMED_MAX = 5;

  private final String writers;
  private final KafkaConfig kafka;
  private final ClickHouse clickHouse;
  private final Database database;
  private final SchemaOptions schema;
  private final TenantTables tables;
  private final String build;
  private final Consumer<String> progress;

  /**
   * @param writers the writers' group
   * @param clickHouse stays the caller's
   * @param build this build's version
   * @param progress gets a line for a step that may take long
   */
  public TenantDeletion(
      String writers,
      KafkaConfig kafka,
      ClickHouse clickHouse,
      SchemaOptions schema,
      String build,
      Consumer<String> progress) {
    this.writers = writers;
    this.kafka = kafka;
    this.clickHouse = clickHouse;
    this.database = Database.over(clickHouse);
    this.schema = schema;
    this.tables = new TenantTables(database, schema);
    this.build = build;
    this.progress = progress;
  }

  /** How many rows of a tenant are stored now, by table. */
  public Map<String, Long> dryRun(String tenant) {
    return tables.count(tenant);
  }

  /**
   * Deletes.
   *
   * @param by who wants it
   * @param patience how long writers may take to store what is acknowledged now
   */
  public DeletionReport run(String tenant, String by, String reason, Duration patience)
      throws OperatorRefused, InterruptedException {
    try (var admin = Admin.create(kafka.clientProperties());
        var turn = OperatorTurn.take(kafka, admin, writers, COMMAND)) {
      var at = clickHouse.now();
      var logs = TopicLogs.ofTables(admin);
      awaitStored(logs, new GroupCommits(admin, writers), turn, patience);
      var reaches = new HashMap<TopicPartition, Deletion.Reach>();
      logs.forEach(
          (partition, log) -> reaches.put(partition, new Deletion.Reach(log.id(), log.end())));
      var deletion = Deletion.of(tenant, at, by, reason, reaches);
      // first what keeps them away, so that no replay can come in between
      DeletionLog.append(kafka, deletion);
      var rows = tables.count(tenant);
      progress.accept("deletes %,d rows"
          .formatted(rows.values().stream().mapToLong(Long::longValue).sum()));
      var names = tables.names();
      delete(names.stream().filter(it -> !tables.isRollup(it)).toList(), tenant, turn);
      // one that read the samples before they went may still write
      awaitRollups(tables.rollupsUnderWay(), turn);
      delete(names.stream().filter(tables::isRollup).toList(), tenant, turn);
      var since = new TreeMap<>(tables.count(tenant));
      since.values().removeIf(count -> count == 0);
      enter(deletion, rows);
      return new DeletionReport(deletion, rows, since);
    }
  }

  /** All that is in the logs now has to be in the tables, or it would come after the deletion. */
  private void awaitStored(
      Map<TopicPartition, TopicLogs.Log> logs,
      GroupCommits group,
      OperatorTurn turn,
      Duration patience)
      throws OperatorRefused, InterruptedException {
    var deadline = System.nanoTime() + patience.toNanos();
    var told = false;
    while (true) {
      var behind = behind(logs, group);
      if (behind.isEmpty()) {
        return;
      }
      if (System.nanoTime() > deadline) {
        throw new OperatorRefused(
            "writers (%s) haven't stored all that is acknowledged after %d s (--wait): %d partitions are behind, among them %s"
                .formatted(
                    group.members().isEmpty() ? "none runs" : group.members().size() + " run",
                    patience.toSeconds(),
                    behind.size(),
                    behind.stream().limit(NAMED_MAX).collect(Collectors.joining(", "))));
      }
      if (!told) {
        progress.accept("waits for writers to store what is acknowledged, in %d partitions"
            .formatted(behind.size()));
        told = true;
      }
      turn.keep();
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
    }
  }

  private static List<String> behind(Map<TopicPartition, TopicLogs.Log> logs, GroupCommits group) {
    var commits = group.read();
    var behind = new ArrayList<String>();
    logs.forEach((partition, log) -> {
      var commit = commits.get(partition);
      var stored = commit == null ? 0 : commit.offset();
      if (stored < log.end()) {
        behind.add("%s (%d of %d)".formatted(partition, stored, log.end()));
      }
    });
    behind.sort(String::compareTo);
    return behind;
  }

  private void delete(List<String> names, String tenant, OperatorTurn turn)
      throws OperatorRefused, InterruptedException {
    for (var name : names) {
      tables.delete(name, tenant);
    }
    for (var name : names) {
      follow(name, turn);
    }
  }

  private void follow(String name, OperatorTurn turn) throws OperatorRefused, InterruptedException {
    var failingSince = 0L;
    while (true) {
      var unfinished = tables.unfinished(name);
      if (unfinished.isEmpty()) {
        return;
      }
      var failure = unfinished.stream()
          .map(Unfinished::failure)
          .filter(it -> !it.isEmpty())
          .findFirst()
          .orElse("");
      if (failure.isEmpty()) {
        failingSince = 0;
      } else if (failingSince == 0) {
        failingSince = System.nanoTime();
        progress.accept("%s: ClickHouse tries again after: %s".formatted(name, failure));
      } else if (System.nanoTime() - failingSince > FAILURE_MAX.toNanos()) {
        throw new OperatorRefused(
            "%s: %d parts can't be written anew: %s; ClickHouse goes on trying, run this again once it is mended"
                .formatted(
                    name, unfinished.stream().mapToLong(Unfinished::parts).sum(), failure));
      }
      turn.keep();
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
    }
  }

  private void awaitRollups(List<String> underWay, OperatorTurn turn)
      throws OperatorRefused, InterruptedException {
    var deadline = System.nanoTime() + ROLLUPS_MAX.toNanos();
    while (tables.rollupsUnderWay().stream().anyMatch(underWay::contains)) {
      if (System.nanoTime() > deadline) {
        throw new OperatorRefused(
            "a statement that computes rollups runs for more than %d minutes: run this again once it has ended"
                .formatted(ROLLUPS_MAX.toMinutes()));
      }
      turn.keep();
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
    }
  }

  private void enter(Deletion deletion, Map<String, Long> rows) {
    database.execute("""
        INSERT INTO %s.%s (At, DoneAt, Id, DeletedTenant, Reason, OsUser, ClickHouseUser, Rows, Offsets, Build)
        SELECT fromUnixTimestamp64Milli(%d), now64(3), %s, %s, %s, %s, currentUser(), %s, %s, %s""".formatted(
            schema.database(),
            schema.localName("deletions"),
            deletion.at().toEpochMilli(),
            quoted(deletion.id()),
            quoted(deletion.tenant()),
            quoted(deletion.reason()),
            quoted(deletion.by()),
            map(rows),
            map(deletion.places()),
            quoted(build)));
  }

  private static String map(Map<String, Long> values) {
    return values.entrySet().stream()
        .map(it -> quoted(it.getKey()) + ", " + it.getValue())
        .collect(Collectors.joining(", ", "map(", ")"));
  }
}
