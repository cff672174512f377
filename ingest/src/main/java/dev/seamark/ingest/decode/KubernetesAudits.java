package dev.seamark.ingest.decode;

import static dev.seamark.ingest.decode.KubernetesObjects.unsigned;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.block.ArrayColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.schema.KubernetesAuditRows;
import dev.seamark.schema.LogRows;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Audit events of API servers ({@code audit.k8s.io/v1}), or lists of them, to rows. */
final class KubernetesAudits {
  private static final int ROW_FIXED_BYTES = 512; // numbers, indexes and ends, roughly
  private static final int HTTP_CODE_MAX = 999;

  private final Horizon horizon;
  private final long bytesMax;

  KubernetesAudits(Horizon horizon, Limits limits) {
    this.horizon = horizon;
    this.bytesMax = limits.decodedBytesMax();
  }

  void append(LogRows logs, int row, JsonTree object, KubernetesRows into) {
    if (!object.text("kind").equals("EventList")) {
      appendEvent(logs, row, object, logs.body.length(row), into);
      return;
    }
    for (Object item : object.list("items")) {
      if (item instanceof JsonTree event) {
        appendEvent(logs, row, event, 0, into);
      } else {
        into.malformed++;
      }
    }
  }

  private void appendEvent(LogRows logs, int row, JsonTree event, int bytes, KubernetesRows into) {
    String auditId = event.text("auditID");
    String stage = event.text("stage");
    if (auditId.isEmpty() || stage.isEmpty()) {
      into.malformed++; // without its identity it would be counted each time it is sent
      return;
    }
    if (into.bytes() + ROW_FIXED_BYTES + bytes > bytesMax) {
      into.leftOut++;
      return;
    }
    long received = KubernetesTime.nanos(event.text("requestReceivedTimestamp"));
    long reached = KubernetesTime.nanos(event.text("stageTimestamp"));
    JsonTree user = event.object("user");
    JsonTree object = event.object("objectRef");
    JsonTree response = event.object("responseStatus");
    KubernetesAuditRows rows = into.audits;
    rows.timestamp.append(timestamp(reached, received, logs.timestamp.get(row)));
    rows.requestReceived.append(Math.max(0, received));
    rows.tenant.append(logs.tenant.bytes(row));
    rows.cluster.append(logs.cluster.bytes(row));
    rows.retentionDays.append(logs.retentionDays.get(row));
    rows.auditId.append(auditId);
    rows.stage.append(stage);
    rows.level.append(event.text("level"));
    rows.verb.append(event.text("verb"));
    rows.user.append(user.text("username"));
    rows.userUid.append(user.text("uid"));
    appendTexts(user.list("groups"), rows.userGroups);
    rows.impersonatedUser.append(event.object("impersonatedUser").text("username"));
    appendTexts(event.list("sourceIPs"), rows.sourceIps);
    rows.userAgent.append(event.text("userAgent"));
    rows.requestUri.append(event.text("requestURI"));
    rows.objectApiGroup.append(object.text("apiGroup"));
    rows.objectApiVersion.append(object.text("apiVersion"));
    rows.objectResource.append(object.text("resource"));
    rows.objectSubresource.append(object.text("subresource"));
    rows.objectNamespace.append(object.text("namespace"));
    rows.objectName.append(object.text("name"));
    rows.objectUid.append(object.text("uid"));
    rows.objectResourceVersion.append(object.text("resourceVersion"));
    rows.responseCode.append(unsigned(response.text("code"), HTTP_CODE_MAX, 0));
    rows.responseReason.append(response.text("reason"));
    rows.responseMessage.append(response.text("message"));
    appendEntries(event.object("annotations").fields(), rows.annotations);
  }

  private long timestamp(long reached, long received, long ofRecord) {
    if (horizon.holds(reached)) {
      return reached;
    }
    return horizon.holds(received) ? received : ofRecord;
  }

  private static void appendTexts(List<?> texts, ArrayColumn<StringColumn> column) {
    for (Object text : texts) {
      if (text instanceof String scalar) {
        column.element().append(scalar);
      }
    }
    column.endRow();
  }

  /** Sorted by the bytes of the keys, as all maps are stored. */
  private static void appendEntries(
      Map<String, Object> entries, MapColumn<StringColumn, StringColumn> column) {
    SortedMap<byte[], String> sorted = new TreeMap<>(Arrays::compareUnsigned);
    entries.forEach((key, value) -> {
      if (value instanceof String text) {
        sorted.put(key.getBytes(UTF_8), text);
      }
    });
    sorted.forEach((key, value) -> {
      column.keys().append(key);
      column.values().append(value);
    });
    column.endRow();
  }
}
