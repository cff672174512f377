package dev.seamark.ingest.receive;

import dev.seamark.ingest.batch.BatchConfig;
import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.service.Metrics;
import dev.seamark.service.Secret;
import dev.seamark.service.ServerTls;
import dev.seamark.service.Tls;
import dev.seamark.tenant.KeyRing;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** The port of the forward protocol on a free port before a fake journal, with real decoders. */
final class OpenFluentDoor implements AutoCloseable {
  static final int MIB = 1024 * 1024;
  static final int BODY_BYTES_MAX = 4 * MIB;

  final FakeJournal journal = new FakeJournal(2);
  final Metrics metrics = new Metrics();
  final Budget budget;
  final Intake intake;
  private final Vertx vertx = Vertx.vertx();
  private final ServerTls tls;
  private final FluentDoor door;

  OpenFluentDoor(FluentConfig config, ReceiveConfig receive, long budgetBytes) {
    this(config, receive, budgetBytes, KeyRing.OPEN);
  }

  OpenFluentDoor(FluentConfig config, ReceiveConfig receive, long budgetBytes, KeyRing keys) {
    budget = new Budget(budgetBytes);
    Batcher batcher = new Batcher(
        journal,
        1,
        new BatchConfig(Duration.ofMillis(5), 100_000, 4 * MIB, budgetBytes, Duration.ofSeconds(8)),
        (delayMs, task) -> vertx.setTimer(delayMs, _ -> task.run()),
        Clock.systemUTC(),
        metrics.registry());
    Lanes lanes = new Lanes(
        Limits.DEFAULT, NamingOptions.DEFAULTS, new SeriesCache(SeriesLimits.DEFAULT, 42));
    intake = new Intake(
        vertx,
        new Admission(() -> keys, null),
        batcher,
        budget,
        lanes,
        BODY_BYTES_MAX,
        2,
        Clock.systemUTC(),
        metrics.registry());
    tls = new ServerTls("ingest.receive", vertx, receive.tls(), metrics);
    tls.start();
    door = new FluentDoor(
        vertx, intake, receive, config, Limits.DEFAULT, tls, new FluentMetrics(metrics.registry()));
    door.open().await();
  }

  static OpenFluentDoor plain() {
    return new OpenFluentDoor(config("", List.of(), MIB), OpenDoors.config(Tls.OFF), 64L * MIB);
  }

  static FluentConfig config(String sharedKey, List<String> users, int unacknowledgedBytesMax) {
    return new FluentConfig(
        true,
        0,
        new Secret(sharedKey),
        users.stream().map(Secret::new).toList(),
        "seamark.test",
        unacknowledgedBytesMax,
        Duration.ofMinutes(15),
        1_000);
  }

  int port() {
    return door.port();
  }

  /** The value of a metric line, 0 if it isn't there. */
  double metric(String line) {
    return metrics
        .text()
        .lines()
        .filter(each -> each.startsWith(line + " "))
        .mapToDouble(each -> Double.parseDouble(each.substring(line.length() + 1)))
        .sum();
  }

  @Override
  public void close() {
    tls.stop();
    vertx.close().await();
  }
}
