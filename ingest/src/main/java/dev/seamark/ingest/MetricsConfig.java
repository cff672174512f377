package dev.seamark.ingest;

import dev.seamark.labels.NamingOptions;
import dev.seamark.service.Key;
import java.util.List;

/** Section {@code ingest.metrics}: how OTLP metrics get their Prometheus names and labels. */
public record MetricsConfig(
    @Key(
        fallback = "false",
        why = "Keep names as they were sent, dots and all; PromQL then needs quotes.")
    boolean utf8Names,

    @Key(
        fallback = "true",
        why = "Append units and _total to metric names, as Prometheus' own OTLP endpoint does.")
    boolean nameSuffixes,

    @Key(
        fallback = "false",
        why = "Give every series otel_scope_name and otel_scope_version; it makes more series.")
    boolean scopeLabels,

    @Key(
        fallback = "[k8s.cluster.name, k8s.namespace.name, k8s.pod.name, k8s.container.name,"
            + " k8s.node.name, deployment.environment.name]",
        why = "Resource attributes that become labels of every series; the others are found in"
            + " target_info.")
    List<String> promotedAttributes) {
  NamingOptions naming() {
    return new NamingOptions(utf8Names, nameSuffixes, scopeLabels, promotedAttributes);
  }
}
