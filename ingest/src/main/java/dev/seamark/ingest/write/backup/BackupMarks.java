package dev.seamark.ingest.write.backup;

import static dev.seamark.ingest.write.backup.Destination.quoted;

import dev.seamark.ingest.write.turn.OperatorRefused;
import dev.seamark.schema.Database;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/**
 * What a backup says about itself, in two tables that are part of it, so that neither can be had
 * without the other.
 *
 * @param madeAt when its copy was made, in ClickHouse's clock
 * @param build version of Seamark that made it
 * @param schema number of the last migration of the database
 * @param deadLetters id and end of the log of dead letters then
 * @param deletions id and end of the log of deletions then
 * @param rows of each table, by its name on a single server
 * @param offsets where each partition stood: what is before is in the backup, what is behind isn't
 */
public record BackupMarks(
    Instant madeAt,
    String build,
    int schema,
    Mark deadLetters,
    Mark deletions,
    Map<String, Long> rows,
    Map<TopicPartition, Mark> offsets) {
  static final String OFFSETS = "backup_offsets";
  static final String ABOUT = "backup_about";
  private static final String FORMAT = "1";
  private static final String ROWS = "rows/";

  public BackupMarks {
    rows = Map.copyOf(rows);
    offsets = Map.copyOf(offsets);
  }

  /**
   * A place in a log.
   *
   * @param log identity of the topic's log
   * @param offset everything before it
   */
  public record Mark(String log, long offset) {}

  /** Statements that write the marks into a database which has no such tables yet. */
  List<String> statements(String database) {
    var about = new TreeMap<String, String>();
    about.put("format", FORMAT);
    about.put("made-at", madeAt.toString());
    about.put("build", build);
    about.put("schema", Integer.toString(schema));
    about.put("dead-letter-log", deadLetters.log());
    about.put("dead-letter-end", Long.toString(deadLetters.offset()));
    about.put("deletion-log", deletions.log());
    about.put("deletion-end", Long.toString(deletions.offset()));
    rows.forEach((table, count) -> about.put(ROWS + table, Long.toString(count)));
    var values = new ArrayList<String>();
    about.forEach((name, value) -> values.add("(%s, %s)".formatted(quoted(name), quoted(value))));
    var places = new ArrayList<String>();
    offsets.forEach((partition, mark) -> places.add("(%s, %s, %d, %d)"
        .formatted(
            quoted(partition.topic()), quoted(mark.log()), partition.partition(), mark.offset())));
    return List.of(
        "CREATE TABLE %s.%s (Name String, Value String) ENGINE = MergeTree ORDER BY Name"
            .formatted(database, ABOUT),
        "CREATE TABLE %s.%s (Topic String, Log String, Partition UInt32, Offset UInt64) ENGINE = MergeTree ORDER BY (Topic, Partition)"
            .formatted(database, OFFSETS),
        "INSERT INTO %s.%s SELECT Each.1, Each.2 FROM (SELECT arrayJoin([%s]) AS Each)"
            .formatted(database, ABOUT, String.join(", ", values)),
        "INSERT INTO %s.%s SELECT Each.1, Each.2, Each.3, Each.4 FROM (SELECT arrayJoin([%s]) AS Each)"
            .formatted(database, OFFSETS, String.join(", ", places)));
  }

  /** Reads what {@link #statements} wrote. */
  static BackupMarks read(Database clickHouse, String database) throws OperatorRefused {
    var about = new TreeMap<String, String>();
    var rows = new TreeMap<String, Long>();
    for (var row : clickHouse.rows("SELECT Name, Value FROM %s.%s".formatted(database, ABOUT))) {
      if (row.get(0).startsWith(ROWS)) {
        rows.put(row.get(0).substring(ROWS.length()), Long.parseLong(row.get(1)));
      } else {
        about.put(row.get(0), row.get(1));
      }
    }
    if (!FORMAT.equals(about.get("format"))) {
      throw new OperatorRefused("the backup's marks have format %s, this build reads %s: made by %s"
          .formatted(about.get("format"), FORMAT, about.get("build")));
    }
    var offsets = new HashMap<TopicPartition, Mark>();
    for (var row :
        clickHouse.rows("SELECT Topic, Log, toString(Partition), toString(Offset) FROM %s.%s"
            .formatted(database, OFFSETS))) {
      offsets.put(
          new TopicPartition(row.get(0), Integer.parseInt(row.get(2))),
          new Mark(row.get(1), Long.parseLong(row.get(3))));
    }
    return new BackupMarks(
        Instant.parse(value(about, "made-at")),
        value(about, "build"),
        Integer.parseInt(value(about, "schema")),
        new Mark(value(about, "dead-letter-log"), Long.parseLong(value(about, "dead-letter-end"))),
        new Mark(value(about, "deletion-log"), Long.parseLong(value(about, "deletion-end"))),
        rows,
        offsets);
  }

  private static String value(Map<String, String> about, String name) throws OperatorRefused {
    var value = about.get(name);
    if (value == null) {
      throw new OperatorRefused("the backup doesn't say its " + name);
    }
    return value;
  }
}
