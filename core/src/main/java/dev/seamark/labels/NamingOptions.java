package dev.seamark.labels;

import java.util.List;

/// How OTLP metrics get their Prometheus names and labels.
///
/// @param utf8Names names stay as they were sent, dots and all (`ingest.metrics.utf8-names`)
/// @param suffixes units and `_total` are appended to metric names (`ingest.metrics.name-suffixes`)
/// @param scopeLabels every series gets `otel_scope_name` and `otel_scope_version`
///     (`ingest.metrics.scope-labels`); off by default as in Prometheus' own OTLP endpoint
/// @param promotedAttributes resource attributes that become labels of every series
///     (`ingest.metrics.promoted-attributes`)
public record NamingOptions(
    boolean utf8Names, boolean suffixes, boolean scopeLabels, List<String> promotedAttributes) {

  /// Resource attributes that tell the workloads of a Kubernetes fleet apart.
  public static final List<String> PROMOTED = List.of(
      "k8s.cluster.name",
      "k8s.namespace.name",
      "k8s.pod.name",
      "k8s.container.name",
      "k8s.node.name",
      "deployment.environment.name");

  public static final NamingOptions DEFAULTS = new NamingOptions(false, true, false, PROMOTED);

  public NamingOptions {
    promotedAttributes = List.copyOf(promotedAttributes);
  }

  /// The label name of an attribute key, which must be valid UTF-8; empty if nothing of it can be
  /// kept.
  public byte[] labelName(byte[] key) {
    return utf8Names ? key : LabelNaming.sanitised(key, 0, key.length);
  }
}
