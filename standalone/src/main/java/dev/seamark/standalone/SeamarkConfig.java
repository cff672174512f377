package dev.seamark.standalone;

import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.query.QueryConfig;
import dev.seamark.rules.RulesConfig;

/** The whole configuration file: a section a service, and those that services share. */
record SeamarkConfig(
    QueryConfig query,
    RulesConfig rules,
    KafkaConfig kafka,
    ClickHouseConfig clickhouse,
    SchemaConfig schema) {
  SeamarkConfig withPortOffset(int offset) {
    return new SeamarkConfig(
        query.withPortOffset(offset), rules.withPortOffset(offset), kafka, clickhouse, schema);
  }

  /** The same with the Kafka and the ClickHouse of this machine. */
  SeamarkConfig with(KafkaConfig embeddedKafka, ClickHouseConfig embeddedClickHouse) {
    return new SeamarkConfig(
        query, rules, embeddedKafka, embeddedClickHouse, new SchemaConfig(null));
  }
}
