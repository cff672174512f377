package dev.seamark.standalone;

import dev.seamark.ingest.Ingester;
import dev.seamark.ingest.rollup.RollupService;
import dev.seamark.ingest.write.WriterService;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.query.QueryService;
import dev.seamark.rules.RulesService;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.service.Health;
import dev.seamark.service.Lifecycle;
import dev.seamark.service.Metrics;
import dev.seamark.standalone.broker.Broker;
import dev.seamark.tenant.KeyRing;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Everything on one machine: the services in this process, broker and engine in children. */
final class Standalone {
  private final SeamarkConfig config;
  private final Path data;
  private final EmbeddedStore embedded;

  /** The graph, not started yet; the configuration's Kafka and ClickHouse aren't used. */
  Standalone(SeamarkConfig config, EmbeddedStore embedded) {
    this.config = embedded.in(config);
    this.data = embedded.data();
    this.embedded = embedded;
  }

  /** The whole graph, in the order in which it starts; it stops in reverse. */
  void start(Lifecycle lifecycle) throws Exception {
    var metrics = Metrics.ofProcess();
    var health = new Health();
    Supplier<KeyRing> keys = Services.keys(config.keys(), metrics, lifecycle);
    EventLoops loops = EventLoops.ofProcess();
    lifecycle.start(loops, new DataFolder(data));
    lifecycle.start(embedded.freePorts());

    Broker broker = embedded.broker();
    EmbeddedEngine engine = embedded.engine();
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
}
