package dev.seamark.ingest.decode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The messages of OTLP as far as JSON needs them: for each field name its number and type.
///
/// The table reads like the `.proto` files of
/// <https://github.com/open-telemetry/opentelemetry-proto> (v1.11); `hex`
/// stands for the `bytes` that OTLP/JSON writes as hexadecimal digits.
final class OtlpMessages {
  /** How a field is written on the wire. */
  enum FieldType {
    STRING,
    BOOL,
    BYTES,
    HEX,
    INT64,
    UINT32,
    UINT64,
    SINT32,
    FIXED32,
    FIXED64,
    SFIXED64,
    DOUBLE,
    ENUM,
    MESSAGE
  }

  /** What a field says about being there more than once. */
  enum Rule {
    SINGLE,
    REPEATED,
    ONEOF
  }

  /** A message by its fields, under their lowerCamelCase and their original names. */
  static final class Message {
    private final String name;
    private final Map<String, Field> fields = new HashMap<>();

    Message(String name) {
      this.name = name;
    }

    String name() {
      return name;
    }

    /** The field of a name, or null if it is unknown. */
    @Nullable
    Field field(String name) {
      return fields.get(name);
    }
  }

  /**
   * One field.
   *
   * @param number below 64, so that a long is a set of fields
   * @param message of a field of type MESSAGE
   * @param values names of a field of type ENUM, in the order of their numbers
   */
  record Field(
      String name,
      int number,
      Rule rule,
      FieldType type,
      @Nullable Message message,
      List<String> values) {}

  private static final String TABLE = """
      AnyValue
        1 oneof string string_value
        2 oneof bool bool_value
        3 oneof int64 int_value
        4 oneof double double_value
        5 oneof ArrayValue array_value
        6 oneof KeyValueList kvlist_value
        7 oneof bytes bytes_value
      ArrayValue
        1 repeated AnyValue values
      KeyValueList
        1 repeated KeyValue values
      KeyValue
        1 single string key
        2 single AnyValue value
      InstrumentationScope
        1 single string name
        2 single string version
        3 repeated KeyValue attributes
        4 single uint32 dropped_attributes_count
      EntityRef
        1 single string schema_url
        2 single string type
        3 repeated string id_keys
        4 repeated string description_keys
      Resource
        1 repeated KeyValue attributes
        2 single uint32 dropped_attributes_count
        3 repeated EntityRef entity_refs

      ExportLogsServiceRequest
        1 repeated ResourceLogs resource_logs
      ResourceLogs
        1 single Resource resource
        2 repeated ScopeLogs scope_logs
        3 single string schema_url
      ScopeLogs
        1 single InstrumentationScope scope
        2 repeated LogRecord log_records
        3 single string schema_url
      LogRecord
        1 single fixed64 time_unix_nano
        11 single fixed64 observed_time_unix_nano
        2 single SeverityNumber severity_number
        3 single string severity_text
        5 single AnyValue body
        6 repeated KeyValue attributes
        7 single uint32 dropped_attributes_count
        8 single fixed32 flags
        9 single hex trace_id
        10 single hex span_id
        12 single string event_name

      ExportTraceServiceRequest
        1 repeated ResourceSpans resource_spans
      ResourceSpans
        1 single Resource resource
        2 repeated ScopeSpans scope_spans
        3 single string schema_url
      ScopeSpans
        1 single InstrumentationScope scope
        2 repeated Span spans
        3 single string schema_url
      Span
        1 single hex trace_id
        2 single hex span_id
        3 single string trace_state
        4 single hex parent_span_id
        16 single fixed32 flags
        5 single string name
        6 single SpanKind kind
        7 single fixed64 start_time_unix_nano
        8 single fixed64 end_time_unix_nano
        9 repeated KeyValue attributes
        10 single uint32 dropped_attributes_count
        11 repeated Event events
        12 single uint32 dropped_events_count
        13 repeated Link links
        14 single uint32 dropped_links_count
        15 single Status status
      Event
        1 single fixed64 time_unix_nano
        2 single string name
        3 repeated KeyValue attributes
        4 single uint32 dropped_attributes_count
      Link
        1 single hex trace_id
        2 single hex span_id
        3 single string trace_state
        4 repeated KeyValue attributes
        5 single uint32 dropped_attributes_count
        6 single fixed32 flags
      Status
        2 single string message
        3 single StatusCode code

      ExportMetricsServiceRequest
        1 repeated ResourceMetrics resource_metrics
      ResourceMetrics
        1 single Resource resource
        2 repeated ScopeMetrics scope_metrics
        3 single string schema_url
      ScopeMetrics
        1 single InstrumentationScope scope
        2 repeated Metric metrics
        3 single string schema_url
      Metric
        1 single string name
        2 single string description
        3 single string unit
        5 oneof Gauge gauge
        7 oneof Sum sum
        9 oneof Histogram histogram
        10 oneof ExponentialHistogram exponential_histogram
        11 oneof Summary summary
        12 repeated KeyValue metadata
      Gauge
        1 repeated NumberDataPoint data_points
      Sum
        1 repeated NumberDataPoint data_points
        2 single AggregationTemporality aggregation_temporality
        3 single bool is_monotonic
      Histogram
        1 repeated HistogramDataPoint data_points
        2 single AggregationTemporality aggregation_temporality
      ExponentialHistogram
        1 repeated ExponentialHistogramDataPoint data_points
        2 single AggregationTemporality aggregation_temporality
      Summary
        1 repeated SummaryDataPoint data_points
      NumberDataPoint
        7 repeated KeyValue attributes
        2 single fixed64 start_time_unix_nano
        3 single fixed64 time_unix_nano
        4 oneof double as_double
        6 oneof sfixed64 as_int
        5 repeated Exemplar exemplars
        8 single uint32 flags
      HistogramDataPoint
        9 repeated KeyValue attributes
        2 single fixed64 start_time_unix_nano
        3 single fixed64 time_unix_nano
        4 single fixed64 count
        5 single double sum
        6 repeated fixed64 bucket_counts
        7 repeated double explicit_bounds
        8 repeated Exemplar exemplars
        10 single uint32 flags
        11 single double min
        12 single double max
      ExponentialHistogramDataPoint
        1 repeated KeyValue attributes
        2 single fixed64 start_time_unix_nano
        3 single fixed64 time_unix_nano
        4 single fixed64 count
        5 single double sum
        6 single sint32 scale
        7 single fixed64 zero_count
        8 single Buckets positive
        9 single Buckets negative
        10 single uint32 flags
        11 repeated Exemplar exemplars
        12 single double min
        13 single double max
        14 single double zero_threshold
      Buckets
        1 single sint32 offset
        2 repeated uint64 bucket_counts
      SummaryDataPoint
        7 repeated KeyValue attributes
        2 single fixed64 start_time_unix_nano
        3 single fixed64 time_unix_nano
        4 single fixed64 count
        5 single double sum
        6 repeated ValueAtQuantile quantile_values
        8 single uint32 flags
      ValueAtQuantile
        1 single double quantile
        2 single double value
      Exemplar
        7 repeated KeyValue filtered_attributes
        2 single fixed64 time_unix_nano
        3 oneof double as_double
        6 oneof sfixed64 as_int
        4 single hex span_id
        5 single hex trace_id
      """;

