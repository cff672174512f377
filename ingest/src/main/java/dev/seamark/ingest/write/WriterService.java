package dev.seamark.ingest.write;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.ingest.write.turn.Hold;
import dev.seamark.ingest.write.turn.HoldWatch;
import dev.seamark.ingest.write.turn.KafkaAnswers;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.Table;
import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.service.OpsRoutes;
import dev.seamark.service.OpsServer;
import dev.seamark.service.Part;
import dev.seamark.service.ServerTls;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The writer as a part of a process: takes blocks out of Kafka and puts each acknowledged row into
 * ClickHouse once. Any number may run in one consumer group; each partition is written by one of
 * them.
 *
 * <p>Needs the topics and the tables to exist, though not at the same time: it waits for both. The
 * ClickHouse stays the caller's.
 */
public final class WriterService implements Part {
  private static final int FETCH_BYTES_MAX = 32 << 20;
  private static final int PARTITION_FETCH_BYTES_MAX = 16 << 20; // the largest record
  private static final int POLL_RECORDS_MAX = 200;

  private final WriterConfig config;
  private final KafkaConfig kafka;
  private final ClickHouse clickHouse;
  private final SchemaOptions schema;
  private final Metrics metrics;
  private final Health health;
  private final ServerTls tls;
  private final OpsServer ops;
  private @Nullable Running running;

  /** What runs between start and stop. */
  private record Running(
      Admin admin,
      DeadLetterTopic deadLetters,
      StoreClock clock,
      ExecutorService inserts,
      ConsumerThread consumer,
      Thread thread,
      HoldWatch hold,
      WatermarkPublisher watermarks) {}

  /**
   * @param clickHouse with the user and database to insert as and into
   * @param schema what the tables were made with
   */
  public WriterService(
      WriterConfig config,
      KafkaConfig kafka,
      ClickHouse clickHouse,
      SchemaOptions schema,
      Vertx vertx,
      Metrics metrics,
      Health health) {
    this.config = config;
    this.kafka = kafka;
    this.clickHouse = clickHouse;
    this.schema = schema;
    this.metrics = metrics;
    this.health = health;
    this.tls = new ServerTls("writer", vertx, config.tls(), metrics);
    this.ops = new OpsServer(
        "writer-ops", vertx, config.host(), config.port(), new OpsRoutes(metrics, health), tls);
  }

  @Override
  public String name() {
    return "writer";
  }

  @Override
  public void start() throws Exception {
    tls.start();
    var store = new ClickHouseStore(clickHouse, schema);
    var clock = new StoreClock(store);
    var admin = Admin.create(kafka.clientProperties());
    var inserts = Executors.newFixedThreadPool(
        config.parallel(), Thread.ofPlatform().name("writer-insert-", 0).factory());
    var shapes = new TableShapes(store);
    var examiner = new Examiner(store, shapes);
    var deadLetters = DeadLetterTopic.connect(kafka);
    var own = new WriterMetrics(metrics.registry());
    var hold = new HoldWatch(admin, config.group());
    Supplier<ConsumerLoop> loops = () -> new ConsumerLoop(
        consumer(),
        topic -> topicId(admin, topic),
        config,
        Migrations.bundled().version(),
        clock,
        hold::hold,
        new Attempts(
            new Inserter(store, shapes),
            examiner,
            new Letters(examiner, shapes, deadLetters, InstantSource.system(), own),
            inserts,
            own),
        own);
    var consumer = new ConsumerThread(loops.get(), loops, own);
    var thread = Thread.ofPlatform().name("writer-consumer").unstarted(consumer);
    var watermarks = new WatermarkPublisher(kafka, admin, consumer::stored, own);
    running = new Running(admin, deadLetters, clock, inserts, consumer, thread, hold, watermarks);
    health.live("writer", () -> reason(consumer.failure()));
    health.ready("writer clickhouse", () -> reason(clock.problem()));
    health.ready("writer partitions", () -> stops(consumer));
    health.ready("writer hold", () -> reason(hold.hold()));
    ops.start();
    clock.start();
    hold.start();
    thread.start();
    watermarks.start();
  }

  private Consumer<byte[], byte[]> consumer() {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("group.id", config.group());
    properties.put("group.protocol", "consumer");
    properties.put("client.id", "seamark-writer");
    properties.put("enable.auto.commit", false);
    properties.put("auto.offset.reset", "none");
    properties.put("fetch.max.bytes", FETCH_BYTES_MAX);
    properties.put("max.partition.fetch.bytes", PARTITION_FETCH_BYTES_MAX);
    properties.put("max.poll.records", POLL_RECORDS_MAX);
    return new KafkaConsumer<>(
        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * The id that Kafka gives to a topic when it is made: another log under the same name differs.
   */
  static String topicId(Admin admin, String topic) {
    var described = KafkaAnswers.of(
            admin.describeTopics(List.of(topic)).allTopicNames(),
            "topic %s can't be described".formatted(topic))
        .get(topic);
    if (described == null) {
      throw new KafkaException("Kafka doesn't describe topic " + topic);
    }
    return described.topicId().toString();
  }

  private static Optional<String> stops(ConsumerThread consumer) {
    var stops = consumer.stops();
    return stops.isEmpty()
        ? Optional.empty()
        : Optional.of(stops.size() + " stopped, an operator has to look: " + stops);
  }

  private static Optional<String> reason(String failure) {
    return failure.isEmpty() ? Optional.empty() : Optional.of(failure);
  }

  /** A backup's hold is a matter of seconds, and nothing to mend. */
  private static Optional<String> reason(Hold hold) {
    return hold.untilSeconds() == Hold.FOR_EVER
        ? Optional.of("a %s isn't through: nothing is stored until it is".formatted(hold.by()))
        : Optional.empty();
  }

  /** The port of the operator's endpoints. */
  public int port() {
    return ops.port();
  }

  /** The topics this writer reads. */
  public static List<String> topics() {
    return Arrays.stream(Table.values()).map(Table::topic).toList();
  }

  @Override
  public void stop(Duration within) throws Exception {
    tls.stop();
    var parts = running;
    if (parts == null) {
      return;
    }
    parts.consumer().stop();
    if (parts.thread().getState() == Thread.State.NEW) {
      parts.thread().start(); // the start failed before: only closes its consumer
    }
    parts.thread().join(within);
    close(parts);
  }

  /** Ends at once and in disorder, as a crash would; what was promised is left to a successor. */
  public void abandon() throws Exception {
    var parts = running;
    if (parts != null) {
      parts.consumer().abandon();
      parts.inserts().shutdownNow();
      parts.thread().join(Duration.ofSeconds(10));
      close(parts);
    }
  }

  private void close(Running parts) throws Exception {
    running = null;
    parts.inserts().shutdownNow();
    parts.clock().close();
    parts.watermarks().close();
    parts.hold().close();
    parts.deadLetters().close();
    parts.admin().close(Duration.ofSeconds(1));
    ops.stop(Duration.ofSeconds(1));
  }
}
