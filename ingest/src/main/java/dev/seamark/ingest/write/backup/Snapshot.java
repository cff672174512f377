package dev.seamark.ingest.write.backup;

import dev.seamark.schema.Database;
import dev.seamark.schema.SchemaOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A copy of all tables in a database beside theirs, made of hard links: it takes moments, no space,
 * and stays as it is while rows come and parts merge. A backup is made of it.
 */
final class Snapshot {
  /** What its database is called within a backup, whatever it is called on the server. */
  static final String IN_BACKUP = "seamark";

  /** Says up to where rollups are computed: copied first, so that it says no more than is there. */
  private static final String PROGRESS = "metrics_rollup_progress";

  private static final Pattern REPLICATED =
      Pattern.compile("^Replicated(\\w*MergeTree)\\('[^']*', '[^']*'(?:, ([^()]*))?\\)");

  private final Database clickHouse;
  private final SchemaOptions schema;
  private final List<Source> sources = new ArrayList<>();

  /**
   * A table to copy.
   *
   * @param name in the database
   * @param plain on a single server
   * @param engine and what follows it in its definition
   */
  private record Source(String name, String plain, String engine) {}

  Snapshot(Database clickHouse, SchemaOptions schema) {
    this.clickHouse = clickHouse;
    this.schema = schema;
  }

  String database() {
    return schema.database() + "_snapshot";
  }

  /** Makes the empty tables; one that an earlier run left behind goes first. */
  void create() {
    drop();
    clickHouse.execute("CREATE DATABASE " + database());
    for (var row : clickHouse.rows("""
        SELECT name, engine_full FROM system.tables
        WHERE database = '%s' AND endsWith(engine, 'MergeTree') AND name != 'seamark_migrations'
        ORDER BY name != '%s', name""".formatted(schema.database(), schema.localName(PROGRESS)))) {
      var name = row.get(0);
      var plain = schema.cluster() == null ? name : name.replaceFirst("_local$", "");
      sources.add(new Source(name, plain, unreplicated(row.get(1))));
    }
    for (var source : sources) {
      clickHouse.execute("CREATE TABLE %s.%s AS %s.%s ENGINE = %s"
          .formatted(
              database(), source.plain(), schema.database(), source.name(), source.engine()));
      clickHouse.execute("SYSTEM STOP MERGES %s.%s".formatted(database(), source.plain()));
    }
  }

  /** A replica's table as one that stands alone. */
  static String unreplicated(String engine) {
    return REPLICATED.matcher(engine).replaceFirst(parts -> {
      var arguments = parts.group(2);
      return parts.group(1) + (arguments == null ? "" : "(" + arguments + ")");
    });
  }

  /** How many tables {@link #copy} has to copy. */
  int tables() {
    return sources.size();
  }

  /** Copies one of the tables; in a cluster, after its replica has got what the others have. */
  void copy(int number) {
    var source = sources.get(number);
    if (schema.cluster() != null) {
      clickHouse.execute("SYSTEM SYNC REPLICA %s.%s".formatted(schema.database(), source.name()));
    }
    clickHouse.execute("ALTER TABLE %s.%s ATTACH PARTITION ALL FROM %s.%s"
        .formatted(database(), source.plain(), schema.database(), source.name()));
  }

  /** Rows of each table of the copy. */
  Map<String, Long> rows() {
    var rows = new TreeMap<String, Long>();
    for (var source : sources) {
      var count = clickHouse.rows(
          "SELECT toString(count()) FROM %s.%s".formatted(database(), source.plain()));
      rows.put(source.plain(), Long.parseLong(count.getFirst().getFirst()));
    }
    return rows;
  }

  /** Throws the copy away; the rows stay where they were. */
  void drop() {
    clickHouse.execute("DROP DATABASE IF EXISTS %s SYNC".formatted(database()));
  }
}
