package dev.seamark.ingest.decode;

import dev.seamark.ingest.decode.BulkItems.Item;
import dev.seamark.ingest.decode.BulkItems.Operation;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;

/// The bodies that answer an Elasticsearch `_bulk` request.
///
/// Written without space: Fluent Bit looks for `"errors":false,"items":[` where an answer is too
/// long for it to be read whole, Vector for `"errors":true`. Of the fields of an item only those
/// stand here that clients rely on: `status`, and the `error` with its type and reason.
///
/// API: <https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk>.
public final class BulkResponse {
  private static final int CREATED = 201;
  private static final int BAD_REQUEST = 400;

  private BulkResponse() {}

  /** What became of each item, in their order. */
  public static byte[] items(BulkItems items) {
    String stored = item(items.operation(), CREATED) + "}}";
    var json = new StringBuilder(64 + items.count() * (stored.length() + 1))
        .append("{\"took\":0,\"errors\":")
        .append(items.hasErrors())
        .append(",\"items\":[");
    Iterator<Item> others = items.others().iterator();
    Item other = others.hasNext() ? others.next() : null;
    for (int position = 0; position < items.count(); position++) {
      if (position > 0) {
        json.append(',');
      }
      if (other != null && other.position() == position) {
        append(json, other);
        other = others.hasNext() ? others.next() : null;
      } else {
        json.append(stored);
      }
    }
    return utf8(json.append("]}"));
  }

  private static void append(StringBuilder json, Item item) {
    BulkItems.Refusal refusal = item.refusal();
    json.append(item(item.operation(), refusal == null ? CREATED : BAD_REQUEST));
    if (refusal != null) {
      json.append(",\"error\":");
      appendError(json, refusal.type(), refusal.reason());
    }
    json.append("}}");
  }

  private static String item(Operation operation, int status) {
    return "{\"" + operation.text() + "\":{\"status\":" + status;
  }

  /** A request that is refused whole. */
  public static byte[] error(int status, String type, String reason) {
    var json = new StringBuilder("{\"error\":{\"root_cause\":[");
    appendError(json, type, reason);
    json.append("],\"type\":\"").append(type).append("\",\"reason\":");
    OtlpResponse.appendQuoted(json, reason);
    return utf8(json.append("},\"status\":").append(status).append('}'));
  }

  private static void appendError(StringBuilder json, String type, String reason) {
    json.append("{\"type\":\"").append(type).append("\",\"reason\":");
    OtlpResponse.appendQuoted(json, reason);
    json.append('}');
  }

  private static byte[] utf8(StringBuilder text) {
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }
}
