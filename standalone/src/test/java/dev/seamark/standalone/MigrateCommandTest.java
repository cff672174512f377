package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.Table;
import dev.seamark.standalone.engine.EngineFixture;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code seamark migrate} on a ClickHouse that has no such database yet. */
class MigrateCommandTest {
  @RegisterExtension
  static final EngineFixture engine = new EngineFixture();

  @TempDir
  private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private String database = "";

  @BeforeEach
  void nameADatabaseThatDoesNotExist() {
    database = engine.database() + "_new";
  }

  @AfterEach
  void dropIt() {
    engine.run("DROP DATABASE IF EXISTS " + database + " SYNC");
  }

  @Test
  void theFirstRunMakesEverythingAndTheSecondNothing() throws Exception {
    assertThat(migrate(engine.address().toString())).as(err.toString()).isZero();
    int all = Migrations.bundled().version();
    assertThat(out.toString()).isEqualTo("%d migrations applied, version %d%n".formatted(all, all));
    for (Table table : Table.values()) {
      assertThat(engine.run("EXISTS " + database + "." + table.table())).isEqualTo("1");
    }
    assertThat(engine.run(
            "SELECT Number, Name, startsWith(AppliedBy, 'Seamark') FROM %s.seamark_migrations FINAL ORDER BY Number LIMIT 1"
                .formatted(database)))
        .isEqualTo("1\t0001_logs.sql\t1");

    out.getBuffer().setLength(0);
    assertThat(migrate(engine.address().toString())).isZero();
    assertThat(out.toString()).isEqualTo("0 migrations applied, version %d%n".formatted(all));

    out.getBuffer().setLength(0);
    assertThat(migrate(engine.address().toString(), "--dry-run")).isZero();
    assertThat(out.toString()).isEqualTo("-- nothing to do\n");
  }

  @Test
  void aDryRunPrintsTheSqlAndChangesNothing() throws Exception {
    assertThat(migrate(engine.address().toString(), "--dry-run"))
        .as(err.toString())
        .isZero();

    assertThat(out.toString()).isEqualTo(Migrations.bundled().plan(SchemaOptions.single(database)));
    assertThat(engine.run("EXISTS DATABASE " + database)).isEqualTo("0");
  }

  @Test
  void anAddressThatIsAwayIsPassedOver() throws Exception {
    assertThat(migrate("http://127.0.0.1:%d, %s".formatted(freePort(), engine.address())))
        .as(err.toString())
        .isZero();

    assertThat(engine.run("EXISTS " + database + ".seamark_migrations")).isEqualTo("1");
  }

  @Test
  void nobodyAtAnyAddressIsSaidInALine() throws Exception {
    int port = freePort();

    assertThat(migrate("http://127.0.0.1:" + port)).isEqualTo(1);

    assertThat(err.toString())
        .startsWith("seamark: ClickHouse http://127.0.0.1:%d is away: ".formatted(port))
        .hasLineCount(1);
  }

  @Test
  void aNewerHistoryIsRefused() throws Exception {
    assertThat(migrate(engine.address().toString())).isZero();
    engine.run("""
        INSERT INTO %s.seamark_migrations (Number, Name, Checksum, AppliedBy)
        VALUES (99, '0099_future.sql', 'c0ffee', 'Seamark 9.9')""".formatted(database));

    assertThat(migrate(engine.address().toString())).isEqualTo(1);

    assertThat(err.toString()).contains("0099_future.sql", "migrated by a newer Seamark");
  }

  private int migrate(String addresses, String... options) throws IOException {
    Path file = Files.writeString(
        folder.resolve("seamark.yaml"),
        "clickhouse: {addresses: [%s], database: %s}".formatted(quoted(addresses), database));
    String[] arguments = new String[options.length + 3];
    arguments[0] = "migrate";
    arguments[1] = "--config";
    arguments[2] = file.toString();
    System.arraycopy(options, 0, arguments, 3, options.length);
    return Main.commandLine(Map.of(), new PrintWriter(out), new PrintWriter(err))
        .execute(arguments);
  }

  private static String quoted(String addresses) {
    return '"' + String.join("\", \"", addresses.split(", ")) + '"';
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
