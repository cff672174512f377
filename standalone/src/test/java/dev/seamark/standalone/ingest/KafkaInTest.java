package dev.seamark.standalone.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.seamark.block.Block;
import dev.seamark.block.StringColumn;
import dev.seamark.ingest.IngestConfig;
import dev.seamark.ingest.Ingester;
import dev.seamark.kafka.DeadLetter;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.kafka.Topics;
import dev.seamark.schema.Table;
import dev.seamark.service.ConfigFile;
import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.standalone.broker.Broker;
import dev.seamark.tenant.KeyRing;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Topics as a Collector fills them, read by ingesters before a real broker. */
@Timeout(120)
class KafkaInTest {
  private static final int PARTITIONS = 3;
  private static final long TIME = 1_700_000_000_000_000_000L;

  @TempDir
  static Path data;

  private static Broker broker;
  private static KafkaConfig kafka;
  private static Vertx vertx;
  private static Admin admin;
  private static KafkaProducer<byte[], byte[]> producer;

  private final List<Ingester> running = new ArrayList<>();

  @BeforeAll
  static void startBroker() throws Exception {
    int port = freePort();
    broker = new Broker(data, data.resolve("logs"), port, freePort());
    broker.start();
    kafka = KafkaConfig.loopback(port);
    new KafkaGate(kafka).start();
    vertx = Vertx.vertx();
    admin = Admin.create(kafka.clientProperties());
    producer = new KafkaProducer<>(
        kafka.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer());
  }

  @AfterAll
  static void stopBroker() {
    producer.close(Duration.ofSeconds(1));
    admin.close(Duration.ofSeconds(1));
    vertx.close().await();
    broker.stop(Duration.ofSeconds(20));
  }

  @AfterEach
  void stop() throws Exception {
    for (Ingester each : running) {
      each.stop(Duration.ofSeconds(20));
    }
  }

  @Test
  void eachSignalIsStoredAndItsOffsetsAreCommitted() throws Exception {
    create("signals-logs", "signals-metrics", "signals-traces");
    send("signals-logs", 0, logs("signals"));
    send("signals-metrics", 1, metrics());
    send("signals-traces", 2, traces());
    Ingester ingester = start(
        "signals",
        "{logs: [signals-logs], metrics: [signals-metrics], traces: [signals-traces]}",
        new Health());

    until("the log is stored", () -> stored("signals").size() == 1);
    until("the sample is stored", () -> !records(Table.METRICS_SAMPLES.topic()).isEmpty());
    until("the span is stored", () -> !records(Table.OTEL_TRACES.topic()).isEmpty());
    stop(ingester);

    assertThat(committed("signals"))
        .containsEntry(new TopicPartition("signals-logs", 0), 1L)
        .containsEntry(new TopicPartition("signals-metrics", 1), 1L)
        .containsEntry(new TopicPartition("signals-traces", 2), 1L);
  }

  @Test
  void aStoppedIngestersSuccessorGoesOnWhereItEnded() throws Exception {
    create("restart");
    List<String> names = IntStream.range(0, 120).mapToObj(i -> "restart-" + i).toList();
    for (int i = 0; i < 60; i++) {
      send("restart", i % PARTITIONS, logs(names.get(i)));
    }
    Ingester first = start("restart", "{logs: [restart], metrics: [], traces: []}", new Health());
    until("the first half is stored", () -> stored("restart-").size() == 60);
    stop(first);
    for (int i = 60; i < 120; i++) {
      send("restart", i % PARTITIONS, logs(names.get(i)));
    }

    start("restart", "{logs: [restart], metrics: [], traces: []}", new Health());

    until("the rest is stored", () -> stored("restart-").size() == 120);
    assertThat(stored("restart-").values()).as("none twice").containsOnly(1);
  }

  @Test
  void partitionsMoveBetweenIngestersAndNothingIsLost() throws Exception {
    create("moving");
    Ingester first = start("moving", "{logs: [moving], metrics: [], traces: []}", new Health());
    for (int i = 0; i < 300; i++) {
      send("moving", i % PARTITIONS, logs("moving-" + i));
      if (i == 100) {
        until("the first has begun", () -> !stored("moving-").isEmpty());
        start("moving", "{logs: [moving], metrics: [], traces: []}", new Health());
      }
      if (i == 200) {
        stop(first);
      }
    }

    until("all are stored", () -> stored("moving-").size() == 300);
  }

  @Test
  void aRecordThatIsNoOtlpGoesToTheDeadLetters() throws Exception {
    create("poison");
    send("poison", 0, logs("poison-before"));
    send("poison", 0, "no protobuf".getBytes(UTF_8));
    send("poison", 0, logs("poison-after"));

    Ingester ingester = start("poison", "{logs: [poison], metrics: [], traces: []}", new Health());

    until("both others are stored", () -> stored("poison-").size() == 2);
    stop(ingester);
    ConsumerRecord<byte[], byte[]> letter = records(Topics.DEAD_LETTER).getLast();
    assertThat(letter.value()).isEqualTo("no protobuf".getBytes(UTF_8));
    assertThat(header(letter, "seamark-topic")).isEqualTo("poison");
    assertThat(header(letter, "seamark-offset")).isEqualTo("1");
    assertThat(header(letter, "seamark-reason")).isNotEmpty();
    assertThat(header(letter, "seamark-origin")).isEqualTo("kafka-in");
    assertThat(DeadLetter.from(letter).identity()).isEqualTo("poison/0/1");
    assertThat(committed("poison")).containsEntry(new TopicPartition("poison", 0), 3L);
  }

