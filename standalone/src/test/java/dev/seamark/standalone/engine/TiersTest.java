package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.StringColumn;
import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.schema.Database;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A hot and a cold volume, each a folder, behind tables as the migrations make them. */
@Timeout(120)
class TiersTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);

  @TempDir
  Path folder;

  @Test
  void aPartMovesToTheColdVolumeAndGoesWhenItsRetentionIsOver() throws Exception {
    Path data = folder.resolve("engine");
    Path more = Files.createDirectories(data.resolve("engine.d"));
    Files.writeString(more.resolve("tiers.xml"), """
        <clickhouse>
          <storage_configuration>
            <disks>
              <hot><path>%1$s/hot/</path></hot>
              <cold><path>%1$s/cold/</path></cold>
            </disks>
            <policies>
              <tiered>
                <volumes>
                  <hot><disk>hot</disk></hot>
                  <cold><disk>cold</disk></cold>
                </volumes>
              </tiered>
            </policies>
          </storage_configuration>
        </clickhouse>
        """.formatted(folder));
    try (Engine engine = EngineFixture.start(data);
        var clickHouse = new ClickHouse(ClickHouseConfig.of("tiers", engine.address()))) {
      var tiered = SchemaOptions.single("tiers").with(new SchemaOptions.Tiers("tiered", 3));
      Migrations.bundled().apply(Database.over(clickHouse), tiered);
      for (int age : new int[] {0, 2, 10, 40}) {
        clickHouse.execute("""
            INSERT INTO metrics_samples (Tenant, MetricName, Ts, Value)
            SELECT 't', 'days_%1$d', now() - INTERVAL %1$d DAY, 1""".formatted(age));
        clickHouse.execute("""
            INSERT INTO metrics_rollup_5m (Tenant, MetricName, Bucket, RetentionDays)
            SELECT 't', 'days_%1$d', now() - INTERVAL %1$d DAY, 90""".formatted(age));
      }

      awaitPlaces(
          clickHouse,
          "metrics_samples",
          Map.of("days_0", "hot", "days_2", "hot", "days_10", "cold"));
      awaitPlaces(
          clickHouse,
          "metrics_rollup_5m",
          Map.of("days_0", "hot", "days_2", "hot", "days_10", "cold", "days_40", "cold"));
    }
  }

  private static void awaitPlaces(
      ClickHouse clickHouse, String table, Map<String, String> expected) {
    long until = System.nanoTime() + WITHIN.toNanos();
    Map<String, String> places;
    do {
      places = places(clickHouse, table);
      LockSupport.parkNanos(50_000_000);
    } while (!places.equals(expected) && System.nanoTime() < until);
    assertThat(places).as(table).isEqualTo(expected);
  }

  private static Map<String, String> places(ClickHouse clickHouse, String table) {
    var places = new TreeMap<String, String>();
    for (var block : clickHouse.query("""
        SELECT CAST(MetricName AS String) AS Metric, disk_name AS Disk
        FROM %1$s INNER JOIN system.parts ON name = _part
        WHERE database = currentDatabase() AND table = '%1$s' AND active""".formatted(table))) {
      var metric = (StringColumn) block.column("Metric");
      var disk = (StringColumn) block.column("Disk");
      for (int row = 0; row < block.rows(); row++) {
        places.put(metric.text(row), disk.text(row));
      }
    }
    return places;
  }
}
