package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.schema.LogRows;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Kubernetes events and audit events among decoded log records, whichever protocol brought them.
/// Their rows come besides the log rows, which stay as they are. Recognised are
///
/// - the Collector's k8sobjects receiver: attribute `k8s.resource.name` = `events`, the object (or
///   a watch's `{type, object}`) as JSON in the body;
/// - the Collector's k8sevents receiver: attribute `k8s.event.reason`, all else in attributes of
///   record and resource;
/// - an event object as JSON in the body, or with its fields as attributes (Fluent Bit's
///   kubernetes_events);
/// - an `audit.k8s.io` event, or a list of them, as JSON in the body, or with its fields as
///   attributes.
///
/// A record that is none of them costs a look at its attributes' keys, and if its body begins with
/// a brace a search in it; nothing is parsed and nothing allocated. Measured by
/// `EdgeRulesBenchmark`. Not thread-safe.
///
/// Objects: <https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/>,
/// <https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/>.
public final class KubernetesObjects {
  /** Names of fields that nobody asks for and that may be large. */
  private static final Set<String> SKIPPED =
      Set.of("managedFields", "requestObject", "responseObject", "ownerReferences");

  private static final byte[] EVENT_REASON = ascii("k8s.event.reason");
  private static final byte[] RESOURCE_NAME = ascii("k8s.resource.name");
  private static final byte[] EVENTS = ascii("events");
  private static final byte[] INVOLVED_OBJECT = ascii("involvedObject");
  private static final byte[] REGARDING = ascii("regarding");
  private static final byte[] AUDIT_ID = ascii("auditID");

  private static final Needle[] IN_BODIES = {
    new Needle(ascii("audit.k8s.io/v1")),
    new Needle(ascii("\"involvedObject\"")),
    new Needle(ascii("\"regarding\""))
  };

  /** What makes a log record a suspect. */
  private enum Mark {
    NONE,
    EVENT_ATTRIBUTES,
    OBJECT_IN_BODY,
    FIELDS_AS_ATTRIBUTES,
    WORDS_IN_BODY
  }

  private final Horizon horizon;
  private final KubernetesEvents events;
  private final KubernetesAudits audits;
  private byte[] scratch = new byte[1024];

  public KubernetesObjects(Limits limits) {
    this.horizon = new Horizon(limits);
    this.events = new KubernetesEvents(horizon, limits);
    this.audits = new KubernetesAudits(horizon, limits);
  }

  /**
   * Appends the rows of the objects in the log records of a request.
   *
   * @param nowNanos when the request arrived, nanoseconds since 1970
   */
  public void read(LogRows logs, long nowNanos, KubernetesRows into) {
    horizon.request(nowNanos);
    for (int row = 0, rows = logs.rows(); row < rows; row++) {
      Mark mark = mark(logs, row);
      if (mark != Mark.NONE) {
        read(logs, row, mark, into);
      }
    }
  }

  private void read(LogRows logs, int row, Mark mark, KubernetesRows into) {
    switch (mark) {
      case NONE -> {}
      case EVENT_ATTRIBUTES -> events.appendAttributes(logs, row, into);
      case FIELDS_AS_ATTRIBUTES -> readObject(logs, row, fields(logs, row), true, into);
      case OBJECT_IN_BODY, WORDS_IN_BODY -> {
        byte[] body = logs.body.bytes(row);
        JsonTree object = JsonTree.read(body, 0, body.length, SKIPPED);
        if (object == null) {
          into.malformed++;
        } else {
          readObject(logs, row, object, mark == Mark.OBJECT_IN_BODY, into);
        }
      }
    }
  }

  /** @param certain whether an object that is no event is malformed, not just something else */
  private void readObject(
      LogRows logs, int row, JsonTree object, boolean certain, KubernetesRows into) {
    if (object.text("apiVersion").startsWith("audit.k8s.io/") || object.has("auditID")) {
      audits.append(logs, row, object, into);
      return;
    }
    boolean watched = object.fields().get("object") instanceof JsonTree;
    JsonTree event = watched ? object.object("object") : object;
    String kind = event.text("kind");
    boolean isEvent = (event.has("involvedObject") || event.has("regarding"))
        && (kind.isEmpty() || kind.equals("Event"));
    if (!isEvent) {
      into.malformed += certain ? 1 : 0;
    } else if (watched && object.text("type").equals("DELETED")) {
      into.deleted++;
    } else {
      events.append(logs, row, event, into);
    }
  }

