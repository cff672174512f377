package dev.seamark.ingest.decode;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogram;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.metrics.v1.Summary;
import io.opentelemetry.proto.metrics.v1.SummaryDataPoint;
import io.opentelemetry.proto.resource.v1.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Seeded requests with the odd cases in them far more often than life has them. */
final class RandomMetrics {
  /** Shortly after noon. */
  static final long NOW = 1_795_521_600_123_456_789L;

  private static final List<String> KEYS = List.of(
      "http.method",
      "http_method",
      "http-method",
      "route",
      "le",
      "quantile",
      "job",
      "instance",
      "cluster",
      "__name__",
      "1st",
      "_x",
      "日本",
      "",
      "k8s_pod_name",
      "namespace",
      "größe",
      "a",
      "exported_job",
      "service",
      "pod",
      "otel.scope.name",
      "x.y.z",
      "very.long.key.of.an.attribute.here");
  private static final List<String> RESOURCE_KEYS = List.of(
      "service.name",
      "service.namespace",
      "service.instance.id",
      "k8s.cluster.name",
      "k8s.namespace.name",
      "k8s.pod.name",
      "k8s.node.name",
      "host.name",
      "host_name",
      "telemetry.sdk.language",
      "deployment.environment.name",
      "job",
      "");
  private static final List<String> NAMES = List.of(
      "http.server.request.duration",
      "system.cpu.time",
      "requests",
      "requests_total",
      "2xx",
      "",
      "...",
      "größe",
      "a:b",
      "queue.size",
      "a.name.that.is.really.quite.long.for.a.metric.to.have");
  private static final List<String> UNITS =
      List.of("", "s", "By", "1", "{req}", "By/s", "%", "odd!");

  private final Random random;

  RandomMetrics(long seed) {
    this.random = new Random(seed);
  }

  ExportMetricsServiceRequest request() {
    ExportMetricsServiceRequest.Builder request = ExportMetricsServiceRequest.newBuilder();
    for (int i = random.nextInt(3); i >= 0; i--) {
      ResourceMetrics.Builder resource = ResourceMetrics.newBuilder();
      if (random.nextInt(10) > 0) {
        resource.setResource(Resource.newBuilder().addAllAttributes(attributes(RESOURCE_KEYS, 9)));
      }
      for (int j = random.nextInt(3); j > 0; j--) {
        ScopeMetrics.Builder scope = ScopeMetrics.newBuilder();
        if (random.nextBoolean()) {
          scope.setScope(InstrumentationScope.newBuilder().setName(value()).setVersion("1." + j));
        }
        for (int k = random.nextInt(5); k > 0; k--) {
          scope.addMetrics(metric());
        }
        resource.addScopeMetrics(scope.setSchemaUrl("https://example.org/schema"));
      }
      request.addResourceMetrics(resource);
    }
    return request.build();
  }

  private Metric metric() {
    Metric.Builder metric = Metric.newBuilder()
        .setName(pick(NAMES))
        .setUnit(pick(UNITS))
        .setDescription(random.nextBoolean() ? "" : "Help of " + random.nextInt(3));
    int points = random.nextInt(5);
    switch (random.nextInt(6)) {
      case 0 -> {
        Gauge.Builder gauge = Gauge.newBuilder();
        for (int i = 0; i < points; i++) {
          gauge.addDataPoints(number());
        }
        metric.setGauge(gauge);
      }
      case 1 -> {
        Sum.Builder sum = Sum.newBuilder();
        sum.setIsMonotonic(random.nextBoolean()).setAggregationTemporality(temporality());
        for (int i = 0; i < points; i++) {
          sum.addDataPoints(number());
        }
        metric.setSum(sum);
      }
      case 2 -> {
        Histogram.Builder histogram = Histogram.newBuilder();
        histogram.setAggregationTemporality(temporality());
        for (int i = 0; i < points; i++) {
          histogram.addDataPoints(histogram());
        }
        metric.setHistogram(histogram);
      }
      case 3 -> {
        ExponentialHistogram.Builder histogram = ExponentialHistogram.newBuilder();
        histogram.setAggregationTemporality(temporality());
        for (int i = 0; i < points; i++) {
          histogram.addDataPoints(exponential());
        }
        metric.setExponentialHistogram(histogram);
      }
      case 4 -> {
        Summary.Builder summary = Summary.newBuilder();
        for (int i = 0; i < points; i++) {
          summary.addDataPoints(summary());
        }
        metric.setSummary(summary);
      }
      default -> {} // a metric without data
    }
    return metric.build();
  }

  private AggregationTemporality temporality() {
    return switch (random.nextInt(8)) {
      case 0 -> AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA;
      case 1 -> AggregationTemporality.AGGREGATION_TEMPORALITY_UNSPECIFIED;
      default -> AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE;
    };
  }

  private NumberDataPoint number() {
    NumberDataPoint.Builder point = NumberDataPoint.newBuilder()
        .addAllAttributes(attributes(KEYS, 5))
        .setStartTimeUnixNano(time())
        .setTimeUnixNano(time())
        .setFlags(flags());
    switch (random.nextInt(9)) {
      case 0 -> {} // no value
      case 1, 2, 3 -> point.setAsInt(random.nextLong());
      default -> point.setAsDouble(real());
    }
    for (int i = random.nextInt(6) - 3; i > 0; i--) {
      point.addExemplars(exemplar());
    }
    return point.build();
  }

