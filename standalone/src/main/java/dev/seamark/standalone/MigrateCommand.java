package dev.seamark.standalone;

import dev.seamark.schema.Migration;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code seamark migrate}. */
@Command(
    description = "Brings ClickHouse's tables up to this version; run it before newer ingesters.",
    mixinStandardHelpOptions = true)
final class MigrateCommand implements Callable<Integer> {
  private final Foreground foreground;
  private final Map<String, String> environment;

  @Mixin
  private final ServiceOptions options = new ServiceOptions();

  @Option(names = "--dry-run", description = "Print the SQL that would run, and change nothing.")
  private boolean dryRun;

  @Spec
  private CommandSpec spec = CommandSpec.create();

  MigrateCommand(Foreground foreground, Map<String, String> environment) {
    this.foreground = foreground;
    this.environment = environment;
  }

  @Override
  public Integer call() {
    return foreground.once(this::migrate);
  }

  private void migrate() {
    SeamarkConfig config = options.read(environment);
    SchemaOptions schema = config.schema().options(config.clickhouse().database());
    var out = spec.commandLine().getOut();
    try (var database = JdbcDatabase.open(config.clickhouse())) {
      if (dryRun) {
        String sql = Migrations.bundled().dryRun(database, schema);
        out.print(sql.isEmpty() ? "-- nothing to do\n" : sql);
      } else {
        List<Migration> applied = Migrations.bundled().apply(database, schema);
        out.printf(
            "%d migrations applied, version %d%n",
            applied.size(), Migrations.bundled().version());
      }
      out.flush();
    }
  }
}
