package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The plain way from message objects to rows: a second opinion on the hand-written decoders. */
final class OtlpOracle {
  static final String TENANT = "acme";
  static final int RETENTION_DAYS = 14;
  static final String CLUSTER_HEADER = "from-header";
  static final long NOW = 1_800_000_000_123_456_789L;

  private OtlpOracle() {}

  static List<Map<String, Object>> rows(ExportLogsServiceRequest request) {
    var rows = new ArrayList<Map<String, Object>>();
    for (var ofResource : request.getResourceLogsList()) {
      for (var ofScope : ofResource.getScopeLogsList()) {
        for (var record : ofScope.getLogRecordsList()) {
          long observed =
              record.getObservedTimeUnixNano() != 0 ? record.getObservedTimeUnixNano() : NOW;
          var row = new LinkedHashMap<String, Object>();
          row.put("Timestamp", record.getTimeUnixNano() != 0 ? record.getTimeUnixNano() : observed);
          row.put("ObservedTimestamp", observed);
          row.put("Tenant", TENANT);
          row.put("Cluster", cluster(ofResource.getResource()));
          row.put("RetentionDays", (long) RETENTION_DAYS);
          row.put("TraceId", id(record.getTraceId()));
          row.put("SpanId", id(record.getSpanId()));
          row.put("TraceFlags", record.getFlags() & 0xFFL);
          row.put("SeverityText", record.getSeverityText());
          int severity = record.getSeverityNumberValue();
          row.put("SeverityNumber", severity >= 0 && severity < 256 ? (long) severity : 0L);
          row.put("ServiceName", attribute(ofResource.getResource(), "service.name", ""));
          row.put("Body", text(record.getBody()));
          row.put("ResourceSchemaUrl", ofResource.getSchemaUrl());
          row.put("ResourceAttributes", map(ofResource.getResource().getAttributesList()));
          row.put("ScopeSchemaUrl", ofScope.getSchemaUrl());
          row.put("ScopeName", ofScope.getScope().getName());
          row.put("ScopeVersion", ofScope.getScope().getVersion());
          row.put("ScopeAttributes", map(ofScope.getScope().getAttributesList()));
          row.put("LogAttributes", map(record.getAttributesList()));
          row.put("EventName", record.getEventName());
          row.put("DroppedAttributesCount", unsigned(record.getDroppedAttributesCount()));
          rows.add(row);
        }
      }
    }
    return rows;
  }

  static List<Map<String, Object>> rows(ExportTraceServiceRequest request) {
    var rows = new ArrayList<Map<String, Object>>();
    for (var ofResource : request.getResourceSpansList()) {
      for (var ofScope : ofResource.getScopeSpansList()) {
        for (var span : ofScope.getSpansList()) {
          long end = span.getEndTimeUnixNano();
          long start =
              span.getStartTimeUnixNano() != 0 ? span.getStartTimeUnixNano() : end != 0 ? end : NOW;
          var row = new LinkedHashMap<String, Object>();
          row.put("Timestamp", start);
          row.put("Tenant", TENANT);
          row.put("Cluster", cluster(ofResource.getResource()));
          row.put("RetentionDays", (long) RETENTION_DAYS);
          row.put("TraceId", id(span.getTraceId()));
          row.put("SpanId", id(span.getSpanId()));
          row.put("ParentSpanId", id(span.getParentSpanId()));
          row.put("TraceState", span.getTraceState());
          row.put("SpanName", span.getName());
          row.put(
              "SpanKind",
              switch (span.getKind()) {
                case SPAN_KIND_INTERNAL -> "Internal";
                case SPAN_KIND_SERVER -> "Server";
                case SPAN_KIND_CLIENT -> "Client";
                case SPAN_KIND_PRODUCER -> "Producer";
                case SPAN_KIND_CONSUMER -> "Consumer";
                case SPAN_KIND_UNSPECIFIED, UNRECOGNIZED -> "Unspecified";
              });
          row.put("ServiceName", attribute(ofResource.getResource(), "service.name", ""));
          row.put("ResourceAttributes", map(ofResource.getResource().getAttributesList()));
          row.put("ScopeName", ofScope.getScope().getName());
          row.put("ScopeVersion", ofScope.getScope().getVersion());
          row.put("SpanAttributes", map(span.getAttributesList()));
          row.put("Duration", Math.max(0, end - start));
          row.put(
              "StatusCode",
              switch (span.getStatus().getCode()) {
                case STATUS_CODE_OK -> "Ok";
                case STATUS_CODE_ERROR -> "Error";
                case STATUS_CODE_UNSET, UNRECOGNIZED -> "Unset";
              });
          row.put("StatusMessage", span.getStatus().getMessage());
          row.put("Flags", unsigned(span.getFlags()));
          row.put("DroppedAttributesCount", unsigned(span.getDroppedAttributesCount()));
          row.put("DroppedEventsCount", unsigned(span.getDroppedEventsCount()));
          row.put("DroppedLinksCount", unsigned(span.getDroppedLinksCount()));
          row.put("ScopeAttributes", map(ofScope.getScope().getAttributesList()));
          row.put("ResourceSchemaUrl", ofResource.getSchemaUrl());
          row.put("ScopeSchemaUrl", ofScope.getSchemaUrl());
          List<Span.Event> events = span.getEventsList();
          row.put(
              "Events.Timestamp",
              events.stream().map(Span.Event::getTimeUnixNano).toList());
          row.put("Events.Name", events.stream().map(Span.Event::getName).toList());
          row.put(
              "Events.Attributes",
              events.stream().map(e -> map(e.getAttributesList())).toList());
          row.put(
              "Events.DroppedAttributesCount",
              events.stream().map(e -> unsigned(e.getDroppedAttributesCount())).toList());
          List<Span.Link> links = span.getLinksList();
          row.put("Links.TraceId", links.stream().map(l -> id(l.getTraceId())).toList());
          row.put("Links.SpanId", links.stream().map(l -> id(l.getSpanId())).toList());
          row.put(
              "Links.TraceState", links.stream().map(Span.Link::getTraceState).toList());
          row.put(
              "Links.Attributes",
              links.stream().map(l -> map(l.getAttributesList())).toList());
          row.put("Links.Flags", links.stream().map(l -> unsigned(l.getFlags())).toList());
          row.put(
              "Links.DroppedAttributesCount",
              links.stream().map(l -> unsigned(l.getDroppedAttributesCount())).toList());
          rows.add(row);
        }
      }
    }
    return rows;
  }

