package dev.seamark.ingest;

import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.batch.KafkaJournal;
import dev.seamark.ingest.consume.KafkaIn;
import dev.seamark.ingest.consume.KafkaInMetrics;
import dev.seamark.ingest.receive.Admission;
import dev.seamark.ingest.receive.FluentDoor;
import dev.seamark.ingest.receive.FluentMetrics;
import dev.seamark.ingest.receive.FrontDoors;
import dev.seamark.ingest.receive.Intake;
import dev.seamark.ingest.receive.Lanes;
import dev.seamark.ingest.receive.ReceiveConfig;
import dev.seamark.ingest.receive.ReplicaElection;
import dev.seamark.ingest.receive.ReplicaMetrics;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesMetrics;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.schema.Migrations;
import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.service.OpsRoutes;
import dev.seamark.service.Part;
import dev.seamark.service.ServerTls;
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.Reach;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The receiving half of ingest: OTLP in, sealed blocks in Kafka out. Its whole graph is built in
 * {@link #start}. The topics must exist.
 */
public final class Ingester implements Part {
  private static final long POLL_MS = 5;

  /** The part of a drain's time that requests in flight get; the producer gets the rest. */
  private static final double DRAIN_SHARE = 0.7;

  private final Vertx vertx;
  private final IngestConfig config;
  private final KafkaConfig kafka;
  private final Supplier<KeyRing> keys;
  private final ServerTls tls;
  private final Metrics metrics;
  private final Health health;
  private volatile @Nullable Running running;

  public Ingester(
      Vertx vertx,
      IngestConfig config,
      KafkaConfig kafka,
      Supplier<KeyRing> keys,
      Metrics metrics,
      Health health) {
    this.vertx = vertx;
    this.config = config;
    this.kafka = kafka;
    this.keys = keys;
    this.tls = new ServerTls("ingest.receive", vertx, config.receive().tls(), metrics);
    this.metrics = metrics;
    this.health = health;
  }

  private record Running(
      KafkaJournal journal,
      Batcher batcher,
      Intake intake,
      FrontDoors doors,
      FluentDoor fluent,
      @Nullable KafkaIn kafkaIn) {}

  @Override
  public String name() {
    return "ingester";
  }

  /** Connects to Kafka, then opens the ports. Blocks. */
  @Override
  public void start() throws Exception {
    ReceiveConfig receive = config.receive();
    Reach.require(keys.get(), "ingest.receive", receive.bind(), receive.tls(), "write");
    tls.start();
    Clock clock = Clock.systemUTC();
    KafkaJournal journal = KafkaJournal.connect(vertx, kafka, config.batch());
    Batcher batcher = new Batcher(
        journal,
        Migrations.bundled().version(),
        config.batch(),
        (delayMs, task) -> vertx.setTimer(delayMs, _ -> task.run()),
        clock,
        metrics.registry());
    SeriesCache series = new SeriesCache(config.series(), new SecureRandom().nextLong());
    SeriesMetrics.register(series, metrics.registry());
    ReplicaElection replicas = config.remoteWrite().election();
    ReplicaMetrics.register(replicas, metrics.registry());
    Intake intake = new Intake(
        vertx,
        new Admission(keys, receive.region()),
        batcher,
        new Budget(config.batch().inFlightBytesMax()),
        new Lanes(
            config.limits(),
            config.metrics().naming(),
            config.remoteWrite().options(),
            series,
            replicas),
        config.limits().bodyBytesMax(),
        receive.largeBodyThreads(),
        clock,
        metrics.registry());
    FrontDoors doors = new FrontDoors(vertx, intake, receive, new OpsRoutes(metrics, health), tls);
    FluentDoor fluent = new FluentDoor(
        vertx,
        intake,
        receive,
        config.fluent(),
        config.limits(),
        tls,
        new FluentMetrics(metrics.registry()));
    KafkaIn kafkaIn = kafkaIn(intake);
    running = new Running(journal, batcher, intake, doors, fluent, kafkaIn);
    health.ready(name(), () -> intake.refusesNew() ? Optional.of("stopping") : Optional.empty());
    await(doors.open(), Duration.ofSeconds(10));
    await(fluent.open(), Duration.ofSeconds(10));
    if (kafkaIn != null) {
      health.ready("kafka-in", kafkaIn::problem);
      await(kafkaIn.start(), Duration.ofSeconds(30));
    }
  }

  private @Nullable KafkaIn kafkaIn(Intake intake) {
    if (!config.kafkaIn().enabled()) {
      return null;
    }
    return new KafkaIn(
        vertx, config.kafkaIn(), kafka, intake, new KafkaInMetrics(metrics.registry()));
  }

  /** The HTTP port in use, once started. */
  public int httpPort() {
    return started().doors.httpPort();
  }

  /** The gRPC port in use, once started. */
  public int grpcPort() {
    return started().doors.grpcPort();
  }

  /** The port of the forward protocol in use, once started. */
  public int fluentPort() {
    return started().fluent.port();
  }

  private Running started() {
    Running now = running;
    if (now == null) {
      throw new IllegalStateException("the ingester isn't started");
    }
    return now;
  }

  /** Refuses new requests, answers those in flight, sends what is open, disconnects. Blocks. */
  @Override
  public void stop(Duration within) throws Exception {
    tls.stop();
    Running now = running;
    if (now == null) {
      return;
    }
    running = null;
    long deadline = System.nanoTime() + within.toNanos();
    KafkaIn kafkaIn = now.kafkaIn;
    Future<Void> quiet = kafkaIn == null ? Future.succeededFuture() : kafkaIn.pause();
    now.intake.refuseNew();
    try {
      answerAll(now, quiet, System.nanoTime() + (long) (within.toNanos() * DRAIN_SHARE));
    } finally {
      disconnect(now, deadline); // also where Kafka is away and requests are left unanswered
    }
  }

  private static void disconnect(Running now, long deadline) throws Exception {
    KafkaIn kafkaIn = now.kafkaIn;
    try {
      if (kafkaIn != null) {
        await(kafkaIn.close(left(deadline)), left(deadline));
      }
    } finally {
      closeDoors(now, deadline);
    }
  }

  private static void closeDoors(Running now, long deadline) throws Exception {
    try {
      await(Future.join(now.doors.close(), now.fluent.close()).mapEmpty(), left(deadline));
    } finally {
      try {
        await(now.intake.close(), left(deadline));
      } finally {
        await(now.journal.close(left(deadline)), left(deadline).plusMillis(POLL_MS));
      }
    }
  }

  private static void answerAll(Running now, Future<Void> quiet, long deadline) throws Exception {
    now.batcher.drain(); // nobody else comes: the open blocks needn't linger
    while (now.intake.inFlight() > 0 && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(POLL_MS);
    }
    await(now.batcher.drain(), left(deadline));
    await(quiet, left(deadline));
  }

  private static Duration left(long deadline) {
    return Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime()));
  }

  private static void await(Future<Void> future, Duration within) throws Exception {
    try {
      future
          .toCompletionStage()
          .toCompletableFuture()
          .get(within.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } catch (TimeoutException e) {
      throw new TimeoutException("not done after %d ms".formatted(within.toMillis()));
    }
  }
}
