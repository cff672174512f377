package dev.seamark.standalone;

import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.ingest.IngestConfig;
import dev.seamark.ingest.rollup.RollupConfig;
import dev.seamark.ingest.write.WriterConfig;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.query.QueryConfig;
import dev.seamark.rules.RulesConfig;
import dev.seamark.service.Loopback;
import dev.seamark.tenant.KeysConfig;
import java.nio.file.Path;

/** The whole configuration file: a section a service, and those that services share. */
record SeamarkConfig(
    IngestConfig ingest,
    WriterConfig writer,
    RollupConfig rollup,
    QueryConfig query,
    RulesConfig rules,
    KeysConfig keys,
    KafkaConfig kafka,
    ClickHouseConfig clickhouse,
    SchemaConfig schema) {
  /**
   * Refuses addresses that other machines reach, before anything is started; each service asks
   * again for its own.
   */
  void requireLoopback() {
    Loopback.require("ingest.receive.bind", ingest.receive().bind(), "write");
    Loopback.require("query.bind", query.bind(), "read");
    Loopback.require("rules.bind", rules.bind(), "silence alerts");
  }

  /** The same with another keys file. */
  SeamarkConfig with(Path keysFile) {
    return new SeamarkConfig(
        ingest, writer, rollup, query, rules, keys.with(keysFile), kafka, clickhouse, schema);
  }

  /** The same with the Kafka and the ClickHouse of this machine. */
  SeamarkConfig with(KafkaConfig embeddedKafka, ClickHouseConfig embeddedClickHouse) {
    return new SeamarkConfig(
        ingest,
        writer,
        rollup,
        query,
        rules,
        keys,
        embeddedKafka,
        embeddedClickHouse,
        SchemaConfig.single());
  }
}
