package dev.seamark.standalone;

import dev.seamark.ingest.write.LogRange;
import dev.seamark.ingest.write.Replay;
import dev.seamark.ingest.write.ReplayReport;
import dev.seamark.ingest.write.turn.OperatorRefused;
import dev.seamark.kafka.KafkaGate;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code seamark replay}. */
@Command(
    description = "Stores again what Kafka still has: dead letters after a fix, or a range of a"
        + " topic on purpose.",
    mixinStandardHelpOptions = true)
final class ReplayCommand implements Callable<Integer> {
  private final Foreground foreground;
  private final Map<String, String> environment;

  @Mixin
  private final StoreOptions options = new StoreOptions();

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @ArgGroup(multiplicity = "1")
  private What what = new What();

  @Option(names = "--dry-run", description = "Say what would be stored, and store nothing.")
  private boolean dryRun;

  @Option(
      names = "--with-deleted",
      description = "Store rows too whose tenant was deleted since (seamark delete).")
  private boolean withDeleted;

  /** One or the other. */
  static final class What {
    @ArgGroup(exclusive = false)
    private @Nullable Letters letters;

    @ArgGroup(exclusive = false)
    private @Nullable Range range;
  }

  /** The dead letters. */
  static final class Letters {
    @Option(
        names = "--dead-letter",
        required = true,
        description = "Try what waits in seamark.dead-letter; what is refused again stays there.")
    private boolean deadLetter;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "1000",
        description = "Try at most so many, the oldest first (default: ${DEFAULT-VALUE}).")
    private int limit;
  }

  /** A part of a log. */
  static final class Range {
    @Option(
        names = "--topic",
        required = true,
        paramLabel = "TOPIC",
        description = "Store records of this topic a second time: their rows are doubled.")
    private String topic = "";

    @Option(
        names = "--partition",
        required = true,
        paramLabel = "P",
        description = "Partition of the topic.")
    private int partition;

    @Option(names = "--from", required = true, paramLabel = "N", description = "First offset.")
    private long from;

    @Option(
        names = "--to",
        required = true,
        paramLabel = "M",
        description = "The offset after the last one.")
    private long to;

    @Option(
        names = "--forget",
        description = "Don't finish a replay of the partition that was broken off.")
    private boolean forget;
  }

  ReplayCommand(Foreground foreground, Map<String, String> environment) {
    this.foreground = foreground;
    this.environment = environment;
  }

  @Override
  public Integer call() {
    return foreground.once(this::replay);
  }

  private void replay() throws Exception {
    SeamarkConfig config = options.read(environment);
    KafkaGate.allowTokenEndpoint(config.kafka());
    OpenClickHouse store = OpenClickHouse.of(config.clickhouse());
    try {
      store.start();
      var replay = new Replay(
          config.writer(),
          config.kafka(),
          store.clickHouse(),
          config.schema().options(config.clickhouse().database()),
          withDeleted);
      print(run(replay));
    } catch (KafkaException e) {
      throw new Refused("Kafka: " + e);
    } catch (IllegalArgumentException e) {
      throw new Refused(String.valueOf(e.getMessage()));
    } finally {
      store.stop(Duration.ZERO);
    }
  }

  private ReplayReport run(Replay replay) throws OperatorRefused {
    if (what.letters != null && what.letters.deadLetter) {
      return replay.deadLetters(what.letters.limit, dryRun);
    }
    var named = what.range;
    if (named == null) {
      throw new IllegalArgumentException("name the dead letters or a range");
    }
    var range = LogRange.of(named.topic, named.partition, named.from, named.to);
    return dryRun ? replay.dryRun(range) : replay.range(range, named.forget);
  }

  private void print(ReplayReport report) {
    var out = spec.commandLine().getOut();
    report.leftOut().forEach((record, why) -> out.printf("left out: %s: %s%n", record, why));
    out.printf(
        "%s %d records, %d rows; left out %d%n",
        dryRun ? "would store" : "stored",
        report.records(),
        report.rows(),
        report.leftOut().size());
    out.flush();
  }
}
