package dev.seamark.standalone;

import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.ingest.IngestConfig;
import dev.seamark.ingest.write.WriterConfig;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.query.QueryConfig;
import dev.seamark.rules.RulesConfig;
import java.net.InetAddress;

/** The whole configuration file: a section a service, and those that services share. */
record SeamarkConfig(
    IngestConfig ingest,
    WriterConfig writer,
    QueryConfig query,
    RulesConfig rules,
    KafkaConfig kafka,
    ClickHouseConfig clickhouse,
    SchemaConfig schema) {
  SeamarkConfig {
    requireLoopback("ingest.receive.bind", ingest.receive().bind());
    requireLoopback("query.bind", query.bind());
  }

  /** There are no keys that say who may write and read: then nobody else may reach the ports. */
  private static void requireLoopback(String key, String address) {
    if (!address.equals("localhost") && !isLoopback(address)) {
      throw new IllegalArgumentException(
          "%s is %s, but without keys only loopback is allowed: everybody who reaches the port"
                  .formatted(key, address)
              + " could write and read");
    }
  }

  private static boolean isLoopback(String address) {
    try {
      return InetAddress.ofLiteral(address).isLoopbackAddress();
    } catch (IllegalArgumentException _) {
      return false; // a name, which could become another address tomorrow
    }
  }

  /** The same with the Kafka and the ClickHouse of this machine. */
  SeamarkConfig with(KafkaConfig embeddedKafka, ClickHouseConfig embeddedClickHouse) {
    return new SeamarkConfig(
        ingest, writer, query, rules, embeddedKafka, embeddedClickHouse, new SchemaConfig(null));
  }
}
