package dev.seamark.standalone;

import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.ingest.IngestConfig;
import dev.seamark.ingest.write.WriterConfig;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.query.QueryConfig;
import dev.seamark.rules.RulesConfig;

/** The whole configuration file: a section a service, and those that services share. */
record SeamarkConfig(
    IngestConfig ingest,
    WriterConfig writer,
    QueryConfig query,
    RulesConfig rules,
    KafkaConfig kafka,
    ClickHouseConfig clickhouse,
    SchemaConfig schema) {
  /** The same with the Kafka and the ClickHouse of this machine. */
  SeamarkConfig with(KafkaConfig embeddedKafka, ClickHouseConfig embeddedClickHouse) {
    return new SeamarkConfig(
        ingest, writer, query, rules, embeddedKafka, embeddedClickHouse, new SchemaConfig(null));
  }
}
