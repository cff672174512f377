package dev.seamark.ingest.write;

import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.Watermark;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells once a second, in {@link dev.seamark.kafka.Topics#WATERMARKS} and as a metric, up to when
 * the rows of this writer's partitions can be seen. Runs on a thread of its own, as it waits for
 * Kafka; where that doesn't answer, nothing is told, and readers see the time stand still.
 */
final class WatermarkPublisher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WatermarkPublisher.class);
  private static final long EVERY_MS = 1_000;
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private final KafkaConfig kafka;
  private final Admin admin;
  private final Supplier<Map<TopicPartition, Stored>> stored;
  private final WriterMetrics metrics;
  private final Thread thread;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Map<TopicPartition, Long> told = new HashMap<>();

  /** @param stored how far this writer's partitions are stored now; asked from another thread */
  WatermarkPublisher(
      KafkaConfig kafka,
      Admin admin,
      Supplier<Map<TopicPartition, Stored>> stored,
      WriterMetrics metrics) {
    this.kafka = kafka;
    this.admin = admin;
    this.stored = stored;
    this.metrics = metrics;
    this.thread = Thread.ofPlatform().name("writer-watermarks").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try (var producer =
        new KafkaProducer<>(properties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      while (!closed.await(EVERY_MS, TimeUnit.MILLISECONDS)) {
        round(producer);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void round(KafkaProducer<byte[], byte[]> producer) throws InterruptedException {
    try {
      tell(producer);
    } catch (KafkaException | ExecutionException | TimeoutException e) {
      metrics.watermarks.labelValues("failed").inc();
      log.warn("watermarks can't be told: {}", e.toString());
    }
  }

  private void tell(KafkaProducer<byte[], byte[]> producer)
      throws InterruptedException, ExecutionException, TimeoutException {
    // first what is stored, then where the log ends: a partition that is revoked in between is
    // told too early a time, never too late a one
    var positions = stored.get();
    var askedMs = System.currentTimeMillis();
    var latest = new HashMap<TopicPartition, OffsetSpec>();
    positions.keySet().forEach(partition -> latest.put(partition, OffsetSpec.latest()));
    var ends = admin.listOffsets(latest);
    forgetAllBut(positions);
    var sent = new ArrayList<Future<RecordMetadata>>();
    for (var each : positions.entrySet()) {
      var upToMs = each.getValue().visibleUpToMs(end(ends, each.getKey()), askedMs);
      if (upToMs.isPresent() && isNews(each.getKey(), upToMs.getAsLong())) {
        sent.add(producer.send(new Watermark(each.getKey(), upToMs.getAsLong()).toKafka()));
      }
    }
    for (var each : sent) {
      each.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
      metrics.watermarks.labelValues("ok").inc();
    }
  }

  private static long end(ListOffsetsResult ends, TopicPartition partition)
      throws InterruptedException, ExecutionException, TimeoutException {
    return ends.partitionResult(partition)
        .get(ANSWER.toMillis(), TimeUnit.MILLISECONDS)
        .offset();
  }

  private boolean isNews(TopicPartition partition, long upToMs) {
    if (upToMs <= told.getOrDefault(partition, 0L)) {
      return false;
    }
    told.put(partition, upToMs);
    metrics
        .watermarkSeconds
        .labelValues(partition.topic(), Integer.toString(partition.partition()))
        .set(upToMs / 1e3);
    return true;
  }

  private void forgetAllBut(Map<TopicPartition, Stored> positions) {
    told.keySet().removeIf(partition -> {
      var gone = !positions.containsKey(partition);
      if (gone) {
        metrics.watermarkSeconds.remove(partition.topic(), Integer.toString(partition.partition()));
      }
      return gone;
    });
  }

  private Map<String, Object> properties() {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("client.id", "seamark-writer-watermarks");
    properties.put("acks", "all");
    properties.put("linger.ms", 20L);
    properties.put("max.block.ms", ANSWER.toMillis());
    properties.put("request.timeout.ms", (int) ANSWER.toMillis());
    properties.put("delivery.timeout.ms", (int) ANSWER.toMillis() * 2);
    properties.put("metadata.max.idle.ms", Duration.ofDays(1).toMillis());
    return properties;
  }

  /** Ends the thread; blocks for a few seconds at most. */
  @Override
  public void close() {
    closed.countDown();
    try {
      if (thread.isAlive()) {
        thread.join(ANSWER.multipliedBy(2));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
