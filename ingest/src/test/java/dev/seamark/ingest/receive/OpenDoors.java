package dev.seamark.ingest.receive;

import dev.seamark.ingest.batch.BatchConfig;
import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.OtlpJson;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.service.OpsRoutes;
import dev.seamark.service.ServerTls;
import dev.seamark.service.Tls;
import dev.seamark.tenant.KeyRing;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Front doors on free ports before a fake journal. */
final class OpenDoors implements AutoCloseable {
  static final int MIB = 1024 * 1024;
  static final int BODY_BYTES_MAX = 8 * MIB;
  static final Duration HEAD_DEADLINE = Duration.ofMillis(1_200);
  static final Duration BODY_DEADLINE = Duration.ofMillis(1_500);

  final FakeJournal journal = new FakeJournal(2);
  final Metrics metrics = new Metrics();
  final Budget budget;
  final Intake intake;
  private final Vertx vertx = Vertx.vertx();
  final ServerTls tls;
  private final FrontDoors doors;
  private volatile Duration ahead = Duration.ZERO;

  static OpenDoors counting() {
    return new OpenDoors(countingLanes(), 64L * MIB, Tls.OFF);
  }

  /** Lanes whose bodies say how many rows they hold. */
  static Supplier<DecodeLane> countingLanes() {
    return () -> new DecodeLane(
        new OtlpJson(Limits.DEFAULT), new CountedLogs(), new CountedLogs(), new CountedLogs());
  }

  /** Lanes of the product. */
  static Supplier<DecodeLane> decodingLanes() {
    return new Lanes(
        Limits.DEFAULT, NamingOptions.DEFAULTS, new SeriesCache(SeriesLimits.DEFAULT, 42));
  }

  /** Ports on loopback, two event loops. */
  static ReceiveConfig config(Tls tls) {
    return config(tls, 100, HEAD_DEADLINE);
  }

  static ReceiveConfig config(Tls tls, int connectionsMax, Duration headDeadline) {
    return new ReceiveConfig(
        "127.0.0.1",
        0,
        0,
        tls,
        2,
        2,
        connectionsMax,
        Duration.ofSeconds(60),
        headDeadline,
        BODY_DEADLINE,
        16 * 1024,
        null);
  }

  OpenDoors(Supplier<DecodeLane> lanes, long budgetBytes, Tls tls) {
    this(lanes, budgetBytes, config(tls));
  }

  OpenDoors(Supplier<DecodeLane> lanes, long budgetBytes, ReceiveConfig config) {
    this(lanes, budgetBytes, config, () -> KeyRing.OPEN);
  }

  OpenDoors(
      Supplier<DecodeLane> lanes, long budgetBytes, ReceiveConfig config, Supplier<KeyRing> keys) {
    this(lanes, budgetBytes, BODY_BYTES_MAX, config, keys);
  }

  OpenDoors(
      Supplier<DecodeLane> lanes,
      long budgetBytes,
      int bodyBytesMax,
      ReceiveConfig config,
      Supplier<KeyRing> keys) {
    budget = new Budget(budgetBytes);
    Batcher batcher = new Batcher(
        journal,
        1,
        new BatchConfig(Duration.ofMillis(5), 100_000, 4 * MIB, budgetBytes, Duration.ofSeconds(8)),
        (delayMs, task) -> vertx.setTimer(delayMs, _ -> task.run()),
        Clock.systemUTC(),
        metrics.registry());
    intake = new Intake(
        vertx,
        new Admission(keys, config.region()),
        batcher,
        budget,
        lanes,
        bodyBytesMax,
        2,
        clock,
        metrics.registry());
    tls = new ServerTls("ingest.receive", vertx, config.tls(), metrics);
    tls.start();
    doors = new FrontDoors(vertx, intake, config, new OpsRoutes(metrics, new Health()), tls);
    doors.open().await();
  }

  private final Clock clock = new Clock() {
    @Override
    public Instant instant() {
      return Instant.now().plus(ahead);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return Clock.offset(Clock.system(zone), ahead);
    }
  };

  /** Sets the clock by which requests arrive ahead. */
  void advance(Duration by) {
    ahead = ahead.plus(by);
  }

  int httpPort() {
    return doors.httpPort();
  }

  int grpcPort() {
    return doors.grpcPort();
  }

  /** Sum of a counter's data points, by the name without its suffix. */
  double counter(String name) {
    return metrics.registry().scrape().stream()
        .filter(metric -> metric.getMetadata().getName().equals(name))
        .flatMap(metric -> ((CounterSnapshot) metric).getDataPoints().stream())
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  /** A counter's data point, 0 where it hasn't one with just these labels. */
  double counter(String name, String... labels) {
    return metrics.registry().scrape().stream()
        .filter(metric -> metric.getMetadata().getName().equals(name))
        .flatMap(metric -> ((CounterSnapshot) metric).getDataPoints().stream())
        .filter(point -> point.getLabels().equals(Labels.of(labels)))
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  double gauge(String name) {
    return metrics.registry().scrape().stream()
        .filter(metric -> metric.getMetadata().getName().equals(name))
        .flatMap(metric -> ((GaugeSnapshot) metric).getDataPoints().stream())
        .mapToDouble(GaugeSnapshot.GaugeDataPointSnapshot::getValue)
        .sum();
  }

  /** Whether nothing is under way or held any more, and every request and item is accounted for. */
  boolean isAtRest() {
    return intake.inFlight() == 0
        && budget.held() == 0
        && gauge("seamark_ingest_items_in_flight") == 0
        && counter("seamark_ingest_requests_received")
            == counter("seamark_ingest_requests_answered")
                + counter("seamark_ingest_requests_unanswered")
        && counter("seamark_ingest_items_received")
            == counter("seamark_ingest_items_stored") + counter("seamark_ingest_items_refused");
  }

  /** Waits for a condition that another thread brings about. */
  static void until(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("condition didn't come true within 10 s");
      }
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    tls.stop();
    vertx.close().await();
  }
}
