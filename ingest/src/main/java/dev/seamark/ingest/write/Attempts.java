package dev.seamark.ingest.write;

import dev.seamark.ingest.write.plan.Command;
import dev.seamark.ingest.write.plan.Event;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Inserts under way on the insert threads, and the results that have come back from there. Started
 * and emptied by the consumer thread, which never waits for ClickHouse.
 */
final class Attempts {
  private static final Logger log = LoggerFactory.getLogger(Attempts.class);

  private final Inserter inserter;
  private final Executor threads;
  private final WriterMetrics metrics;
  private final BlockingQueue<Result> results = new LinkedBlockingQueue<>();

  /** How an attempt ended, for the lane that asked for it. */
  record Result(Lane lane, Event event) {}

  Attempts(Inserter inserter, Executor threads, WriterMetrics metrics) {
    this.inserter = inserter;
    this.threads = threads;
    this.metrics = metrics;
  }

  void start(Lane lane, Command.Insert insert) {
    var epoch = lane.writer.epoch();
    var records = lane.recordsOf(insert.plan());
    try {
      threads.execute(() -> results.add(new Result(lane, insert(lane, epoch, insert, records))));
    } catch (RejectedExecutionException e) {
      log.debug("insert threads are closed", e);
    }
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

  private Event insert(Lane lane, int epoch, Command.Insert insert, List<HeldRecord> records) {
    var started = System.nanoTime();
    var partition = lane.partition;
    var table = lane.table.table();
    Event event;
    try {
      event = inserter.insert(
          lane.table,
          partition.topic(),
          partition.partition(),
          epoch,
          insert.attempt(),
          insert.plan(),
          records);
    } catch (RuntimeException | Error e) {
      log.error("insert of {} {} failed by a bug", partition, insert.plan(), e);
      event = new Event.InsertFailed(
          epoch, insert.attempt(), Event.Failure.REFUSED, "failed by a bug: " + e);
    }
    metrics.insertSeconds.labelValues(table).observe((System.nanoTime() - started) / 1e9);
    metrics.inserts.labelValues(table, result(event)).inc();
    if (event instanceof Event.InsertFailed failed) {
      log.warn(
          "insert of {} {} failed ({}): {}",
          partition,
          insert.plan(),
          failed.failure(),
          failed.why());
    } else if (!records.isEmpty()) {
      stored(table, records);
    }
    return event;
  }

  private void stored(String table, List<HeldRecord> records) {
    var rows = records.stream().mapToLong(it -> it.headers().rows()).sum();
    metrics.insertRows.labelValues(table).observe((double) rows);
    var oldest =
        records.stream().mapToLong(it -> it.headers().receivedMs()).min().orElse(0);
    metrics
        .freshnessSeconds
        .labelValues(table)
        .observe(Math.max(0, System.currentTimeMillis() - oldest) / 1e3);
  }

  private static String result(Event event) {
    if (!(event instanceof Event.InsertFailed failed)) {
      return "stored";
    }
    return switch (failed.failure()) {
      case RETRY -> "retry";
      case EXPIRED -> "expired";
      case REFUSED -> "refused";
    };
  }
}