  private HistogramDataPoint histogram() {
    HistogramDataPoint.Builder point = HistogramDataPoint.newBuilder()
        .addAllAttributes(attributes(KEYS, 5))
        .setTimeUnixNano(time())
        .setCount(random.nextLong())
        .setFlags(flags())
        .setMin(1)
        .setMax(2);
    if (random.nextInt(4) > 0) {
      point.setSum(real());
    }
    boolean stale =
        (point.getFlags() & 1) != 0; // then with bounds: without them it depends on the past
    int bounds = random.nextInt(5) + (stale ? 1 : 0);
    double bound = random.nextInt(3) - 1;
    for (int i = 0; i < bounds; i++) {
      point.addExplicitBounds(bound);
      bound += random.nextInt(20) == 0 ? 0 : random.nextInt(1000) / 128.0;
    }
    int counts = random.nextInt(12) == 0 ? random.nextInt(4) : bounds + 1;
    for (int i = 0; i < counts; i++) {
      point.addBucketCounts(random.nextInt(100) == 0 ? random.nextLong() : random.nextInt(1000));
    }
    for (int i = random.nextInt(6) - 3; i > 0; i--) {
      point.addExemplars(exemplar());
    }
    return point.build();
  }

  private ExponentialHistogramDataPoint exponential() {
    ExponentialHistogramDataPoint.Builder point = ExponentialHistogramDataPoint.newBuilder()
        .addAllAttributes(attributes(KEYS, 5))
        .setStartTimeUnixNano(time())
        .setTimeUnixNano(time())
        .setCount(random.nextLong())
        .setScale(random.nextInt(31) - 10)
        .setZeroCount(random.nextInt(10))
        .setFlags(flags());
    if (random.nextBoolean()) {
      point.setSum(real()).setMin(real()).setZeroThreshold(0.001);
    }
    if (random.nextBoolean()) {
      point.setMax(real());
    }
    if (random.nextInt(4) > 0) {
      point.setPositive(buckets());
    }
    if (random.nextInt(4) == 0) {
      point.setNegative(buckets());
    }
    if (random.nextInt(4) == 0) {
      point.addExemplars(exemplar());
    }
    return point.build();
  }

  private ExponentialHistogramDataPoint.Buckets buckets() {
    ExponentialHistogramDataPoint.Buckets.Builder buckets =
        ExponentialHistogramDataPoint.Buckets.newBuilder().setOffset(random.nextInt(100) - 50);
    for (int i = random.nextInt(20); i > 0; i--) {
      buckets.addBucketCounts(random.nextInt(10) == 0 ? random.nextLong() : random.nextInt(300));
    }
    return buckets.build();
  }

  private SummaryDataPoint summary() {
    SummaryDataPoint.Builder point = SummaryDataPoint.newBuilder()
        .addAllAttributes(attributes(KEYS, 5))
        .setTimeUnixNano(time())
        .setCount(random.nextInt(1000))
        .setSum(real())
        .setFlags(flags());
    int quantiles = random.nextInt(4) + (point.getFlags() & 1);
    for (int i = 0; i < quantiles; i++) {
      point.addQuantileValues(SummaryDataPoint.ValueAtQuantile.newBuilder()
          .setQuantile((i + 1) / 4.0)
          .setValue(real()));
    }
    return point.build();
  }

  private Exemplar exemplar() {
    Exemplar.Builder exemplar = Exemplar.newBuilder()
        .setTimeUnixNano(time())
        .addAllFilteredAttributes(attributes(KEYS, 3))
        .setSpanId(bytes(random.nextInt(8) == 0 ? 3 : 8))
        .setTraceId(random.nextInt(8) == 0 ? ByteString.copyFrom(new byte[16]) : bytes(16));
    switch (random.nextInt(6)) {
      case 0 -> {} // no value
      case 1 -> exemplar.setAsInt(random.nextInt(20));
      default -> exemplar.setAsDouble(real());
    }
    return exemplar.build();
  }

  private List<KeyValue> attributes(List<String> keys, int max) {
    List<KeyValue> list = new ArrayList<>();
    for (int i = random.nextInt(max + 1); i > 0; i--) {
      list.add(KeyValue.newBuilder().setKey(pick(keys)).setValue(any()).build());
    }
    return list;
  }

  private AnyValue any() {
    AnyValue.Builder value = AnyValue.newBuilder();
    return switch (random.nextInt(16)) {
      case 0 -> value.setBoolValue(random.nextBoolean()).build();
      case 1 -> value.setIntValue(random.nextLong()).build();
      case 2 -> value.setDoubleValue(random.nextInt(1000) / 8.0).build();
      case 3 -> value.setBytesValue(bytes(random.nextInt(5))).build();
      case 4 ->
        value
            .setArrayValue(ArrayValue.newBuilder()
                .addValues(AnyValue.newBuilder().setStringValue("x"))
                .addValues(AnyValue.newBuilder().setStringValue("ü")))
            .build();
      case 5 -> value.build();
      case 6 -> value.setStringValue("v".repeat(random.nextInt(120))).build();
      default -> value.setStringValue(value()).build();
    };
  }

  private String value() {
    return pick(List.of("", "GET", "/cart/{id}", "zürich", "市", "10.0.0.1:80", "a b", "x"))
        + (random.nextInt(3) == 0 ? "" + random.nextInt(3) : "");
  }

  private ByteString bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }

  private long time() {
    return switch (random.nextInt(20)) {
      case 0 -> 0;
      case 1 -> random.nextLong();
      case 2 -> NOW - 86_400_000_000_000L;
      default -> NOW + random.nextInt();
    };
  }

  private int flags() {
    return switch (random.nextInt(8)) {
      case 0 -> 1;
      case 1 -> 2 + random.nextInt(2);
      default -> 0;
    };
  }

  private double real() {
    return switch (random.nextInt(8)) {
      case 0 -> Double.NaN;
      case 1 -> Double.POSITIVE_INFINITY;
      case 2 -> 0;
      default -> random.nextInt(2000) / 64.0 - 3;
    };
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
