package dev.seamark.ingest.write;

import dev.seamark.kafka.KafkaConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The writer's way into the topic of dead letters. Thread-safe; calls block. */
final class DeadLetterTopic implements AutoCloseable {
  private static final int REQUEST_BYTES_MAX = 20 << 20; // before compression
  private static final int REQUEST_MS = 10_000;
  private static final int DELIVERY_MS = 30_000;
  private static final int BLOCK_MS = 10_000;

  private final Producer<byte[], byte[]> producer;

  DeadLetterTopic(Producer<byte[], byte[]> producer) {
    this.producer = producer;
  }

  static DeadLetterTopic connect(KafkaConfig kafka) {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("client.id", "seamark-dead-letters");
    properties.put("acks", "all");
    properties.put("compression.type", "zstd"); // the largest record and its headers still fit
    properties.put("max.request.size", REQUEST_BYTES_MAX);
    properties.put("request.timeout.ms", REQUEST_MS);
    properties.put("delivery.timeout.ms", DELIVERY_MS);
    properties.put("max.block.ms", BLOCK_MS);
    return new DeadLetterTopic(
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()));
  }

  /** Returns once every in-sync replica has the records; throws KafkaException. */
  void append(List<ProducerRecord<byte[], byte[]>> records) {
    var acknowledgements = new ArrayList<Future<RecordMetadata>>();
    for (var each : records) {
      acknowledgements.add(producer.send(each));
    }
    try {
      for (var each : acknowledgements) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException said ? said : new KafkaException(e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(1));
  }
}
