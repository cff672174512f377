package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import dev.seamark.labels.MetricKind;
import dev.seamark.labels.MetricNaming;
import dev.seamark.labels.NamingOptions;
import dev.seamark.tenant.Sender;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.SummaryDataPoint;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A second opinion on {@link OtlpMetrics}: the same rules on message objects, strings and tree
 * maps, without any of its tricks. Rows are text as {@link RowText} has them.
 */
final class MetricsOracle {
  private static final long NANOS_A_DAY = 86_400_000_000_000L;
  private static final Comparator<String> BY_BYTES =
      (a, b) -> java.util.Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8));

  private final Limits limits;
  private final NamingOptions options;
  private final Sender sender;
  private final String header;
  private final long now;
  private final MetricNaming naming;

  final List<String> samples = new ArrayList<>();
  final List<String> histograms = new ArrayList<>();
  final List<String> exemplars = new ArrayList<>();
  final TreeSet<String> series = new TreeSet<>();
  final TreeSet<String> labelValues = new TreeSet<>();
  final TreeSet<String> metadata = new TreeSet<>();
  private final TreeSet<String> seen = new TreeSet<>();
  int accepted;
  int refused;
  int leftOut; // exemplars, and target_info of resources

  private @Nullable Map<String, String> resource;
  private String cluster = "";
  private String job = "";
  private String instance = "";
  private InstrumentationScope scope = InstrumentationScope.getDefaultInstance();
  private long latest;
  private String name = "";
  private String unit = "";
  private MetricKind kind = MetricKind.UNKNOWN;

  MetricsOracle(Limits limits, NamingOptions options, Sender sender, String header, long now) {
    this.limits = limits;
    this.options = options;
    this.sender = sender;
    this.header = header;
    this.now = now;
    this.naming = new MetricNaming(options);
  }

  /** A series: its id and the metric name it has. */
  private record Series(String id, String metric) {}

  void take(ExportMetricsServiceRequest request) {
    for (ResourceMetrics each : request.getResourceMetricsList()) {
      resource = attributes(each.getResource().getAttributesList());
      latest = Long.MIN_VALUE;
      if (resource != null) {
        String named = resource.getOrDefault("k8s.cluster.name", "");
        String ofKey = sender.clusterOfKey() == null ? "" : sender.clusterOfKey();
        cluster = !named.isEmpty() ? named : !header.isEmpty() ? header : ofKey;
        String service = resource.getOrDefault("service.name", "");
        String namespace = resource.getOrDefault("service.namespace", "");
        job = service.isEmpty() || namespace.isEmpty() ? service : namespace + "/" + service;
        instance = resource.getOrDefault("service.instance.id", "");
      }
      for (ScopeMetrics inScope : each.getScopeMetricsList()) {
        scope = inScope.getScope();
        inScope.getMetricsList().forEach(this::metric);
      }
      if (latest != Long.MIN_VALUE) {
        targetInfo();
      }
    }
  }

  private void metric(Metric metric) {
    int points;
    AggregationTemporality temporality = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE;
    switch (metric.getDataCase()) {
      case GAUGE -> {
        kind = MetricKind.GAUGE;
        points = metric.getGauge().getDataPointsCount();
      }
      case SUM -> {
        kind = metric.getSum().getIsMonotonic() ? MetricKind.COUNTER : MetricKind.UP_DOWN_COUNTER;
        points = metric.getSum().getDataPointsCount();
        temporality = metric.getSum().getAggregationTemporality();
      }
      case HISTOGRAM -> {
        kind = MetricKind.HISTOGRAM;
        points = metric.getHistogram().getDataPointsCount();
        temporality = metric.getHistogram().getAggregationTemporality();
      }
      case EXPONENTIAL_HISTOGRAM -> {
        kind = MetricKind.EXPONENTIAL_HISTOGRAM;
        points = metric.getExponentialHistogram().getDataPointsCount();
        temporality = metric.getExponentialHistogram().getAggregationTemporality();
      }
      case SUMMARY -> {
        kind = MetricKind.SUMMARY;
        points = metric.getSummary().getDataPointsCount();
      }
      default -> {
        return;
      }
    }
    name = naming.name(metric.getName(), metric.getUnit(), kind);
    unit = naming.unit(metric.getUnit());
    boolean badName = metric.getName().isEmpty()
        || name.isEmpty()
        || metric.getName().getBytes(UTF_8).length > limits.labelNameBytesMax()
        || metric.getUnit().getBytes(UTF_8).length > limits.labelNameBytesMax();
    if (badName || temporality != AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE) {
      refused += points;
      return;
    }
    int before = accepted;
    switch (metric.getDataCase()) {
      case GAUGE -> metric.getGauge().getDataPointsList().forEach(this::number);
      case SUM -> metric.getSum().getDataPointsList().forEach(this::number);
      case HISTOGRAM -> metric.getHistogram().getDataPointsList().forEach(this::histogram);
      case SUMMARY -> metric.getSummary().getDataPointsList().forEach(this::summary);
      default -> metric.getExponentialHistogram().getDataPointsList().forEach(this::exponential);
    }
    if (accepted > before) {
      metadata.add("Tenant=%s Day=%d MetricName=%s Type=%s Unit=%s Help=%s RetentionDays=%d"
          .formatted(
              sender.tenant(),
              now / NANOS_A_DAY,
              name,
              kind.metadataType(),
              unit,
              metric.getDescription(),
              sender.retentionDays()));
    }
  }

  private void number(NumberDataPoint point) {
    boolean stale = (point.getFlags() & 1) != 0;
    boolean hasValue = point.getValueCase() != NumberDataPoint.ValueCase.VALUE_NOT_SET;
    Map<String, String> labels = labels(point.getAttributesList(), 1);
    if (labels == null || !timely(point.getTimeUnixNano()) || (!hasValue && !stale)) {
      refused++;
      return;
    }
    long time = time(point.getTimeUnixNano());
    Series it = announced(labels, name, "", "", time);
    double value = point.hasAsInt() ? (double) point.getAsInt() : point.getAsDouble();
    sample(it, time, value, stale);
    point.getExemplarsList().forEach(exemplar -> exemplar(exemplar, it, time));
    accept(time);
  }

  private void histogram(HistogramDataPoint point) {
    boolean stale = (point.getFlags() & 1) != 0;
    List<Double> bounds = point.getExplicitBoundsList();
    List<Long> counts = point.getBucketCountsList();
    if (!stale && counts.isEmpty()) {
      bounds = List.of();
    }
    boolean fits = stale || counts.isEmpty() || counts.size() == bounds.size() + 1;
    for (int i = 0; i < bounds.size(); i++) {
      fits &= Double.isFinite(bounds.get(i));
      fits &= i == 0 || bounds.get(i) > bounds.get(i - 1);
    }
    Map<String, String> labels = labels(point.getAttributesList(), 2);
    if (labels == null || !fits || !timely(point.getTimeUnixNano())) {
      refused++;
      return;
    }
    long time = time(point.getTimeUnixNano());
    List<Series> buckets = new ArrayList<>();
    long sum = 0;
    for (int i = 0; i < bounds.size(); i++) {
      sum += stale ? 0 : counts.get(i);
      Series bucket = announced(labels, name + "_bucket", "le", edge(bounds.get(i)), time);
      buckets.add(bucket);
      sample(bucket, time, unsigned(sum), stale);
    }
    Series last = announced(labels, name + "_bucket", "le", "+Inf", time);
    buckets.add(last);
    sample(last, time, unsigned(point.getCount()), stale);
    sample(
        announced(labels, name + "_count", "", "", time), time, unsigned(point.getCount()), stale);
    if (point.hasSum()) {
      sample(announced(labels, name + "_sum", "", "", time), time, point.getSum(), stale);
    }
    if (!stale) {
      for (Exemplar exemplar : point.getExemplarsList()) {
        double value = exemplar.hasAsInt() ? (double) exemplar.getAsInt() : exemplar.getAsDouble();
        int bucket = 0;
        while (bucket < bounds.size() && !(value <= bounds.get(bucket))) {
          bucket++;
        }
        exemplar(exemplar, buckets.get(bucket), time);
      }
    }
    accept(time);
  }

  private void summary(SummaryDataPoint point) {
    boolean stale = (point.getFlags() & 1) != 0;
    Map<String, String> labels = labels(point.getAttributesList(), 2);
    if (labels == null || !timely(point.getTimeUnixNano())) {
      refused++;
      return;
    }
    long time = time(point.getTimeUnixNano());
    for (SummaryDataPoint.ValueAtQuantile each : point.getQuantileValuesList()) {
      Series it = announced(labels, name, "quantile", edge(each.getQuantile()), time);
      sample(it, time, each.getValue(), stale);
    }
    sample(
        announced(labels, name + "_count", "", "", time), time, unsigned(point.getCount()), stale);
    sample(announced(labels, name + "_sum", "", "", time), time, point.getSum(), stale);
    accept(time);
  }

  private void exponential(ExponentialHistogramDataPoint point) {
    Map<String, String> labels = labels(point.getAttributesList(), 1);
    if (labels == null
        || !timely(point.getTimeUnixNano())
        || !timely(point.getStartTimeUnixNano())) {
      refused++;
      return;
    }
    long time = time(point.getTimeUnixNano());
    Series it = announced(labels, name, "", "", time);
    histograms.add(
        ("Tenant=%s MetricName=%s SeriesId=%s Ts=%d StartTs=%d Count=%s Sum=%s HasSum=%d Min=%s"
                + " Max=%s HasMinMax=%d Schema=%d ZeroThreshold=%s ZeroCount=%s PositiveOffset=%d"
                + " PositiveCounts=%s NegativeOffset=%d NegativeCounts=%s Stale=%d IsFloat=0 FloatCount=0.0"
                + " FloatZeroCount=0.0 PositiveFloatCounts=[] NegativeFloatCounts=[] CounterReset=0"
                + " CustomBounds=[] RetentionDays=%d")
            .formatted(
                sender.tenant(),
                it.metric,
                it.id,
                time / 1_000_000,
                point.getStartTimeUnixNano() / 1_000_000,
                Long.toUnsignedString(point.getCount()),
                number(point.getSum()),
                point.hasSum() ? 1 : 0,
                number(point.getMin()),
                number(point.getMax()),
                (point.hasMin() ? 1 : 0) + (point.hasMax() ? 2 : 0),
                point.getScale(),
                number(point.getZeroThreshold()),
                Long.toUnsignedString(point.getZeroCount()),
                point.getPositive().getOffset(),
                unsigned(point.getPositive().getBucketCountsList()),
                point.getNegative().getOffset(),
                unsigned(point.getNegative().getBucketCountsList()),
                point.getFlags() & 1,
                sender.retentionDays()));
    point.getExemplarsList().forEach(exemplar -> exemplar(exemplar, it, time));
    accept(time);
  }

  private void targetInfo() {
    Map<String, String> others = new TreeMap<>(BY_BYTES);
    others.putAll(resource == null ? Map.of() : resource);
    List.of("service.name", "service.namespace", "service.instance.id").forEach(others::remove);
    others.values().removeIf(String::isEmpty);
    if (others.isEmpty() || (job.isEmpty() && instance.isEmpty())) {
      return;
    }
    Map<String, String> labels = named(others);
    if (labels == null) {
      leftOut++;
      return;
    }
    identify(labels);
    if (!fits(labels, 1)) {
      leftOut++;
      return;
    }
    name = "target_info";
    unit = "";
    kind = MetricKind.INFO;
    sample(announced(labels, "target_info", "", "", latest), latest, 1, false);
  }

  private void accept(long time) {
    accepted++;
    latest = Math.max(latest, time);
  }

  private void sample(Series it, long time, double value, boolean stale) {
    samples.add("Tenant=%s MetricName=%s SeriesId=%s Ts=%d Value=%s RetentionDays=%d"
        .formatted(
            sender.tenant(),
            it.metric,
            it.id,
            time / 1_000_000,
            stale ? "NaN:7ff0000000000002" : number(value),
            sender.retentionDays()));
  }

  private void exemplar(Exemplar exemplar, Series it, long time) {
    Map<String, String> attributes = attributes(exemplar.getFilteredAttributesList());
    boolean hasValue = exemplar.getValueCase() != Exemplar.ValueCase.VALUE_NOT_SET;
    if (attributes == null || !hasValue || !timely(exemplar.getTimeUnixNano())) {
      leftOut++;
      return;
    }
    double value = exemplar.hasAsInt() ? (double) exemplar.getAsInt() : exemplar.getAsDouble();
    long at = exemplar.getTimeUnixNano() == 0 ? time : exemplar.getTimeUnixNano();
    exemplars.add(
        ("Tenant=%s MetricName=%s SeriesId=%s Ts=%d Value=%s TraceId=%s SpanId=%s Attributes=%s"
                + " RetentionDays=%d")
            .formatted(
                sender.tenant(),
                it.metric,
                it.id,
                at,
                number(value),
                id(exemplar.getTraceId().toByteArray(), 16),
                id(exemplar.getSpanId().toByteArray(), 8),
                map(attributes),
                sender.retentionDays()));
  }

  private static String id(byte[] bytes, int length) {
    String hex = HexFormat.of().formatHex(bytes);
    return bytes.length == length && hex.chars().anyMatch(c -> c != '0') ? hex : "";
  }

  private Series announced(
      Map<String, String> base, String metric, String edge, String edgeValue, long time) {
    Map<String, String> labels = new TreeMap<>(BY_BYTES);
    labels.putAll(base);
    if (!edge.isEmpty()) {
      putOwn(labels, edge, edgeValue);
    }
    putOwn(labels, "__name__", metric);
    HashValue128 hash = hash(labels);
    labels.remove("__name__");
    String id = Long.toUnsignedString(hash.getMostSignificantBits());
    long day = time / NANOS_A_DAY;
    for (Map.Entry<String, String> label : labels.entrySet()) {
      labelValues.add("Tenant=%s Day=%d Name=%s Value=%s MetricName=%s RetentionDays=%d"
          .formatted(
              sender.tenant(),
              day,
              label.getKey(),
              label.getValue(),
              metric,
              sender.retentionDays()));
    }
    String service = resource == null ? "" : resource.getOrDefault("service.name", "");
    if (!seen.add(id + " " + day)) {
      return new Series(id, metric); // the first type wins
    }
    series.add(("Tenant=%s Day=%d MetricName=%s SeriesId=%s SeriesHash=%s Labels=%s Cluster=%s"
            + " Namespace=%s Job=%s Instance=%s Pod=%s Container=%s Node=%s Service=%s Type=%s"
            + " Unit=%s Temporality=%s RetentionDays=%d")
        .formatted(
            sender.tenant(),
            day,
            metric,
            id,
            Long.toUnsignedString(hash.getLeastSignificantBits()),
            map(labels),
            labels.getOrDefault("cluster", ""),
            first(labels, labelName("k8s.namespace.name"), "namespace"),
            labels.getOrDefault("job", ""),
            labels.getOrDefault("instance", ""),
            first(labels, labelName("k8s.pod.name"), "pod"),
            first(labels, labelName("k8s.container.name"), "container"),
            first(labels, labelName("k8s.node.name"), "node"),
            service.isEmpty() ? first(labels, labelName("service.name"), "service") : service,
            kind.seriesType(),
            unit,
            kind.temporality(),
            sender.retentionDays()));
    return new Series(id, metric);
  }

  private static HashValue128 hash(Map<String, String> labels) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    labels.forEach((name, value) -> {
      for (String text : List.of(name, value)) {
        byte[] utf8 = text.getBytes(UTF_8);
        ByteBuffer length = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.writeBytes(length.putInt(utf8.length).array());
        bytes.writeBytes(utf8);
      }
    });
    return Hashing.xxh3_128().hashBytesTo128Bits(bytes.toByteArray());
  }

  private @Nullable Map<String, String> labels(List<KeyValue> ofPoint, int own) {
    Map<String, String> attributes = attributes(ofPoint);
    if (attributes == null || resource == null) {
      return null;
    }
    Map<String, String> labels = named(attributes);
    if (labels == null) {
      return null;
    }
    if (options.scopeLabels()) {
      putOwn(labels, "otel_scope_name", scope.getName());
      putOwn(labels, "otel_scope_version", scope.getVersion());
    }
    for (String promoted : options.promotedAttributes()) {
      String value = resource.getOrDefault(promoted, "");
      if (!value.isEmpty()) {
        labels.putIfAbsent(labelName(promoted), value);
      }
    }
    identify(labels);
    return fits(labels, own) ? labels : null;
  }

  private @Nullable Map<String, String> named(Map<String, String> attributes) {
    Map<String, String> labels = new TreeMap<>(BY_BYTES);
    for (Map.Entry<String, String> each : attributes.entrySet()) {
      if (!each.getValue().isEmpty()) {
        String label = labelName(each.getKey());
        if (label.isEmpty()) {
          return null;
        }
        labels.merge(label, each.getValue(), (a, b) -> a + ";" + b);
      }
    }
    return labels;
  }

  private void identify(Map<String, String> labels) {
    putOwn(labels, "job", job);
    putOwn(labels, "instance", instance);
    putOwn(labels, "cluster", cluster);
  }

  private boolean fits(Map<String, String> labels, int own) {
    return labels.size() + own <= limits.labelsMax()
        && labels.entrySet().stream()
            .allMatch(label -> label.getKey().getBytes(UTF_8).length <= limits.labelNameBytesMax()
                && label.getValue().getBytes(UTF_8).length <= limits.labelValueBytesMax());
  }

  private static void putOwn(Map<String, String> labels, String name, String value) {
    if (!value.isEmpty()) {
      String displaced = labels.put(name, value);
      if (displaced != null && !displaced.equals(value)) {
        putOwn(labels, "exported_" + name, displaced);
      }
    }
  }

  private String labelName(String key) {
    if (options.utf8Names()) {
      return key;
    }
    String name = key.codePoints()
        .mapToObj(c -> c < 128 && Character.isLetterOrDigit(c) ? Character.toString(c) : "_")
        .collect(Collectors.joining())
        .replaceAll("_+", "_");
    if (name.isEmpty() || name.equals("_")) {
      return "";
    }
    String prefixed = Character.isDigit(name.charAt(0)) ? "_" + name : name;
    return prefixed.startsWith("_") ? "key" + prefixed : prefixed;
  }

  /** Sorted by key, the last of a key; null if there are too many or one is too long. */
  private @Nullable Map<String, String> attributes(List<KeyValue> list) {
    Map<String, String> attributes = new TreeMap<>(BY_BYTES);
    list.forEach(each -> attributes.put(each.getKey(), text(each.getValue())));
    boolean fits = list.size() <= limits.attributesMax();
    for (KeyValue each : list) {
      fits &= each.getKey().getBytes(UTF_8).length <= limits.attributeKeyBytesMax();
      fits &= text(each.getValue()).getBytes(UTF_8).length <= limits.attributeValueBytesMax();
    }
    return fits ? attributes : null;
  }

  private static String text(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case BOOL_VALUE -> String.valueOf(value.getBoolValue());
      case INT_VALUE -> String.valueOf(value.getIntValue());
      case DOUBLE_VALUE -> plain(value.getDoubleValue());
      case BYTES_VALUE ->
        Base64.getEncoder().encodeToString(value.getBytesValue().toByteArray());
      case ARRAY_VALUE ->
        value.getArrayValue().getValuesList().stream()
            .map(each -> "\"" + each.getStringValue() + "\"")
            .collect(Collectors.joining(",", "[", "]"));
      default -> "";
    };
  }

  private boolean timely(long nanos) {
    return nanos >= 0 && nanos <= now + limits.futureMax().toNanos();
  }

  private long time(long nanos) {
    return nanos == 0 ? now : nanos;
  }

  private static String first(Map<String, String> labels, String one, String other) {
    return labels.getOrDefault(one, labels.getOrDefault(other, ""));
  }

  private static String map(Map<String, String> map) {
    return map.entrySet().stream()
        .map(each -> each.getKey() + ":" + each.getValue())
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String number(double value) {
    return RowText.number(Double.doubleToRawLongBits(value));
  }

  private static double unsigned(long value) {
    return new BigDecimal(Long.toUnsignedString(value)).doubleValue();
  }

  private static String unsigned(List<Long> values) {
    return values.stream().map(Long::toUnsignedString).toList().toString();
  }

  /** As Go's %g, and never without point or exponent. */
  private static String edge(double value) {
    if (!Double.isFinite(value)) {
      return Double.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
    }
    double size = Math.abs(value);
    var symbols = DecimalFormatSymbols.getInstance(Locale.ROOT);
    if (size == 0 || (size >= 1e-4 && size < 1e6)) {
      return new DecimalFormat("0.0" + "#".repeat(24), symbols).format(value + 0.0);
    }
    String text = new DecimalFormat("0." + "#".repeat(17) + "E00", symbols).format(value);
    return text.replaceFirst("E-", "e-").replaceFirst("E", "e+");
  }

  private static String plain(double value) {
    if (!Double.isFinite(value)) {
      return Double.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }
}
