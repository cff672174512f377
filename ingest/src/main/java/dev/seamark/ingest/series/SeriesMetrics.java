package dev.seamark.ingest.series;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.ToLongFunction;

/**
 * The counts of a {@link SeriesCache} as metrics, read when they are asked for.
 *
 * <p>Claims: {@code seamark_series_claims_total = seamark_series_claims_completed_total +
 * seamark_series_claims_failed_total + seamark_series_claims_pending}, each read in turn, so exact
 * at rest. Evictions that rise while the tables are full mean that
 * {@code ingest.series.raw-keys-max} or {@code announced-max} is below the number of active series.
 */
public final class SeriesMetrics {
  private static final long NANOS_A_MILLI = 1_000_000;

  private SeriesMetrics() {}

  /** Registers the metrics, once for each registry. */
  public static void register(SeriesCache cache, PrometheusRegistry registry) {
    gauge(
        "raw_keys",
        "Series known by their raw bytes now; ingest.series.raw-keys-max bounds them.",
        cache,
        SeriesCounts::rawKeys,
        registry);
    counter(
        "raw_evictions",
        "Raw keys forgotten for want of room: their series are parsed again.",
        cache,
        SeriesCounts::rawEvictions,
        registry);
    gauge(
        "announced",
        "Series, label values and metadata known as announced now; ingest.series.announced-max"
            + " bounds them.",
        cache,
        SeriesCounts::announced,
        registry);
    counter(
        "announced_evictions",
        "Announced things forgotten for want of room: they are announced again.",
        cache,
        SeriesCounts::announcedEvictions,
        registry);
    counter(
        "claims",
        "Series, label values and metadata that requests set out to announce.",
        cache,
        SeriesCounts::claimed,
        registry);
    counter(
        "claims_completed",
        "Claims whose rows are acknowledged.",
        cache,
        SeriesCounts::completed,
        registry);
    counter("claims_failed", "Claims whose rows were lost.", cache, SeriesCounts::failed, registry);
    gauge(
        "claims_pending",
        "Claims that wait for their acknowledgement; ingest.series.pending-max bounds them.",
        cache,
        SeriesCounts::pending,
        registry);
    counter(
        "claims_refused",
        "Claims refused, with their request, because too many were pending.",
        cache,
        SeriesCounts::refused,
        registry);
    GaugeWithCallback.builder()
        .name("seamark_series_active")
        .help("Series with a point of today, UTC, as this ingester saw them.")
        .labelNames("tenant")
        .callback(callback -> cache
            .active(System.currentTimeMillis() * NANOS_A_MILLI)
            .forEach((tenant, count) -> callback.call((double) count, tenant)))
        .register(registry);
  }

  private static void gauge(
      String name,
      String help,
      SeriesCache cache,
      ToLongFunction<SeriesCounts> count,
      PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("seamark_series_" + name)
        .help(help)
        .callback(callback -> callback.call((double) count.applyAsLong(cache.counts())))
        .register(registry);
  }

  private static void counter(
      String name,
      String help,
      SeriesCache cache,
      ToLongFunction<SeriesCounts> count,
      PrometheusRegistry registry) {
    CounterWithCallback.builder()
        .name("seamark_series_" + name + "_total")
        .help(help)
        .callback(callback -> callback.call((double) count.applyAsLong(cache.counts())))
        .register(registry);
  }
}
