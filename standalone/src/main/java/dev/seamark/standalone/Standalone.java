package dev.seamark.standalone;

import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.ingest.Ingester;
import dev.seamark.ingest.rollup.RollupService;
import dev.seamark.ingest.write.WriterService;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.query.QueryService;
import dev.seamark.rules.RulesService;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.service.Health;
import dev.seamark.service.Lifecycle;
import dev.seamark.service.Metrics;
import dev.seamark.service.Secret;
import dev.seamark.standalone.broker.Broker;
import dev.seamark.standalone.engine.Engine;
import dev.seamark.tenant.KeyRing;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

/** Everything on one machine: the services in this process, broker and engine in children. */
final class Standalone {
  private static final int BROKER_PORT = 19092;
  private static final int CONTROLLER_PORT = 19093;
  private static final int ENGINE_PORT = 18123;
  private static final long ENGINE_MEMORY_BYTES_MAX = 1_200L << 20;
  private static final String DATABASE = "seamark";

  private final SeamarkConfig config;
  private final Path data;
  private final int portOffset;
  private final Path engineLibrary;
  private final Secret enginePassword;

  /**
   * The graph, not started yet.
   *
   * @param enginePassword keeps other users of this machine, and pages in their browsers, from an
   *     engine that may do to its files what this process may
   */
  Standalone(
      SeamarkConfig config, Path data, int portOffset, Path engineLibrary, Secret enginePassword) {
    this.config = config.with(
        KafkaConfig.loopback(BROKER_PORT + portOffset),
        ClickHouseConfig.of(DATABASE, URI.create("http://127.0.0.1:" + (ENGINE_PORT + portOffset)))
            .withPassword(enginePassword));
    this.data = data.toAbsolutePath();
    this.portOffset = portOffset;
    this.engineLibrary = engineLibrary;
    this.enginePassword = enginePassword;
  }

  /** The whole graph, in the order in which it starts; it stops in reverse. */
  void start(Lifecycle lifecycle) throws Exception {
    var metrics = Metrics.ofProcess();
    var health = new Health();
    Supplier<KeyRing> keys = Services.keys(config.keys(), metrics, lifecycle);
    EventLoops loops = EventLoops.ofProcess();
    lifecycle.start(loops, new DataFolder(data));
    lifecycle.start(childrensPorts());

    Broker broker = broker();
    EmbeddedEngine engine = engine();
    OpenClickHouse store = OpenClickHouse.of(config.clickhouse());
    SchemaOptions schema = config.schema().options(config.clickhouse().database());
    health.ready("broker", broker::problem);
    health.ready("engine", engine::problem);
    lifecycle.start(
        Lifecycle.inOrder("Kafka", broker, new KafkaGate(config.kafka())),
        Lifecycle.inOrder("ClickHouse", engine, new Migrated(store.clickHouse(), schema), store));
    lifecycle.start(new RunningFile(data, config));

    lifecycle.start(
        new WriterService(
            config.writer(),
            config.kafka(),
            store.clickHouse(),
            schema,
            loops.vertx(),
            metrics,
            health),
        new RollupService(
            config.rollup(),
            config.kafka(),
            config.writer().group(),
            store.clickHouse(),
            schema,
            metrics),
        new Ingester(loops.vertx(), config.ingest(), config.kafka(), keys, metrics, health),
        new QueryService(loops.vertx(), config.query(), config.clickhouse(), keys, metrics, health),
        new RulesService(loops.vertx(), config.rules(), keys, metrics, health));
  }

  private FreePorts childrensPorts() {
    return new FreePorts(Map.of(
        BROKER_PORT + portOffset, "embedded Kafka",
        CONTROLLER_PORT + portOffset, "embedded Kafka's controller",
        ENGINE_PORT + portOffset, "embedded ClickHouse"));
  }

  private Broker broker() {
    return new Broker(
        data, data.resolve("logs"), BROKER_PORT + portOffset, CONTROLLER_PORT + portOffset);
  }

  private EmbeddedEngine engine() {
    return new EmbeddedEngine(new Engine(
        engineLibrary,
        data.resolve("clickhouse"),
        ENGINE_PORT + portOffset,
        ENGINE_MEMORY_BYTES_MAX,
        enginePassword.reveal()));
  }
}
