package dev.seamark.standalone;

import dev.seamark.ingest.write.backup.Destination;
import dev.seamark.ingest.write.backup.Restore;
import dev.seamark.ingest.write.backup.RestoreReport;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.service.ConfigFile;
import dev.seamark.service.Lifecycle;
import dev.seamark.standalone.engine.EngineLibrary;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code seamark restore}. */
@Command(
    description = "Puts a backup into an empty database and has the writers go on from where it"
        + " ends. No writer may run meanwhile.",
    mixinStandardHelpOptions = true)
final class RestoreCommand implements Callable<Integer> {
  private static final Duration STOP_WITHIN = Duration.ofSeconds(30);

  private final Foreground foreground;
  private final Map<String, String> environment;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration of the writers, YAML; without it the defaults hold.")
  private @Nullable Path config;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Data folder of a seamark standalone that doesn't run now.")
  private @Nullable Path data;

  @Option(
      names = "--port-offset",
      paramLabel = "N",
      defaultValue = "0",
      description = "Added to every port.")
  private int portOffset;

  @ArgGroup(multiplicity = "1")
  private What what = new What();

  @Option(
      names = "--accept-loss",
      description = "Restore although Kafka has deleted records that came after the backup.")
  private boolean acceptLoss;

  @Spec
  private CommandSpec spec = CommandSpec.create();

  /** One or the other. */
  static final class What {
    @Option(
        names = "--from",
        required = true,
        paramLabel = "PLACE",
        description = "The backup, as --to of seamark backup named it.")
    private @Nullable String from;

    @Option(
        names = "--abandon",
        required = true,
        description =
            "Let writers store again after a restore that broke off, and restore" + " nothing.")
    private boolean abandon;
  }

  RestoreCommand(Foreground foreground, Map<String, String> environment) {
    this.foreground = foreground;
    this.environment = environment;
  }

  @Override
  public Integer call() {
    return foreground.once(this::restore);
  }

  private void restore() throws Exception {
    SeamarkConfig read = config == null
        ? ConfigFile.defaults(SeamarkConfig.class, portOffset)
        : ConfigFile.read(config, SeamarkConfig.class, environment, portOffset);
    var lifecycle = new Lifecycle();
    try {
      run(data == null ? read : startEmbedded(data, read, lifecycle), lifecycle);
    } catch (KafkaException e) {
      throw new Refused("Kafka: " + e);
    } catch (IllegalArgumentException e) {
      throw new Refused(String.valueOf(e.getMessage()));
    } finally {
      lifecycle.stop(STOP_WITHIN);
    }
  }

  /** The Kafka and the ClickHouse of a data folder, for as long as the command runs. */
  private SeamarkConfig startEmbedded(Path folder, SeamarkConfig read, Lifecycle lifecycle)
      throws Exception {
    Path library = EngineLibrary.pinned(environment).file();
    var embedded = EmbeddedStore.ofThisRun(folder, portOffset, library);
    lifecycle.start(new DataFolder(embedded.data()));
    lifecycle.start(embedded.freePorts());
    lifecycle.start(embedded.broker(), embedded.engine());
    return embedded.in(read);
  }

  private void run(SeamarkConfig chosen, Lifecycle lifecycle) throws Exception {
    OpenClickHouse store = OpenClickHouse.of(chosen.clickhouse());
    lifecycle.start(store, new KafkaGate(chosen.kafka()));
    var out = spec.commandLine().getOut();
    var restore = new Restore(
        chosen.writer(),
        chosen.kafka(),
        store.clickHouse(),
        chosen.schema().options(chosen.clickhouse().database()),
        emptying(chosen.clickhouse().database()),
        line -> {
          out.println(line);
          out.flush();
        });
    if (what.abandon) {
      restore.abandon();
      out.println("writers may store again");
      out.flush();
    } else if (what.from != null) {
      print(restore.run(Destination.of(what.from), acceptLoss));
    }
  }

  private String emptying(String database) {
    return data == null
        ? "drop it (DROP DATABASE %s SYNC), or name another one (clickhouse.database)"
            .formatted(database)
        : "move %s away".formatted(EmbeddedStore.engineFolder(data));
  }

  private void print(RestoreReport report) {
    var out = spec.commandLine().getOut();
    var catchUp = report.catchUp();
    out.printf(
        "restored %,d rows of %s%n",
        report.marks().rows().values().stream().mapToLong(Long::longValue).sum(),
        report.marks().madeAt().truncatedTo(ChronoUnit.SECONDS));
    catchUp.gone().forEach((partition, what) -> out.printf("gone: %s: %s%n", partition, what));
    if (report.voided() + report.revived() > 0) {
      out.printf(
          "dead letters: %d are void, their records are read again; %d wait again, they were stored after the backup%n",
          report.voided(), report.revived());
    }
    report
        .replays()
        .forEach(replay -> out.printf(
            "replay of %s, begun %s, came after the backup: what it stored isn't there%n",
            replay.range(), replay.begun()));
    report
        .deletions()
        .forEach(deletion -> out.printf(
            "tenant %s was deleted at %s, after the backup, and is back: once the writers have caught up, run seamark delete --tenant %s%n",
            deletion.tenant(), deletion.at().truncatedTo(ChronoUnit.SECONDS), deletion.tenant()));
    out.printf("start the writers: they store %,d records that came since%n", catchUp.records());
    out.flush();
  }
}
