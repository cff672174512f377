package dev.seamark.ingest.write.deletion;

import dev.seamark.schema.Database;
import dev.seamark.schema.SchemaOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tables that hold rows of tenants, found by their column {@code Tenant}: so one of a later
 * migration is among them. Calls block and throw ClickHouseException.
 */
final class TenantTables {
  private static final String ROLLUP = "metrics_rollup_";
  private static final String LATE = "metrics_rollup_late";

  private final Database clickHouse;
  private final SchemaOptions schema;

  TenantTables(Database clickHouse, SchemaOptions schema) {
    this.clickHouse = clickHouse;
    this.schema = schema;
  }

  /** Names as they are on this server, those that rollups are computed into last. */
  List<String> names() {
    var names = new ArrayList<String>();
    for (var row : clickHouse.rows("""
        SELECT name FROM system.tables
        WHERE database = '%1$s' AND endsWith(engine, 'MergeTree')
            AND name IN (SELECT table FROM system.columns WHERE database = '%1$s' AND name = 'Tenant')
        ORDER BY name""".formatted(schema.database()))) {
      names.add(row.getFirst());
    }
    names.sort((a, b) -> Boolean.compare(isRollup(a), isRollup(b)));
    return names;
  }

  /** Whether rows are computed into it from those of another table. */
  boolean isRollup(String name) {
    return name.startsWith(ROLLUP) && !name.startsWith(LATE);
  }

  /** How many rows a tenant has in each table, on all shards. */
  Map<String, Long> count(String tenant) {
    var rows = new TreeMap<String, Long>();
    for (var name : names()) {
      var count = clickHouse.rows("SELECT toString(count()) FROM %s WHERE Tenant = %s"
          .formatted(everywhere(name), quoted(tenant)));
      rows.put(name, Long.parseLong(count.getFirst().getFirst()));
    }
    return rows;
  }

  /** Begins to delete a tenant's rows from a table. */
  void delete(String name, String tenant) {
    clickHouse.execute("ALTER TABLE %s.%s%s DELETE WHERE Tenant = %s SETTINGS mutations_sync = 0"
        .formatted(schema.database(), name, onCluster(), quoted(tenant)));
  }

  /**
   * What ClickHouse still does to a table.
   *
   * @param parts how many it has to write anew
   * @param failure what went wrong with one of them last; empty if nothing did
   */
  record Unfinished(long parts, String failure) {}

  /** Deletions from a table that aren't through, on all servers. */
  List<Unfinished> unfinished(String name) {
    var all = new ArrayList<Unfinished>();
    for (var row :
        clickHouse.rows("""
        SELECT toString(parts_to_do), latest_fail_reason FROM %s
        WHERE database = '%s' AND table = '%s' AND NOT is_done AND NOT is_killed""".formatted(onAllServers("mutations"), schema.database(), name))) {
      all.add(new Unfinished(Long.parseLong(row.get(0)), row.get(1)));
    }
    return all;
  }

  /** Statements that compute rollups now. */
  List<String> rollupsUnderWay() {
    return clickHouse.rows("""
            SELECT query_id FROM %s
            WHERE query ILIKE 'INSERT INTO %%' AND position(query, '%s') > 0 AND position(query, 'system.processes') = 0""".formatted(onAllServers("processes"), ROLLUP)).stream()
        .map(List::getFirst)
        .toList();
  }

  private String everywhere(String name) {
    return schema.cluster() == null
        ? schema.database() + "." + name
        : "cluster('%s', %s.%s)".formatted(schema.cluster(), schema.database(), name);
  }

  private String onAllServers(String systemTable) {
    return schema.cluster() == null
        ? "system." + systemTable
        : "clusterAllReplicas('%s', system.%s)".formatted(schema.cluster(), systemTable);
  }

  private String onCluster() {
    return schema.cluster() == null ? "" : " ON CLUSTER '%s'".formatted(schema.cluster());
  }

  /** A text as an SQL literal. */
  static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
