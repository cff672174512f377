package dev.seamark.standalone;

import dev.seamark.ingest.write.deletion.DeletionReport;
import dev.seamark.ingest.write.deletion.TenantDeletion;
import dev.seamark.kafka.KafkaGate;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code seamark delete}. */
@Command(
    description =
        "Deletes all rows of a tenant that are acknowledged by now, and keeps a record of" + " it.",
    mixinStandardHelpOptions = true)
final class DeleteCommand implements Callable<Integer> {
  private final Foreground foreground;
  private final Map<String, String> environment;

  @Mixin
  private final StoreOptions options = new StoreOptions();

  @Option(names = "--tenant", required = true, paramLabel = "TENANT", description = "Whose rows.")
  private String tenant = "";

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Why, for the record.")
  private String reason = "";

  @Option(names = "--dry-run", description = "Say how many rows there are, and delete none.")
  private boolean dryRun;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      defaultValue = "600",
      description = "How long writers may take to store what is acknowledged by now, before it is"
          + " deleted (default: ${DEFAULT-VALUE}).")
  private long waitSeconds;

  @Spec
  private CommandSpec spec = CommandSpec.create();

  DeleteCommand(Foreground foreground, Map<String, String> environment) {
    this.foreground = foreground;
    this.environment = environment;
  }

  @Override
  public Integer call() {
    return foreground.once(this::delete);
  }

  private void delete() throws Exception {
    SeamarkConfig config = options.read(environment);
    KafkaGate.allowTokenEndpoint(config.kafka());
    OpenClickHouse store = OpenClickHouse.of(config.clickhouse());
    PrintWriter out = spec.commandLine().getOut();
    try {
      store.start();
      var deletion = new TenantDeletion(
          config.writer().group(),
          config.kafka(),
          store.clickHouse(),
          config.schema().options(config.clickhouse().database()),
          Version.text(),
          line -> {
            out.println(line);
            out.flush();
          });
      if (dryRun) {
        printRows(out, deletion.dryRun(tenant));
      } else {
        print(
            out,
            deletion.run(
                tenant,
                System.getProperty("user.name", ""),
                reason,
                Duration.ofSeconds(waitSeconds)));
      }
      out.flush();
    } catch (KafkaException e) {
      throw new Refused("Kafka: " + e);
    } catch (IllegalArgumentException e) {
      throw new Refused(String.valueOf(e.getMessage()));
    } finally {
      store.stop(Duration.ZERO);
    }
  }

  private static void printRows(PrintWriter out, Map<String, Long> rows) {
    rows.forEach((table, count) -> out.printf("%-28s %,15d rows%n", table, count));
    out.printf("would delete %,d rows%n", sum(rows));
  }

  private void print(PrintWriter out, DeletionReport report) {
    report
        .since()
        .forEach((table, count) -> out.printf(
            "%s has %,d rows of %s that came since: its senders go on%n", table, count, tenant));
    out.printf(
        "deleted %,d rows of %s from %d tables (deletion %s)%n",
        sum(report.rows()), tenant, report.rows().size(), report.deletion().id());
  }

  private static long sum(Map<String, Long> rows) {
    return rows.values().stream().mapToLong(Long::longValue).sum();
  }
}
