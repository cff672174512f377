package dev.seamark.ingest.receive;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;

/**
 * What the forward protocol counts beside what all protocols do. Chunks that came with an id:
 * acknowledged = stored once + duplicates, each of those that weren't refused. Thread-safe.
 */
public final class FluentMetrics {
  /** Why the ingester hung up. */
  enum HungUp {
    /** What came wasn't the protocol. */
    MALFORMED,
    /** A message was refused, whether it may be repeated or not. */
    REFUSED,
    /** A message or a handshake didn't become whole in time, or there was no memory to read it. */
    SLOW,
    /** The handshake failed. */
    UNAUTHENTICATED,
    /** There were too many connections. */
    LIMIT
  }

  private final Gauge connections;
  private final Counter acknowledged;
  private final Counter duplicates;
  private final Counter forgotten;
  private final Gauge remembered;
  private final Counter hungUp;
  private final Counter heartbeats;

  public FluentMetrics(PrometheusRegistry registry) {
    connections = Gauge.builder()
        .name("seamark_fluent_connections")
        .help("Open connections of the forward protocol.")
        .register(registry);
    acknowledged = Counter.builder()
        .name("seamark_fluent_chunks_acknowledged_total")
        .help("Chunks whose sender was told that they are stored.")
        .register(registry);
    duplicates = Counter.builder()
        .name("seamark_fluent_chunks_duplicate_total")
        .help("Chunks that came again and weren't stored again.")
        .register(registry);
    forgotten = Counter.builder()
        .name("seamark_fluent_chunks_forgotten_total")
        .help("Chunks forgotten early, since there were more than ingest.fluent.chunks-max.")
        .register(registry);
    remembered = Gauge.builder()
        .name("seamark_fluent_chunks_remembered")
        .help("Stored chunks that would be recognised.")
        .register(registry);
    hungUp = Counter.builder()
        .name("seamark_fluent_connections_hung_up_total")
        .help("Connections that the ingester ended.")
        .labelNames("reason")
        .register(registry);
    heartbeats = Counter.builder()
        .name("seamark_fluent_heartbeats_total")
        .help("Heartbeats answered over UDP or taken over TCP.")
        .register(registry);
  }

  void opened() {
    connections.inc();
  }

  void closed() {
    connections.dec();
  }

  void acknowledged() {
    acknowledged.inc();
  }

  void duplicate() {
    duplicates.inc();
  }

  void forgotten() {
    forgotten.inc();
  }

  void remembered(int chunks) {
    remembered.set(chunks);
  }

  void hungUp(HungUp why) {
    hungUp.labelValues(why.name().toLowerCase(Locale.ROOT)).inc();
  }

  void heartbeat() {
    heartbeats.inc();
  }
}
