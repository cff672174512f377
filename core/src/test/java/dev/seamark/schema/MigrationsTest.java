package dev.seamark.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MigrationsTest {
  private static final Path FOLDER = Path.of("src/main/resources/dev/seamark/schema/migrations");
  private static final Path GOLDEN = Path.of("src/test/resources/dev/seamark/schema/golden");

  private final Migrations migrations = Migrations.bundled();

  @Test
  void aSingleServerGetsPlainMergeTreeTables() throws IOException {
    compare("single.sql", migrations.plan(SchemaOptions.single("seamark")));
  }

  @Test
  void aClusterGetsReplicatedTablesBehindDistributedOnes() throws IOException {
    compare("cluster.sql", migrations.plan(SchemaOptions.fleet("seamark", "fleet")));
  }

  @Test
  void oldRowsMoveToTheColdVolumeOfAPolicy() throws IOException {
    SchemaOptions tiered =
        SchemaOptions.single("seamark").with(new SchemaOptions.Tiers("tiered", 3));

    compare("tiered.sql", migrations.plan(tiered));
  }

  @Test
  void everyFileOfTheFolderIsPartOfTheHistory() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(migrations.history().stream().map(Migration::name))
          .containsExactlyElementsOf(
              files.map(file -> file.getFileName().toString()).sorted().toList());
    }
    assertThat(migrations.version()).isEqualTo(migrations.history().getLast().number());
  }

  @Test
  void everyStatementCanBeRepeated() {
    for (SchemaOptions options :
        List.of(SchemaOptions.single("seamark"), SchemaOptions.fleet("seamark", "fleet"))) {
      for (Migration migration : migrations.history()) {
        assertThat(migration.statements(options))
            .isNotEmpty()
            .allSatisfy(statement -> assertThat(statement).contains("IF NOT EXISTS"))
            .allSatisfy(statement -> assertThat(statement).doesNotEndWith(";"));
      }
    }
  }

  @Test
  void everyTableOfTheWriterIsMadeWithExpiryFenceAndTokens() {
    String single = migrations.plan(SchemaOptions.single("seamark"));

    for (Table table : Table.values()) {
      String statement = statementOf(single, table.table());
      assertThat(statement)
          .contains("PARTITION BY (RetentionDays, ")
          .contains("ttl_only_drop_parts = 1")
          .contains("non_replicated_deduplication_window = 100000")
          .contains("CONSTRAINT insert_deadline")
          .contains("`" + table.timeColumn() + "`");
      String later = laterColumnsOf(table.table());
      for (var column : table.newBlock().columns()) {
        assertThat(statement + later).contains("    `" + column.name() + "` ");
      }
    }
  }

  @Test
  void anUnknownWordIsAnErrorThatNamesTheFile() {
    Migration migration = Migration.of("0001_wrong.sql", "SELECT ${nonsense};\n");

    assertThatThrownBy(() -> migration.statements(SchemaOptions.single("seamark")))
        .hasMessage("0001_wrong.sql: no such word: ${nonsense}");
  }

  @Test
  void aSemicolonInACommentEndsNoStatement() {
    Migration migration =
        Migration.of("0001_comment.sql", "-- first;\nSELECT 1\n  -- second;\n, 2;\n\nSELECT 3;\n");

    assertThat(migration.statements(SchemaOptions.single("seamark")))
        .containsExactly("-- first;\nSELECT 1\n  -- second;\n, 2", "SELECT 3");
    assertThatThrownBy(
            () -> Migration.of("0001_open.sql", "SELECT 1").sql(SchemaOptions.single("seamark")))
        .hasMessage("0001_open.sql: its last statement has no semicolon");
  }

  @Test
  void aHistoryHasNoGaps() {
    Migration second = Migration.of("0002_second.sql", "SELECT 1;\n");

    assertThatThrownBy(() -> new Migrations(List.of(second)))
        .hasMessage("migration 0002_second.sql stands at place 1 of the history");
    assertThatThrownBy(() -> Migration.of("second.sql", ""))
        .hasMessage("migration second.sql is not named like 0001_what_it_does.sql");
  }

  @Test
  void aDatabaseKeepsItsLayout() {
    SchemaOptions single = SchemaOptions.single("seamark");
    SchemaOptions fleet = SchemaOptions.fleet("seamark", "fleet");
    Database ofOneServer = migrated(List.of(List.of("otel_logs", "MergeTree")));
    Database ofACluster = migrated(List.of(
        List.of("otel_logs", "Distributed"), List.of("otel_logs_local", "ReplicatedMergeTree")));

    assertThat(migrations.pending(ofOneServer, single)).isEmpty();
    assertThat(migrations.pending(ofACluster, fleet)).isEmpty();
    assertThatThrownBy(() -> migrations.pending(ofOneServer, fleet))
        .isInstanceOf(SchemaRefused.class)
        .hasMessage(
            "database seamark was made for a single server, which can't become a part of cluster fleet (schema.cluster): give the cluster a database of its own (clickhouse.database).");
    assertThatThrownBy(() -> migrations.pending(ofACluster, single))
        .isInstanceOf(SchemaRefused.class)
        .hasMessage(
            "database seamark was made for a cluster: name it (schema.cluster), or give this one a database of its own (clickhouse.database).");
  }

  @Test
  void aServerThatJoinsAClusterGetsItsTablesThoughItSharesTheLedger() {
    assertThat(migrations.pending(migrated(List.of()), SchemaOptions.fleet("seamark", "fleet")))
        .isEqualTo(migrations.history());
  }

  @Test
  void optionsThatWouldBreakTheSqlAreRefused() {
    assertThatThrownBy(() -> SchemaOptions.single("seamark; DROP TABLE x"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SchemaOptions.fleet("seamark", "it's"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new SchemaOptions.Tiers("it's", 3))
        .hasMessage("storage policy \"it's\" holds more than letters, digits and _.-");
  }

  /** A database whose ledger is up to date, with these tables and engines. */
  private Database migrated(List<List<String>> tables) {
    return new Database() {
      @Override
      public void execute(String sql) {
        throw new AssertionError("nothing is to be changed");
      }

      @Override
      public List<List<String>> rows(String sql) {
        return sql.contains("system.tables")
            ? tables
            : migrations.history().stream()
                .map(each -> List.of(
                    Integer.toString(each.number()), each.name(), each.checksum(), "Seamark"))
                .toList();
      }
    };
  }

  private static String statementOf(String plan, String table) {
    String start = "CREATE TABLE IF NOT EXISTS seamark." + table + "\n";
    int from = plan.indexOf(start);
    assertThat(from).as(table).isNotNegative();
    return plan.substring(from, plan.indexOf(";\n", from));
  }

  /** The columns that migrations added to a table, a line each as a table's own. */
  private String laterColumnsOf(String table) {
    String prefix = "ALTER TABLE seamark." + table + "\n";
    return migrations.history().stream()
        .flatMap(migration -> migration.statements(SchemaOptions.single("seamark")).stream())
        .filter(statement -> statement.contains(prefix))
        .map(statement -> statement.replace("ADD COLUMN IF NOT EXISTS ", ""))
        .reduce("", String::concat);
  }

  private static void compare(String name, String actual) throws IOException {
    Path golden = GOLDEN.resolve(name);
    if ("write".equals(System.getProperty("golden"))) {
      Files.createDirectories(GOLDEN);
      Files.writeString(golden, actual);
    }
    assertThat(actual).isEqualTo(Files.readString(golden));
  }
}
