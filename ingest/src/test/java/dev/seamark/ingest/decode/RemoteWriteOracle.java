package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import com.google.protobuf.ByteString;
import com.google.protobuf.DynamicMessage;
import dev.seamark.tenant.Sender;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A second opinion on {@link RemoteWrite1} and {@link RemoteWrite2}: the same rules on message
 * objects, strings and tree maps, without any of their tricks. Rows are text as {@link RowText} has
 * them.
 */
final class RemoteWriteOracle {
  private static final long MILLIS_A_DAY = 86_400_000;
  private static final Comparator<String> BY_BYTES =
      (a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8));
  private static final List<String> TYPES = List.of(
      "unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset");

  private final Limits limits;
  private final Sender sender;
  private final String header;
  private final long nowNanos;
  private final String electedReplica;
  private final LongPredicate timely;

  final List<String> samples = new ArrayList<>();
  final List<String> histograms = new ArrayList<>();
  final List<String> exemplars = new ArrayList<>();
  final TreeSet<String> series = new TreeSet<>();
  final TreeSet<String> labelValues = new TreeSet<>();
  final TreeSet<String> metadata = new TreeSet<>();
  private final TreeSet<String> seen = new TreeSet<>();
  int accepted;
  int refused;
  int leftOut; // exemplars and metadata
  int sparedSamples;
  int sparedHistograms;
  int sparedExemplars;
  private boolean isNative; // whether the series at hand has histograms

  private record Text(ByteString name, ByteString value) {}

  private record Series(
      @Nullable Map<String, String> labels, String metric, boolean spared, int type, String unit) {}

  RemoteWriteOracle(
      Limits limits, Sender sender, String header, long nowNanos, String electedReplica) {
    this.limits = limits;
    this.sender = sender;
    this.header = header;
    this.nowNanos = nowNanos;
    this.electedReplica = electedReplica;
    long last = nowNanos / 1_000_000 + limits.futureMax().toMillis();
    this.timely = millis -> millis >= 0 && millis <= last;
  }

  /** Takes a `WriteRequest`. */
  void take1(DynamicMessage request) {
    for (DynamicMessage each : list(request, "timeseries")) {
      List<Text> labels = list(each, "labels").stream()
          .map(label -> new Text(bytes(label, "name"), bytes(label, "value")))
          .toList();
      int points = list(each, "samples").size() + list(each, "histograms").size();
      int withExemplars = list(each, "exemplars").size();
      Series it = checked(labels, true, 0, "");
      if (it.labels == null) {
        refused += Math.max(1, points);
        leftOut += withExemplars;
        continue;
      }
      take(it, each, 0);
      for (DynamicMessage exemplar : list(each, "exemplars")) {
        exemplar(
            it,
            exemplar,
            list(exemplar, "labels").stream()
                .map(label -> new Text(bytes(label, "name"), bytes(label, "value")))
                .toList(),
            true);
      }
    }
    for (DynamicMessage each : list(request, "metadata")) {
      metadata(
          bytes(each, "metric_family_name"),
          number(each, "type"),
          bytes(each, "help"),
          bytes(each, "unit"));
    }
  }

  /** Takes a `Request` whose first symbol is empty. */
  void take2(DynamicMessage request) {
    List<ByteString> symbols = list(request, "symbols", ByteString.class);
    for (DynamicMessage each : list(request, "timeseries")) {
      int points = list(each, "samples").size() + list(each, "histograms").size();
      List<Integer> refs = list(each, "labels_refs", Integer.class);
      boolean mixed =
          !list(each, "samples").isEmpty() && !list(each, "histograms").isEmpty();
      DynamicMessage described = (DynamicMessage) each.getField(field(each, "metadata"));
      int type = number(described, "type");
      int unitRef = number(described, "unit_ref");
      int helpRef = number(described, "help_ref");
      String unit = "";
      if (unitRef >= 0 && unitRef < symbols.size()) {
        ByteString text = symbols.get(unitRef);
        unit = text.isValidUtf8() && text.size() <= limits.labelNameBytesMax()
            ? text.toStringUtf8()
            : "";
      }
      Series it = sound(refs, symbols) && !mixed
          ? checked(texts(refs, symbols), false, type, unit)
          : new Series(null, "", false, 0, "");
      if (it.labels == null) {
        refused += Math.max(1, points);
        leftOut += list(each, "exemplars").size();
        continue;
      }
      take(it, each, (long) each.getField(field(each, "created_timestamp")));
      for (DynamicMessage exemplar : list(each, "exemplars")) {
        List<Integer> of = list(exemplar, "labels_refs", Integer.class);
        boolean sound = sound(of, symbols);
        exemplar(it, exemplar, sound ? texts(of, symbols) : List.of(), sound);
      }
      if (it.spared || (type == 0 && unitRef == 0 && helpRef == 0)) {
        continue;
      }
      if (helpRef < 0 || helpRef >= symbols.size() || unitRef < 0 || unitRef >= symbols.size()) {
        metadataRefused();
        continue;
      }
      String family = it.metric;
      String kind = type >= 0 && type < TYPES.size() ? TYPES.get(type) : "unknown";
      if (!isNative) {
        List<String> suffixes = switch (kind) {
          case "histogram" -> List.of("_bucket", "_count", "_sum");
          case "gaugehistogram" -> List.of("_bucket", "_gcount", "_gsum", "_count", "_sum");
          case "summary" -> List.of("_count", "_sum");
          default -> List.of();
        };
        for (String suffix : suffixes) {
          if (it.metric.endsWith(suffix) && it.metric.length() > suffix.length()) {
            family = it.metric.substring(0, it.metric.length() - suffix.length());
            break;
          }
        }
      }
      ByteString help = symbols.get(helpRef);
      ByteString unitText = symbols.get(unitRef);
      if (!help.isValidUtf8()
          || !unitText.isValidUtf8()
          || unitText.size() > limits.labelNameBytesMax()
          || it.metric.getBytes(UTF_8).length > limits.labelNameBytesMax()) {
        metadataRefused();
        continue;
      }
      metadata(ByteString.copyFromUtf8(family), type, help, unitText);
    }
  }

  /** Metadata that can't be kept is told of; runs of the same once, so its number isn't exact. */
  private void metadataRefused() {
    leftOut++;
  }

  private static boolean sound(List<Integer> refs, List<ByteString> symbols) {
    return refs.size() % 2 == 0 && refs.stream().allMatch(ref -> ref >= 0 && ref < symbols.size());
  }

  private static List<Text> texts(List<Integer> refs, List<ByteString> symbols) {
    List<Text> texts = new ArrayList<>();
    for (int i = 0; i < refs.size(); i += 2) {
      texts.add(new Text(symbols.get(refs.get(i)), symbols.get(refs.get(i + 1))));
    }
    return texts;
  }

  private Series checked(List<Text> sent, boolean ordered, int type, String unit) {
    Series none = new Series(null, "", false, 0, "");
    Map<String, String> labels = new TreeMap<>(BY_BYTES);
    String before = "";
    for (Text label : sent) {
      if (label.name.isEmpty()
          || label.value.isEmpty()
          || !label.name.isValidUtf8()
          || !label.value.isValidUtf8()) {
        return none;
      }
      String name = label.name.toStringUtf8();
      if (labels.put(name, label.value.toStringUtf8()) != null
          || (ordered && BY_BYTES.compare(before, name) > 0)) {
        return none;
      }
      before = name;
    }
    if (!labels.containsKey("__name__")) {
      return none;
    }
    String ofKey = sender.clusterOfKey() == null ? "" : sender.clusterOfKey();
    String cluster = header.isEmpty() ? ofKey : header;
    if (!cluster.isEmpty()) {
      labels.putIfAbsent("cluster", cluster);
    }
    String replica = labels.getOrDefault("__replica__", "");
    boolean spared = false;
    if (labels.containsKey("cluster") && !replica.isEmpty()) {
      labels.remove("__replica__");
      spared = !replica.equals(electedReplica);
      if (replica.getBytes(UTF_8).length > limits.labelValueBytesMax()) {
        return none;
      }
    }
    boolean fits = labels.size() <= limits.labelsMax();
    for (Map.Entry<String, String> label : labels.entrySet()) {
      fits &= label.getKey().getBytes(UTF_8).length <= limits.labelNameBytesMax()
          && label.getValue().getBytes(UTF_8).length <= limits.labelValueBytesMax();
    }
    return fits ? new Series(labels, labels.get("__name__"), spared, type, unit) : none;
  }

  private void take(Series it, DynamicMessage message, long created) {
    isNative = !list(message, "histograms").isEmpty();
    for (DynamicMessage sample : list(message, "samples")) {
      long time = (long) sample.getField(field(sample, "timestamp"));
      if (it.spared) {
        sparedSamples++;
      } else if (timely.test(time)) {
        String id = announced(it, time);
        samples.add("Tenant=%s MetricName=%s SeriesId=%s Ts=%d Value=%s RetentionDays=%d"
            .formatted(
                sender.tenant(),
                it.metric,
                id,
                time,
                real(sample, "value"),
                sender.retentionDays()));
        accepted++;
      } else {
        refused++;
      }
    }
    for (DynamicMessage histogram : list(message, "histograms")) {
      if (it.spared) {
        sparedHistograms++;
      } else {
        histogram(it, histogram, created);
      }
    }
  }

  private void histogram(Series it, DynamicMessage message, long created) {
    long start = (long) message.getField(field(message, "start_timestamp"));
    start = start == 0 ? created : start;
    start = start == -1 ? 1 : start;
    long time = (long) message.getField(field(message, "timestamp"));
    boolean isFloat = message.hasField(field(message, "count_float"));
    int schema = number(message, "schema");
    int hint = number(message, "reset_hint");
    long count = (long) message.getField(field(message, "count_int"));
    double sum = (double) message.getField(field(message, "sum"));
    double floatCount = (double) message.getField(field(message, "count_float"));
    long zero = (long) message.getField(field(message, "zero_count_int"));
    double floatZero = (double) message.getField(field(message, "zero_count_float"));
    double threshold = (double) message.getField(field(message, "zero_threshold"));
    List<Double> bounds = list(message, "custom_values", Double.class);
    Map<Integer, Number> positive = buckets(message, "positive", isFloat);
    Map<Integer, Number> negative = buckets(message, "negative", isFloat);
    if (positive == null || negative == null) {
      refused++;
      return;
    }
    boolean custom = schema == -53;
    boolean sound = timely.test(start)
        && timely.test(time)
        && (custom || (schema >= -4 && schema <= 8 && bounds.isEmpty()))
        && hint >= 0
        && hint <= 3
        && (isFloat ? zero == 0 : Double.doubleToRawLongBits(floatZero) == 0);
    if (sound && custom) {
      double before = Double.NEGATIVE_INFINITY;
      for (double bound : bounds) {
        sound &= bound > before;
        before = bound;
      }
      sound &= before != Double.POSITIVE_INFINITY
          && threshold == 0
          && zero == 0
          && floatZero == 0
          && negative.isEmpty()
          && positive.keySet().stream().allMatch(i -> i >= 0 && i <= bounds.size());
    }
    if (sound && isFloat) {
      sound = !(floatCount < 0) && !(floatZero < 0);
    } else if (sound) {
      long total = zero;
      for (Number bucket : positive.values()) {
        total += bucket.longValue();
      }
      for (Number bucket : negative.values()) {
        total += bucket.longValue();
      }
      sound = zero >= 0 && count >= 0 && (Double.isNaN(sum) ? total <= count : total == count);
    }
    if (!sound) {
      refused++;
      return;
    }
    String id = announced(it, time);
    histograms.add(
        ("Tenant=%s MetricName=%s SeriesId=%s Ts=%d StartTs=%d Count=%d Sum=%s HasSum=1 Min=0.0"
                + " Max=0.0 HasMinMax=0 Schema=%d ZeroThreshold=%s ZeroCount=%d PositiveOffset=%d"
                + " PositiveCounts=%s NegativeOffset=%d NegativeCounts=%s Stale=%d IsFloat=%d"
                + " FloatCount=%s FloatZeroCount=%s PositiveFloatCounts=%s NegativeFloatCounts=%s"
                + " CounterReset=%d CustomBounds=%s RetentionDays=%d")
            .formatted(
                sender.tenant(),
                it.metric,
                id,
                time,
                start,
                isFloat ? 0 : count,
                real(message, "sum"),
                schema,
                real(message, "zero_threshold"),
                isFloat ? 0 : zero,
                first(positive) - (custom || positive.isEmpty() ? 0 : 1),
                isFloat ? "[]" : run(positive, 0L),
                first(negative) - (custom || negative.isEmpty() ? 0 : 1),
                isFloat ? "[]" : run(negative, 0L),
                Double.doubleToRawLongBits(sum) == 0x7ff0000000000002L ? 1 : 0,
                isFloat ? 1 : 0,
                isFloat ? real(message, "count_float") : "0.0",
                isFloat ? real(message, "zero_count_float") : "0.0",
                isFloat ? run(positive, 0.0) : "[]",
                isFloat ? run(negative, 0.0) : "[]",
                hint,
                bounds,
                sender.retentionDays()));
    accepted++;
  }

  /** The count of each bucket by its index, or null if spans and counts are not sound. */
  private static @Nullable Map<Integer, Number> buckets(
      DynamicMessage message, String side, boolean isFloat) {
    List<DynamicMessage> spans = list(message, side + "_spans");
    List<Long> deltas = list(message, side + "_deltas", Long.class);
    List<Double> counts = list(message, side + "_counts", Double.class);
    if (!(isFloat ? deltas : counts).isEmpty()) {
      return null;
    }
    TreeMap<Integer, Number> buckets = new TreeMap<>();
    long count = 0;
    int bucket = 0;
    int index = 0;
    for (int i = 0; i < spans.size(); i++) {
      int offset = number(spans.get(i), "offset");
      int length = number(spans.get(i), "length");
      if (i > 0 && offset < 0) {
        return null;
      }
      index += offset;
      for (int k = 0; k < length; k++, bucket++, index++) {
        if (bucket >= (isFloat ? counts : deltas).size()) {
          return null;
        }
        if (isFloat) {
          if (counts.get(bucket) < 0) {
            return null;
          }
          buckets.put(index, counts.get(bucket));
        } else {
          count += deltas.get(bucket);
          if (count < 0) {
            return null;
          }
          buckets.put(index, count);
        }
      }
    }
    return bucket == (isFloat ? counts : deltas).size() ? buckets : null;
  }

  private static int first(Map<Integer, Number> buckets) {
    return buckets.isEmpty() ? 0 : ((TreeMap<Integer, Number>) buckets).firstKey();
  }

  private static List<Number> run(Map<Integer, Number> buckets, Number zero) {
    List<Number> run = new ArrayList<>();
    if (!buckets.isEmpty()) {
      for (int i = first(buckets); i <= ((TreeMap<Integer, Number>) buckets).lastKey(); i++) {
        run.add(buckets.getOrDefault(i, zero));
      }
    }
    return run;
  }

  private void exemplar(Series it, DynamicMessage message, List<Text> sent, boolean sound) {
    if (it.spared) {
      sparedExemplars++;
      return;
    }
    long time = (long) message.getField(field(message, "timestamp"));
    Map<String, String> labels = new TreeMap<>(BY_BYTES);
    boolean fits = sound && time != 0 && timely.test(time);
    for (Text label : sent) {
      fits &= !label.name.isEmpty()
          && label.name.isValidUtf8()
          && label.value.isValidUtf8()
          && label.name.size() <= limits.labelNameBytesMax()
          && label.value.size() <= limits.labelValueBytesMax()
          && labels.size() < limits.labelsMax();
      if (label.value.isEmpty()) {
        labels.remove(label.name.toStringUtf8());
      } else {
        labels.put(label.name.toStringUtf8(), label.value.toStringUtf8());
      }
    }
    if (!fits) {
      leftOut++;
      return;
    }
    String id = announced(it, time);
    exemplars.add(
        ("Tenant=%s MetricName=%s SeriesId=%s Ts=%d Value=%s TraceId=%s SpanId=%s Attributes=%s"
                + " RetentionDays=%d")
            .formatted(
                sender.tenant(),
                it.metric,
                id,
                time * 1_000_000,
                real(message, "value"),
                id(labels, "trace_id", 32),
                id(labels, "span_id", 16),
                map(labels),
                sender.retentionDays()));
  }

  private static String id(Map<String, String> labels, String label, int digits) {
    String value = labels.getOrDefault(label, "");
    if (!value.matches("[0-9a-fA-F]{" + digits + "}")) {
      return "";
    }
    labels.remove(label);
    return value.toLowerCase(Locale.ROOT);
  }

  private void metadata(ByteString name, int type, ByteString help, ByteString unit) {
    if (name.isEmpty()
        || !name.isValidUtf8()
        || !help.isValidUtf8()
        || !unit.isValidUtf8()
        || name.size() > limits.labelNameBytesMax()
        || unit.size() > limits.labelNameBytesMax()) {
      leftOut++;
      return;
    }
    metadata.add("Tenant=%s Day=%d MetricName=%s Type=%s Unit=%s Help=%s RetentionDays=%d"
        .formatted(
            sender.tenant(),
            nowNanos / 1_000_000 / MILLIS_A_DAY,
            name.toStringUtf8(),
            type >= 0 && type < TYPES.size() ? TYPES.get(type) : "unknown",
            unit.toStringUtf8(),
            help.toStringUtf8(),
            sender.retentionDays()));
  }

  private String announced(Series it, long time) {
    Map<String, String> labels = it.labels;
    if (labels == null) {
      throw new AssertionError();
    }
    ByteArrayOutputStream canonical = new ByteArrayOutputStream();
    labels.forEach((name, value) -> {
      for (String text : List.of(name, value)) {
        byte[] bytes = text.getBytes(UTF_8);
        canonical.writeBytes(ByteBuffer.allocate(4)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(bytes.length)
            .array());
        canonical.writeBytes(bytes);
      }
    });
    HashValue128 hash = Hashing.xxh3_128().hashBytesTo128Bits(canonical.toByteArray());
    String id = Long.toUnsignedString(hash.getMostSignificantBits());
    long day = time / MILLIS_A_DAY;
    for (Map.Entry<String, String> label : labels.entrySet()) {
      if (!label.getKey().equals("__name__")) {
        labelValues.add("Tenant=%s Day=%d Name=%s Value=%s MetricName=%s RetentionDays=%d"
            .formatted(
                sender.tenant(),
                day,
                label.getKey(),
                label.getValue(),
                it.metric,
                sender.retentionDays()));
      }
    }
    if (!seen.add(id + " " + day)) {
      return id; // the first type wins
    }
    String kind = it.type >= 0 && it.type < TYPES.size() ? TYPES.get(it.type) : "unknown";
    String type = isNative && !kind.equals("gaugehistogram") ? "exponential_histogram" : kind;
    boolean cumulative =
        List.of("counter", "histogram", "exponential_histogram").contains(type);
    Map<String, String> stored = new TreeMap<>(BY_BYTES);
    stored.putAll(labels);
    stored.remove("__name__");
    series.add(("Tenant=%s Day=%d MetricName=%s SeriesId=%s SeriesHash=%s Labels=%s Cluster=%s"
            + " Namespace=%s Job=%s Instance=%s Pod=%s Container=%s Node=%s Service=%s Type=%s"
            + " Unit=%s Temporality=%s RetentionDays=%d")
        .formatted(
            sender.tenant(),
            day,
            it.metric,
            id,
            Long.toUnsignedString(hash.getLeastSignificantBits()),
            map(stored),
            labels.getOrDefault("cluster", ""),
            first(labels, "k8s_namespace_name", "namespace"),
            labels.getOrDefault("job", ""),
            labels.getOrDefault("instance", ""),
            first(labels, "k8s_pod_name", "pod"),
            first(labels, "k8s_container_name", "container"),
            first(labels, "k8s_node_name", "node"),
            first(labels, "service_name", "service"),
            type,
            it.unit,
            cumulative ? "cumulative" : "",
            sender.retentionDays()));
    return id;
  }

  private static String first(Map<String, String> labels, String one, String other) {
    String value = labels.getOrDefault(one, "");
    return value.isEmpty() ? labels.getOrDefault(other, "") : value;
  }

  private static String map(Map<String, String> entries) {
    return entries.entrySet().stream()
        .map(entry -> entry.getKey() + ":" + entry.getValue())
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String real(DynamicMessage message, String name) {
    double value = (double) message.getField(field(message, name));
    return RowText.number(Double.doubleToRawLongBits(value));
  }

  private static int number(DynamicMessage message, String name) {
    return (int) message.getField(field(message, name));
  }

  private static ByteString bytes(DynamicMessage message, String name) {
    return (ByteString) message.getField(field(message, name));
  }

  private static List<DynamicMessage> list(DynamicMessage message, String name) {
    return list(message, name, DynamicMessage.class);
  }

  private static <T> List<T> list(DynamicMessage message, String name, Class<T> type) {
    return ((List<?>) message.getField(field(message, name)))
        .stream().map(type::cast).toList();
  }

  private static com.google.protobuf.Descriptors.FieldDescriptor field(
      DynamicMessage message, String name) {
    return message.getDescriptorForType().findFieldByName(name);
  }
}
