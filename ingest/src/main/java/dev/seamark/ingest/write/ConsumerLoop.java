package dev.seamark.ingest.write;

import dev.seamark.ingest.write.plan.Command;
import dev.seamark.ingest.write.plan.Event;
import dev.seamark.ingest.write.plan.PartitionWriter.Appetite;
import dev.seamark.ingest.write.turn.Hold;
import dev.seamark.schema.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One membership of the writer in its group, from joining to leaving. Its thread is the only one
 * that talks to Kafka: it feeds records, time and results to the state machine of each partition,
 * and does what they say. It never waits for ClickHouse: inserts run on other threads and their
 * results come back through a queue, so that Kafka's poll goes on.
 */
final class ConsumerLoop {
  private static final Logger log = LoggerFactory.getLogger(ConsumerLoop.class);
  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(1);

  /** Why a membership ended. */
  enum Ending {
    STOPPED,
    /** A commit got no answer; the writer must come back as another member. */
    REJOIN
  }

  private final Consumer<byte[], byte[]> consumer;
  private final UnaryOperator<String> logIdentity;
  private final WriterConfig config;
  private final int schemaVersion;
  private final StoreClock clock;
  private final Supplier<Hold> hold;
  private final Attempts attempts;
  private final PlannedCommits commits;
  private final LaneReport report;
  private final WriterMetrics metrics;

  private final Map<TopicPartition, Lane> lanes = new HashMap<>();
  private int epochs;
  private int failures; // turns in a row that Kafka broke off

  private final CountDownLatch stop = new CountDownLatch(1);
  private final Set<TopicPartition> adrift = new HashSet<>();
  private volatile boolean abandoned;

  /**
   * @param logIdentity identity of a topic's log; asks Kafka, blocks, throws KafkaException
   * @param schemaVersion newest record schema this writer reads
   * @param hold what an operator's command wishes now
   */
  ConsumerLoop(
      Consumer<byte[], byte[]> consumer,
      UnaryOperator<String> logIdentity,
      WriterConfig config,
      int schemaVersion,
      StoreClock clock,
      Supplier<Hold> hold,
      Attempts attempts,
      WriterMetrics metrics) {
    this.consumer = consumer;
    this.logIdentity = logIdentity;
    this.config = config;
    this.schemaVersion = schemaVersion;
    this.clock = clock;
    this.hold = hold;
    this.attempts = attempts;
    this.commits = new PlannedCommits(consumer, this::tell, metrics);
    this.report = new LaneReport(consumer, metrics);
    this.metrics = metrics;
  }

  /** Joins the group, works, leaves it. */
  Ending run() {
    try {
      consumer.subscribe(
          Arrays.stream(Table.values()).map(Table::topic).toList(), new Assignments());
      while (stop.getCount() > 0) {
        if (!adrift.isEmpty() && isGroupThere()) {
          return Ending.REJOIN;
        }
        turn();
      }
      return Ending.STOPPED;
    } finally {
      close();
    }
  }

  /** A group that answers will hear that we leave, and needn't wait until our session ends. */
  private boolean isGroupThere() {
    try {
      consumer.committed(adrift, SIGN_OF_LIFE);
      return true;
    } catch (KafkaException e) {
      log.debug("the group isn't there yet", e);
      return false;
    }
  }

  private void turn() {
    try {
      openLanes();
      tick();
      takeResults();
      commits.send();
      pauseAndResume();
      for (var each : consumer.poll(POLL)) {
        read(each);
      }
      report.update(lanes.values(), nowMs());
      failures = 0;
    } catch (OffsetOutOfRangeException e) {
      e.offsetOutOfRangePartitions().forEach(this::outOfRange);
    } catch (WakeupException | InterruptException e) {
      log.debug("woken", e);
    } catch (KafkaException e) {
      log.warn("Kafka: {}; trying again", e.toString());
      pauseAfterFailure();
    }
  }

