package dev.seamark.ingest.consume;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/**
 * What became of records: read = stored + dead_letter + skipped + late + under way, where a record
 * on which its partition stopped stays under way.
 */
public final class KafkaInMetrics {
  final Counter read;
  final Counter ended;
  final Counter retries;
  final Gauge stopped;

  public KafkaInMetrics(PrometheusRegistry registry) {
    read = Counter.builder()
        .name("seamark_kafka_in_records_read_total")
        .help("Records handed to the intake.")
        .labelNames("topic")
        .register(registry);
    ended = Counter.builder()
        .name("seamark_kafka_in_records_ended_total")
        .help("Records by what became of them.")
        .labelNames("topic", "outcome")
        .register(registry);
    retries = Counter.builder()
        .name("seamark_kafka_in_retries_total")
        .help("Attempts that are repeated.")
        .labelNames("topic")
        .register(registry);
    stopped = Gauge.builder()
        .name("seamark_kafka_in_partitions_stopped")
        .help("Partitions that wait for an operator.")
        .register(registry);
  }
}
