package dev.seamark.benchmarks.compare;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * OTLP requests of one pod, logs or spans, laid out before; what changes are the times, which are
 * found by the stand-in that they were laid out with. Ids are random, as they are in life.
 */
final class OtlpBody implements Body {
  private static final long STAND_IN = 0x1122_3344_5566_7788L;
  private static final int VARIANTS = 8; // different requests that follow each other
  private static final String[] LEVELS = {"INFO", "INFO", "INFO", "INFO", "WARN", "DEBUG", "ERROR"};

  private final String path;
  private final int rows;
  private final long rawBytes;
  private final List<ByteBuffer> messages = new ArrayList<>();
  private final List<int[]> timesAt = new ArrayList<>();
  private int next;

  private OtlpBody(String path, int rows, long rawBytes, List<? extends MessageLite> variants) {
    this.path = path;
    this.rows = rows;
    this.rawBytes = rawBytes;
    for (var variant : variants) {
      var message = ByteBuffer.wrap(variant.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
      messages.add(message);
      timesAt.add(timesOf(message));
    }
  }

  private static int[] timesOf(ByteBuffer message) {
    var at = new ArrayList<Integer>();
    for (var i = 0; i + 8 <= message.limit(); i++) {
      if (message.getLong(i) == STAND_IN) {
        at.add(i);
        i += 7;
      }
    }
    return at.stream().mapToInt(it -> it).toArray();
  }

  /** Log lines of about 470 bytes, with trace and span id and six attributes. */
  static OtlpBody logs(int pod, int rows) {
    var random = new SplittableRandom(pod);
    var raw = 0L;
    var variants = new ArrayList<ExportLogsServiceRequest>();
    for (var variant = 0; variant < VARIANTS; variant++) {
      var scope = ScopeLogs.newBuilder();
      for (var i = 0; i < rows; i++) {
        var line = line(random, pod);
        raw += line.length();
        var level = LEVELS[random.nextInt(LEVELS.length)];
        scope.addLogRecords(LogRecord.newBuilder()
            .setTimeUnixNano(STAND_IN)
            .setObservedTimeUnixNano(STAND_IN)
            .setSeverityText(level)
            .setSeverityNumber(SeverityNumber.SEVERITY_NUMBER_INFO)
            .setBody(AnyValue.newBuilder().setStringValue(line))
            .setTraceId(id(random, 16))
            .setSpanId(id(random, 8))
            .addAttributes(text("log.iostream", "stdout"))
            .addAttributes(text("log.file.path", "/var/log/pods/shop_orders_" + pod + "/app/0.log"))
            .addAttributes(text("http.route", "/api/v1/orders/{id}"))
            .addAttributes(text("user.id", "u" + random.nextInt(100_000))));
      }
      variants.add(ExportLogsServiceRequest.newBuilder()
          .addResourceLogs(ResourceLogs.newBuilder().setResource(resource(pod)).addScopeLogs(scope))
          .build());
    }
    return new OtlpBody("/v1/logs", rows, raw / VARIANTS, variants);
  }

  private static String line(SplittableRandom random, int pod) {
    var order = random.nextInt(1_000_000_000);
    return "{\"level\":\"info\",\"logger\":\"com.example.shop.orders.OrderService\",\"thread\":\"http-nio-8080-exec-"
        + random.nextInt(200) + "\",\"message\":\"order " + order + " of customer c"
        + random.nextInt(5_000_000) + " accepted: " + (1 + random.nextInt(9)) + " items, total "
        + random.nextInt(100_000) / 100.0 + " EUR, payment " + hex(random)
        + ", shipped from warehouse w" + random.nextInt(40) + "\",\"duration_ms\":"
        + random.nextInt(2_000) + ",\"status\":" + (random.nextInt(20) == 0 ? 500 : 200)
        + ",\"method\":\"POST\",\"path\":\"/api/v1/orders/" + order
        + "\",\"remote\":\"10.12." + random.nextInt(250) + "." + random.nextInt(250)
        + "\",\"agent\":\"okhttp/4.12.0\",\"pod\":\"orders-7d9f8b6c5-" + pod + "\"}";
  }

  private static String hex(SplittableRandom random) {
    return Long.toHexString(random.nextLong());
  }

  /** Spans of an HTTP server with eleven attributes. */
  static OtlpBody spans(int pod, int rows) {
    var random = new SplittableRandom(pod);
    var variants = new ArrayList<ExportTraceServiceRequest>();
    var raw = 0L;
    for (var variant = 0; variant < VARIANTS; variant++) {
      var scope = ScopeSpans.newBuilder();
      for (var i = 0; i < rows; i++) {
        scope.addSpans(Span.newBuilder()
            .setTraceId(id(random, 16))
            .setSpanId(id(random, 8))
            .setParentSpanId(id(random, 8))
            .setName("POST /api/v1/orders/{id}")
            .setKind(Span.SpanKind.SPAN_KIND_SERVER)
            .setStartTimeUnixNano(STAND_IN)
            .setEndTimeUnixNano(STAND_IN)
            .addAttributes(text("http.request.method", "POST"))
            .addAttributes(text("http.route", "/api/v1/orders/{id}"))
            .addAttributes(text("url.path", "/api/v1/orders/" + random.nextInt(1_000_000)))
            .addAttributes(text("url.scheme", "https"))
            .addAttributes(text("server.address", "orders.shop.svc"))
            .addAttributes(text("client.address", "10.12.3." + random.nextInt(250)))
            .addAttributes(text("network.protocol.version", "1.1"))
            .addAttributes(text("user_agent.original", "okhttp/4.12.0"))
            .addAttributes(text("http.response.status_code", "200"))
            .addAttributes(text("thread.name", "http-nio-8080-exec-" + random.nextInt(200)))
            .addAttributes(text("enduser.id", "u" + random.nextInt(100_000))));
      }
      var request = ExportTraceServiceRequest.newBuilder()
          .addResourceSpans(
              ResourceSpans.newBuilder().setResource(resource(pod)).addScopeSpans(scope))
          .build();
      raw += request.getSerializedSize();
      variants.add(request);
    }
    return new OtlpBody("/v1/traces", rows, raw / VARIANTS, variants);
  }

  private static Resource resource(int pod) {
    return Resource.newBuilder()
        .addAttributes(text("service.name", "orders-" + pod % 40))
        .addAttributes(text("service.namespace", "shop"))
        .addAttributes(text("service.version", "2.41.0"))
        .addAttributes(text("k8s.cluster.name", "prod-eu-" + pod % 50))
        .addAttributes(text("k8s.namespace.name", "shop-" + pod % 20))
        .addAttributes(text("k8s.deployment.name", "orders-" + pod % 40))
        .addAttributes(text("k8s.pod.name", "orders-7d9f8b6c5-" + pod))
        .addAttributes(text("k8s.container.name", "app"))
        .addAttributes(text("k8s.node.name", "ip-10-12-" + pod % 200))
        .addAttributes(text("cloud.region", "eu-west-1"))
        .build();
  }

  private static ByteString id(SplittableRandom random, int length) {
    var bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      bytes.putLong(random.nextLong());
    }
    return ByteString.copyFrom(bytes.flip());
  }

  private static KeyValue text(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  @Override
  public int make(long nowMs) {
    next = (next + 1) % messages.size();
    var message = messages.get(next);
    var nanos = nowMs * 1_000_000;
    for (var at : timesAt.get(next)) {
      message.putLong(at, nanos);
      nanos += 1_000;
    }
    return message.limit();
  }

  @Override
  public byte[] bytes() {
    return messages.get(next).array();
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public String headers() {
    return "Content-Type: application/x-protobuf\r\n";
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public long rawBytes() {
    return rawBytes;
  }
}
