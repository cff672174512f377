package dev.seamark.ingest.write;

import dev.seamark.ingest.write.plan.Command;
import dev.seamark.ingest.write.plan.Event;
import dev.seamark.ingest.write.plan.Event.CommitFailure;
import dev.seamark.ingest.write.plan.PartitionWriter.Appetite;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.plan.PlanText;
import dev.seamark.ingest.write.plan.RangeLimits;
import dev.seamark.ingest.write.turn.OperatorRefused;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores a range of a partition a second time, on purpose. It is the writer's own state machine,
 * under another group and a higher version of the tokens, and carries out each command at once: so
 * a replay that is broken off goes on where it was, and stores nothing a third time. Owned by one
 * thread.
 */
final class RangeReplay {
  private static final Logger log = LoggerFactory.getLogger(RangeReplay.class);
  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration ASSIGNMENT = Duration.ofSeconds(60);
  private static final int EPOCH = 1;

  private final Consumer<byte[], byte[]> consumer;
  private final LogRange range;
  private final String logIdentity;
  private final int schemaVersion;
  private final LongSupplier serverSeconds;
  private final Inserter inserter;
  private final Examiner examiner;
  private final DeletedRows deleted;
  private final Lane lane;
  private final ArrayDeque<Event> events = new ArrayDeque<>();
  private final Map<String, String> leftOut = new TreeMap<>();
  private ReplayState state;
  private boolean assigned;
  private boolean lost;
  private long position;
  private long records;
  private long rows;
  private @Nullable String stopped;

  /**
   * @param consumer of the group of replays, not subscribed yet
   * @param deleted rows that aren't stored again
   * @param state where it begins, or goes on
   */
  RangeReplay(
      Consumer<byte[], byte[]> consumer,
      LogRange range,
      String logIdentity,
      int schemaVersion,
      RangeLimits limits,
      LongSupplier serverSeconds,
      Inserter inserter,
      Examiner examiner,
      DeletedRows deleted,
      ReplayState state) {
    this.consumer = consumer;
    this.range = range;
    this.logIdentity = logIdentity;
    this.schemaVersion = schemaVersion;
    this.serverSeconds = serverSeconds;
    this.inserter = inserter;
    this.examiner = examiner;
    this.deleted = deleted;
    this.state = state;
    this.lane = new Lane(range.partition(), limits, state.version());
  }

  /** Returns when all of the range is stored; counts what this run stored. */
  ReplayReport run() throws OperatorRefused {
    consumer.subscribe(List.of(range.partition().topic()), new Assignment());
    awaitAssignment();
    begin();
    while (!isDone()) {
      turn();
      if (stopped != null) {
        throw new OperatorRefused(range + " stopped: " + stopped);
      }
      if (lost) {
        throw new OperatorRefused(
            range + " was interrupted: Kafka gave the partition away; run it again to finish it");
      }
    }
    commit(state.finished());
    return new ReplayReport(records, rows, leftOut);
  }

  private void awaitAssignment() throws OperatorRefused {
    var deadlineMs = nowMs() + ASSIGNMENT.toMillis();
    while (!assigned) {
      if (nowMs() > deadlineMs) {
        throw new OperatorRefused(
            "%s isn't assigned within %s: does another replay of the topic run?"
                .formatted(range.partition(), ASSIGNMENT));
      }
      consumer.poll(POLL);
    }
  }

  private void begin() {
    var plan = state.plan();
    tick();
    tell(new Event.Assigned(
        EPOCH, logIdentity, plan.from(), new Event.Commit(plan.from(), PlanText.write(plan))));
  }

  private void turn() {
    var reads = lane.writer.appetite() != Appetite.NONE && position < range.to();
    if (reads) {
      consumer.resume(List.of(range.partition()));
    } else {
      consumer.pause(List.of(range.partition()));
    }
    for (var record : consumer.poll(POLL)) {
      if (record.offset() < range.to() && lane.writer.takesRecords()) {
        read(record);
      }
    }
    if (!lost) {
      position = consumer.position(range.partition(), ANSWER);
    }
    tick();
  }

  private boolean isDone() {
    return position >= range.to() && lane.heldRecords() == 0 && state.plan().isEmpty();
  }

  private void tick() {
    tell(new Event.Tick(nowMs(), serverSeconds.getAsLong()));
  }

