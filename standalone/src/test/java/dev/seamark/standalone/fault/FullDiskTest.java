package dev.seamark.standalone.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk runs full, of the engine and of the broker, and has space again. */
class FullDiskTest {
  private static final int MEGABYTES = 300;
  private static final Duration SETTLED_WITHIN = Duration.ofMinutes(2);
  private static final Pattern RETRIES = Pattern.compile(
      "^seamark_writer_inserts_total\\{.*result=\"retry\".*} (\\S+)$", Pattern.MULTILINE);

  @TempDir
  Path folder;

  @Test
  void rowsWaitInKafkaWhileTheEngineHasNoSpace() throws Exception {
    try (var disk = SmallDisk.mount(folder.resolve("disk"), MEGABYTES);
        var fleet =
            new Fleet(folder, folder.resolve("kafka"), disk.folder().resolve("clickhouse"))) {
      fleet.start();
      try (var senders = new Senders(fleet.otlp())) {
        senders.start();
        awaitMore(senders, 60);

        disk.fill();
        var before = retries(fleet);
        Mischief.await("inserts that find no space", () -> retries(fleet) >= before + 3);
        awaitMore(senders, 60); // what comes in is acknowledged nevertheless
        disk.free();

        awaitMore(senders, 60);
        senders.finish();
        new Oracle(fleet).judge(senders, SETTLED_WITHIN);
        assertThat(fleet.words()).contains("ot enough space");
      } catch (AssertionError e) {
        throw new AssertionError(e.getMessage() + fleet.words(), e);
      }
    }
  }

  @Test
  void nothingIsAcknowledgedWhileTheBrokerHasNoSpace() throws Exception {
    try (var disk = SmallDisk.mount(folder.resolve("disk"), MEGABYTES);
        var fleet =
            new Fleet(folder, disk.folder().resolve("kafka"), folder.resolve("clickhouse"))) {
      fleet.start();
      try (var senders = new Senders(fleet.otlp())) {
        senders.start();
        awaitMore(senders, 60);

        var pid = fleet.brokerPid();
        disk.fill();
        Mischief.await("the end of the broker", () -> ProcessHandle.of(pid).isEmpty());
        disk.free();
        fleet.awaitReady();

        awaitMore(senders, 60);
        senders.finish();
        new Oracle(fleet).judge(senders, SETTLED_WITHIN);
      } catch (AssertionError e) {
        throw new AssertionError(e.getMessage() + fleet.words(), e);
      }
    }
  }

  private static void awaitMore(Senders senders, int more) {
    var goal = senders.acknowledged() + more;
    Mischief.await("acknowledgements", () -> senders.acknowledged() >= goal);
  }

  private static double retries(Fleet fleet) {
    return retries(fleet.writerMetrics(0)) + retries(fleet.writerMetrics(1));
  }

  private static double retries(String metrics) {
    return RETRIES
        .matcher(metrics)
        .results()
        .mapToDouble(it -> Double.parseDouble(it.group(1)))
        .sum();
  }
}
