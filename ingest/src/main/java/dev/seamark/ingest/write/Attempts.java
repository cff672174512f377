package dev.seamark.ingest.write;

import dev.seamark.ingest.write.plan.Command;
import dev.seamark.ingest.write.plan.Event;
import dev.seamark.ingest.write.plan.Event.Failure;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is under way on the insert threads (inserts, examinations, dead letters), and the results
 * that have come back from there. Started and emptied by the consumer thread, which never waits for
 * ClickHouse.
 */
final class Attempts {
  private static final Logger log = LoggerFactory.getLogger(Attempts.class);

  private final Inserter inserter;
  private final Examiner examiner;
  private final Letters letters;
  private final Executor threads;
  private final WriterMetrics metrics;
  private final BlockingQueue<Result> results = new LinkedBlockingQueue<>();

  /**
   * How an attempt ended, for the lane that asked for it.
   *
   * @param buried rows in the dead letters that it wrote, by offset
   */
  record Result(Lane lane, Event event, Map<Long, Integer> buried) {
    Result(Lane lane, Event event) {
      this(lane, event, Map.of());
    }
  }

  Attempts(
      Inserter inserter,
      Examiner examiner,
      Letters letters,
      Executor threads,
      WriterMetrics metrics) {
    this.inserter = inserter;
    this.examiner = examiner;
    this.letters = letters;
    this.threads = threads;
    this.metrics = metrics;
  }

  void start(Lane lane, Command.Insert insert) {
    var epoch = lane.writer.epoch();
    var range = lane.recordsOf(insert.plan());
    run(lane, insert.attempt(), () -> new Result(lane, insert(epoch, insert.attempt(), range)));
  }

  void start(Lane lane, Command.Examine examine) {
    var epoch = lane.writer.epoch();
    var range = lane.recordsOf(examine.plan());
    run(lane, examine.attempt(), () -> new Result(lane, examine(epoch, examine, range)));
  }

  void start(Lane lane, Command.DeadLetter bury) {
    var epoch = lane.writer.epoch();
    var range = lane.recordsOf(bury.plan());
    run(lane, bury.attempt(), () -> bury(lane, epoch, bury, range));
  }

  /** A result that has come, if there is one. */
  @Nullable
  Result poll() {
    return results.poll();
  }

  /** The next result, waiting for it. */
  @Nullable
  Result poll(Duration within) throws InterruptedException {
    return results.poll(within.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void run(Lane lane, int attempt, Supplier<Result> work) {
    var epoch = lane.writer.epoch();
    try {
      threads.execute(() -> {
        Result result;
        try {
          result = work.get();
        } catch (RuntimeException | Error e) {
          log.error("attempt at {} failed by a bug", lane.partition, e);
          var why = "failed by a bug: " + e;
          result = new Result(lane, new Event.InsertFailed(epoch, attempt, Failure.REFUSED, why));
        }
        results.add(result);
      });
    } catch (RejectedExecutionException e) {
      log.debug("insert threads are closed", e);
    }
  }

  private Event insert(int epoch, int attempt, RangeRecords range) {
    var started = System.nanoTime();
    var table = range.table().table();
    var event = inserter.insert(epoch, attempt, range);
    metrics.insertSeconds.labelValues(table).observe((System.nanoTime() - started) / 1e9);
    metrics.inserts.labelValues(table, result(event)).inc();
    switch (event) {
      case Event.InsertFailed failed -> warn(range, failed.failure().toString(), failed.why());
      case Event.InsertRefused refused ->
        warn(range, "insert " + refused.insert() + " refused", refused.why());
      default -> stored(range);
    }
    return event;
  }

  private static void warn(RangeRecords range, String what, String why) {
    log.warn("insert of {} {} failed ({}): {}", range.partition(), range.plan(), what, why);
  }

  private void stored(RangeRecords range) {
    var records = range.stored();
    if (records.isEmpty()) {
      return;
    }
    var table = range.table().table();
    var rows = records.stream().mapToLong(HeldRecord::rows).sum();
    metrics.insertRows.labelValues(table).observe((double) rows);
    var oldest = records.stream().mapToLong(HeldRecord::receivedMs).min().orElse(0);
    metrics
        .freshnessSeconds
        .labelValues(table)
        .observe(Math.max(0, System.currentTimeMillis() - oldest) / 1e3);
  }

  private Event examine(int epoch, Command.Examine examine, RangeRecords range) {
    try {
      var refused = examiner.refused(range, examine.insert(), examine.enough());
      log.warn(
          "{} {} examined, refused records: {}", range.partition(), range.plan(), refused.keySet());
      return new Event.Examined(epoch, examine.attempt(), refused);
    } catch (StoreException e) {
      return failed(epoch, examine.attempt(), range, "examination", e);
    }
  }

  private Result bury(Lane lane, int epoch, Command.DeadLetter bury, RangeRecords range) {
    try {
      var rows = letters.write(range, bury);
      return new Result(lane, new Event.DeadLettered(epoch, bury.attempt()), rows);
    } catch (StoreException e) {
      return new Result(lane, failed(epoch, bury.attempt(), range, "dead letters", e));
    }
  }

  private static Event failed(
      int epoch, int attempt, RangeRecords range, String what, StoreException e) {
    var why = what + ": " + e.getMessage();
    log.warn("{} {} {}", range.partition(), range.plan(), why);
    return new Event.InsertFailed(epoch, attempt, e.failure(), why);
  }

  private static String result(Event event) {
    return switch (event) {
      case Event.InsertRefused _ -> "refused";
      case Event.InsertFailed failed ->
        switch (failed.failure()) {
          case RETRY -> "retry";
          case EXPIRED -> "expired";
          case REFUSED -> "refused";
        };
      default -> "stored";
    };
  }
}
