package dev.seamark.ingest.decode;

import static dev.seamark.ingest.decode.RemoteWriteMessages.v1;
import static dev.seamark.ingest.decode.RemoteWriteMessages.v2;

import com.google.protobuf.ByteString;
import com.google.protobuf.DynamicMessage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Remote-write requests of a seed: mostly sound, with every rule broken now and then. */
final class RandomRemoteWrite {
  static final long NOW_MILLIS = 1_795_521_600_000L + 3_600_000; // an hour after midnight
  static final long NOW = NOW_MILLIS * 1_000_000;
  static final long STALE = 0x7ff0000000000002L;

  private static final List<String> NAMES = List.of(
      "Zone",
      "__replica__",
      "cluster",
      "instance",
      "job",
      "le",
      "namespace",
      "pod",
      "service.name",
      "größe");
  private static final List<String> METRICS =
      List.of("up", "http_requests_total", "latency_bucket", "latency_sum", "größe", "a");

  private final SplittableRandom random;

  RandomRemoteWrite(long seed) {
    random = new SplittableRandom(seed);
  }

  DynamicMessage request1() {
    List<DynamicMessage> series = new ArrayList<>();
    List<List<ByteString>> before = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      List<ByteString> labels = again(before);
      List<DynamicMessage> messages = new ArrayList<>();
      for (int k = 0; k < labels.size(); k += 2) {
        messages.add(v1("Label", "name", labels.get(k), "value", labels.get(k + 1)));
      }
      boolean both = chance(5);
      boolean isNative = chance(30);
      series.add(v1(
          "TimeSeries",
          "labels",
          messages,
          "samples",
          isNative && !both ? List.of() : samples(1),
          "histograms",
          isNative || both ? histograms(1) : List.of(),
          "exemplars",
          exemplars1()));
    }
    List<DynamicMessage> metadata = new ArrayList<>();
    for (int i = chance(30) ? 1 + random.nextInt(3) : 0; i > 0; i--) {
      metadata.add(v1(
          "MetricMetadata",
          "type",
          random.nextInt(9),
          "metric_family_name",
          chance(5) ? ByteString.EMPTY : text(pick(METRICS)),
          "help",
          text(chance(5) ? "x".repeat(50) : "Help."),
          "unit",
          text(chance(50) ? "seconds" : "")));
    }
    return v1("WriteRequest", "timeseries", series, "metadata", metadata);
  }

  DynamicMessage request2() {
    List<ByteString> symbols = new ArrayList<>(List.of(ByteString.EMPTY));
    List<DynamicMessage> series = new ArrayList<>();
    List<List<ByteString>> before = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      List<Integer> refs = refs(again(before), symbols);
      boolean both = chance(3);
      boolean isNative = chance(30);
      Object[] fields = {
        "labels_refs",
        refs,
        "samples",
        isNative && !both ? List.of() : samples(2),
        "histograms",
        isNative || both ? histograms(2) : List.of(),
        "exemplars",
        exemplars2(symbols)
      };
      if (chance(60)) {
        fields = Arrays.copyOf(fields, fields.length + 2);
        fields[fields.length - 2] = "metadata";
        fields[fields.length - 1] = v2(
            "Metadata",
            "type",
            random.nextInt(9),
            "help_ref",
            chance(3) ? 1_000 : symbol(text("Help " + random.nextInt(2)), symbols),
            "unit_ref",
            chance(3) ? -1 : symbol(text(chance(50) ? "bytes" : ""), symbols));
      }
      if (chance(10)) {
        fields = Arrays.copyOf(fields, fields.length + 2);
        fields[fields.length - 2] = "created_timestamp";
        fields[fields.length - 1] = NOW_MILLIS - random.nextInt(100_000);
      }
      series.add(v2("TimeSeries", fields));
    }
    return v2("Request", "symbols", symbols, "timeseries", series);
  }

  private List<Integer> refs(List<ByteString> texts, List<ByteString> symbols) {
    List<Integer> refs = new ArrayList<>();
    texts.forEach(text -> refs.add(symbol(text, symbols)));
    if (chance(3)) {
      refs.add(0);
    }
    if (chance(3) && !refs.isEmpty()) {
      refs.set(random.nextInt(refs.size()), chance(50) ? symbols.size() + 99 : -1);
    }
    return refs;
  }

  private int symbol(ByteString text, List<ByteString> symbols) {
    int known = symbols.indexOf(text);
    if (known >= 0 && !chance(2)) { // a text twice is wasteful and no error
      return known;
    }
    symbols.add(text);
    return symbols.size() - 1;
  }

  /** Labels as those of a series before, or others. */
  private List<ByteString> again(List<List<ByteString>> before) {
    List<ByteString> labels =
        !before.isEmpty() && chance(20) ? before.get(random.nextInt(before.size())) : labels();
    before.add(labels);
    return labels;
  }

  private List<ByteString> labels() {
    Map<ByteString, ByteString> sorted =
        new TreeMap<>(Comparator.comparing(ByteString::toByteArray, Arrays::compareUnsigned));
    if (!chance(4)) {
      sorted.put(text("__name__"), text(pick(METRICS)));
    }
    for (int i = random.nextInt(chance(5) ? 20 : 6); i > 0; i--) {
      sorted.put(text(pick(NAMES)), text("v" + random.nextInt(3)));
    }
    if (chance(4)) {
      sorted.put(text("long"), text("x".repeat(59 + random.nextInt(3))));
    }
    if (chance(2)) {
      sorted.put(ByteString.copyFrom(new byte[] {'a', (byte) 0xFF}), text("v"));
    }
    if (chance(2)) {
      sorted.put(text("invalid"), ByteString.copyFrom(new byte[] {(byte) 0xC0}));
    }
    if (chance(2)) {
      sorted.put(text("empty"), ByteString.EMPTY);
    }
    if (chance(2)) {
      sorted.put(ByteString.EMPTY, text("empty"));
    }
    List<ByteString> labels = new ArrayList<>();
    sorted.forEach((name, value) -> {
      labels.add(name);
      labels.add(value);
    });
    if (chance(3) && labels.size() >= 4) { // not sorted
      labels.addAll(labels.subList(0, 2));
      labels.subList(0, 2).clear();
    }
    if (chance(3) && labels.size() >= 2) { // twice
      labels.addAll(List.copyOf(labels.subList(labels.size() - 2, labels.size())));
    }
    return labels;
  }

  private List<DynamicMessage> samples(int version) {
    List<DynamicMessage> samples = new ArrayList<>();
    for (int i = chance(70) ? 1 : random.nextInt(4); i > 0; i--) {
      double value = switch (random.nextInt(8)) {
        case 0 -> Double.longBitsToDouble(STALE);
        case 1 -> Double.longBitsToDouble(0x7ff8_0000_0000_0001L + random.nextInt(9));
        case 2 -> Double.NEGATIVE_INFINITY;
        case 3 -> 0;
        case 4 -> -0.0;
        default -> random.nextInt(1_000) / 8.0;
      };
      samples.add(
          version == 1
              ? v1("Sample", "value", value, "timestamp", time())
              : v2("Sample", "value", value, "timestamp", time(), "start_timestamp", time()));
    }
    return samples;
  }

  private long time() {
    return switch (random.nextInt(30)) {
      case 0 -> 0;
      case 1 -> -1;
      case 2 -> NOW_MILLIS + 3_600_001;
      case 3 -> NOW_MILLIS + 3_600_000;
      case 4 -> Long.MAX_VALUE;
      case 5, 6 -> NOW_MILLIS - 86_400_000;
      default -> NOW_MILLIS - random.nextInt(1_000);
    };
  }

  private List<DynamicMessage> histograms(int version) {
    List<DynamicMessage> histograms = new ArrayList<>();
    for (int i = chance(80) ? 1 : random.nextInt(3); i > 0; i--) {
      histograms.add(histogram(version));
    }
    return histograms;
  }

  private DynamicMessage histogram(int version) {
    boolean isFloat = chance(40);
    boolean custom = chance(25);
    List<Object> fields = new ArrayList<>();
    long zero = custom && !chance(3) ? 0 : random.nextInt(3);
    Side positive = side(version, custom);
    Side negative = custom && !chance(3) ? new Side(List.of(), new long[0]) : side(version, false);
    long total = zero
        + Arrays.stream(positive.counts).sum()
        + Arrays.stream(negative.counts).sum();
    total += chance(4) ? 1 : 0;
    if (isFloat) {
      add(fields, "count_float", (double) total, "zero_count_float", (double) zero);
    } else {
      add(fields, "count_int", total, "zero_count_int", zero);
    }
    if (chance(2)) {
      add(fields, "zero_count_float", 1.5);
    }
    add(
        fields,
        "sum",
        chance(10) ? Double.longBitsToDouble(STALE) : random.nextInt(99) / 4.0,
        "schema",
        custom ? -53 : chance(3) ? 9 : random.nextInt(13) - 4,
        "zero_threshold",
        custom && !chance(3) ? 0.0 : 0.5 * random.nextInt(2),
        "reset_hint",
        chance(2) ? 4 : random.nextInt(4),
        "timestamp",
        time(),
        "start_timestamp",
        chance(50) ? 0 : time(),
        "positive_spans",
        positive.spans,
        "negative_spans",
        negative.spans);
    addCounts(fields, "positive", positive.counts, isFloat ^ chance(2));
    addCounts(fields, "negative", negative.counts, isFloat ^ chance(2));
    if (custom || chance(2)) {
      List<Double> bounds = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        bounds.add(chance(1) ? Double.NaN : (double) (chance(1) ? 0 : i));
      }
      if (chance(2)) {
        bounds.add(Double.POSITIVE_INFINITY);
      }
      add(fields, "custom_values", bounds);
    }
    return version == 1 ? v1("Histogram", fields.toArray()) : v2("Histogram", fields.toArray());
  }

  private static void add(List<Object> fields, Object... more) {
    fields.addAll(Arrays.asList(more));
  }

  private static void addCounts(List<Object> fields, String side, long[] counts, boolean isFloat) {
    List<Object> values = new ArrayList<>();
    long before = 0;
    for (long count : counts) {
      values.add(isFloat ? (Object) (double) count : (Object) (count - before));
      before = count;
    }
    add(fields, side + (isFloat ? "_counts" : "_deltas"), values);
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Side(List<DynamicMessage> spans, long[] counts) {}

  private Side side(int version, boolean custom) {
    List<DynamicMessage> spans = new ArrayList<>();
    int buckets = 0;
    for (int i = random.nextInt(4); i > 0; i--) {
      int offset = spans.isEmpty() && !custom ? random.nextInt(40) - 20 : random.nextInt(3);
      offset = chance(2) ? -1 : offset;
      int length = random.nextInt(3);
      spans.add(
          version == 1
              ? v1("BucketSpan", "offset", offset, "length", length)
              : v2("BucketSpan", "offset", offset, "length", length));
      buckets += length;
    }
    buckets += chance(2) ? 1 : 0;
    long[] counts = new long[buckets];
    for (int i = 0; i < buckets; i++) {
      counts[i] = chance(1) ? -1 : random.nextInt(5);
    }
    return new Side(spans, counts);
  }

  private List<DynamicMessage> exemplars1() {
    List<DynamicMessage> exemplars = new ArrayList<>();
    for (int i = chance(20) ? 1 + random.nextInt(2) : 0; i > 0; i--) {
      List<DynamicMessage> labels = new ArrayList<>();
      List<ByteString> texts = exemplarLabels();
      for (int k = 0; k < texts.size(); k += 2) {
        labels.add(v1("Label", "name", texts.get(k), "value", texts.get(k + 1)));
      }
      exemplars.add(v1("Exemplar", "labels", labels, "value", 1.5, "timestamp", time()));
    }
    return exemplars;
  }

  private List<DynamicMessage> exemplars2(List<ByteString> symbols) {
    List<DynamicMessage> exemplars = new ArrayList<>();
    for (int i = chance(20) ? 1 + random.nextInt(2) : 0; i > 0; i--) {
      exemplars.add(v2(
          "Exemplar",
          "labels_refs",
          refs(exemplarLabels(), symbols),
          "value",
          1.5,
          "timestamp",
          time()));
    }
    return exemplars;
  }

  private List<ByteString> exemplarLabels() {
    List<ByteString> labels = new ArrayList<>();
    if (chance(60)) {
      labels.add(text("trace_id"));
      labels.add(text(chance(20) ? "no id" : "0AF7651916cd43dd8448eb211c80319c"));
    }
    if (chance(40)) {
      labels.add(text("span_id"));
      labels.add(text("b7ad6b7169203331"));
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      labels.add(text(pick(NAMES)));
      labels.add(text(chance(5) ? "" : "v" + i));
    }
    if (chance(3)) {
      labels.add(text(""));
      labels.add(ByteString.copyFrom(new byte[] {(byte) 0xFE}));
    }
    return labels;
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private String pick(List<String> texts) {
    return texts.get(random.nextInt(texts.size()));
  }

  private static ByteString text(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
