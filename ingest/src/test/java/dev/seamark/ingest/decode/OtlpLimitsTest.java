package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.sun.management.ThreadMXBean;
import dev.seamark.schema.LogRows;
import dev.seamark.schema.SpanRows;
import dev.seamark.tenant.Sender;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is left out, what is refused, what merges, and what a row costs. */
class OtlpLimitsTest {
  private static final Limits LIMITS =
      new Limits(1 << 20, 20_000, 4_000, 3, 4, 20, 100, 2, 2, 4, 20, 100, Duration.ofHours(2));
  private static final LogRecord GOOD =
      LogRecord.newBuilder().setBody(text("good")).build();

  private final LogRows rows = new LogRows();
  private final SpanRows spanRows = new SpanRows();

  @Test
  void aRecordOverALimitIsLeftOutAndTheRestKept() throws Exception {
    requireLeftOut(
        record(attributes(5)),
        "the number of attributes of a log record is 5, limit 4 (ingest.limits.attributes-max)");
    requireLeftOut(
        LogRecord.newBuilder().addAttributes(attribute("k".repeat(21), text("v"))),
        "the number of bytes of an attribute key of a log record is 21, limit 20"
            + " (ingest.limits.attribute-key-bytes-max)");
    requireLeftOut(
        LogRecord.newBuilder().addAttributes(attribute("k", text("v".repeat(101)))),
        "the number of bytes of attribute 'k' of a log record is 101, limit 100"
            + " (ingest.limits.attribute-value-bytes-max)");
    requireLeftOut(
        LogRecord.newBuilder().setBody(nested(4)),
        "the depth of a value is 4, limit 3 (ingest.limits.any-value-depth-max)");
    requireLeftOut(
        LogRecord.newBuilder().setBody(text("x".repeat(4_000))),
        "the number of bytes of a row is 4256, limit 4000 (ingest.limits.row-bytes-max)");
    requireLeftOut(
        LogRecord.newBuilder().setTimeUnixNano(-1),
        "the time of a log record is 18446744073709551615 ns, limit 4294967295000000000"
            + " (the year 2106, fixed)");
    requireLeftOut(
        LogRecord.newBuilder().setTimeUnixNano(1 + 7_201_000_000_000L),
        "the number of seconds that the time of a log record lies ahead is 7201, limit 7200"
            + " (ingest.limits.future-max)");
    requireLeftOut(
        LogRecord.newBuilder().setTimeUnixNano(1).setObservedTimeUnixNano(7_300_000_000_001L),
        "the number of seconds that the observed time of a log record lies ahead is 7300,"
            + " limit 7200 (ingest.limits.future-max)");
  }

  @Test
  void atTheLimitIsFine() throws Exception {
    var record = record(attributes(3))
        .setTimeUnixNano(1 + 7_200_000_000_000L)
        .setBody(nested(3))
        .addAttributes(attribute("k".repeat(20), text("v".repeat(100))));

    assertThat(decode(request(record.build()))).isEqualTo(Decoded.all(1));
    assertThat(rows.body.text(0)).isEqualTo("[[[null]]]");
  }

  @Test
  void spansOfAWrongClockAreLeftOut() throws Exception {
    var request = ExportTraceServiceRequest.newBuilder()
        .addResourceSpans(ResourceSpans.newBuilder()
            .addScopeSpans(ScopeSpans.newBuilder()
                .addSpans(Span.newBuilder().setName("good"))
                .addSpans(Span.newBuilder().setStartTimeUnixNano(8_000_000_000_001L))
                .addSpans(Span.newBuilder().setStartTimeUnixNano(1).setEndTimeUnixNano(-5))))
        .build()
        .toByteArray();

    Decoded decoded = new OtlpTraces(LIMITS)
        .decode(request, 0, request.length, Sender.ANYBODY, null, 1, spanRows);

    assertThat(decoded)
        .isEqualTo(new Decoded(
            1,
            2,
            "the number of seconds that the start of a span lies ahead is 8000, limit 7200"
                + " (ingest.limits.future-max)"));
    assertThat(spanRows.spanName.rows()).isEqualTo(1);
  }

  @Test
  void recordsOfAResourceOverALimitAreAllLeftOut() throws Exception {
    var request = ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder()
            .setResource(
                Resource.newBuilder().addAllAttributes(record(attributes(5)).getAttributesList()))
            .addScopeLogs(ScopeLogs.newBuilder().addLogRecords(GOOD).addLogRecords(GOOD)))
        .mergeFrom(request(GOOD))
        .build();

    Decoded decoded = decode(request);

