package dev.seamark.standalone.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.Block;
import dev.seamark.block.StringColumn;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.schema.Table;
import dev.seamark.standalone.Main;
import dev.seamark.standalone.broker.Broker;
import dev.seamark.standalone.process.JavaCommand;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An ingester that reads a topic is killed by SIGKILL; its successor loses no record. */
class KafkaInKillTest {
  private static final int OFFSET = 3_300;
  private static final int RECORDS = 400;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @Test
  void aKilledIngesterLosesNoRecord(@TempDir Path folder) throws Exception {
    Broker broker = new Broker(folder, folder, 19092 + OFFSET, 19093 + OFFSET);
    broker.start();
    KafkaConfig kafka = KafkaConfig.loopback(19092 + OFFSET);
    new KafkaGate(kafka).start();
    Path config = Files.writeString(folder.resolve("seamark.yaml"), """
        kafka:
          bootstrap: [127.0.0.1:%d]
          topics: {replication-factor: 1, min-insync-replicas: 1, partitions: 4}
        ingest:
          kafka-in: {enabled: true, in-flight-max: 8}
        """.formatted(19092 + OFFSET));
    Process ingester = null;
    try (Admin admin = Admin.create(kafka.clientProperties());
        var producer = new KafkaProducer<>(
            kafka.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      admin
          .createTopics(List.of("otlp_logs", "otlp_metrics", "otlp_spans").stream()
              .map(topic -> new NewTopic(topic, 3, (short) 1))
              .toList())
          .all()
          .get();
      Set<String> sent = new TreeSet<>();
      ingester = ingest(folder, config);
      send(producer, sent, RECORDS / 2);
      await(folder, kafka, 20, sent);
      ingester.destroyForcibly().waitFor();
      send(producer, sent, RECORDS / 2);
      ingester = ingest(folder, config);

      await(folder, kafka, RECORDS, sent);
    } finally {
      if (ingester != null) {
        ingester.destroyForcibly().waitFor();
      }
      broker.stop(Duration.ofSeconds(20));
    }
  }

  private static void send(KafkaProducer<byte[], byte[]> producer, Set<String> sent, int records)
      throws Exception {
    for (int i = 0; i < records; i++) {
      String name = "record-" + sent.size();
      producer.send(new ProducerRecord<>("otlp_logs", i % 3, null, body(name))).get();
      sent.add(name);
    }
  }

  private static byte[] body(String name) {
    return ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder()
            .addScopeLogs(ScopeLogs.newBuilder()
                .addLogRecords(LogRecord.newBuilder()
                    .setTimeUnixNano(1_700_000_000_000_000_000L)
                    .setBody(AnyValue.newBuilder().setStringValue(name)))))
        .build()
        .toByteArray();
  }

  /** Waits until that many different bodies are stored; all of them were sent. */
  private static void await(Path folder, KafkaConfig kafka, int bodies, Set<String> sent)
      throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Set<String> stored = stored(kafka);
    while (stored.size() < bodies) {
      int found = stored.size();
      assertThat(System.nanoTime())
          .as(() -> found + " are stored: " + log(folder))
          .isLessThan(deadline);
      stored = stored(kafka);
    }
    assertThat(sent).containsAll(stored);
  }

  private static String log(Path folder) {
    try {
      return Files.readString(folder.resolve("ingest.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static Set<String> stored(KafkaConfig kafka) throws Exception {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("auto.offset.reset", "earliest");
    Set<String> bodies = new TreeSet<>();
    try (var consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = consumer.partitionsFor(Table.OTEL_LOGS.topic()).stream()
          .map(info -> new TopicPartition(info.topic(), info.partition()))
          .toList();
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          StringColumn column = (StringColumn)
              Block.decode(record.value(), 0, record.value().length).column("Body");
          for (int row = 0; row < column.rows(); row++) {
            bodies.add(column.text(row));
          }
        }
      }
    }
    return bodies;
  }

  private static Process ingest(Path folder, Path config) throws IOException {
    return new ProcessBuilder(JavaCommand.of(
            Main.class,
            List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx512m"),
            List.of(
                "ingest",
                "--config",
                config.toString(),
                "--port-offset",
                Integer.toString(OFFSET))))
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(folder.resolve("ingest.log").toFile()))
        .start();
  }
}
