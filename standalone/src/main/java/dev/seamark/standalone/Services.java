package dev.seamark.standalone;

import dev.seamark.ingest.Ingester;
import dev.seamark.ingest.write.WriterService;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.query.QueryService;
import dev.seamark.rules.RulesService;
import dev.seamark.service.Health;
import dev.seamark.service.Lifecycle;
import dev.seamark.service.Metrics;

/** The graphs of the services that run as processes of their own. */
final class Services {
  private Services() {}

  static void ingest(SeamarkConfig config, Lifecycle lifecycle) throws Exception {
    EventLoops loops = EventLoops.ofProcess();
    lifecycle.start(loops, new KafkaGate(config.kafka()));
    lifecycle.start(new Ingester(
        loops.vertx(), config.ingest(), config.kafka(), Metrics.ofProcess(), new Health()));
  }

  static void writer(SeamarkConfig config, Lifecycle lifecycle) throws Exception {
    EventLoops loops = EventLoops.ofProcess();
    OpenClickHouse store = OpenClickHouse.of(config.clickhouse());
    lifecycle.start(loops, store, new KafkaGate(config.kafka()));
    lifecycle.start(new WriterService(
        config.writer(),
        config.kafka(),
        store.clickHouse(),
        config.schema().options(config.clickhouse().database()),
        loops.vertx(),
        Metrics.ofProcess(),
        new Health()));
  }

  static void query(SeamarkConfig config, Lifecycle lifecycle) throws Exception {
    var loops = EventLoops.ofProcess();
    lifecycle.start(loops);
    lifecycle.start(new QueryService(
        loops.vertx(), config.query(), config.clickhouse(), Metrics.ofProcess(), new Health()));
  }

  static void rules(SeamarkConfig config, Lifecycle lifecycle) throws Exception {
    var loops = EventLoops.ofProcess();
    lifecycle.start(loops);
    lifecycle.start(
        new RulesService(loops.vertx(), config.rules(), Metrics.ofProcess(), new Health()));
  }
}