  private static final Map<String, List<String>> ENUMS = Map.of(
      "SeverityNumber",
      severityNumbers(),
      "SpanKind",
      List.of(
          "SPAN_KIND_UNSPECIFIED",
          "SPAN_KIND_INTERNAL",
          "SPAN_KIND_SERVER",
          "SPAN_KIND_CLIENT",
          "SPAN_KIND_PRODUCER",
          "SPAN_KIND_CONSUMER"),
      "StatusCode",
      List.of("STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"),
      "AggregationTemporality",
      List.of(
          "AGGREGATION_TEMPORALITY_UNSPECIFIED",
          "AGGREGATION_TEMPORALITY_DELTA",
          "AGGREGATION_TEMPORALITY_CUMULATIVE"));

  private static final Map<String, Message> MESSAGES = parse(TABLE);

  private OtlpMessages() {}

  /** The message that the body of an export of a signal is. */
  static Message request(Signal signal) {
    return message(
        switch (signal) {
          case LOGS -> "ExportLogsServiceRequest";
          case TRACES -> "ExportTraceServiceRequest";
          case METRICS -> "ExportMetricsServiceRequest";
        });
  }

  private static Message message(String name) {
    Message message = MESSAGES.get(name);
    if (message == null) {
      throw new IllegalArgumentException("no message " + name);
    }
    return message;
  }

  private static Map<String, Message> parse(String table) {
    var messages = new HashMap<String, Message>();
    List<String> lines = table.lines().filter(line -> !line.isBlank()).toList();
    for (String line : lines) {
      if (line.charAt(0) != ' ') {
        messages.put(line, new Message(line));
      }
    }
    Map<String, Field> fields = Map.of();
    for (String line : lines) {
      Message message = messages.get(line);
      if (message != null) {
        fields = message.fields;
      } else {
        addField(line.strip().split(" "), fields, messages);
      }
    }
    return messages;
  }

  private static void addField(
      String[] words, Map<String, Field> fields, Map<String, Message> messages) {
    String type = words[2];
    String original = words[3];
    String name = lowerCamelCase(original);
    Message message = messages.get(type);
    List<String> values = ENUMS.getOrDefault(type, List.of());
    var field = new Field(
        name,
        Integer.parseInt(words[0]),
        Rule.valueOf(words[1].toUpperCase(Locale.ROOT)),
        message != null
            ? FieldType.MESSAGE
            : !values.isEmpty() ? FieldType.ENUM : FieldType.valueOf(type.toUpperCase(Locale.ROOT)),
        message,
        values);
    fields.put(name, field);
    fields.put(original, field);
  }

  private static String lowerCamelCase(String original) {
    var name = new StringBuilder();
    boolean capital = false;
    for (int i = 0; i < original.length(); i++) {
      char c = original.charAt(i);
      if (c != '_') {
        name.append(capital ? Character.toUpperCase(c) : c);
      }
      capital = c == '_';
    }
    return name.toString();
  }

  private static List<String> severityNumbers() {
    var names = new ArrayList<String>();
    names.add("SEVERITY_NUMBER_UNSPECIFIED");
    for (String level : List.of("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")) {
      for (String step : List.of("", "2", "3", "4")) {
        names.add("SEVERITY_NUMBER_" + level + step);
      }
    }
    return List.copyOf(names);
  }
}
