package dev.seamark.standalone.write;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.ingest.write.WriterConfig;
import dev.seamark.ingest.write.WriterService;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.service.ConfigFile;
import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.List;
import java.util.Map;

/**
 * A writer in a process of its own, to be killed. It runs until then, or until its parent is gone.
 */
final class WriterMain {
  private WriterMain() {}

  /** What {@code main} gets. */
  static List<String> arguments(int broker, URI clickHouse, String name) {
    return List.of(Integer.toString(broker), clickHouse.toString(), name);
  }

  /** A writer whose database and consumer group have one name; with short times, for tests. */
  static WriterService writer(
      KafkaConfig kafka,
      ClickHouse clickHouse,
      String name,
      Vertx vertx,
      Metrics metrics,
      Health health) {
    var yaml = """
        port: 0
        group: %s
        linger: 100ms
        retry-min: 50ms
        retry-max: 1s
        drain: 5s
        """.formatted(name);
    var config = ConfigFile.parse("writer", yaml, WriterConfig.class, Map.of());
    return new WriterService(
        config, kafka, clickHouse, SchemaOptions.single(name), vertx, metrics, health);
  }

  public static void main(String[] arguments) throws Exception {
    var kafka = KafkaConfig.loopback(Integer.parseInt(arguments[0]));
    var clickHouse = new ClickHouse(ClickHouseConfig.of(arguments[2], URI.create(arguments[1])));
    writer(kafka, clickHouse, arguments[2], Vertx.vertx(), new Metrics(), new Health())
        .start();
    while (System.in.read() >= 0) {
      // the parent writes nothing; the end of the stream is its end
    }
    Runtime.getRuntime().halt(1);
  }
}
