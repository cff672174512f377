package dev.seamark.ingest.consume;

import dev.seamark.ingest.decode.Signal;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.Sasl;
import dev.seamark.kafka.TopicsConfig;
import dev.seamark.service.Key;
import dev.seamark.service.Secret;
import dev.seamark.service.Tls;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Section {@code ingest.kafka-in}: topics that an OpenTelemetry Collector's Kafka exporter fills,
 * read as if their records were OTLP requests.
 */
public record KafkaInConfig(
    @Key(fallback = "false", why = "Read the topics; off unless somebody fills them.")
    boolean enabled,

    @Key(fallback = "[otlp_logs]", why = "Topics of logs; the exporter's default.")
    List<String> logs,

    @Key(fallback = "[otlp_metrics]", why = "Topics of metrics; the exporter's default.")
    List<String> metrics,

    @Key(fallback = "[otlp_spans]", why = "Topics of traces; the exporter's default.")
    List<String> traces,

    @Key(
        fallback = "seamark-kafka-in",
        why = "Consumer group: the ingesters of one share the partitions and the offsets.")
    String group,

    @Key(why = "The brokers that have the topics; left out = those of section kafka.") @Nullable
    Brokers brokers,

    @Key(
        fallback = "earliest",
        why = "Where a group without offsets begins, and one whose offset Kafka no longer has.")
    Start startFrom,

    @Key(
        why = "Secret of the key as whose holder the records come in, given as ${NAME}; left out"
            + " where there is no keys file.")
    @Nullable
    Secret key,

    @Key(fallback = "''", why = "Cluster of resources that name none.")
    String cluster,

    @Key(
        fallback = "dead-letter",
        why = "What is done with a record that can never be taken: dead-letter keeps it in topic"
            + " seamark.dead-letter, stop stops its partition, skip drops it.")
    Unusable unusable,

    @Key(
        fallback = "64",
        min = "1",
        max = "10000",
        unit = "records",
        why = "Records that wait for their acknowledgement at the same time; they hold their bytes"
            + " of ingest.batch.in-flight-bytes-max, as requests do.")
    int inFlightMax) {
  /** Brokers that aren't Seamark's own. */
  public record Brokers(
      @Key(why = "Brokers to ask first, host:port.") List<String> bootstrap,

      Tls tls,

      @Key(why = "Left out where the brokers ask for no login.") @Nullable
      Sasl sasl) {
    public Brokers {
      bootstrap = List.copyOf(bootstrap);
      if (bootstrap.isEmpty()) {
        throw new IllegalArgumentException("bootstrap names no broker");
      }
    }

    KafkaConfig config() {
      return new KafkaConfig(
          bootstrap, tls, sasl, "", Duration.ofSeconds(10), TopicsConfig.SINGLE_BROKER);
    }
  }

  /** Where a group without offsets begins. */
  public enum Start {
    EARLIEST,
    LATEST
  }

  /** What is done with a record that can never be taken. */
  public enum Unusable {
    DEAD_LETTER,
    STOP,
    SKIP
  }

  public KafkaInConfig {
    if (enabled && topics(logs, metrics, traces).isEmpty()) {
      throw new IllegalArgumentException(
          "kafka-in is enabled, but logs, metrics and traces are empty");
    }
  }

  /** The signal of each topic. */
  Map<String, Signal> topics() {
    return topics(logs, metrics, traces);
  }

  private static Map<String, Signal> topics(
      List<String> logs, List<String> metrics, List<String> traces) {
    Map<String, Signal> topics = new HashMap<>();
    add(logs, Signal.LOGS, topics);
    add(metrics, Signal.METRICS, topics);
    add(traces, Signal.TRACES, topics);
    return Map.copyOf(topics);
  }

  private static void add(List<String> names, Signal signal, Map<String, Signal> topics) {
    for (String name : names) {
      if (name.startsWith("seamark.")) {
        throw new IllegalArgumentException("topic " + name + " holds Seamark's own blocks");
      }
      Signal other = topics.put(name, signal);
      if (other != null && other != signal) {
        throw new IllegalArgumentException("topic " + name + " is given for two signals");
      }
    }
  }

  /** The brokers that have the topics. */
  KafkaConfig brokersElse(KafkaConfig own) {
    return brokers == null ? own : brokers.config();
  }
}
