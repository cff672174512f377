package dev.seamark.benchmarks.payload;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.util.Random;

/**
 * OTLP requests as collectors in Kubernetes send them: ten resource attributes shared by 50
 * records; log records of about 300 bytes with four attributes, spans of about 400 bytes with five
 * attributes and an event on every tenth.
 */
public final class OtlpPayloads {
  private static final int RECORDS_OF_RESOURCE = 50;
  private static final long START = 1_764_000_000_000_000_000L;
  private static final String[] SERVICES = {"checkout", "cart", "payment", "shipping", "frontend"};
  private static final String[] ROUTES = {
    "/api/v1/orders/{id}",
    "/api/v1/cart",
    "/api/v1/products/{sku}/reviews",
    "/healthz",
    "/api/v1/checkout"
  };

  private OtlpPayloads() {}

  /** An {@code ExportLogsServiceRequest} with so many records. */
  public static byte[] logs(int records, long seed) {
    var random = new Random(seed);
    var request = ExportLogsServiceRequest.newBuilder();
    for (int done = 0; done < records; done += RECORDS_OF_RESOURCE) {
      var scope = ScopeLogs.newBuilder().setScope(scope());
      for (int i = done; i < Math.min(records, done + RECORDS_OF_RESOURCE); i++) {
        scope.addLogRecords(logRecord(random, START + i * 1_000_000L));
      }
      request.addResourceLogs(
          ResourceLogs.newBuilder().setResource(resource(random)).addScopeLogs(scope));
    }
    return request.build().toByteArray();
  }

  /** An {@code ExportTraceServiceRequest} with so many spans. */
  public static byte[] spans(int spans, long seed) {
    var random = new Random(seed);
    var request = ExportTraceServiceRequest.newBuilder();
    for (int done = 0; done < spans; done += RECORDS_OF_RESOURCE) {
      var scope = ScopeSpans.newBuilder().setScope(scope());
      for (int i = done; i < Math.min(spans, done + RECORDS_OF_RESOURCE); i++) {
        scope.addSpans(span(random, i, START + i * 1_000_000L));
      }
      request.addResourceSpans(
          ResourceSpans.newBuilder().setResource(resource(random)).addScopeSpans(scope));
    }
    return request.build().toByteArray();
  }

  private static LogRecord logRecord(Random random, long nanos) {
    boolean failed = random.nextInt(20) == 0;
    String route = ROUTES[random.nextInt(ROUTES.length)];
    return LogRecord.newBuilder()
        .setTimeUnixNano(nanos)
        .setObservedTimeUnixNano(nanos + 350_000)
        .setSeverityNumber(
            failed ? SeverityNumber.SEVERITY_NUMBER_ERROR : SeverityNumber.SEVERITY_NUMBER_INFO)
        .setSeverityText(failed ? "ERROR" : "INFO")
        .setBody(text(
            "request handled method=GET path=%s user=%08x took=%dms cache=miss region=eu-central-1 attempt=1"
                .formatted(route, random.nextInt(), random.nextInt(900))))
        .addAttributes(attribute("http.route", text(route)))
        .addAttributes(attribute("http.response.status_code", number(failed ? 500 : 200)))
        .addAttributes(attribute("logger.name", text("com.example.shop.RequestLog")))
        .addAttributes(attribute("thread.name", text("worker-" + random.nextInt(32))))
        .setFlags(1)
        .setTraceId(id(random, 16))
        .setSpanId(id(random, 8))
        .build();
  }

  private static Span span(Random random, int i, long nanos) {
    boolean failed = random.nextInt(50) == 0;
    String route = ROUTES[random.nextInt(ROUTES.length)];
    long end = nanos + random.nextInt(900_000_000);
    var span = Span.newBuilder()
        .setTraceId(id(random, 16))
        .setSpanId(id(random, 8))
        .setParentSpanId(id(random, 8))
        .setFlags(0x101)
        .setName("GET " + route)
        .setKind(i % 2 == 0 ? Span.SpanKind.SPAN_KIND_SERVER : Span.SpanKind.SPAN_KIND_CLIENT)
        .setStartTimeUnixNano(nanos)
        .setEndTimeUnixNano(end)
        .addAttributes(attribute("http.request.method", text("GET")))
        .addAttributes(attribute("http.route", text(route)))
        .addAttributes(attribute("http.response.status_code", number(failed ? 500 : 200)))
        .addAttributes(attribute(
            "url.full", text("https://shop.example.com" + route + "?page=" + random.nextInt(90))))
        .addAttributes(attribute(
            "user_agent.original",
            text("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/145.0")))
        .addAttributes(attribute("server.address", text("shop.example.com")))
        .setStatus(Status.newBuilder()
            .setCode(
                failed
                    ? Status.StatusCode.STATUS_CODE_ERROR
                    : Status.StatusCode.STATUS_CODE_UNSET));
    if (i % 10 == 0) {
      span.addEvents(Span.Event.newBuilder()
          .setTimeUnixNano(end)
          .setName("exception")
          .addAttributes(attribute("exception.type", text("java.net.SocketTimeoutException"))));
    }
    return span.build();
  }

  private static Resource resource(Random random) {
    String service = SERVICES[random.nextInt(SERVICES.length)];
    String pod =
        "%s-%07x-%05x".formatted(service, random.nextInt(1 << 28), random.nextInt(1 << 20));
    return Resource.newBuilder()
        .addAttributes(attribute("service.name", text(service)))
        .addAttributes(attribute("service.version", text("2.14." + random.nextInt(9))))
        .addAttributes(attribute("k8s.cluster.name", text("prod-eu-" + random.nextInt(3))))
        .addAttributes(attribute("k8s.namespace.name", text("shop")))
        .addAttributes(attribute("k8s.pod.name", text(pod)))
        .addAttributes(attribute("k8s.container.name", text("app")))
        .addAttributes(attribute("k8s.node.name", text("node-" + random.nextInt(200))))
        .addAttributes(attribute("telemetry.sdk.language", text("java")))
        .addAttributes(attribute("telemetry.sdk.name", text("opentelemetry")))
        .addAttributes(attribute("host.arch", text("amd64")))
        .build();
  }

  private static InstrumentationScope scope() {
    return InstrumentationScope.newBuilder()
        .setName("com.example.shop")
        .setVersion("2.1.0")
        .build();
  }

  private static KeyValue attribute(String key, AnyValue value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  private static AnyValue text(String text) {
    return AnyValue.newBuilder().setStringValue(text).build();
  }

  private static AnyValue number(long number) {
    return AnyValue.newBuilder().setIntValue(number).build();
  }

  private static ByteString id(Random random, int length) {
    byte[] id = new byte[length];
    random.nextBytes(id);
    return ByteString.copyFrom(id);
  }
}
