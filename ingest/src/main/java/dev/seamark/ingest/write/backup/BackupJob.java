package dev.seamark.ingest.write.backup;

import static dev.seamark.ingest.write.backup.Destination.quoted;

import dev.seamark.clickhouse.ClickHouseException;
import dev.seamark.ingest.write.turn.OperatorRefused;
import dev.seamark.ingest.write.turn.OperatorTurn;
import dev.seamark.schema.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** One BACKUP or RESTORE of ClickHouse, followed to its end, however long that takes. */
final class BackupJob {
  private static final long EVERY_MS = 200;

  private final Database clickHouse;
  private final OperatorTurn turn;
  private final String id = UUID.randomUUID().toString();

  BackupJob(Database clickHouse, OperatorTurn turn) {
    this.clickHouse = clickHouse;
    this.turn = turn;
  }

  /**
   * Runs it; returns the bytes of its files, those of a base left out.
   *
   * @param statement without its settings
   * @param settings as {@code name = value}
   */
  long run(String statement, List<String> settings) throws OperatorRefused, InterruptedException {
    var all = new ArrayList<>(settings);
    all.add("id = " + quoted(id));
    try {
      clickHouse.execute(statement + " SETTINGS " + String.join(", ", all) + " ASYNC");
    } catch (ClickHouseException e) {
      throw new OperatorRefused(withHint(String.valueOf(e.getMessage())));
    }
    while (true) {
      turn.keep();
      var row = row();
      switch (row.getFirst()) {
        case "BACKUP_CREATED", "RESTORED" -> {
          return Long.parseLong(row.get(2));
        }
        case "CREATING_BACKUP", "RESTORING" -> TimeUnit.MILLISECONDS.sleep(EVERY_MS);
        default -> throw new OperatorRefused(failure(row.getFirst(), row.get(1)));
      }
    }
  }

  private List<String> row() throws OperatorRefused {
    var rows = clickHouse.rows(
        "SELECT toString(status), error, toString(compressed_size) FROM system.backups WHERE id = "
            + quoted(id));
    if (rows.isEmpty()) {
      throw new OperatorRefused(
          "ClickHouse doesn't know its job %s any more: was it started again?".formatted(id));
    }
    return rows.getFirst();
  }

  private static String failure(String status, String error) {
    var trace = error.indexOf(", Stack trace");
    var said = trace < 0 ? error : error.substring(0, trace);
    return withHint(
        "ClickHouse says %s: %s".formatted(status, said.replace("DB::Exception: ", "")));
  }

  private static String withHint(String said) {
    return said.contains("'backups.allowed_")
        ? said
            + "; this ClickHouse takes no backups to that kind of place unless its configuration says so (backups.allowed_path, backups.allowed_disk)"
        : said;
  }
}
