package dev.seamark.standalone.fault;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Senders that go on whatever happens: each attempt is an OTLP request of {@link #ROWS} numbered
 * rows with a number of its own, never repeated, and remembered if it was acknowledged.
 */
final class Senders implements AutoCloseable {
  static final int ROWS = 20;

  private static final List<Signal> SIGNALS = List.of(Signal.values());
  private static final AtomicLong ATTEMPTS = new AtomicLong(); // of all senders ever
  private static final int SENDERS = 3;
  private static final Duration PAUSE = Duration.ofMillis(5);

  /** What a request carries. */
  enum Signal {
    LOGS,
    TRACES,
    METRICS
  }

  private final URI otlp;
  private final Map<Signal, Set<Long>> acknowledged = new EnumMap<>(Signal.class);
  private final long startedMs = System.currentTimeMillis();
  private final AtomicBoolean sending = new AtomicBoolean(true);
  private final List<Thread> threads = new ArrayList<>();

  Senders(URI otlp) {
    this.otlp = otlp;
    for (var signal : Signal.values()) {
      acknowledged.put(signal, ConcurrentHashMap.newKeySet());
    }
  }

  void start() {
    for (var i = 0; i < SENDERS; i++) {
      threads.add(Thread.ofVirtual().start(this::run));
    }
  }

  /** Attempts of a signal that were answered with success. */
  Set<Long> acknowledged(Signal signal) {
    return acknowledged.getOrDefault(signal, Set.of());
  }

  /** The number of the last attempt of all senders. */
  long last() {
    return ATTEMPTS.get();
  }

  /** How many attempts of all signals were. */
  int acknowledged() {
    return acknowledged.values().stream().mapToInt(Set::size).sum();
  }

  private void run() {
    try (var http = HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(1))
        .build()) {
      while (sending.get()) {
        var attempt = ATTEMPTS.incrementAndGet();
        var signal = SIGNALS.get((int) (attempt % SIGNALS.size()));
        if (isTaken(http, signal, attempt)) {
          acknowledged(signal).add(attempt);
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  private boolean isTaken(HttpClient http, Signal signal, long attempt) {
    var path = switch (signal) {
      case LOGS -> "/v1/logs";
      case TRACES -> "/v1/traces";
      case METRICS -> "/v1/metrics";
    };
    var request = HttpRequest.newBuilder(otlp.resolve(path))
        .header("Content-Type", "application/x-protobuf")
        .timeout(Duration.ofSeconds(15))
        .POST(HttpRequest.BodyPublishers.ofByteArray(body(signal, attempt).toByteArray()))
        .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException _) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private MessageLite body(Signal signal, long attempt) {
    var nowNanos = System.currentTimeMillis() * 1_000_000;
    return switch (signal) {
      case LOGS -> logs(attempt, nowNanos);
      case TRACES -> spans(attempt, nowNanos);
      case METRICS -> points(attempt);
    };
  }

  private static ExportLogsServiceRequest logs(long attempt, long nowNanos) {
    var scope = ScopeLogs.newBuilder();
    for (var i = 0; i < ROWS; i++) {
      scope.addLogRecords(LogRecord.newBuilder()
          .setTimeUnixNano(nowNanos)
          .setBody(AnyValue.newBuilder().setStringValue(attempt + "/" + i))
          .addAttributes(attribute(attempt)));
    }
    return ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder().addScopeLogs(scope))
        .build();
  }

  private static ExportTraceServiceRequest spans(long attempt, long nowNanos) {
    var scope = ScopeSpans.newBuilder();
    for (var i = 0; i < ROWS; i++) {
      var id = ByteBuffer.allocate(16).putLong(attempt).putLong(i + 1).array();
      scope.addSpans(Span.newBuilder()
          .setTraceId(ByteString.copyFrom(id))
          .setSpanId(ByteString.copyFrom(id, 8, 8))
          .setName("fault")
          .setStartTimeUnixNano(nowNanos)
          .setEndTimeUnixNano(nowNanos + 1)
          .addAttributes(attribute(attempt)));
    }
    return ExportTraceServiceRequest.newBuilder()
        .addResourceSpans(ResourceSpans.newBuilder().addScopeSpans(scope))
        .build();
  }

  /**
   * One series a row, so that an attempt is spread over the partitions; and a millisecond an
   * attempt, since a table of samples holds one for a series and a time.
   */
  private ExportMetricsServiceRequest points(long attempt) {
    var gauge = Gauge.newBuilder();
    for (var i = 0; i < ROWS; i++) {
      gauge.addDataPoints(NumberDataPoint.newBuilder()
          .setTimeUnixNano((startedMs + attempt) * 1_000_000)
          .setAsDouble((double) (attempt * ROWS + i))
          .addAttributes(
              KeyValue.newBuilder().setKey("row").setValue(AnyValue.newBuilder().setIntValue(i))));
    }
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(ResourceMetrics.newBuilder()
            .addScopeMetrics(ScopeMetrics.newBuilder()
                .addMetrics(Metric.newBuilder().setName("fault").setGauge(gauge))))
        .build();
  }

  private static KeyValue attribute(long attempt) {
    return KeyValue.newBuilder()
        .setKey("attempt")
        .setValue(AnyValue.newBuilder().setStringValue(Long.toString(attempt)))
        .build();
  }

  @Override
  public void close() {
    finish();
  }

  /** Returns when no attempt is under way any more. */
  void finish() {
    sending.set(false);
    for (var thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
