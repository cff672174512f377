package dev.seamark.ingest.decode;

import static dev.seamark.ingest.decode.KubernetesObjects.ascii;
import static dev.seamark.ingest.decode.KubernetesObjects.attribute;
import static dev.seamark.ingest.decode.KubernetesObjects.unsigned;

import dev.seamark.schema.KubernetesEventRows;
import dev.seamark.schema.LogRows;

/**
 * Kubernetes events, of the core API ({@code v1}) or {@code events.k8s.io}, to rows. A time that
 * lies outside of the horizon is no time: the log record's holds then. Not thread-safe.
 */
final class KubernetesEvents {
  private static final int ROW_FIXED_BYTES = 256; // numbers, indexes and ends, roughly

  private static final byte[] REASON = ascii("k8s.event.reason");
  private static final byte[] ACTION = ascii("k8s.event.action");
  private static final byte[] START_TIME = ascii("k8s.event.start_time");
  private static final byte[] NAME = ascii("k8s.event.name");
  private static final byte[] UID = ascii("k8s.event.uid");
  private static final byte[] COUNT = ascii("k8s.event.count");
  private static final byte[] CONTROLLER = ascii("k8s.event.reporting_controller");
  private static final byte[] INSTANCE = ascii("k8s.event.reporting_instance");
  private static final byte[] NAMESPACE = ascii("k8s.namespace.name");
  private static final byte[] NODE = ascii("k8s.node.name");
  private static final byte[] OBJECT_KIND = ascii("k8s.object.kind");
  private static final byte[] OBJECT_NAME = ascii("k8s.object.name");
  private static final byte[] OBJECT_UID = ascii("k8s.object.uid");
  private static final byte[] OBJECT_FIELD_PATH = ascii("k8s.object.fieldpath");
  private static final byte[] OBJECT_API_VERSION = ascii("k8s.object.api_version");
  private static final byte[] OBJECT_RESOURCE_VERSION = ascii("k8s.object.resource_version");

  private final Horizon horizon;
  private final long bytesMax;

  KubernetesEvents(Horizon horizon, Limits limits) {
    this.horizon = horizon;
    this.bytesMax = limits.decodedBytesMax();
  }

  /** What the row of an event is made of, whichever way it came. */
  private record Event(
      String uid,
      String resourceVersion,
      String name,
      String namespace,
      String type,
      String reason,
      String action,
      String message,
      String count,
      long first,
      long last,
      long other,
      ObjectReference object,
      String component,
      String instance,
      String host) {}

  private record ObjectReference(
      String kind,
      String apiVersion,
      String namespace,
      String name,
      String uid,
      String resourceVersion,
      String fieldPath) {}

  /** The row of an event object. */
  void append(LogRows logs, int row, JsonTree event, KubernetesRows into) {
    JsonTree metadata = event.object("metadata");
    JsonTree series = event.object("series");
    JsonTree source =
        event.has("source") ? event.object("source") : event.object("deprecatedSource");
    JsonTree object =
        event.has("involvedObject") ? event.object("involvedObject") : event.object("regarding");
    String seriesCount = series.text("count");
    String component = event.text("reportingComponent", "reportingController");
    append(
        logs,
        row,
        new Event(
            metadata.text("uid"),
            metadata.text("resourceVersion"),
            metadata.text("name"),
            metadata.text("namespace"),
            event.text("type"),
            event.text("reason"),
            event.text("action"),
            event.text("message", "note"),
            seriesCount.isEmpty() ? event.text("count", "deprecatedCount") : seriesCount,
            KubernetesTime.nanos(
                event.text("firstTimestamp", "deprecatedFirstTimestamp", "eventTime")),
            KubernetesTime.nanos(
                series.has("lastObservedTime")
                    ? series.text("lastObservedTime")
                    : event.text("lastTimestamp", "deprecatedLastTimestamp", "eventTime")),
            KubernetesTime.nanos(metadata.text("creationTimestamp")),
            new ObjectReference(
                object.text("kind"),
                object.text("apiVersion"),
                object.text("namespace"),
                object.text("name"),
                object.text("uid"),
                object.text("resourceVersion"),
                object.text("fieldPath")),
            component.isEmpty() ? source.text("component") : component,
            event.text("reportingInstance"),
            source.text("host")),
        into);
  }

  /** The row of a record of the Collector's k8sevents receiver. */
  void appendAttributes(LogRows logs, int row, KubernetesRows into) {
    var record = logs.logAttributes;
    var resource = logs.resourceAttributes;
    String namespace = attribute(record, row, NAMESPACE);
    append(
        logs,
        row,
        new Event(
            attribute(record, row, UID),
            "",
            attribute(record, row, NAME),
            namespace,
            logs.severityText.text(row),
            attribute(record, row, REASON),
            attribute(record, row, ACTION),
            logs.body.text(row),
            attribute(record, row, COUNT),
            KubernetesTime.nanos(attribute(record, row, START_TIME)),
            logs.timestamp.get(row),
            logs.timestamp.get(row),
            new ObjectReference(
                attribute(resource, row, OBJECT_KIND),
                attribute(resource, row, OBJECT_API_VERSION),
                namespace,
                attribute(resource, row, OBJECT_NAME),
                attribute(resource, row, OBJECT_UID),
                attribute(resource, row, OBJECT_RESOURCE_VERSION),
                attribute(resource, row, OBJECT_FIELD_PATH)),
            attribute(record, row, CONTROLLER),
            attribute(record, row, INSTANCE),
            attribute(resource, row, NODE)),
        into);
  }

  private void append(LogRows logs, int row, Event event, KubernetesRows into) {
    if (event.uid().isEmpty()) {
      into.malformed++; // without its identity it would be counted each time it is sent
      return;
    }
    if (into.bytes() + ROW_FIXED_BYTES + logs.body.length(row) > bytesMax) {
      into.leftOut++;
      return;
    }
    KubernetesEventRows rows = into.events;
    rows.timestamp.append(timestamp(event, logs.timestamp.get(row)));
    rows.tenant.append(logs.tenant.bytes(row));
    rows.cluster.append(logs.cluster.bytes(row));
    rows.retentionDays.append(logs.retentionDays.get(row));
    rows.uid.append(event.uid());
    rows.resourceVersion.append(event.resourceVersion());
    rows.name.append(event.name());
    rows.namespace.append(event.namespace());
    rows.type.append(event.type());
    rows.reason.append(event.reason());
    rows.action.append(event.action());
    rows.message.append(event.message());
    rows.count.append(Math.max(1, unsigned(event.count(), Integer.MAX_VALUE, 1)));
    rows.firstTimestamp.append(Math.max(0, event.first()));
    rows.lastTimestamp.append(Math.max(0, event.last()));
    ObjectReference object = event.object();
    rows.objectKind.append(object.kind());
    rows.objectApiVersion.append(object.apiVersion());
    rows.objectNamespace.append(object.namespace());
    rows.objectName.append(object.name());
    rows.objectUid.append(object.uid());
    rows.objectResourceVersion.append(object.resourceVersion());
    rows.objectFieldPath.append(object.fieldPath());
    rows.reportingComponent.append(event.component());
    rows.reportingInstance.append(event.instance());
    rows.host.append(event.host());
  }

  private long timestamp(Event event, long ofRecord) {
    for (long time : new long[] {event.last(), event.first(), event.other()}) {
      if (horizon.holds(time)) {
        return time;
      }
    }
    return ofRecord;
  }
}
