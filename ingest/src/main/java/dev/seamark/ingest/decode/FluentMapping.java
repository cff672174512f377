package dev.seamark.ingest.decode;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Which field of a Fluent record means what in the terms of OpenTelemetry: the tables of
 * docs/reference/fluent.md, which a test holds to this class.
 *
 * <p>Fluentd's and Fluent Bit's Kubernetes filters, Docker's logging driver and the usual loggers
 * agree on few names; these are the ones that are known. Of several fields for one column the first
 * in the table wins, whatever their order in the record, and the others stay attributes. A field
 * that isn't listed is a log attribute of its own name.
 */
public final class FluentMapping {
  /** What a field is to a row. */
  public enum Role {
    /** The column {@code Body}. */
    BODY,
    /** {@code SeverityText}, and by {@link Severities} {@code SeverityNumber}. */
    SEVERITY,
    /** {@code SeverityNumber} as OpenTelemetry counts, 1 to 24. */
    SEVERITY_NUMBER,
    TRACE_ID,
    SPAN_ID,
    TRACE_FLAGS,
    /** A log attribute by another name. */
    ATTRIBUTE,
    /** {@code Cluster}, and the resource attribute {@code k8s.cluster.name}. */
    CLUSTER,
    /** A resource attribute. */
    RESOURCE,
    /** A map of resource attributes: its fields stand in {@link #NESTED}. */
    NESTED,
    /** A map whose fields are resource attributes by their own names behind a prefix. */
    PREFIXED,
    /** An image reference, taken apart into name and tag. */
    IMAGE
  }

  /**
   * A line of the table.
   *
   * @param name in the record; of a field of a map behind the map's name and a dot
   * @param rank among the fields of the same role: the lowest wins
   * @param as the attribute's name, or the prefix of {@link Role#PREFIXED}; empty for columns
   */
  public record Field(String name, Role role, int rank, String as) {}

  /** Fields of a record. */
  public static final List<Field> RECORD = List.of(
      column("log", Role.BODY, 0),
      column("message", Role.BODY, 1),
      column("msg", Role.BODY, 2),
      column("MESSAGE", Role.BODY, 3),
      column("severity_text", Role.SEVERITY, 0),
      column("severity", Role.SEVERITY, 1),
      column("level", Role.SEVERITY, 2),
      column("log.level", Role.SEVERITY, 3),
      column("log_level", Role.SEVERITY, 4),
      column("loglevel", Role.SEVERITY, 5),
      column("levelname", Role.SEVERITY, 6),
      column("lvl", Role.SEVERITY, 7),
      column("PRIORITY", Role.SEVERITY, 8),
      column("severity_number", Role.SEVERITY_NUMBER, 0),
      column("trace_id", Role.TRACE_ID, 0),
      column("traceId", Role.TRACE_ID, 1),
      column("traceid", Role.TRACE_ID, 2),
      column("trace.id", Role.TRACE_ID, 3),
      column("span_id", Role.SPAN_ID, 0),
      column("spanId", Role.SPAN_ID, 1),
      column("spanid", Role.SPAN_ID, 2),
      column("span.id", Role.SPAN_ID, 3),
      column("trace_flags", Role.TRACE_FLAGS, 0),
      attribute("stream", "log.iostream"),
      new Field("k8s.cluster.name", Role.CLUSTER, 0, "k8s.cluster.name"),
      new Field("cluster", Role.CLUSTER, 1, "k8s.cluster.name"),
      new Field("cluster_name", Role.CLUSTER, 2, "k8s.cluster.name"),
      resource("service.name", "service.name"),
      resource("host.name", "host.name"),
      resource("container_id", "container.id"),
      resource("container_name", "container.name"),
      new Field("kubernetes", Role.NESTED, 0, "kubernetes"),
      new Field("kubernetes_namespace", Role.NESTED, 0, "kubernetes_namespace"),
      new Field("docker", Role.NESTED, 0, "docker"));

  /** Fields of the maps in a record, each behind the name of its map and a dot. */
  public static final List<Field> NESTED = List.of(
      resource("kubernetes.namespace_name", "k8s.namespace.name"),
      resource("kubernetes.namespace_id", "k8s.namespace.uid"),
      resource("kubernetes.pod_name", "k8s.pod.name"),
      resource("kubernetes.pod_id", "k8s.pod.uid"),
      resource("kubernetes.pod_ip", "k8s.pod.ip"),
      resource("kubernetes.container_name", "k8s.container.name"),
      new Field("kubernetes.container_image", Role.IMAGE, 0, "container.image.name"),
      resource("kubernetes.container_image_id", "container.image.id"),
      resource("kubernetes.container_hash", "container.image.id"),
      resource("kubernetes.docker_id", "container.id"),
      resource("kubernetes.host", "k8s.node.name"),
      new Field("kubernetes.labels", Role.PREFIXED, 0, "k8s.pod.label."),
      new Field("kubernetes.annotations", Role.PREFIXED, 0, "k8s.pod.annotation."),
      new Field("kubernetes.namespace_labels", Role.PREFIXED, 0, "k8s.namespace.label."),
      new Field("kubernetes.namespace_annotations", Role.PREFIXED, 0, "k8s.namespace.annotation."),
      // as Vector's kubernetes_logs source has them
      resource("kubernetes.pod_namespace", "k8s.namespace.name"),
      resource("kubernetes.pod_uid", "k8s.pod.uid"),
      resource("kubernetes.pod_node_name", "k8s.node.name"),
      resource("kubernetes.container_id", "container.id"),
      new Field("kubernetes.pod_labels", Role.PREFIXED, 0, "k8s.pod.label."),
      new Field("kubernetes.pod_annotations", Role.PREFIXED, 0, "k8s.pod.annotation."),
      resource("kubernetes_namespace.name", "k8s.namespace.name"),
      new Field("kubernetes_namespace.labels", Role.PREFIXED, 0, "k8s.namespace.label."),
      new Field("kubernetes_namespace.annotations", Role.PREFIXED, 0, "k8s.namespace.annotation."),
      resource("docker.container_id", "container.id"));

  /** Where {@code service.name} comes from: the first of these attributes that the record has. */
  public static final List<String> SERVICE = List.of(
      "service.name",
      "k8s.pod.label.app.kubernetes.io/name",
      "k8s.pod.label.app_kubernetes_io/name",
      "k8s.pod.label.app",
      "k8s.container.name",
      "container.name");

  /** Fields whose names begin so are resource attributes by their own names. */
  public static final String RESOURCE_PREFIX = "k8s.";

  static final NameTable<Field> RECORD_TABLE = table(RECORD);
  static final NameTable<Field> NESTED_TABLE = table(NESTED);

  private FluentMapping() {}

  private static Field column(String name, Role role, int rank) {
    return new Field(name, role, rank, "");
  }

  private static Field attribute(String name, String as) {
    return new Field(name, Role.ATTRIBUTE, 0, as);
  }

  private static Field resource(String name, String as) {
    return new Field(name, Role.RESOURCE, 0, as);
  }

  private static NameTable<Field> table(List<Field> fields) {
    return new NameTable<>(
        fields.stream().collect(Collectors.toMap(Field::name, Function.identity())));
  }
}
