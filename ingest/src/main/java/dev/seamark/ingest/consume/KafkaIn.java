package dev.seamark.ingest.consume;

import dev.seamark.ingest.decode.Signal;
import dev.seamark.ingest.receive.BodyDoor;
import dev.seamark.ingest.receive.BodyDoor.Answer;
import dev.seamark.ingest.receive.Intake;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.tenant.Credentials;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.consumer.KafkaReadStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the topics that an OpenTelemetry Collector's Kafka exporter fills ({@code otlp_proto}), and
 * hands their records to the intake as if they were requests. An offset is committed once the rows
 * of its record, and of all before it, are acknowledged; so no record is lost, and one that was
 * under way at a crash or a rebalance is taken again.
 *
 * <p>A partition that is taken away is forgotten with all that is under way in it: what becomes of
 * that is nobody's business but its next owner's. Everything but {@link #start} and the reading of
 * {@link #problem} runs on one event loop.
 */
public final class KafkaIn {
  private static final Logger log = LoggerFactory.getLogger(KafkaIn.class);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final Duration UNKNOWN_AGAIN = Duration.ofSeconds(5);
  private static final int FETCH_BYTES_MAX = 16 << 20;
  private static final int METADATA_MS = 30_000; // a topic that is made later is seen after this
  private static final int SESSION_MS = 10_000; // a dead ingester's partitions move on after this

  private final Vertx vertx;
  private final KafkaInConfig config;
  private final KafkaConfig own;
  private final KafkaInMetrics metrics;
  private final Context loop;
  private final Map<String, Signal> signals;
  private final BodyDoor door;
  private final Map<TopicPartition, Claim> claims = new LinkedHashMap<>();
  private final Set<TopicPartition> paused = new HashSet<>();
  private final Promise<Void> quiet = Promise.promise();
  private @Nullable KafkaReadStream<byte[], byte[]> stream;
  private @Nullable DeadLetters deadLetters;
  private int underWay;
  private boolean stopping;
  private boolean polling;
  private boolean committing;
  private volatile String problem = "";

  /** @param own Seamark's brokers */
  public KafkaIn(
      Vertx vertx, KafkaInConfig config, KafkaConfig own, Intake intake, KafkaInMetrics metrics) {
    this.vertx = vertx;
    this.config = config;
    this.own = own;
    this.metrics = metrics;
    this.loop = vertx.getOrCreateContext();
    this.signals = config.topics();
    this.door = new BodyDoor(
        intake,
        config.key() == null
            ? Credentials.NONE
            : Credentials.ofSecret(config.key().reveal()),
        config.cluster().isEmpty() ? null : config.cluster());
  }

  /** A partition while it is assigned; another assignment is another claim. */
  private static final class Claim {
    private final TopicPartition partition;
    private final Deque<ConsumerRecord<byte[], byte[]>> waiting = new ArrayDeque<>();
    private final Progress progress = new Progress();
    private long last = -1; // offset of the last record read
    private String stoppedBy = "";

    Claim(TopicPartition partition) {
      this.partition = partition;
    }

    void add(ConsumerRecord<byte[], byte[]> record) {
      waiting.add(record);
      last = record.offset();
    }
  }

  /** Connects and begins to read. Blocks while names are looked up. */
  public Future<Void> start() {
    KafkaGate.allowTokenEndpoint(config.brokersElse(own));
    var consumer =
        new KafkaConsumer<>(properties(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    deadLetters = DeadLetters.connect(vertx, own);
    return onLoop(() -> {
      KafkaReadStream<byte[], byte[]> opened = KafkaReadStream.create(vertx, consumer);
      stream = opened;
      opened.partitionsAssignedHandler(this::assigned);
      opened.partitionsRevokedHandler(this::revoked);
      opened.exceptionHandler(e -> log.warn("kafka-in: {}", e.toString()));
      return opened.subscribe(signals.keySet()).onSuccess(_ -> turn());
    });
  }

  private Map<String, Object> properties() {
    Map<String, Object> properties = new HashMap<>(config.brokersElse(own).clientProperties());
    properties.put("client.id", "seamark-kafka-in");
    properties.put("group.id", config.group());
    properties.put("enable.auto.commit", false);
    properties.put(
        "auto.offset.reset",
        config.startFrom() == KafkaInConfig.Start.EARLIEST ? "earliest" : "latest");
    properties.put("allow.auto.create.topics", false);
    properties.put("metadata.max.age.ms", METADATA_MS);
    properties.put("isolation.level", "read_committed");
    properties.put("session.timeout.ms", SESSION_MS);
    properties.put("fetch.max.bytes", FETCH_BYTES_MAX);
    properties.put("max.poll.records", config.inFlightMax());
    return properties;
  }

  /** What an operator has to look at. */
  public Optional<String> problem() {
    return problem.isEmpty() ? Optional.empty() : Optional.of(problem);
  }

  /** Takes no further records; succeeds when none is under way. What was taken goes on. */
  public Future<Void> pause() {
    return onLoop(() -> {
      stopping = true;
      tellIfQuiet();
      return quiet.future();
    });
  }

  /** Commits what is done and leaves the group. */
  public Future<Void> close(Duration within) {
    return onLoop(() -> {
      stopping = true;
      DeadLetters letters = deadLetters;
      KafkaReadStream<byte[], byte[]> open = stream;
      Future<Void> closed = open == null ? Future.succeededFuture() : leave(open);
      return letters == null ? closed : closed.eventually(() -> letters.close(within));
    });
  }

  /** The consumer carries commits that are under way home before it closes. */
  private Future<Void> leave(KafkaReadStream<byte[], byte[]> open) {
    Map<TopicPartition, OffsetAndMetadata> offsets = toCommit();
    if (!offsets.isEmpty()) {
      open.commit(offsets);
    }
    return open.close();
  }

  private <T> Future<T> onLoop(Supplier<Future<T>> task) {
    Promise<T> done = Promise.promise();
    loop.runOnContext(_ -> task.get().onComplete(done));
    return done.future();
  }

  private void assigned(Set<TopicPartition> partitions) {
    log.info("kafka-in: partitions assigned partitions={}", partitions);
    partitions.forEach(each -> claims.put(each, new Claim(each)));
    tellProblem();
  }

  private void revoked(Set<TopicPartition> partitions) {
    if (!partitions.isEmpty()) {
      log.info("kafka-in: partitions revoked partitions={}", partitions);
    }
    for (TopicPartition each : partitions) {
      Claim claim = claims.remove(each);
      paused.remove(each);
      if (claim != null) {
        log.debug("kafka-in: {} records are left to another owner", claim.progress.underWay());
      }
    }
    tellProblem();
  }

  /** Reads on, as long as somebody listens. */
  private void turn() {
    KafkaReadStream<byte[], byte[]> open = stream;
    if (stopping || polling || open == null) {
      return;
    }
    polling = true;
    open.poll(POLL).onComplete(result -> {
      polling = false;
      if (result.succeeded()) {
        take(result.result());
      } else {
        log.warn("kafka-in: reading failed: {}", result.cause().toString());
      }
      work(open);
      if (result.succeeded()) {
        turn();
      } else {
        vertx.setTimer(AGAIN.toMillis(), _ -> turn());
      }
    });
  }

  private void take(@Nullable ConsumerRecords<byte[], byte[]> records) {
    if (records == null) {
      return;
    }
    for (ConsumerRecord<byte[], byte[]> record : records) {
      Claim claim = claims.get(new TopicPartition(record.topic(), record.partition()));
      if (claim != null) {
        claimOf(record, claim).add(record);
      }
    }
  }

  /** Another claim where the offsets begin anew: the topic was deleted and is there again. */
  private Claim claimOf(ConsumerRecord<byte[], byte[]> record, Claim claim) {
    if (record.offset() > claim.last) {
      return claim;
    }
    log.warn("kafka-in: offsets begin anew behind {} at {}", claim.last, named(record));
    Claim anew = new Claim(claim.partition);
    claims.put(claim.partition, anew);
    return anew;
  }

  private void work(KafkaReadStream<byte[], byte[]> open) {
    for (Claim claim : claims.values()) {
      while (canTake(claim)) {
        begin(claim, claim.waiting.remove());
      }
    }
    pauseAndResume(open);
    commit(open);
  }

  private boolean canTake(Claim claim) {
    return !stopping
        && claim.stoppedBy.isEmpty()
        && !claim.waiting.isEmpty()
        && underWay < config.inFlightMax();
  }

  /** Partitions whose records wait aren't read any further, but the consumer stays in its group. */
  private void pauseAndResume(KafkaReadStream<byte[], byte[]> open) {
    Set<TopicPartition> full = new HashSet<>();
    for (Claim claim : claims.values()) {
      if (!claim.waiting.isEmpty() || !claim.stoppedBy.isEmpty()) {
        full.add(claim.partition);
      }
    }
    Set<TopicPartition> toPause = without(full, paused);
    Set<TopicPartition> toResume = without(paused, full);
    if (!toPause.isEmpty()) {
      open.pause(toPause).onFailure(e -> paused.removeAll(toPause)); // no longer ours
    }
    if (!toResume.isEmpty()) {
      open.resume(toResume);
    }
    paused.clear();
    paused.addAll(full);
  }

  private static Set<TopicPartition> without(Set<TopicPartition> all, Set<TopicPartition> those) {
    Set<TopicPartition> rest = new HashSet<>(all);
    rest.removeAll(those);
    return rest;
  }

  private void begin(Claim claim, ConsumerRecord<byte[], byte[]> record) {
    underWay++;
    metrics.read.labelValues(record.topic()).inc();
    attempt(claim, record, claim.progress.begin(record.offset()));
  }

  private void attempt(Claim claim, ConsumerRecord<byte[], byte[]> record, Progress.Step step) {
    Signal signal = signals.get(record.topic());
    if (record.value() == null || signal == null) {
      loop.runOnContext(_ -> unusable(claim, record, step, "the record has no value"));
      return;
    }
    door.take(signal, record.value())
        .onComplete(
            answer -> loop.runOnContext(_ -> ended(claim, record, step, answer)),
            bug -> loop.runOnContext(_ ->
                ended(claim, record, step, new Answer.Never(String.valueOf(bug.getMessage())))));
  }

  private void ended(
      Claim claim, ConsumerRecord<byte[], byte[]> record, Progress.Step step, Answer answer) {
    if (isForgotten(claim)) {
      finish(claim, record, step, "late");
      return;
    }
    switch (answer) {
      case Answer.Stored _ -> {
        if (!problem.isEmpty()) {
          tellProblem(); // the key is known again
        }
        finish(claim, record, step, "stored");
      }
      case Answer.Later(Duration after, String why) -> {
        log.debug("kafka-in: {} again: {}", named(record), why);
        again(claim, record, after, () -> attempt(claim, record, step));
      }
      case Answer.Unknown(String why) -> {
        log.warn("kafka-in: no record is taken (ingest.kafka-in.key): {}", why);
        problem = "the key of ingest.kafka-in.key isn't admitted: " + why;
        again(claim, record, UNKNOWN_AGAIN, () -> attempt(claim, record, step));
      }
      case Answer.Never(String why) -> unusable(claim, record, step, why);
    }
  }

  /** Repeats later, unless the partition is lost meanwhile or the process is about to end. */
  private void again(
      Claim claim, ConsumerRecord<byte[], byte[]> record, Duration after, Runnable attempt) {
    metrics.retries.labelValues(record.topic()).inc();
    if (stopping) {
      underWay--; // it isn't committed: whoever owns the partition next takes it
      tellIfQuiet();
      return;
    }
    vertx.setTimer(after.toMillis(), _ -> {
      if (isForgotten(claim) || stopping) {
        underWay--;
        metrics.ended.labelValues(record.topic(), "late").inc();
        tellIfQuiet();
      } else {
        attempt.run();
      }
    });
  }

  private void unusable(
      Claim claim, ConsumerRecord<byte[], byte[]> record, Progress.Step step, String why) {
    switch (config.unusable()) {
      case SKIP -> {
        log.error("kafka-in: skipped {}: {}", named(record), why);
        finish(claim, record, step, "skipped");
      }
      case STOP -> {
        log.error("kafka-in: partition stopped at {}: {}", named(record), why);
        claim.stoppedBy = "%s: %s".formatted(named(record), why);
        underWay--;
        tellProblem();
        tellIfQuiet();
      }
      case DEAD_LETTER -> {
        log.error("kafka-in: to the dead letters {}: {}", named(record), why);
        bury(claim, record, step, why);
      }
    }
  }

  private void bury(
      Claim claim, ConsumerRecord<byte[], byte[]> record, Progress.Step step, String why) {
    DeadLetters letters = deadLetters;
    if (letters == null) {
      throw new IllegalStateException("kafka-in isn't started");
    }
    letters
        .append(record, why)
        .onComplete(
            _ -> loop.runOnContext(_ -> finish(claim, record, step, "dead_letter")),
            e -> loop.runOnContext(_ -> {
              log.warn("kafka-in: no dead letter of {}: {}", named(record), e.toString());
              again(claim, record, AGAIN, () -> bury(claim, record, step, why));
            }));
  }

  private void finish(
      Claim claim, ConsumerRecord<byte[], byte[]> record, Progress.Step step, String outcome) {
    underWay--;
    metrics.ended.labelValues(record.topic(), outcome).inc();
    if (!isForgotten(claim)) {
      claim.progress.end(step);
      if (stream != null) {
        work(stream);
      }
    }
    tellIfQuiet();
  }

  private boolean isForgotten(Claim claim) {
    return claims.get(claim.partition) != claim;
  }

  private void commit(KafkaReadStream<byte[], byte[]> open) {
    Map<TopicPartition, OffsetAndMetadata> offsets = toCommit();
    if (offsets.isEmpty() || committing) {
      return;
    }
    committing = true;
    open.commit(offsets).onComplete(result -> {
      committing = false;
      if (result.succeeded()) {
        committed(offsets);
      } else {
        // of a rebalance, mostly: the next commit, or the next owner, goes on from there
        log.info("kafka-in: offsets not committed: {}", result.cause().toString());
      }
    });
  }

  private Map<TopicPartition, OffsetAndMetadata> toCommit() {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    claims.forEach((partition, claim) -> {
      if (claim.progress.hasToCommit()) {
        offsets.put(partition, new OffsetAndMetadata(claim.progress.toCommit()));
      }
    });
    return offsets;
  }

  private void committed(Map<TopicPartition, OffsetAndMetadata> offsets) {
    offsets.forEach((partition, offset) -> {
      Claim claim = claims.get(partition);
      if (claim != null && claim.progress.toCommit() >= offset.offset()) {
        claim.progress.committed(offset.offset());
      }
    });
  }

  private void tellIfQuiet() {
    if (stopping && underWay == 0) {
      quiet.tryComplete();
    }
  }

  private void tellProblem() {
    List<String> stops = claims.values().stream()
        .map(claim -> claim.stoppedBy)
        .filter(each -> !each.isEmpty())
        .toList();
    metrics.stopped.set(stops.size());
    problem = stops.isEmpty()
        ? ""
        : "%d partitions of kafka-in stopped, an operator has to look: %s"
            .formatted(stops.size(), stops);
  }

  private static String named(ConsumerRecord<byte[], byte[]> record) {
    return "topic=%s partition=%d offset=%d"
        .formatted(record.topic(), record.partition(), record.offset());
  }
}
