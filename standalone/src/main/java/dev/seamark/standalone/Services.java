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
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.KeysConfig;
import dev.seamark.tenant.KeysFile;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.Supplier;

/** The graphs of the services that run as processes of their own. */
final class Services {
  private Services() {}

  /** The keys of a process. Their file, if there is one, starts before who asks them. */
  static Supplier<KeyRing> keys(KeysConfig config, Metrics metrics, Lifecycle lifecycle)
      throws Exception {
    Path path = config.file();
    if (path == null) {
      return () -> KeyRing.OPEN;
    }
    var file = new KeysFile(path, config.interval(), Clock.systemUTC(), metrics.registry());
    lifecycle.start(file);
    return file;
  }

  static void ingest(SeamarkConfig config, Lifecycle lifecycle) throws Exception {
    Metrics metrics = Metrics.ofProcess();
    Supplier<KeyRing> keys = keys(config.keys(), metrics, lifecycle);
    EventLoops loops = EventLoops.ofProcess();
    lifecycle.start(loops, new KafkaGate(config.kafka()));
    lifecycle.start(
        new Ingester(loops.vertx(), config.ingest(), config.kafka(), keys, metrics, new Health()));
  }

  static void writer(SeamarkConfig config, Lifecycle lifecycle) throws Exception {
    EventLoops loops = EventLoops.ofProcess();
    OpenClickHouse store = OpenClickHouse.of(config.clickhouse());
    lifecycle.start(loops, store, new KafkaGate(config.kafka()));
    Metrics metrics = Metrics.ofProcess();
    SchemaOptions schema = config.schema().options(config.clickhouse().database());
    lifecycle.start(
        new WriterService(
            config.writer(),
            config.kafka(),
            store.clickHouse(),
            schema,
            loops.vertx(),
            metrics,
            new Health()),
        new RollupService(
            config.rollup(),
            config.kafka(),
            config.writer().group(),
            store.clickHouse(),
            schema,
            metrics));
  }

  static void query(SeamarkConfig config, Lifecycle lifecycle) throws Exception {
    Metrics metrics = Metrics.ofProcess();
    Supplier<KeyRing> keys = keys(config.keys(), metrics, lifecycle);
    var loops = EventLoops.ofProcess();
    lifecycle.start(loops);
    lifecycle.start(new QueryService(
        loops.vertx(), config.query(), config.clickhouse(), keys, metrics, new Health()));
  }

  static void rules(SeamarkConfig config, Lifecycle lifecycle) throws Exception {
    Metrics metrics = Metrics.ofProcess();
    Supplier<KeyRing> keys = keys(config.keys(), metrics, lifecycle);
    var loops = EventLoops.ofProcess();
    lifecycle.start(loops);
    lifecycle.start(new RulesService(loops.vertx(), config.rules(), keys, metrics, new Health()));
  }
}
