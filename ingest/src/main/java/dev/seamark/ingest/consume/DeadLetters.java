package dev.seamark.ingest.consume;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.Topics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.producer.KafkaWriteStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The topic of records that can never be taken, in Seamark's own Kafka: key and value as they came,
 * headers that say where from and why.
 */
final class DeadLetters {
  private static final int REQUEST_OVERHEAD_BYTES = 64 * 1024;

  private final KafkaWriteStream<byte[], byte[]> producer;

  private DeadLetters(KafkaWriteStream<byte[], byte[]> producer) {
    this.producer = producer;
  }

  static DeadLetters connect(Vertx vertx, KafkaConfig own) {
    Map<String, Object> properties = new HashMap<>(own.clientProperties());
    properties.put("client.id", "seamark-kafka-in");
    properties.put("acks", "all");
    properties.put("max.request.size", Topics.RECORD_BYTES_MAX + REQUEST_OVERHEAD_BYTES);
    KafkaWriteStream<byte[], byte[]> stream = KafkaWriteStream.create(
        vertx,
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()));
    stream.exceptionHandler(_ -> {}); // each send's own future tells
    return new DeadLetters(stream);
  }

  /** Succeeds once every in-sync replica has the record. */
  Future<Void> append(ConsumerRecord<byte[], byte[]> record, String why) {
    List<Header> headers = List.of(
        header("seamark-topic", record.topic()),
        header("seamark-partition", Integer.toString(record.partition())),
        header("seamark-offset", Long.toString(record.offset())),
        header("seamark-reason", why));
    return producer
        .send(new ProducerRecord<>(
            Topics.DEAD_LETTER, null, null, record.key(), record.value(), headers))
        .mapEmpty();
  }

  private static Header header(String name, String value) {
    return new RecordHeader(name, value.getBytes(UTF_8));
  }

  Future<Void> close(Duration within) {
    return producer.close(Math.max(1, within.toMillis()));
  }
}
