package dev.seamark.ingest.batch;

import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.Topics;
import dev.seamark.schema.Table;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.producer.KafkaWriteStream;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The journal in Kafka: topic = table, one record a sealed block, idempotent and acknowledged by
 * every in-sync replica.
 *
 * <p>The Vert.x client calls the blocking {@code send} on a worker, one at a time, so no event loop
 * ever waits for metadata or buffers. The producer's buffer is larger than what may be in flight:
 * only a broker that is away holds a send back, and the delivery timeout bounds that.
 */
public final class KafkaJournal implements Journal {
  private static final int REQUEST_OVERHEAD_BYTES = 64 * 1024;
  private static final int SMALL_RECORDS_BYTES = 64 * 1024;
  private static final long BUFFER_SPARE_BYTES = 32L * 1024 * 1024;

  private final KafkaWriteStream<byte[], byte[]> producer;
  private final Map<Table, Integer> partitions;

  private KafkaJournal(KafkaWriteStream<byte[], byte[]> producer, Map<Table, Integer> partitions) {
    this.producer = producer;
    this.partitions = partitions;
  }

  /**
   * Connects, and learns how many partitions each topic has. Blocks for up to the delivery timeout
   * a topic.
   *
   * @throws org.apache.kafka.common.KafkaException Kafka can't be reached or lacks a topic
   */
  public static KafkaJournal connect(Vertx vertx, KafkaConfig kafka, BatchConfig batch) {
    var client = new KafkaProducer<>(
        properties(kafka, batch), new ByteArraySerializer(), new ByteArraySerializer());
    try {
      Map<Table, Integer> partitions = new EnumMap<>(Table.class);
      for (Table table : Table.values()) {
        partitions.put(table, client.partitionsFor(table.topic()).size());
      }
      KafkaWriteStream<byte[], byte[]> stream = KafkaWriteStream.create(vertx, client);
      // each send's own future tells; without a handler the failure would be logged once more
      stream.exceptionHandler(_ -> {});
      return new KafkaJournal(stream, partitions);
    } catch (RuntimeException e) {
      client.close(Duration.ZERO);
      throw e;
    }
  }

  static Map<String, Object> properties(KafkaConfig kafka, BatchConfig batch) {
    long deliveryMs = batch.deliveryTimeout().toMillis();
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("client.id", "seamark-ingest");
    properties.put("acks", "all");
    properties.put("enable.idempotence", true);
    properties.put("max.in.flight.requests.per.connection", 5);
    properties.put("compression.type", "lz4");
    properties.put("linger.ms", 0L); // blocks have lingered already
    properties.put("batch.size", SMALL_RECORDS_BYTES);
    properties.put("max.request.size", Topics.RECORD_BYTES_MAX + REQUEST_OVERHEAD_BYTES);
    properties.put("buffer.memory", batch.inFlightBytesMax() + BUFFER_SPARE_BYTES);
    properties.put("delivery.timeout.ms", (int) deliveryMs);
    properties.put("request.timeout.ms", (int) (deliveryMs / 2));
    properties.put("max.block.ms", deliveryMs);
    properties.put("metadata.max.idle.ms", Duration.ofDays(1).toMillis());
    return properties;
  }

  @Override
  public Future<Void> append(Entry entry) {
    String topic = entry.table().topic();
    return producer
        .send(new ProducerRecord<>(
            topic, entry.partition(), null, null, entry.value(), entry.headers().toKafka()))
        .recover(cause -> Future.failedFuture(new NotAcknowledged(
            "Kafka didn't acknowledge a block for %s: %s".formatted(topic, cause.getMessage()),
            cause)))
        .mapEmpty();
  }

  @Override
  public int partitions(Table table) {
    Integer count = partitions.get(table);
    if (count == null) {
      throw new IllegalArgumentException("no topic for table " + table);
    }
    return count;
  }

  /** Sends what is still buffered, within the time given, and disconnects. */
  public Future<Void> close(Duration within) {
    return producer.close(Math.max(1, within.toMillis()));
  }
}