  private void read(ConsumerRecord<byte[], byte[]> record) {
    switch (RecordVerdict.of(record, schemaVersion)) {
      case RecordVerdict.Sound(var headers) -> {
        var held = deleted.without(HeldRecord.sound(record, headers), logIdentity);
        if (held.rows() < headers.rows()) {
          leftOut.put(
              range.partition() + " " + record.offset(),
              Replay.ofDeletedTenants(headers.rows() - held.rows()));
        }
        lane.hold(held);
        tell(new Event.Arrived(held.offset(), held.rows(), held.bytes()));
      }
      case RecordVerdict.Unusable(var refusal) -> {
        var held = HeldRecord.unusable(record);
        lane.hold(held);
        tell(new Event.Unusable(held.offset(), held.bytes(), refusal));
      }
      case RecordVerdict.TooNew(var why) -> tell(new Event.TooNew(record.offset(), why));
    }
  }

  /** Tells the state machine, and then what came of each thing it wants, until it wants nothing. */
  private void tell(Event first) {
    events.add(first);
    for (var event = events.poll(); event != null; event = events.poll()) {
      for (var command : lane.writer.on(event)) {
        obey(command, event);
      }
    }
  }

  private void obey(Command command, Event cause) {
    switch (command) {
      case Command.Seek seek -> {
        position = seek.offset();
        consumer.seek(range.partition(), seek.offset());
      }
      case Command.Commit commit -> events.add(commit(commit.plan()));
      case Command.Insert insert -> events.add(insert(insert));
      case Command.Examine examine -> events.add(examine(examine));
      case Command.DeadLetter bury -> events.add(leaveOut(bury));
      case Command.Release release -> release(release, cause);
      case Command.Rejoin rejoin -> stopped = rejoin.why() + "; run it again to finish it";
      case Command.Stop stop -> stopped = stop.why();
    }
  }

  private Event insert(Command.Insert insert) {
    var event = inserter.insert(EPOCH, insert.attempt(), lane.recordsOf(insert.plan()));
    if (event instanceof Event.InsertFailed failed) {
      log.warn("{} waits ({}): {}", range.partition(), failed.failure(), failed.why());
    }
    return event;
  }

  private Event commit(Plan plan) {
    try {
      commit(state.at(plan));
      return new Event.Committed(EPOCH);
    } catch (KafkaException e) {
      log.warn("commit of {} failed: {}", range.partition(), e.toString());
      var failure = lost ? CommitFailure.FENCED : CommitAnswer.of(e);
      return new Event.CommitFailed(EPOCH, failure, e.toString());
    }
  }

  private void commit(ReplayState next) {
    var offset = new OffsetAndMetadata(next.plan().from(), next.text());
    var failed = new AtomicReference<Exception>(new TimeoutException("no answer in " + ANSWER));
    // sent once: commitSync alone would repeat it, and a repetition may come into force late
    consumer.commitAsync(Map.of(range.partition(), offset), (_, why) -> failed.set(why));
    consumer.commitSync(Map.of(), ANSWER);
    if (failed.get() instanceof KafkaException why) {
      throw why;
    } else if (failed.get() != null) {
      throw new KafkaException(failed.get());
    }
    state = next;
  }

  private Event examine(Command.Examine examine) {
    try {
      var found = lane.recordsOf(examine.plan());
      return new Event.Examined(
          EPOCH, examine.attempt(), examiner.refused(found, examine.insert(), examine.enough()));
    } catch (StoreException e) {
      return new Event.InsertFailed(
          EPOCH, examine.attempt(), e.failure(), String.valueOf(e.getMessage()));
    }
  }

  /** A replay writes no dead letters: there is one since the record was first read. */
  private Event leaveOut(Command.DeadLetter bury) {
    for (var each : bury.exclusions()) {
      var refusal = bury.refusals().get(each.offset());
      leftOut.put(
          range.partition() + " " + each.offset(),
          refusal == null ? "left out by the run before" : refusal.why());
    }
    return new Event.DeadLettered(EPOCH, bury.attempt());
  }

  private void release(Command.Release release, Event cause) {
    if (cause instanceof Event.Inserted) {
      var stored = lane.recordsOf(state.plan()).stored();
      records += stored.size();
      rows += stored.stream().mapToLong(HeldRecord::rows).sum();
      log.info("replayed {} {} to {}", range.partition(), state.plan().from(), release.before());
    }
    lane.release(release.before());
  }

  private final class Assignment implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      for (var partition : partitions) {
        consumer.seek(partition, 0); // replaced for the one that is replayed
        consumer.pause(List.of(partition));
      }
      assigned |= partitions.contains(range.partition());
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      lost |= partitions.contains(range.partition());
    }
  }

  private static long nowMs() {
    return System.nanoTime() / 1_000_000;
  }
}