  private void pauseAfterFailure() {
    try {
      stop.await(
          Math.min(
              config.retryMax().toMillis(),
              config.retryMin().toMillis() << Math.min(failures++, 20)),
          TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      stop();
    }
  }

  private void outOfRange(TopicPartition partition, long offset) {
    var lane = lanes.get(partition);
    if (lane != null) {
      consumer.pause(List.of(partition));
      tell(lane, new Event.OutOfRange("the log doesn't hold offset " + offset + " any more"));
      consumer.seek(partition, 0); // a valid position; the partition stays paused
    }
  }

  /**
   * Tells new partitions where they stand. Where Kafka gives no answer, the next turn asks again.
   */
  private void openLanes() {
    var closed = new HashSet<TopicPartition>();
    lanes.forEach((partition, lane) -> {
      if (!lane.isOpened()) {
        closed.add(partition);
      }
    });
    if (closed.isEmpty()) {
      return;
    }
    var committed = consumer.committed(closed, ANSWER);
    var beginnings = consumer.beginningOffsets(closed, ANSWER);
    var identities = new HashMap<String, String>();
    for (var partition : closed) {
      identities.computeIfAbsent(partition.topic(), logIdentity);
    }
    for (var partition : closed) {
      var lane = lanes.get(partition);
      var identity = identities.get(partition.topic());
      var beginning = beginnings.get(partition);
      if (lane != null && identity != null && beginning != null) {
        lane.opened(true);
        tell(lane, new Event.Tick(nowMs(), clock.seconds()));
        var commit = commit(committed.get(partition));
        tell(lane, new Event.Assigned(++epochs, identity, beginning, commit));
        lane.stored(commit == null ? 0 : commit.offset());
      }
    }
    log.info("writing {} partitions, {} of them new", lanes.size(), closed.size());
  }

  private static Event.@Nullable Commit commit(@Nullable OffsetAndMetadata committed) {
    return committed == null ? null : new Event.Commit(committed.offset(), committed.metadata());
  }

  private void tick() {
    var tick = new Event.Tick(nowMs(), clock.seconds());
    var untilSeconds = hold.get().untilSeconds();
    metrics.held.set(clock.seconds() < untilSeconds ? 1 : 0);
    for (var lane : lanes.values()) {
      if (lane.isNews(untilSeconds)) {
        tell(lane, new Event.Hold(untilSeconds));
      }
      tell(lane, tick);
    }
  }

  private void takeResults() {
    for (var result = attempts.poll(); result != null; result = attempts.poll()) {
      take(result);
    }
  }

  private void take(Attempts.Result result) {
    result.lane().buried(result.buried());
    tell(result.lane(), result.event());
  }

  private void read(ConsumerRecord<byte[], byte[]> each) {
    var lane = lanes.get(new TopicPartition(each.topic(), each.partition()));
    if (lane == null || !lane.writer.takesRecords()) {
      return;
    }
    switch (RecordVerdict.of(each, schemaVersion)) {
      case RecordVerdict.Sound(var headers) -> {
        var record = HeldRecord.sound(each, headers);
        lane.hold(record);
        metrics.rowsRead.labelValues(lane.table.table()).inc(record.rows());
        tell(lane, new Event.Arrived(record.offset(), record.rows(), record.bytes()));
      }
      case RecordVerdict.Unusable(var refusal) -> {
        var record = HeldRecord.unusable(each);
        lane.hold(record);
        tell(lane, new Event.Unusable(record.offset(), record.bytes(), refusal));
      }
      case RecordVerdict.TooNew(var why) -> tell(lane, new Event.TooNew(each.offset(), why));
    }
  }

  private void tell(Lane lane, Event event) {
    for (var command : lane.writer.on(event)) {
      obey(lane, command, event);
    }
  }

  private void obey(Lane lane, Command command, Event cause) {
    switch (command) {
      case Command.Seek seek -> consumer.seek(lane.partition, seek.offset());
      case Command.Commit commit -> commits.add(lane, commit.plan());
      case Command.Insert insert -> attempts.start(lane, insert);
      case Command.Examine examine -> attempts.start(lane, examine);
      case Command.DeadLetter bury -> attempts.start(lane, bury);
      case Command.Release release ->
        release(lane, release.before(), cause instanceof Event.Inserted);
      case Command.Rejoin rejoin -> {
        adrift.add(lane.partition);
        log.warn("{}: {}; joins the group again", lane.partition, rejoin.why());
      }
      case Command.Stop stop -> {
        lane.stopped(stop.why());
        log.error("partition {} stops, an operator has to look: {}", lane.partition, stop.why());
      }
    }
  }

  private void release(Lane lane, long before, boolean isStored) {
    var table = lane.table.table();
    var released = lane.release(before);
    if (isStored) {
      metrics.rowsStored.labelValues(table).inc(released.rows() - released.buried());
      metrics.rowsBuried.labelValues(table).inc(released.buried());
      lane.stored(before);
    } else {
      metrics.rowsReleased.labelValues(table).inc(released.rows());
    }
  }

  /**
   * Reads where there is appetite and memory. One partition that can't go on without more records
   * is always read, so that full memory never stands still.
   */
  private void pauseAndResume() {
    var heldBytes =
        lanes.values().stream().mapToLong(it -> it.writer.heldBytes()).sum();
    var full = heldBytes >= config.heldBytesMax();
    var oneNeeds = false;
    var pause = new ArrayList<TopicPartition>();
    var resume = new ArrayList<TopicPartition>();
    var paused = consumer.paused();
    for (var lane : lanes.values()) {
      var reads = switch (lane.writer.appetite()) {
        case NONE -> false;
        case WELCOME -> !full;
        case NEEDED -> !full || !oneNeeds;
      };
      oneNeeds |= lane.writer.appetite() == Appetite.NEEDED;
      if (reads == paused.contains(lane.partition)) {
        (reads ? resume : pause).add(lane.partition);
      }
    }
    consumer.pause(pause);
    consumer.resume(resume);
  }

  private final class Assignments implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      for (var partition : partitions) {
        var limits = config.limits(Table.ofTopic(partition.topic()), schemaVersion);
        var lane = lanes.computeIfAbsent(partition, it -> new Lane(it, limits));
        lane.opened(false);
        consumer.seek(partition, 0); // replaced when the lane is opened
        consumer.pause(List.of(partition));
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      if (!abandoned) {
        drain(partitions);
      }
      onPartitionsLost(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      for (var partition : partitions) {
        var lane = lanes.remove(partition);
        adrift.remove(partition);
        if (lane != null) {
          tell(lane, new Event.Revoked());
          commits.forget(lane);
          report.forget(lane);
        }
      }
    }
  }

  /** Lets inserts in flight finish and commits what they stored, within the time for it. */
  private void drain(Collection<TopicPartition> partitions) {
    var leaving = new ArrayList<Lane>();
    for (var partition : partitions) {
      var lane = lanes.get(partition);
      if (lane != null && lane.isOpened()) {
        tell(lane, new Event.Drain());
        leaving.add(lane);
      }
    }
    var deadlineMs = nowMs() + config.drain().toMillis();
    while (nowMs() < deadlineMs && !leaving.stream().allMatch(it -> it.writer.isSettled())) {
      try {
        commits.sendAndWait(Duration.ofMillis(Math.max(1, deadlineMs - nowMs())));
        var result = attempts.poll(POLL);
        if (result != null) {
          take(result);
        }
        tick();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void close() {
    var within = abandoned ? Duration.ZERO : config.drain().plus(ANSWER);
    try {
      consumer.close(CloseOptions.timeout(within));
    } catch (KafkaException e) {
      log.warn("the consumer didn't close in order: {}", e.toString());
    }
  }

  /** Ends the loop after what is in flight. Any thread. */
  void stop() {
    stop.countDown();
  }

  /** Ends the loop as a crash would: nothing is finished or committed any more. Any thread. */
  void abandon() {
    abandoned = true;
    stop.countDown();
  }

  /** Stopped partitions and why, as of about a second ago. Any thread. */
  Map<String, String> stops() {
    return report.stops();
  }

  /** How far each partition is stored, as of about a second ago. Any thread. */
  Map<TopicPartition, Stored> stored() {
    return report.stored();
  }

  private static long nowMs() {
    return System.nanoTime() / 1_000_000;
  }
}