  private static String cluster(Resource resource) {
    return attribute(resource, "k8s.cluster.name", CLUSTER_HEADER);
  }

  private static String attribute(Resource resource, String key, String fallback) {
    String text = "";
    for (KeyValue attribute : resource.getAttributesList()) {
      if (attribute.getKey().equals(key)) {
        text = text(attribute.getValue());
      }
    }
    return text.isEmpty() ? fallback : text;
  }

  private static long unsigned(int value) {
    return Integer.toUnsignedLong(value);
  }

  private static String id(ByteString id) {
    String hex = HexFormat.of().formatHex(id.toByteArray());
    return hex.replace("0", "").isEmpty() ? "" : hex;
  }

  private static List<String> map(List<KeyValue> attributes) {
    return sorted(attributes).entrySet().stream()
        .map(entry -> entry.getKey() + "=" + text(entry.getValue()))
        .toList();
  }

  private static Map<String, AnyValue> sorted(List<KeyValue> attributes) {
    var sorted = new TreeMap<String, AnyValue>(
        (a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8)));
    attributes.forEach(attribute -> sorted.put(attribute.getKey(), attribute.getValue()));
    return sorted;
  }

  static String text(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case BYTES_VALUE ->
        Base64.getEncoder().encodeToString(value.getBytesValue().toByteArray());
      case DOUBLE_VALUE -> number(value.getDoubleValue());
      case STRING_VALUE_STRINDEX, VALUE_NOT_SET -> "";
      case BOOL_VALUE, INT_VALUE, ARRAY_VALUE, KVLIST_VALUE -> json(value);
    };
  }

  private static String json(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> quoted(value.getStringValue());
      case BYTES_VALUE -> quoted(text(value));
      case BOOL_VALUE -> String.valueOf(value.getBoolValue());
      case INT_VALUE -> String.valueOf(value.getIntValue());
      case DOUBLE_VALUE ->
        Double.isFinite(value.getDoubleValue())
            ? number(value.getDoubleValue())
            : quoted(number(value.getDoubleValue()));
      case ARRAY_VALUE ->
        value.getArrayValue().getValuesList().stream()
            .map(OtlpOracle::json)
            .collect(Collectors.joining(",", "[", "]"));
      case KVLIST_VALUE ->
        sorted(value.getKvlistValue().getValuesList()).entrySet().stream()
            .map(entry -> quoted(entry.getKey()) + ":" + json(entry.getValue()))
            .collect(Collectors.joining(",", "{", "}"));
      case STRING_VALUE_STRINDEX, VALUE_NOT_SET -> "null";
    };
  }

  static String number(double value) {
    if (!Double.isFinite(value)) {
      return String.valueOf(value);
    }
    String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
    if (value == 0) {
      return sign + "0";
    }
    var decimal = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
    if (Math.abs(value) >= 1e-6 && Math.abs(value) < 1e21) {
      return sign + decimal.toPlainString();
    }
    String digits = decimal.unscaledValue().toString();
    int exponent = digits.length() - 1 - decimal.scale();
    return sign
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + (exponent < 0 ? "e" : "e+")
        + exponent;
  }

  static String quoted(String text) {
    var json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      json.append(
          switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> c < ' ' ? "\\u%04x".formatted((int) c) : String.valueOf(c);
          });
    }
    return json.append('"').toString();
  }
}
