package dev.seamark.ingest.receive;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** The counts of a {@link ReplicaElection} as metrics, read when they are asked for. */
public final class ReplicaMetrics {
  private ReplicaMetrics() {}

  /** Registers the metrics, once for each registry. */
  public static void register(ReplicaElection election, PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("seamark_ingest_replica_pairs")
        .help("Pairs of remote-write senders known now; ingest.remote-write.pairs-max bounds a"
            + " tenant's.")
        .callback(callback -> callback.call(election.pairs()))
        .register(registry);
    CounterWithCallback.builder()
        .name("seamark_ingest_replica_failovers_total")
        .help("Times that the other sender of a pair took over from a silent one.")
        .callback(callback -> callback.call((double) election.failovers()))
        .register(registry);
    CounterWithCallback.builder()
        .name("seamark_ingest_replica_unelected_total")
        .help("Requests stored without an election, as too many pairs of their tenant are known.")
        .callback(callback -> callback.call((double) election.unelected()))
        .register(registry);
  }
}
