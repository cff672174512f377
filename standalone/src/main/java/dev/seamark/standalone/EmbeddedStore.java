package dev.seamark.standalone;

import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.service.Secret;
import dev.seamark.standalone.broker.Broker;
import dev.seamark.standalone.engine.Engine;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;

/**
 * The Kafka and the ClickHouse of a data folder, not started yet.
 *
 * @param data the folder, absolute
 * @param password keeps other users of this machine, and pages in their browsers, from an engine
 *     that may do to its files what this process may
 */
record EmbeddedStore(Path data, int portOffset, Path engineLibrary, Secret password) {
  private static final int BROKER_PORT = 19092;
  private static final int CONTROLLER_PORT = 19093;
  private static final int ENGINE_PORT = 18123;
  private static final long ENGINE_MEMORY_BYTES_MAX = 1_200L << 20;
  private static final String DATABASE = "seamark";
  private static final String ENGINE_FOLDER = "clickhouse";

  /** With a password that only this process and its child know. */
  static EmbeddedStore ofThisRun(Path data, int portOffset, Path engineLibrary) {
    byte[] bytes = new byte[24];
    new SecureRandom().nextBytes(bytes);
    return new EmbeddedStore(
        data.toAbsolutePath(),
        portOffset,
        engineLibrary,
        new Secret(HexFormat.of().formatHex(bytes)));
  }

  /** A configuration whose Kafka and ClickHouse are these. */
  SeamarkConfig in(SeamarkConfig config) {
    return config.with(
        KafkaConfig.loopback(BROKER_PORT + portOffset),
        ClickHouseConfig.of(DATABASE, URI.create("http://127.0.0.1:" + (ENGINE_PORT + portOffset)))
            .withPassword(password));
  }

  FreePorts freePorts() {
    return new FreePorts(Map.of(
        BROKER_PORT + portOffset, "embedded Kafka",
        CONTROLLER_PORT + portOffset, "embedded Kafka's controller",
        ENGINE_PORT + portOffset, "embedded ClickHouse"));
  }

  Broker broker() {
    return new Broker(
        data, data.resolve("logs"), BROKER_PORT + portOffset, CONTROLLER_PORT + portOffset);
  }

  EmbeddedEngine engine() {
    return new EmbeddedEngine(new Engine(
        engineLibrary,
        engineFolder(data),
        ENGINE_PORT + portOffset,
        ENGINE_MEMORY_BYTES_MAX,
        password.reveal()));
  }

  /** Where the ClickHouse of a data folder keeps everything. */
  static Path engineFolder(Path data) {
    return data.resolve(ENGINE_FOLDER);
  }
}
