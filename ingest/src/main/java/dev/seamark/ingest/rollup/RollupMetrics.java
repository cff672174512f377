package dev.seamark.ingest.rollup;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What the rollups tell about themselves; only the process whose turn it is has values. */
public final class RollupMetrics {
  final Gauge upTo;
  final Counter buckets;
  final Counter seconds;
  final Counter failures;

  public RollupMetrics(PrometheusRegistry registry) {
    upTo = Gauge.builder()
        .name("seamark_rollup_up_to_timestamp_seconds")
        .help("End of the last bucket that is computed.")
        .labelNames("rollup")
        .register(registry);
    buckets = Counter.builder()
        .name("seamark_rollup_buckets_total")
        .help("Buckets computed for the first time (due) and again (late).")
        .labelNames("rollup", "cause")
        .register(registry);
    seconds = Counter.builder()
        .name("seamark_rollup_seconds_total")
        .help("Time spent on computing buckets.")
        .labelNames("rollup")
        .register(registry);
    failures = Counter.builder()
        .name("seamark_rollup_failures_total")
        .help("Rounds that failed and are repeated.")
        .labelNames("rollup")
        .register(registry);
    for (Resolution each : Resolution.values()) {
      buckets.labelValues(each.label(), "due");
      buckets.labelValues(each.label(), "late");
      seconds.labelValues(each.label());
      failures.labelValues(each.label());
    }
  }
}
