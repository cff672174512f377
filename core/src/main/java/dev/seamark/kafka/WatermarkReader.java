package dev.seamark.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows {@link Topics#WATERMARKS} from its beginning on a thread of its own and keeps
 * {@link Watermarks} up to date. While Kafka is away the times stand still, which is the safe side.
 */
public final class WatermarkReader implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WatermarkReader.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final KafkaConfig kafka;
  private final Watermarks watermarks;
  private final Thread thread;
  private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;
  private volatile boolean closed;

  public WatermarkReader(KafkaConfig kafka, Watermarks watermarks) {
    this.kafka = kafka;
    this.watermarks = watermarks;
    this.thread = Thread.ofPlatform().name("watermarks").daemon().unstarted(this::run);
  }

  /** Begins to follow; what is known stays empty until the first answer of Kafka. */
  public void start() {
    thread.start();
  }

  private void run() {
    while (!closed) {
      try (var following = connect()) {
        consumer = following;
        follow(following);
      } catch (WakeupException _) {
        // closed
      } catch (KafkaException e) {
        log.warn("watermarks can't be read: {}; trying again", e.toString());
        pause();
      }
    }
  }

  private KafkaConsumer<byte[], byte[]> connect() {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("client.id", "seamark-watermarks");
    properties.put("enable.auto.commit", false);
    properties.put("auto.offset.reset", "earliest");
    return new KafkaConsumer<>(
        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private void follow(KafkaConsumer<byte[], byte[]> following) {
    var partition = new TopicPartition(Topics.WATERMARKS, 0);
    following.assign(List.of(partition));
    following.seekToBeginning(List.of(partition));
    while (!closed) {
      for (var record : following.poll(POLL)) {
        try {
          watermarks.accept(Watermark.from(record));
        } catch (IllegalArgumentException e) {
          log.warn("{}; it is left out", e.getMessage());
        }
      }
    }
  }

  private void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException _) {
      closed = true;
    }
  }

  /** Ends the thread. Blocks for a few seconds at most. */
  @Override
  public void close() {
    closed = true;
    var following = consumer;
    if (following != null) {
      following.wakeup();
    }
    if (thread.isAlive()) {
      thread.interrupt();
      join();
    }
  }

  private void join() {
    try {
      thread.join(CLOSE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
