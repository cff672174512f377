package dev.seamark.schema;

import dev.seamark.clickhouse.ClickHouseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The schema's history: numbered migrations, each applied once to a database.
 *
 * <p>Every statement can be repeated without harm, and a migration enters the ledger table after
 * its last statement. So two processes that start together do the same work twice at worst, and one
 * that died half-way is finished by the next. A database with a changed or a newer history is
 * refused.
 *
 * <p>Calls block; an instance is immutable and may be shared.
 */
public final class Migrations {
  static final String LEDGER = "seamark_migrations";

  private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
  private static final List<String> FILES = List.of(
      "0001_logs.sql",
      "0002_traces.sql",
      "0003_metrics.sql",
      "0004_native_histograms.sql",
      "0005_kubernetes.sql",
      "0006_rollups.sql",
      "0007_deletions.sql");

  /** A table of the first migration, by which a database's layout is told. */
  private static final Table SAMPLE = Table.OTEL_LOGS;

  private static final int UNKNOWN_TABLE = 60;
  private static final int UNKNOWN_DATABASE = 81;
  private static final int TABLE_ALREADY_EXISTS = 57;
  private static final int DATABASE_ALREADY_EXISTS = 82;

  private final List<Migration> history;

  /**
   * The given history; throws {@link IllegalArgumentException} unless its numbers are 1, 2, 3...
   */
  Migrations(List<Migration> history) {
    for (int i = 0; i < history.size(); i++) {
      if (history.get(i).number() != i + 1) {
        throw new IllegalArgumentException("migration %s stands at place %d of the history"
            .formatted(history.get(i).name(), i + 1));
      }
    }
    this.history = List.copyOf(history);
  }

  /** The history this build brings along. */
  public static Migrations bundled() {
    return new Migrations(FILES.stream().map(Migration::resource).toList());
  }

  /** All migrations in order. */
  public List<Migration> history() {
    return history;
  }

  /** The number of the last migration: the schema version that records carry. */
  public int version() {
    return history.size();
  }

  /** All SQL of this build as it runs with these options, on a database without a history. */
  public String plan(SchemaOptions options) {
    return text(options, history);
  }

  /**
   * The SQL that {@link #apply} would run now; empty if there is nothing to do. Changes nothing.
   */
  public String dryRun(Database database, SchemaOptions options) {
    List<Migration> pending = pending(database, options);
    return pending.isEmpty() ? "" : text(options, pending);
  }

  /**
   * The migrations that this database still lacks. Changes nothing.
   *
   * @throws SchemaRefused if the database's history is not a beginning of this build's, or was made
   *     for a cluster where this is none, or the other way round
   * @throws ClickHouseException if it can't be asked
   */
  public List<Migration> pending(Database database, SchemaOptions options) {
    SortedMap<Integer, Applied> applied = applied(database, options);
    check(options, applied);
    Map<String, String> engines = engines(database, options);
    checkLayout(options, engines);
    if (options.cluster() != null && !engines.containsKey(options.insertName(SAMPLE))) {
      return history; // a server that joined the cluster: its ledger is the others' too
    }
    return history.stream().filter(m -> !applied.containsKey(m.number())).toList();
  }

  /**
   * Applies what {@link #pending} says and returns it.
   *
   * @throws SchemaRefused if the database's history is not a beginning of this build's; nothing was
   *     run
   * @throws ClickHouseException if a statement failed; calling again goes on from there
   */
  public List<Migration> apply(Database database, SchemaOptions options) {
    List<Migration> pending = pending(database, options);
    if (pending.isEmpty()) {
      return pending;
    }
    for (String statement : ledger().statements(options)) {
      run(database, statement);
    }
    for (Migration migration : pending) {
      for (String statement : migration.statements(options)) {
        run(database, statement);
      }
      enter(database, options, migration);
      LOG.info("applied migration {} to database {}", migration.name(), options.database());
    }
    return pending;
  }

  private String text(SchemaOptions options, List<Migration> migrations) {
    StringBuilder text = new StringBuilder(ledger().sql(options));
    for (Migration migration : migrations) {
      text.append("\n-- ")
          .append(migration.name())
          .append(", checksum ")
          .append(migration.checksum())
          .append("\n\n")
          .append(migration.sql(options));
    }
    return text.toString();
  }

