package dev.seamark.ingest.consume;

import dev.seamark.kafka.DeadLetter;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.Topics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.producer.KafkaWriteStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The topic of records that can never be taken, in Seamark's own Kafka. */
final class DeadLetters {
  private static final int REQUEST_OVERHEAD_BYTES = 64 * 1024;

  private final KafkaWriteStream<byte[], byte[]> producer;

  private final InstantSource clock;

  private DeadLetters(KafkaWriteStream<byte[], byte[]> producer, InstantSource clock) {
    this.producer = producer;
    this.clock = clock;
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
    return new DeadLetters(stream, InstantSource.system());
  }

  /** Succeeds once every in-sync replica has the record. */
  Future<Void> append(ConsumerRecord<byte[], byte[]> record, String why) {
    var letter = new DeadLetter(
        DeadLetter.KAFKA_IN,
        record.topic(),
        "",
        record.partition(),
        record.offset(),
        "unusable",
        why,
        clock.instant());
    return producer
        .send(letter.toKafka(record.key(), record.value(), record.headers()))
        .mapEmpty();
  }

  Future<Void> close(Duration within) {
    return producer.close(Math.max(1, within.toMillis()));
  }
}