  private Mark mark(LogRows logs, int row) {
    MapColumn<StringColumn, StringColumn> attributes = logs.logAttributes;
    StringColumn keys = attributes.keys();
    for (int i = attributes.start(row), end = attributes.start(row + 1); i < end; i++) {
      switch (keys.length(i)) {
        case 7 -> {
          if (matches(keys, i, AUDIT_ID)) {
            return Mark.FIELDS_AS_ATTRIBUTES;
          }
        }
        case 9 -> {
          if (matches(keys, i, REGARDING) && isObject(attributes.values(), i)) {
            return Mark.FIELDS_AS_ATTRIBUTES;
          }
        }
        case 14 -> {
          if (matches(keys, i, INVOLVED_OBJECT) && isObject(attributes.values(), i)) {
            return Mark.FIELDS_AS_ATTRIBUTES;
          }
        }
        case 16 -> {
          if (matches(keys, i, EVENT_REASON)) {
            return Mark.EVENT_ATTRIBUTES;
          }
        }
        case 17 -> {
          if (matches(keys, i, RESOURCE_NAME)) {
            return matches(attributes.values(), i, EVENTS) ? Mark.OBJECT_IN_BODY : Mark.NONE;
          }
        }
        default -> {}
      }
    }
    return isObject(logs.body, row) && hasWords(logs.body, row) ? Mark.WORDS_IN_BODY : Mark.NONE;
  }

  private boolean hasWords(StringColumn bodies, int row) {
    int length = bodies.length(row);
    if (scratch.length < length) {
      scratch = new byte[Math.max(length, 2 * scratch.length)];
    }
    bodies.copy(row, scratch, 0);
    for (Needle needle : IN_BODIES) {
      if (needle.isIn(scratch, 0, length)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isObject(StringColumn column, int row) {
    return column.length(row) > 1 && column.byteAt(row, 0) == '{';
  }

  private static boolean matches(StringColumn column, int row, byte[] text) {
    return column.matches(row, text, 0, text.length);
  }

  /** An object whose fields were made attributes, the message the body, the level the severity. */
  private static JsonTree fields(LogRows logs, int row) {
    MapColumn<StringColumn, StringColumn> attributes = logs.logAttributes;
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = attributes.start(row); i < attributes.start(row + 1); i++) {
      String name = attributes.keys().text(i);
      if (!SKIPPED.contains(name)) {
        fields.put(name, value(attributes.values().bytes(i)));
      }
    }
    if (logs.body.length(row) > 0) {
      fields.putIfAbsent("message", logs.body.text(row));
    }
    if (logs.severityText.length(row) > 0) {
      fields.putIfAbsent("level", logs.severityText.text(row));
    }
    return new JsonTree(fields);
  }

  private static Object value(byte[] text) {
    Object nested = text.length > 1 && (text[0] == '{' || text[0] == '[')
        ? JsonTree.value(text, 0, text.length, SKIPPED)
        : null;
    return nested == null ? new String(text, StandardCharsets.UTF_8) : nested;
  }

  /** The value of an attribute, empty if there is none. */
  static String attribute(MapColumn<StringColumn, StringColumn> attributes, int row, byte[] key) {
    int entry = entry(attributes, row, key);
    return entry < 0 ? "" : attributes.values().text(entry);
  }

  private static int entry(MapColumn<StringColumn, StringColumn> attributes, int row, byte[] key) {
    for (int i = attributes.start(row), end = attributes.start(row + 1); i < end; i++) {
      if (matches(attributes.keys(), i, key)) {
        return i;
      }
    }
    return -1;
  }

  static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  /** A number as text in an unsigned field; {@code fallback} if it is none or doesn't fit. */
  static int unsigned(@Nullable String text, int max, int fallback) {
    if (text == null || text.isEmpty() || text.length() > 10) {
      return fallback;
    }
    long number = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return fallback;
      }
      number = 10 * number + (c - '0');
    }
    return number <= max ? (int) number : fallback;
  }
}