  @Test
  void aPartitionStopsWhereItIsToldTo() throws Exception {
    create("stopping");
    Health health = new Health();
    send("stopping", 0, logs("stopping-before"));
    send("stopping", 0, "no protobuf".getBytes(UTF_8));
    send("stopping", 0, logs("stopping-behind"));
    send("stopping", 1, logs("stopping-beside"));

    Ingester ingester =
        start("stopping", "{logs: [stopping], metrics: [], traces: [], unusable: stop}", health);

    until(
        "the operator is told",
        () -> health.readiness().stream()
            .anyMatch(problem -> problem.reason().contains("topic=stopping partition=0 offset=1")));
    until("the other partition goes on", () -> stored("stopping-").containsKey("stopping-beside"));
    stop(ingester);
    assertThat(committed("stopping"))
        .as("the record is taken again")
        .containsEntry(new TopicPartition("stopping", 0), 1L)
        .containsEntry(new TopicPartition("stopping", 1), 1L);
  }

  private Ingester start(String group, String topics, Health health) throws Exception {
    IngestConfig config = ConfigFile.parse(
        "test", """
        receive: {http-port: 0, grpc-port: 0}
        fluent: {enabled: false}
        batch: {linger: 5ms}
        kafka-in: {enabled: true, group: %s, %s
        """.formatted(group, topics.substring(1)), IngestConfig.class, Map.of());
    Ingester ingester =
        new Ingester(vertx, config, kafka, () -> KeyRing.OPEN, new Metrics(), health);
    ingester.start();
    running.add(ingester);
    return ingester;
  }

  private void stop(Ingester ingester) throws Exception {
    running.remove(ingester);
    ingester.stop(Duration.ofSeconds(20));
  }

  private static void create(String... topics) throws Exception {
    List<NewTopic> all = new ArrayList<>();
    for (String topic : topics) {
      all.add(new NewTopic(topic, PARTITIONS, (short) 1));
    }
    admin.createTopics(all).all().get();
  }

  private static void send(String topic, int partition, byte[] value) throws Exception {
    producer.send(new ProducerRecord<>(topic, partition, null, value)).get();
  }

  private static Map<TopicPartition, Long> committed(String group) throws Exception {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    admin
        .listConsumerGroupOffsets(group)
        .partitionsToOffsetAndMetadata()
        .get()
        .forEach((partition, offset) -> offsets.put(partition, offset.offset()));
    return offsets;
  }

  private static byte[] logs(String body) {
    return ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder()
            .addScopeLogs(ScopeLogs.newBuilder()
                .addLogRecords(LogRecord.newBuilder()
                    .setTimeUnixNano(TIME)
                    .setBody(AnyValue.newBuilder().setStringValue(body)))))
        .build()
        .toByteArray();
  }

  private static byte[] metrics() {
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(ResourceMetrics.newBuilder()
            .addScopeMetrics(ScopeMetrics.newBuilder()
                .addMetrics(Metric.newBuilder()
                    .setName("load")
                    .setGauge(Gauge.newBuilder()
                        .addDataPoints(
                            NumberDataPoint.newBuilder().setAsDouble(1).setTimeUnixNano(TIME))))))
        .build()
        .toByteArray();
  }

  private static byte[] traces() {
    return ExportTraceServiceRequest.newBuilder()
        .addResourceSpans(ResourceSpans.newBuilder()
            .addScopeSpans(ScopeSpans.newBuilder()
                .addSpans(Span.newBuilder()
                    .setTraceId(ByteString.fromHex("5b8efff798038103d269b633813fc60c"))
                    .setSpanId(ByteString.fromHex("eee19b7ec3c1b174"))
                    .setName("GET")
                    .setStartTimeUnixNano(TIME)
                    .setEndTimeUnixNano(TIME + 1))))
        .build()
        .toByteArray();
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), UTF_8);
  }

  /** How often each log body that starts with a prefix is stored. */
  private static Map<String, Integer> stored(String prefix) throws Exception {
    Map<String, Integer> times = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records(Table.OTEL_LOGS.topic())) {
      Block block = Block.decode(record.value(), 0, record.value().length);
      StringColumn bodies = (StringColumn) block.column("Body");
      for (int row = 0; row < block.rows(); row++) {
        if (bodies.text(row).startsWith(prefix)) {
          times.merge(bodies.text(row), 1, Integer::sum);
        }
      }
    }
    return times;
  }

  private static List<ConsumerRecord<byte[], byte[]>> records(String topic) {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("auto.offset.reset", "earliest");
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
          .map(info -> new TopicPartition(info.topic(), info.partition()))
          .toList();
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }

  private static void until(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(40).toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
