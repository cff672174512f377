package dev.seamark.ingest.rollup;

import dev.seamark.block.LongColumn;
import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseException;
import dev.seamark.ingest.rollup.RollupSql.Slice;
import dev.seamark.schema.SchemaOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rollup tables of a ClickHouse, brought up to a watermark on request.
 *
 * <p>A bucket is computed once the watermark is {@code lateness} past its end, and again when
 * samples of it came after that. The progress is written last: a run that broke off is done again
 * by the next, with a version that isn't lower. So two that run at the same time do the work twice,
 * and nothing wrong.
 *
 * <p>For one thread. Calls block, for minutes when there is much to catch up on.
 */
public final class Rollups {
  private static final Logger log = LoggerFactory.getLogger(Rollups.class);

  /**
   * Marks of late samples are looked at again for so long: more than an insert takes to become
   * visible, and than the clocks of broker and ClickHouse may differ by.
   */
  private static final long MARKS_AGAIN_MS = Duration.ofMinutes(5).toMillis();

  private static final long BACK_MAX_MS = Duration.ofDays(400).toMillis();
  private static final int SLICES_MAX = 256;
  private static final int TIMEOUT_EXCEEDED = 159;
  private static final int MEMORY_LIMIT_EXCEEDED = 241;

  private final ClickHouse clickHouse;
  private final SchemaOptions schema;
  private final RollupConfig config;
  private final RollupMetrics metrics;
  private final RollupSql sql;
  private final long latenessMs;
  private final long lookBackMs;
  private long computedToMs = Long.MIN_VALUE;

  /** @param clickHouse with the user and database to read from and insert into */
  public Rollups(
      ClickHouse clickHouse, SchemaOptions schema, RollupConfig config, RollupMetrics metrics) {
    this.clickHouse = clickHouse;
    this.schema = schema;
    this.config = config;
    this.metrics = metrics;
    this.latenessMs = config.lateness().toMillis();
    this.lookBackMs = config.lookBack().toMillis();
    this.sql = new RollupSql(schema, lookBackMs);
  }

  /**
   * Computes what is due and what is dirty.
   *
   * @param watermarkMs every sample acknowledged by this time can be seen
   * @throws ClickHouseException as soon as a statement fails; what was done until then stays
   */
  public void advance(long watermarkMs) {
    long computed = computedTo(Resolution.FIVE_MINUTES, watermarkMs);
    if (computed <= computedToMs) {
      return; // longer buckets end where one of five minutes does
    }
    for (Resolution each : Resolution.values()) {
      try {
        advance(each, watermarkMs);
      } catch (ClickHouseException e) {
        metrics.failures.labelValues(each.label()).inc();
        throw e;
      }
    }
    computedToMs = computed;
  }

  private void advance(Resolution resolution, long watermarkMs) {
    long reached = begin(resolution, watermarkMs);
    while (computedTo(resolution, reached) < computedTo(resolution, watermarkMs)) {
      long next = next(resolution, reached, watermarkMs);
      step(resolution, reached, next);
      reached = next;
    }
    metrics.upTo.labelValues(resolution.label()).set(computedTo(resolution, reached) / 1e3);
  }

  /** The end of the last bucket that is due when the watermark is at a time. */
  private long computedTo(Resolution resolution, long watermarkMs) {
    return resolution.floor(watermarkMs - latenessMs);
  }

  /** The first run begins at the oldest sample, if there is one. */
  private long begin(Resolution resolution, long watermarkMs) {
    OptionalLong reached = number(sql.progress(resolution));
    if (reached.isPresent()) {
      return reached.getAsLong();
    }
    OptionalLong first = number(sql.firstSample(watermarkMs - BACK_MAX_MS));
    if (first.isEmpty()) {
      clickHouse.execute(sql.progressed(resolution, watermarkMs));
      return watermarkMs;
    }
    return Math.min(watermarkMs, resolution.floor(first.getAsLong()) + latenessMs);
  }

  /** As far as one statement computes, hours without a sample left out. */
  private long next(Resolution resolution, long reached, long watermarkMs) {
    long stepMs = resolution.statementMs();
    if (watermarkMs - reached <= stepMs) {
      return watermarkMs;
    }
    long from = computedTo(resolution, reached);
    OptionalLong sample = number(sql.firstSample(from));
    if (sample.isEmpty()) {
      return watermarkMs;
    }
    long due = Math.max(reached, resolution.floor(sample.getAsLong()) + latenessMs);
    return Math.min(watermarkMs, due + stepMs);
  }

  private void step(Resolution resolution, long reached, long next) {
    long started = System.nanoTime();
    if (schema.cluster() != null) {
      sql.catchUp().forEach(clickHouse::execute);
    }
    long computed = computedTo(resolution, reached);
    var due = new Span(computed, computedTo(resolution, next));
    compute(resolution, due, next, "1");
    count(resolution, "due", due);

    var arrived = new Span(reached - MARKS_AGAIN_MS, next + 1);
    var marks = numbers(sql.late(arrived, computed));
    for (Span dirty : DirtyBuckets.of(resolution, marks, lookBackMs, computed)) {
      compute(resolution, dirty, next, sql.lateMetrics(arrived, dirty));
      count(resolution, "late", dirty);
    }
    clickHouse.execute(sql.progressed(resolution, next));
    metrics.seconds.labelValues(resolution.label()).inc((System.nanoTime() - started) / 1e9);
  }

  private void count(Resolution resolution, String cause, Span span) {
    long buckets = (span.toMs() - span.fromMs()) / resolution.bucketMs();
    metrics.buckets.labelValues(resolution.label(), cause).inc(buckets);
  }

  /** A part of the series at a time, where all of them are too many. */
  private void compute(Resolution resolution, Span span, long version, String which) {
    if (!span.isEmpty()) {
      compute(resolution, span, version, which, Slice.WHOLE);
    }
  }

  private void compute(Resolution resolution, Span span, long version, String which, Slice slice) {
    var days = config.retentionDays(resolution);
    try {
      clickHouse.execute(
          sql.compute(resolution, span, version, days, which, slice), Map.of(), settings());
    } catch (ClickHouseException e) {
      boolean tooMuch = e.code() == MEMORY_LIMIT_EXCEEDED || e.code() == TIMEOUT_EXCEEDED;
      if (!tooMuch || slice.of() >= SLICES_MAX) {
        throw e;
      }
      log.info("a {} rollup is computed by halves: {}", resolution.label(), e.getMessage());
      int halves = slice.of() * 2;
      compute(resolution, span, version, which, new Slice(slice.part(), halves));
      compute(resolution, span, version, which, new Slice(slice.part() + slice.of(), halves));
    }
  }

  private Map<String, String> settings() {
    return Map.of(
        "max_memory_usage", Long.toString(config.memoryBytesMax()),
        "max_execution_time", "240",
        "max_threads", "2",
        "max_insert_threads", "1",
        "max_block_size", "8192",
        "optimize_aggregation_in_order", "1",
        "insert_deduplicate", "0",
        "async_insert", "0");
  }

  private OptionalLong number(String question) {
    var numbers = numbers(question);
    return numbers.isEmpty() ? OptionalLong.empty() : OptionalLong.of(numbers.getFirst());
  }

  private List<Long> numbers(String question) {
    var numbers = new ArrayList<Long>();
    for (var block : clickHouse.query(question)) {
      var column = (LongColumn) block.column("Ms");
      for (int row = 0; row < block.rows(); row++) {
        numbers.add(column.get(row));
      }
    }
    return numbers;
  }
}
