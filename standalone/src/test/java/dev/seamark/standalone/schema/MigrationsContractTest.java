package dev.seamark.standalone.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.clickhouse.ClickHouseVerdict;
import dev.seamark.schema.Database;
import dev.seamark.schema.Migration;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.SchemaRefused;
import dev.seamark.schema.Table;
import dev.seamark.standalone.engine.EngineFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How migrations meet a real ClickHouse, from a server without the database on. */
class MigrationsContractTest {
  @RegisterExtension
  static final EngineFixture engine = new EngineFixture();

  private final Migrations migrations = Migrations.bundled();
  private String database = "";
  private SchemaOptions options = SchemaOptions.single("unset");
  private ClickHouse clickHouse = open("unset");

  @BeforeEach
  void nameADatabaseThatDoesNotExist() {
    clickHouse.close();
    database = engine.database() + "_new";
    options = SchemaOptions.single(database);
    clickHouse = open(database);
  }

  @AfterEach
  void dropIt() {
    engine.run("DROP DATABASE IF EXISTS " + database + " SYNC");
    clickHouse.close();
  }

  @Test
  void theFirstRunMakesEverythingAndTheSecondNothing() {
    assertThat(migrations.pending(Database.over(clickHouse), options))
        .isEqualTo(migrations.history());
    assertThat(ClickHouseVerdict.check(clickHouse).text()).contains("has no database " + database);

    assertThat(migrations.apply(Database.over(clickHouse), options))
        .isEqualTo(migrations.history());
    assertThat(migrations.apply(Database.over(clickHouse), options)).isEmpty();

    assertThat(migrations.pending(Database.over(clickHouse), options)).isEmpty();
    assertThat(migrations.dryRun(Database.over(clickHouse), options)).isEmpty();
    for (Table table : Table.values()) {
      assertThat(engine.run("EXISTS " + database + "." + table.table())).isEqualTo("1");
    }
    ClickHouseVerdict verdict = ClickHouseVerdict.check(clickHouse);
    assertThat(verdict.acceptable()).as(verdict.text()).isTrue();
    assertThat(verdict.warnings()).isEmpty();
  }

  @Test
  void aDryRunShowsTheSqlAndChangesNothing() {
    String sql = migrations.dryRun(Database.over(clickHouse), options);

    assertThat(sql).isEqualTo(migrations.plan(options)).contains("CREATE TABLE IF NOT EXISTS");
    assertThat(engine.run("EXISTS DATABASE " + database)).isEqualTo("0");
  }

  @Test
  void processesThatStartTogetherLeaveOneHistory() throws Exception {
    int starters = 4;
    CyclicBarrier together = new CyclicBarrier(starters);
    List<Future<List<Migration>>> runs = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(starters)) {
      for (int i = 0; i < starters; i++) {
        runs.add(threads.submit(() -> {
          try (ClickHouse own = open(database)) {
            together.await();
            return migrations.apply(Database.over(own), options);
          }
        }));
      }
    }

    for (Future<List<Migration>> run : runs) {
      assertThat(run.get()).isIn(migrations.history(), List.of());
    }
    assertThat(engine.run("SELECT count() FROM " + database + ".seamark_migrations FINAL"))
        .isEqualTo(Integer.toString(migrations.version()));
    assertThat(migrations.pending(Database.over(clickHouse), options)).isEmpty();
  }

  @Test
  void aRunThatDiedHalfWayIsFinishedByTheNext() {
    migrations.apply(Database.over(clickHouse), options);
    engine.run("DROP TABLE " + database + ".seamark_migrations SYNC");
    engine.run("DROP TABLE " + database + ".metrics_exemplars SYNC");

    assertThat(migrations.apply(Database.over(clickHouse), options))
        .isEqualTo(migrations.history());

    assertThat(engine.run("EXISTS " + database + ".metrics_exemplars")).isEqualTo("1");
  }

  @Test
  void aChangedMigrationIsRefused() {
    migrations.apply(Database.over(clickHouse), options);
    Migration first = migrations.history().getFirst();
    engine.run("""
        INSERT INTO %s.seamark_migrations (Number, Name, Checksum, AppliedAt, AppliedBy)
        VALUES (1, '0001_logs.sql', 'c0ffee', now64(3) + 1, 'Seamark 9.9')""".formatted(database));

    assertThatThrownBy(() -> migrations.apply(Database.over(clickHouse), options))
        .isInstanceOf(SchemaRefused.class)
        .hasMessage(
            "database %s: 0001_logs.sql was applied with checksum c0ffee by Seamark 9.9, but in this build it has checksum %s. A released migration never changes: put the file back as it was and make the change in a new one."
                .formatted(database, first.checksum()));
  }

  @Test
  void aNewerHistoryIsRefused() {
    migrations.apply(Database.over(clickHouse), options);
    engine.run("""
        INSERT INTO %s.seamark_migrations (Number, Name, Checksum, AppliedBy)
        VALUES (99, '0099_future.sql', 'c0ffee', 'Seamark 9.9')""".formatted(database));

    assertThatThrownBy(() -> migrations.pending(Database.over(clickHouse), options))
        .isInstanceOf(SchemaRefused.class)
        .hasMessageContaining(
            "0099_future.sql (number 99, checksum c0ffee, applied by Seamark 9.9)")
        .hasMessageContaining("migrated by a newer Seamark. Run that version or a newer one");
  }

  @Test
  void theServerUnderstandsTheClustersStatements() {
    SchemaOptions fleet = SchemaOptions.fleet(database, "fleet");
    for (Migration migration : migrations.history()) {
      for (String statement : migration.statements(fleet)) {
        assertThat(engine.run("EXPLAIN AST " + statement)).containsPattern("^(Create|Alter)Query ");
      }
    }
  }

  private static ClickHouse open(String database) {
    return new ClickHouse(ClickHouseConfig.of(database, engine.address()));
  }
}
