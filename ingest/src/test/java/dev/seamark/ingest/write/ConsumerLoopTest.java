package dev.seamark.ingest.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.ingest.write.turn.Hold;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.service.ConfigFile;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;

class ConsumerLoopTest {
  @Test
  void aStopDoesNotWaitForTheNextTryAfterAFailure() throws Exception {
    WriterConfig config =
        ConfigFile.parse("test", "{retry-min: 30s, retry-max: 30s}", WriterConfig.class, Map.of());
    var consumer = new MockConsumer<byte[], byte[]>("none");
    consumer.setPollException(new KafkaException("the broker broke off"));
    try (var clickHouse =
        new ClickHouse(ClickHouseConfig.of("seamark", URI.create("http://127.0.0.1:1")))) {
      var store = new ClickHouseStore(clickHouse, SchemaOptions.single("seamark"));
      var metrics = new WriterMetrics(new PrometheusRegistry());
      var shapes = new TableShapes(store);
      var examiner = new Examiner(store, shapes);
      var deadLetters = new DeadLetterTopic(new MockProducer<>());
      var attempts = new Attempts(
          new Inserter(store, shapes),
          examiner,
          new Letters(examiner, shapes, deadLetters, InstantSource.system(), metrics),
          Runnable::run,
          metrics);
      var loop = new ConsumerLoop(
          consumer,
          topic -> topic,
          config,
          1,
          new StoreClock(store),
          () -> Hold.NONE,
          attempts,
          metrics);
      Thread thread = Thread.ofPlatform().start(loop::run);
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (thread.getState() != Thread.State.TIMED_WAITING) {
        assertThat(System.nanoTime()).isLessThan(deadline);
        Thread.onSpinWait();
      }

      loop.stop();

      assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
      assertThat(consumer.closed()).isTrue();
    }
  }
}
