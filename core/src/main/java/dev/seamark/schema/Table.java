package dev.seamark.schema;

import dev.seamark.block.Block;
import java.util.List;

/** A table that ingesters fill, and the Kafka topic its blocks travel through. */
public enum Table {
  OTEL_LOGS(
      "otel_logs", "Timestamp", "Tenant", "Timestamp/5m", "Cluster", "ServiceName", "Timestamp"),
  OTEL_TRACES("otel_traces", "Timestamp", "Tenant", "ServiceName", "SpanName", "Timestamp"),
  METRICS_SAMPLES("metrics_samples", "Ts", "Tenant", "MetricName", "SeriesId", "Ts"),
  METRICS_SERIES("metrics_series", "Day", "Tenant", "Day", "MetricName", "SeriesId"),
  METRICS_LABEL_VALUES(
      "metrics_label_values", "Day", "Tenant", "Day", "Name", "Value", "MetricName"),
  METRICS_HISTOGRAMS("metrics_histograms", "Ts", "Tenant", "MetricName", "SeriesId", "Ts"),
  METRICS_EXEMPLARS("metrics_exemplars", "Ts", "Tenant", "MetricName", "SeriesId", "Ts"),
  METRICS_METADATA(
      "metrics_metadata", "Day", "Tenant", "Day", "MetricName", "Type", "Unit", "Help"),
  K8S_EVENTS(
      "k8s_events",
      "Timestamp",
      "Tenant",
      "Cluster",
      "ObjectNamespace",
      "ObjectKind",
      "ObjectName",
      "Timestamp",
      "Uid",
      "ResourceVersion",
      "Count"),
  K8S_AUDIT("k8s_audit", "Timestamp", "Tenant", "Cluster", "Timestamp", "AuditId", "Stage");

  private final String table;
  private final String topic;
  private final String timeColumn;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> sortKey;

  Table(String table, String timeColumn, String... sortKey) {
    this.table = table;
    this.topic = "seamark." + table;
    this.timeColumn = timeColumn;
    this.sortKey = List.of(sortKey);
  }

  /** The table's name in ClickHouse, without a database. */
  public String table() {
    return table;
  }

  /** The Kafka topic whose records are blocks of this table. */
  public String topic() {
    return topic;
  }

  /** The column the partition's day is taken from: a DateTime64, or a Date named {@code Day}. */
  public String timeColumn() {
    return timeColumn;
  }

  /**
   * The columns of the table's ORDER BY, first one first.
   *
   * <p>{@code Timestamp/5m} stands for the timestamp rounded down to five minutes. Sorting by these
   * columns before an insert saves the server the same work; it isn't needed for a right result.
   */
  public List<String> sortKey() {
    return sortKey;
  }

  /** An empty row builder for this table. */
  public Rows newRows() {
    return switch (this) {
      case OTEL_LOGS -> new LogRows();
      case OTEL_TRACES -> new SpanRows();
      case METRICS_SAMPLES -> new SampleRows();
      case METRICS_SERIES -> new SeriesRows();
      case METRICS_LABEL_VALUES -> new LabelValueRows();
      case METRICS_HISTOGRAMS -> new HistogramRows();
      case METRICS_EXEMPLARS -> new ExemplarRows();
      case METRICS_METADATA -> new MetadataRows();
      case K8S_EVENTS -> new KubernetesEventRows();
      case K8S_AUDIT -> new KubernetesAuditRows();
    };
  }

  /** An empty block with all columns a writer of this table fills. */
  public Block newBlock() {
    return newRows().block();
  }

  /**
   * The table a topic's blocks belong to; throws {@link IllegalArgumentException} for any other.
   */
  public static Table ofTopic(String topic) {
    for (Table table : values()) {
      if (table.topic.equals(topic)) {
        return table;
      }
    }
    throw new IllegalArgumentException("topic " + topic + " belongs to no table");
  }
}
