package dev.seamark.standalone;

import dev.seamark.ingest.write.backup.Backup;
import dev.seamark.ingest.write.backup.BackupReport;
import dev.seamark.ingest.write.backup.Destination;
import dev.seamark.kafka.KafkaGate;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code seamark backup}. */
@Command(
    description = "Copies what ClickHouse has, while writers run, so that a restore can go on from"
        + " Kafka without losing or doubling a row.",
    mixinStandardHelpOptions = true)
final class BackupCommand implements Callable<Integer> {
  private final Foreground foreground;
  private final Map<String, String> environment;

  @Mixin
  private final StoreOptions options = new StoreOptions();

  @Option(
      names = "--to",
      required = true,
      paramLabel = "PLACE",
      description = "A new folder: an absolute path on ClickHouse's machine,"
          + " disk:NAME/FOLDER with a disk of its configuration, or s3:https://BUCKET/PREFIX.")
  private String to = "";

  @Option(
      names = "--base",
      paramLabel = "PLACE",
      description = "An earlier backup: files that it has aren't copied again. Keep it, a restore"
          + " needs both.")
  private @Nullable String base;

  @Spec
  private CommandSpec spec = CommandSpec.create();

  BackupCommand(Foreground foreground, Map<String, String> environment) {
    this.foreground = foreground;
    this.environment = environment;
  }

  @Override
  public Integer call() {
    return foreground.once(this::backUp);
  }

  private void backUp() throws Exception {
    SeamarkConfig config = options.read(environment);
    KafkaGate.allowTokenEndpoint(config.kafka());
    OpenClickHouse store = OpenClickHouse.of(config.clickhouse());
    try {
      store.start();
      var backup = new Backup(
          config.writer(),
          config.kafka(),
          store.clickHouse(),
          config.schema().options(config.clickhouse().database()),
          Version.text());
      print(
          backup.run(Destination.of(to), base == null ? null : Destination.of(base)),
          config.kafka().topics().retention());
    } catch (KafkaException e) {
      throw new Refused("Kafka: " + e);
    } catch (IllegalArgumentException e) {
      throw new Refused(String.valueOf(e.getMessage()));
    } finally {
      store.stop(Duration.ZERO);
    }
  }

  private void print(BackupReport report, Duration retention) {
    var marks = report.marks();
    var out = spec.commandLine().getOut();
    out.printf(
        "backed up %d tables, %,d rows; %,d bytes written; writers were held for %.1f s%n",
        marks.rows().size(),
        marks.rows().values().stream().mapToLong(Long::longValue).sum(),
        report.bytesWritten(),
        report.held().toMillis() / 1e3);
    var end = marks.madeAt().truncatedTo(ChronoUnit.SECONDS);
    out.printf(
        "it ends at %s; Kafka keeps %d h (kafka.topics.retention), so a restore by %s loses nothing%n",
        end, retention.toHours(), end.plus(retention));
    out.flush();
  }
}
