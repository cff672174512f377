package dev.seamark.labels;

/// Kind of a metric as far as its Prometheus name, type and temporality depend on it.
public enum MetricKind {
  GAUGE("gauge", "gauge", ""),
  /// A monotonic cumulative sum: a Prometheus counter.
  COUNTER("counter", "counter", "cumulative"),
  /// A cumulative sum that may fall: a Prometheus gauge, but never a ratio.
  UP_DOWN_COUNTER("gauge", "gauge", "cumulative"),
  /// A histogram with explicit bounds, kept as classic `_bucket`, `_count` and `_sum` series.
  HISTOGRAM("histogram", "histogram", "cumulative"),
  EXPONENTIAL_HISTOGRAM("exponential_histogram", "histogram", "cumulative"),
  /// A classic histogram whose counts may fall; only Prometheus knows it.
  GAUGE_HISTOGRAM("gaugehistogram", "gaugehistogram", ""),
  SUMMARY("summary", "summary", ""),
  INFO("info", "info", ""),
  STATE_SET("stateset", "stateset", ""),
  UNKNOWN("unknown", "unknown", "");

  private final String seriesType;
  private final String metadataType;
  private final String temporality;

  MetricKind(String seriesType, String metadataType, String temporality) {
    this.seriesType = seriesType;
    this.metadataType = metadataType;
    this.temporality = temporality;
  }

  /// The text of `metrics_series.Type`.
  public String seriesType() {
    return seriesType;
  }

  /// The text of `metrics_metadata.Type`, one of Prometheus' metric types.
  public String metadataType() {
    return metadataType;
  }

  /// The text of `metrics_series.Temporality`.
  public String temporality() {
    return temporality;
  }
}
