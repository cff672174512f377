package dev.seamark.standalone.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.seamark.kafka.BlockHeaders;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.kafka.KafkaRefused;
import dev.seamark.kafka.KafkaVerdict;
import dev.seamark.kafka.Topics;
import dev.seamark.kafka.TopicsConfig;
import dev.seamark.schema.Table;
import dev.seamark.service.Tls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class BrokerTest {
  private static final Duration WITHIN = Duration.ofSeconds(30);

  @TempDir
  static Path data;

  private static Broker broker;
  private static KafkaConfig config;

  @BeforeAll
  static void start() throws Exception {
    int port = freePort();
    broker = new Broker(data, data.resolve("logs"), port, freePort());
    broker.start();
    config = KafkaConfig.loopback(port);
    new KafkaGate(config).start();
  }

  @AfterAll
  static void stop() {
    broker.stop(Duration.ofSeconds(20));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void theEmbeddedBrokerPassesItsOwnCheckWithOneWarning() throws Exception {
    try (Admin admin = Admin.create(config.clientProperties())) {
      KafkaVerdict verdict = KafkaVerdict.check(admin, new Topics(config.topics()), WITHIN);

      assertThat(verdict.text())
          .isEqualTo("warning: one copy of each record: what a lost broker held is lost,"
              + " acknowledged or not");
    }
  }

  @Test
  void topicsThatExistAreLeftAlone() throws Exception {
    try (Admin admin = Admin.create(config.clientProperties())) {
      assertThat(new Topics(config.topics()).ensure(admin, WITHIN)).isEmpty();
    }
  }

  @Test
  void aKafkaThatCouldLoseRecordsIsRefusedByName() throws Exception {
    Map<String, String> dangerous = Map.of(
        "unclean.leader.election.enable", "true",
        "cleanup.policy", "compact",
        "max.message.bytes", "1000012",
        "retention.ms", "60000");
    alter("seamark.metrics_metadata", dangerous, OpType.SET);
    var demanding = new TopicsConfig(8, 3, 2, Duration.ofDays(3), Duration.ofDays(30));
    var topics = new Topics(demanding);

    KafkaVerdict verdict;
    try (Admin admin = Admin.create(config.clientProperties())) {
      verdict = KafkaVerdict.check(admin, topics, WITHIN);
    } finally {
      alter("seamark.metrics_metadata", dangerous, OpType.DELETE);
    }

    assertThat(verdict.acceptable()).isFalse();
    assertThat(verdict.refusals())
        .contains(
            "topic seamark.otel_logs has 4 partitions, kafka.topics.partitions asks for 8: the"
                + " number is fixed, since a series' partition is a function of it",
            "topic seamark.otel_logs has replication factor 1,"
                + " kafka.topics.replication-factor asks for 3",
            "topic seamark.otel_logs has min.insync.replicas 1,"
                + " kafka.topics.min-insync-replicas asks for 2",
            "topic seamark.metrics_metadata has unclean.leader.election.enable=true: a broker that"
                + " lags could become leader and lose acknowledged records",
            "topic seamark.metrics_metadata has cleanup.policy compact, must be delete: compaction"
                + " drops records",
            "topic seamark.metrics_metadata has max.message.bytes 1000012, records are up to"
                + " 16777216");
    assertThat(verdict.warnings())
        .containsExactly(
            "1 brokers answer, fewer than kafka.topics.replication-factor 3",
            "topic seamark.metrics_metadata has retention.ms 60000, kafka.topics.retention asks for"
                + " 259200000");
  }

  private static void alter(String topic, Map<String, String> settings, OpType type)
      throws Exception {
    List<AlterConfigOp> changes = settings.entrySet().stream()
        .map(each -> new AlterConfigOp(new ConfigEntry(each.getKey(), each.getValue()), type))
        .toList();
    try (Admin admin = Admin.create(config.clientProperties())) {
      admin
          .incrementalAlterConfigs(
              Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), changes))
          .all()
          .get();
    }
  }

  @Test
  void aKafkaThatDoesNotAnswerIsRefused() throws Exception {
    var nowhere = new KafkaConfig(
        List.of("127.0.0.1:" + freePort()),
        Tls.OFF,
        null,
        "",
        Duration.ofMillis(500),
        TopicsConfig.SINGLE_BROKER);

    assertThatExceptionOfType(KafkaRefused.class)
        .isThrownBy(() -> new KafkaGate(nowhere).start())
        .withMessageContaining("refused: Kafka can't be checked within 500 ms");
  }

  @Test
  void acknowledgedRecordsSurviveAKillAndTheBrokerIsBackInSeconds() throws Exception {
    byte[] value = new byte[64 << 10];
    var acknowledged = new AtomicInteger();
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    long before = broker.pid();
    long killed = 0;
    try (var producer = producer()) {
      for (int i = 0; i < 600; i++) {
        sent.add(send(producer, value, i, acknowledged));
        if (i == 300) {
          sent.getFirst().get();
          killed = System.nanoTime();
          ProcessHandle.of(before).orElseThrow().destroyForcibly();
        }
      }
      broker.awaitReady(Duration.ofSeconds(30));
      producer.flush();
    }

    long back = System.nanoTime() - killed;
    assertThat(broker.pid()).isNotEqualTo(before);
    assertThat(Duration.ofNanos(back)).isLessThan(Duration.ofSeconds(20));
    assertThat(acknowledged).hasValue(600);
    List<Integer> stored = stored(Table.OTEL_LOGS.topic(), 600);
    assertThat(stored).hasSize(600).doesNotHaveDuplicates();
    System.out.printf("broker back and all acknowledged %d ms after kill -9%n", back / 1_000_000);
  }

  private static Future<RecordMetadata> send(
      KafkaProducer<byte[], byte[]> producer, byte[] value, int i, AtomicInteger acknowledged) {
    var headers = BlockHeaders.of(value, 1, i, 0, 0, 0).toKafka();
    return producer.send(
        new ProducerRecord<>(Table.OTEL_LOGS.topic(), 0, (byte[]) null, value, headers),
        (_, failure) -> {
          if (failure == null) {
            acknowledged.incrementAndGet();
          }
        });
  }

  private static KafkaProducer<byte[], byte[]> producer() {
    Map<String, Object> properties = config.clientProperties();
    properties.put("acks", "all");
    properties.put("max.request.size", Topics.RECORD_BYTES_MAX);
    properties.put("compression.type", "lz4");
    return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static List<Integer> stored(String topic, int expected) throws Exception {
    var rows = new ArrayList<Integer>();
    try (var consumer = new KafkaConsumer<>(
        config.clientProperties(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      var partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      assertThat(end).isEqualTo(expected);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          BlockHeaders headers = BlockHeaders.from(record.headers());
          assertThat(headers.matches(record.value())).isTrue();
          rows.add(headers.rows());
        }
      }
    }
    return rows;
  }

  @Test
  void theLargestRecordFits() throws Exception {
    byte[] value = new byte[Topics.RECORD_BYTES_MAX - 1024];
    try (var producer = producer()) {
      assertThatCode(() -> producer
              .send(new ProducerRecord<>(Topics.DEAD_LETTER, 0, (byte[]) null, value))
              .get())
          .doesNotThrowAnyException();
    }
  }
}
