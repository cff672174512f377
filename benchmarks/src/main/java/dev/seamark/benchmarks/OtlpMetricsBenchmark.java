package dev.seamark.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.seamark.ingest.decode.Crowded;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.ingest.decode.MetricRows;
import dev.seamark.ingest.decode.OtlpMetrics;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.LabelNaming;
import dev.seamark.labels.LabelSet;
import dev.seamark.labels.NamingOptions;
import dev.seamark.schema.SampleRows;
import dev.seamark.tenant.Sender;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.resource.v1.Resource;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// OTLP metrics from protobuf bytes to filled columns with a warm series cache: points a second of
/// one thread.
///
/// 64 requests of 1,000 points each from as many pods, so 64,000 series: 20 counters with 50 points
/// of five attributes, a
/// resource with ten. `seamark` is the product's decoder with validation, naming, series lookup and
/// announcement state.
/// `protobufJava` parses the same bytes into objects, and from them makes the same sample columns
/// with its labels
/// sanitised, sorted and hashed: what a plain implementation without a cache over raw bytes does.
/// `protobufJavaParse` only parses.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class OtlpMetricsBenchmark {
  private static final int POINTS = 1_000;
  private static final int METRICS = 20;
  private static final int PODS = 64;
  private static final long NOW = 1_795_521_600_000_000_000L;
  private static final byte[] NAME = "__name__".getBytes(UTF_8);

  private final byte[][] bodies = new byte[PODS][];
  private final SeriesCache cache = new SeriesCache(SeriesLimits.DEFAULT, 42);
  private final OtlpMetrics metrics =
      new OtlpMetrics(Limits.DEFAULT, NamingOptions.DEFAULTS, cache);
  private final MetricRows rows = new MetricRows();
  private final SampleRows samples = new SampleRows();
  private final LabelSet labels = new LabelSet();
  private int next;

  @Setup
  public void fill() throws Malformed, Crowded {
    for (int pod = 0; pod < PODS; pod++) {
      bodies[pod] = request(pod).toByteArray();
    }
    for (int i = 0; i < 3 * PODS; i++) {
      seamark();
      rows.announcement().completed();
    }
    if (rows.series.rows() != 0) {
      throw new IllegalStateException("the cache is not warm");
    }
  }

  @Benchmark
  @OperationsPerInvocation(POINTS)
  public int seamark() throws Malformed, Crowded {
    byte[] body = bodies[next++ % PODS];
    rows.clear();
    return metrics.decode(body, 0, body.length, Sender.ANYBODY, null, NOW, rows).accepted();
  }

  @Benchmark
  @OperationsPerInvocation(POINTS)
  public int protobufJavaParse() throws InvalidProtocolBufferException {
    return ExportMetricsServiceRequest.parseFrom(bodies[next++ % PODS]).getResourceMetricsCount();
  }

  @Benchmark
  @OperationsPerInvocation(POINTS)
  public int protobufJava() throws InvalidProtocolBufferException {
    samples.clear();
    ExportMetricsServiceRequest request =
        ExportMetricsServiceRequest.parseFrom(bodies[next++ % PODS]);
    for (ResourceMetrics resource : request.getResourceMetricsList()) {
      for (ScopeMetrics scope : resource.getScopeMetricsList()) {
        for (Metric metric : scope.getMetricsList()) {
          byte[] name = metric.getName().replace('.', '_').concat("_total").getBytes(UTF_8);
          for (NumberDataPoint point : metric.getSum().getDataPointsList()) {
            sample(resource, name, point);
          }
        }
      }
    }
    return samples.rows();
  }

  private void sample(ResourceMetrics resource, byte[] name, NumberDataPoint point) {
    labels.clear();
    for (KeyValue attribute : point.getAttributesList()) {
      put(attribute);
    }
    for (KeyValue attribute : resource.getResource().getAttributesList()) {
      if (attribute.getKey().startsWith("k8s.") || attribute.getKey().startsWith("service.")) {
        put(attribute);
      }
    }
    labels.put(NAME, name);
    samples.tenant.append("default".getBytes(UTF_8));
    samples.metricName.append(name);
    samples.seriesId.append(labels.hash().id());
    samples.ts.append(point.getTimeUnixNano() / 1_000_000);
    samples.value.append(point.getAsDouble());
    samples.retentionDays.append(30);
  }

  private void put(KeyValue attribute) {
    byte[] key = attribute.getKeyBytes().toByteArray();
    labels.put(
        LabelNaming.sanitised(key, 0, key.length),
        attribute.getValue().getStringValueBytes().toByteArray());
  }

  private static ExportMetricsServiceRequest request(int pod) {
    SplittableRandom random = new SplittableRandom(pod);
    ScopeMetrics.Builder scope = ScopeMetrics.newBuilder();
    for (int m = 0; m < METRICS; m++) {
      Sum.Builder sum = Sum.newBuilder()
          .setIsMonotonic(true)
          .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
      for (int p = 0; p < POINTS / METRICS; p++) {
        sum.addDataPoints(NumberDataPoint.newBuilder()
            .setStartTimeUnixNano(NOW - 3_600_000_000_000L)
            .setTimeUnixNano(NOW + m)
            .setAsDouble(random.nextInt(1_000_000))
            .addAttributes(attribute("http.request.method", p % 2 == 0 ? "GET" : "POST"))
            .addAttributes(attribute("http.route", "/api/v1/items/" + p))
            .addAttributes(attribute("http.response.status_code", p % 7 == 0 ? "500" : "200"))
            .addAttributes(attribute("server.address", "cart.shop.svc"))
            .addAttributes(attribute("url.scheme", "http")));
      }
      scope.addMetrics(Metric.newBuilder()
          .setName("http.server.requests." + m)
          .setDescription("Requests served, by route and status")
          .setUnit("{request}")
          .setSum(sum));
    }
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(
            ResourceMetrics.newBuilder().setResource(resource(pod)).addScopeMetrics(scope))
        .build();
  }

  private static Resource resource(int pod) {
    return Resource.newBuilder()
        .addAttributes(attribute("service.name", "cart"))
        .addAttributes(attribute("service.namespace", "shop"))
        .addAttributes(attribute("service.instance.id", "cart-7d9f4c-" + pod))
        .addAttributes(attribute("k8s.cluster.name", "eu-central-1"))
        .addAttributes(attribute("k8s.namespace.name", "shop"))
        .addAttributes(attribute("k8s.pod.name", "cart-7d9f4c-" + pod))
        .addAttributes(attribute("k8s.container.name", "app"))
        .addAttributes(attribute("k8s.node.name", "node-" + pod % 8))
        .addAttributes(attribute("telemetry.sdk.language", "java"))
        .addAttributes(attribute("host.name", "node-" + pod % 8))
        .build();
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }
}
