package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.schema.Database;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.standalone.engine.EngineFixture;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The storage page's tables are those that the migrations make, and its queries find rows. */
class StorageReferenceTest {
  @RegisterExtension
  static final EngineFixture engine = new EngineFixture();

  private final ReferencePage page = ReferencePage.of("reference/storage.md");

  @BeforeAll
  static void migrate() {
    try (var clickHouse =
        new ClickHouse(ClickHouseConfig.of(engine.database(), engine.address()))) {
      Migrations.bundled()
          .apply(Database.over(clickHouse), SchemaOptions.single(engine.database()));
    }
  }

  @Test
  void tablesAndKeysAreThoseOfTheMigrations() {
    var made = new TreeMap<String, String>();
    engine
        .run("SELECT name, sorting_key FROM system.tables"
            + " WHERE database = currentDatabase() AND engine LIKE '%MergeTree'")
        .lines()
        .map(line -> line.split("\t", -1))
        .forEach(cells -> made.put(cells[0], cells[1]));

    var documented = new TreeMap<String, String>();
    for (List<String> row : page.rows()) {
      if (row.size() == 5) {
        documented.put(row.getFirst().replace("`", ""), row.get(2).replace("`", ""));
      }
    }

    assertThat(documented).isEqualTo(made);
  }

  @Test
  void theQueriesFindRows() {
    engine.run("""
        INSERT INTO otel_logs (Tenant, Timestamp, Cluster, ServiceName, SeverityNumber, Body)
        VALUES ('default', now64(9), 'prod-eu-1', 'cart', 17, 'no such item')""");
    engine.run("""
        INSERT INTO otel_traces (Tenant, Timestamp, TraceId, SpanId, ServiceName, Duration)
        VALUES ('default', now64(9), '5b8efff798038103d269b633813fc60c', '051581bf3cb55c13', 'cart', 1000)""");
    engine.run("""
        INSERT INTO metrics_series (Tenant, Day, MetricName, SeriesId, Namespace, Pod) VALUES
        ('default', today(), 'container_memory_working_set_bytes', 7, 'shop', 'cart-0'),
        ('default', today() - 1, 'container_memory_working_set_bytes', 7, 'shop', 'cart-0')""");
    engine.run("""
        INSERT INTO metrics_samples (Tenant, MetricName, SeriesId, Ts, Value) VALUES
        ('default', 'container_memory_working_set_bytes', 7, toStartOfMinute(now()), 1),
        ('default', 'container_memory_working_set_bytes', 7, toStartOfMinute(now()), 1),
        ('default', 'container_memory_working_set_bytes', 7, toStartOfMinute(now()) + 1, nan),
        ('default', 'container_memory_working_set_bytes', 7, toStartOfMinute(now()) + 2, 4)""");

    List<String> queries = page.blocks("sql");

    assertThat(queries).hasSize(3);
    assertThat(engine.run(queries.getFirst())).isEqualTo("cart\t1\tno such item");
    assertThat(engine.run(queries.get(1))).contains("\tcart\t").endsWith("\t051581bf3cb55c13");
    assertThat(engine.run(queries.get(2))).startsWith("cart-0\t").endsWith("\t2.5");
  }

  @Test
  void theQueryOfRollupsCountsABucketOnce() {
    engine.run("""
        INSERT INTO metrics_rollup_1h (Tenant, MetricName, SeriesId, Bucket, Increase, Version) VALUES
        ('default', 'orders_total', 7, toStartOfDay(now()), 3, 1),
        ('default', 'orders_total', 7, toStartOfDay(now()), 4, 2),
        ('default', 'orders_total', 8, toStartOfDay(now()), 10, 1)""");

    String query = ReferencePage.of("reference/rollups.md").blocks("sql").getFirst();

    assertThat(engine.run(query)).endsWith("\t14");
  }
}