  private static Template ledger() {
    return new Template("ledger.sql", Migration.text("ledger.sql"));
  }

  /** What the ledger says was applied: empty where there is no ledger or no database yet. */
  private static SortedMap<Integer, Applied> applied(Database database, SchemaOptions options) {
    SortedMap<Integer, Applied> applied = new TreeMap<>();
    String sql =
        "SELECT toString(Number), Name, Checksum, AppliedBy FROM %s.%s FINAL ORDER BY Number"
            .formatted(options.database(), LEDGER);
    List<List<String>> rows;
    try {
      rows = database.rows(sql);
    } catch (ClickHouseException e) {
      if (e.code() == UNKNOWN_TABLE || e.code() == UNKNOWN_DATABASE) {
        return applied;
      }
      throw e;
    }
    for (List<String> row : rows) {
      applied.put(Integer.parseInt(row.get(0)), new Applied(row.get(1), row.get(2), row.get(3)));
    }
    return applied;
  }

  /** The engine of a table that every database has, and of its local table in a cluster. */
  private static Map<String, String> engines(Database database, SchemaOptions options) {
    Map<String, String> engines = new HashMap<>();
    String sql =
        "SELECT name, engine FROM system.tables WHERE database = '%s' AND startsWith(name, '%s')"
            .formatted(options.database(), SAMPLE.table());
    for (List<String> row : database.rows(sql)) {
      engines.put(row.get(0), row.get(1));
    }
    return engines;
  }

  /**
   * What exists is never made anew, so another layout would leave half of the tables as they are:
   * writers would fill one table while readers look into another.
   */
  private static void checkLayout(SchemaOptions options, Map<String, String> engines) {
    String engine = engines.get(SAMPLE.table());
    if (engine == null || engine.equals("Distributed") == (options.cluster() != null)) {
      return;
    }
    throw new SchemaRefused(
        options.cluster() == null
            ? "database %s was made for a cluster: name it (schema.cluster), or give this one a database of its own (clickhouse.database)."
                .formatted(options.database())
            : "database %s was made for a single server, which can't become a part of cluster %s (schema.cluster): give the cluster a database of its own (clickhouse.database)."
                .formatted(options.database(), options.cluster()));
  }

  private void check(SchemaOptions options, SortedMap<Integer, Applied> applied) {
    List<String> problems = new ArrayList<>();
    applied.forEach((number, was) -> {
      if (number < 1 || number > history.size()) {
        problems.add("""
                %s (number %d, checksum %s, applied by %s) is unknown to this build, which ends at %s: \
                the database was migrated by a newer Seamark. Run that version or a newer one, or give \
                this one a database of its own (clickhouse.database).""".formatted(
                was.name(), number, was.checksum(), was.by(), history.getLast().name()));
        return;
      }
      Migration here = history.get(number - 1);
      if (!here.checksum().equals(was.checksum())) {
        problems.add("""
                %s was applied with checksum %s by %s, but in this build it has checksum %s%s. A released \
                migration never changes: put the file back as it was and make the change in a new one.""".formatted(
                was.name(),
                was.checksum(),
                was.by(),
                here.checksum(),
                here.name().equals(was.name()) ? "" : " and is named " + here.name()));
      }
    });
    if (!problems.isEmpty()) {
      throw new SchemaRefused(
          "database %s: %s".formatted(options.database(), String.join("\n", problems)));
    }
  }

  /**
   * Two processes that make the same thing at once: the loser sees that it exists, which is the
   * aim.
   */
  private static void run(Database database, String statement) {
    try {
      database.execute(statement);
    } catch (ClickHouseException e) {
      if (e.code() != TABLE_ALREADY_EXISTS && e.code() != DATABASE_ALREADY_EXISTS) {
        throw e;
      }
    }
  }

  private static void enter(Database database, SchemaOptions options, Migration migration) {
    database.execute("""
        INSERT INTO %s.%s (Number, Name, Checksum, AppliedBy)
        SELECT %d, %s, %s, %s""".formatted(
            options.database(),
            LEDGER,
            migration.number(),
            literal(migration.name()),
            literal(migration.checksum()),
            literal(build())));
  }

  private static String literal(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private static String build() {
    String version = Migrations.class.getPackage().getImplementationVersion();
    return version == null ? "Seamark" : "Seamark " + version;
  }

  private record Applied(String name, String checksum, String by) {}
}
