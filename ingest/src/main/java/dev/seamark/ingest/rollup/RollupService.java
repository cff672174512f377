package dev.seamark.ingest.rollup;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseException;
import dev.seamark.kafka.ElectedWatermarks;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.Table;
import dev.seamark.service.Metrics;
import dev.seamark.service.Part;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rollups as a part of the writer's process. Any number may run in one group; one of them works at
 * a time, on a thread of its own, since it waits for Kafka and ClickHouse. Where one of them
 * doesn't answer, the rollups wait; what is missing is made up for afterwards.
 */
public final class RollupService implements Part {
  private static final Logger log = LoggerFactory.getLogger(RollupService.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final RollupConfig config;
  private final KafkaConfig kafka;
  private final String group;
  private final Rollups rollups;
  private final Thread thread;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * @param writers the group of the writers whose samples are rolled up
   * @param clickHouse with the user and database of the writer; stays the caller's
   */
  public RollupService(
      RollupConfig config,
      KafkaConfig kafka,
      String writers,
      ClickHouse clickHouse,
      SchemaOptions schema,
      Metrics metrics) {
    this.config = config;
    this.kafka = kafka;
    this.group = writers + "-rollup";
    this.rollups = new Rollups(clickHouse, schema, config, new RollupMetrics(metrics.registry()));
    this.thread = Thread.ofPlatform().name("rollup").daemon().unstarted(this::run);
  }

  @Override
  public String name() {
    return "rollup";
  }

  @Override
  public void start() {
    if (config.enabled()) {
      thread.start();
    }
  }

  private void run() {
    try {
      while (closed.getCount() > 0) {
        follow();
        closed.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Until something fails. The turn is given up then: another process may fare better. */
  private void follow() {
    try (var watermarks = new ElectedWatermarks(kafka, group, "seamark-rollup")) {
      while (closed.getCount() > 0) {
        var watermark = watermarks.poll(Table.METRICS_SAMPLES.topic(), POLL);
        if (watermark.isPresent()) {
          rollups.advance(watermark.getAsLong());
        }
      }
    } catch (ClickHouseException e) {
      log.warn("rollups wait, they are tried again: {}", e.toString());
    } catch (RuntimeException e) {
      // without this thread they would wait for ever, and silently
      log.error("rollups wait, they are tried again after a bug", e);
    }
  }

  /** A statement that is under way is left to end by itself; the next turn does it again. */
  @Override
  public void stop(Duration within) throws InterruptedException {
    closed.countDown();
    if (thread.isAlive()) {
      thread.join(within);
    }
  }
}