    assertThat(decoded.accepted()).isEqualTo(1);
    assertThat(decoded.rejected()).isEqualTo(2);
    assertThat(decoded.message())
        .startsWith("the number of attributes of a resource is 5, limit 4");
  }

  @Test
  void aRequestThatGrowsTooLargeIsRefused() {
    var scope = ScopeLogs.newBuilder();
    for (int i = 0; i < 100; i++) {
      scope.addLogRecords(GOOD);
    }
    var request = ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder().addScopeLogs(scope))
        .build();

    assertThatThrownBy(() -> decode(request))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("limit 20000 (ingest.limits.decoded-bytes-max)");
  }

  @Test
  void spansWithTooManyEventsOrLinksAreTruncatedAway() throws Exception {
    var good = Span.newBuilder()
        .setName("good")
        .addEvents(Span.Event.newBuilder().setName("e"))
        .build();
    var events = Span.newBuilder();
    var links = Span.newBuilder();
    for (int i = 0; i < 3; i++) {
      events.addEvents(Span.Event.newBuilder().setName("e" + i));
      links.addLinks(Span.Link.newBuilder().setTraceState("l" + i));
    }
    var request = ExportTraceServiceRequest.newBuilder()
        .addResourceSpans(ResourceSpans.newBuilder()
            .addScopeSpans(ScopeSpans.newBuilder()
                .addSpans(events)
                .addSpans(good)
                .addSpans(links)
                .addSpans(good)))
        .build()
        .toByteArray();

    Decoded decoded = new OtlpTraces(LIMITS)
        .decode(request, 0, request.length, Sender.ANYBODY, null, 1, spanRows);

    assertThat(decoded.accepted()).isEqualTo(2);
    assertThat(decoded.rejected()).isEqualTo(2);
    assertThat(decoded.message())
        .isEqualTo("the number of events of a span is 3, limit 2 (ingest.limits.events-max)");
    assertThat(RowTexts.of(spanRows.block()))
        .allSatisfy(row -> assertThat(row)
            .containsEntry("SpanName", "good")
            .containsEntry("Links.Flags", java.util.List.of()));
  }

  @ParameterizedTest
  @CsvSource({"LogRecord.trace_id, 15, 8", "LogRecord.span_id, 16, 7"})
  void idsOfAWrongLengthRefuseTheRequest(String what, int traceBytes, int spanBytes) {
    var record = LogRecord.newBuilder()
        .setTraceId(ByteString.copyFrom(new byte[traceBytes]))
        .setSpanId(ByteString.copyFrom(new byte[spanBytes]))
        .build();

    assertThatThrownBy(() -> decode(request(record)))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("reading " + what);
  }

  @Test
  void textThatIsNotUtf8RefusesTheRequest() {
    byte[] body = request(GOOD).toByteArray();
    body[body.length - 1] = (byte) 0xC3;

    assertThatThrownBy(
            () -> new OtlpLogs(LIMITS).decode(body, 0, body.length, Sender.ANYBODY, null, 1, rows))
        .isInstanceOf(Malformed.class)
        .hasMessage("malformed protobuf at byte %d, reading AnyValue.string_value: it isn't UTF-8"
            .formatted(body.length - 1));
  }

  @Test
  void singularFieldsThatComeTwiceMergeAsProtobufSays() throws Exception {
    var first = LogRecord.newBuilder()
        .setBody(array("a"))
        .addAttributes(attribute("k", array("1")))
        .build();
    var second =
        LogRecord.newBuilder().setBody(array("b")).setSeverityText("last").build();
    var both = new ByteArrayOutputStream();
    first.writeTo(both);
    second.writeTo(both);
    var value = new ByteArrayOutputStream();
    attribute("k", array("1")).writeTo(value);
    attribute("k", array("2")).writeTo(value);
    // attribute field 6 of LogRecord, its KeyValue holds two values
    both.write(0x32);
    both.write(value.size());
    value.writeTo(both);
    byte[] record = both.toByteArray();
    var body = new ByteArrayOutputStream();
    for (int tag : new int[] {0x0A, 0x12}) {
      body.write(tag);
      body.write(record.length + (tag == 0x0A ? 4 : 2));
    }
    body.write(0x12);
    body.write(record.length);
    body.writeBytes(record);
    var request = ExportLogsServiceRequest.parseFrom(body.toByteArray());

    new OtlpLogs(LIMITS).decode(body.toByteArray(), 0, body.size(), Sender.ANYBODY, null, 1, rows);

    assertThat(rows.body.text(0)).isEqualTo("[\"a\",\"b\"]");
    assertThat(RowTexts.of(rows.block()).getFirst())
        .containsEntry("LogAttributes", java.util.List.of("k=[\"1\",\"2\"]"))
        .containsEntry("SeverityText", "last")
        .containsEntry("Body", OtlpOracle.rows(request).getFirst().get("Body"));
  }

  @Test
  void clusterIsTheResourcesElseTheHeadersElseTheKeys() throws Exception {
    byte[] plain = request(GOOD).toByteArray();
    byte[] named = ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder()
            .setResource(
                Resource.newBuilder().addAttributes(attribute("k8s.cluster.name", text("own"))))
            .addScopeLogs(ScopeLogs.newBuilder().addLogRecords(GOOD)))
        .build()
        .toByteArray();
    byte[] empty = ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder()
            .setResource(
                Resource.newBuilder().addAttributes(attribute("k8s.cluster.name", text(""))))
            .addScopeLogs(ScopeLogs.newBuilder().addLogRecords(GOOD)))
        .build()
        .toByteArray();
    var sender = new Sender("t", "key", 0);
    var logs = new OtlpLogs(LIMITS);

    logs.decode(plain, 0, plain.length, sender, null, 1, rows);
    logs.decode(plain, 0, plain.length, sender, "header", 1, rows);
    logs.decode(named, 0, named.length, sender, "header", 1, rows);
    logs.decode(plain, 0, plain.length, Sender.ANYBODY, null, 1, rows);
    logs.decode(empty, 0, empty.length, sender, "header", 1, rows);

    assertThat(RowTexts.of(rows.block()))
        .extracting(row -> row.get("Cluster"))
        .containsExactly("key", "header", "own", "", "header");
  }

  @Test
  void warmDecodersAllocateNothingForARow() throws Exception {
    var scope = ScopeLogs.newBuilder();
    var spans = ScopeSpans.newBuilder();
    for (int i = 0; i < 1_000; i++) {
      var attributes = java.util.List.of(
          attribute("z", text("last " + i)),
          attribute("n", AnyValue.newBuilder().setIntValue(i).build()),
          attribute("d", AnyValue.newBuilder().setDoubleValue(i / 8.0).build()),
          attribute("list", nested(2)));
      scope.addLogRecords(LogRecord.newBuilder()
          .setSeverityText(i % 3 == 0 ? "ERROR" : "INFO")
          .setTraceId(ByteString.copyFrom(new byte[16]))
          .setBody(i % 2 == 0 ? text("message " + i) : array("x"))
          .addAllAttributes(attributes));
      spans.addSpans(Span.newBuilder()
          .setName("span " + i % 50)
          .addAllAttributes(attributes)
          .addEvents(Span.Event.newBuilder().setName("e").addAllAttributes(attributes)));
    }
    var resource = Resource.newBuilder()
        .addAttributes(attribute("service.name", text("shop")))
        .build();
    byte[] logsBody = ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder().setResource(resource).addScopeLogs(scope))
        .build()
        .toByteArray();
    byte[] spansBody = ExportTraceServiceRequest.newBuilder()
        .addResourceSpans(ResourceSpans.newBuilder().setResource(resource).addScopeSpans(spans))
        .build()
        .toByteArray();
    var logs = new OtlpLogs(Limits.DEFAULT);
    var traces = new OtlpTraces(Limits.DEFAULT);
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int rounds = 20;
    long allocated = 0;
    for (int round = -rounds; round < rounds; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      rows.clear();
      logs.decode(logsBody, 0, logsBody.length, Sender.ANYBODY, null, 1, rows);
      spanRows.clear();
      traces.decode(spansBody, 0, spansBody.length, Sender.ANYBODY, null, 1, spanRows);
      allocated += round < 0 ? 0 : threads.getCurrentThreadAllocatedBytes() - before;
    }

    assertThat(rows.rows()).isEqualTo(1_000);
    // two results of a request, and nothing that grows with its rows
    assertThat(allocated / rounds).isLessThan(500);
  }

  private void requireLeftOut(LogRecord.Builder bad, String why) throws Malformed {
    Decoded decoded = decode(request(GOOD, bad.build(), GOOD));

    assertThat(decoded).isEqualTo(new Decoded(2, 1, why));
    assertThat(RowTexts.of(rows.block()))
        .extracting(row -> row.get("Body"))
        .containsExactly("good", "good");
  }

  private Decoded decode(ExportLogsServiceRequest request) throws Malformed {
    byte[] body = request.toByteArray();
    rows.clear();
    return new OtlpLogs(LIMITS).decode(body, 0, body.length, Sender.ANYBODY, null, 1, rows);
  }

  private static ExportLogsServiceRequest request(LogRecord... records) {
    return ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder()
            .addScopeLogs(ScopeLogs.newBuilder().addAllLogRecords(java.util.List.of(records))))
        .build();
  }

  private static LogRecord.Builder record(Iterable<KeyValue> attributes) {
    return LogRecord.newBuilder().addAllAttributes(attributes);
  }

  private static Iterable<KeyValue> attributes(int count) {
    return java.util.stream.IntStream.range(0, count)
        .mapToObj(i -> attribute("k" + i, text("v")))
        .toList();
  }

  private static KeyValue attribute(String key, AnyValue value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  private static AnyValue text(String text) {
    return AnyValue.newBuilder()
        .setStringValueBytes(ByteString.copyFrom(text, UTF_8))
        .build();
  }

  private static AnyValue array(String text) {
    return AnyValue.newBuilder()
        .setArrayValue(ArrayValue.newBuilder().addValues(text(text)))
        .build();
  }

  private static AnyValue nested(int depth) {
    var value = AnyValue.getDefaultInstance();
    for (int i = 0; i < depth; i++) {
      value = AnyValue.newBuilder()
          .setArrayValue(ArrayValue.newBuilder().addValues(value))
          .build();
    }
    return value;
  }
}
