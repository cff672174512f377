package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.block.StringColumn;
import dev.seamark.labels.MetricKind;
import dev.seamark.labels.NamingOptions;
import dev.seamark.labels.Utf8;
import dev.seamark.schema.ExemplarRows;
import dev.seamark.schema.HistogramRows;
import dev.seamark.schema.SampleRows;
import dev.seamark.tenant.Sender;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// OTLP metrics (`ExportMetricsServiceRequest`, protobuf) to rows of samples, histograms and
/// exemplars, and to rows that
/// announce their series.
///
/// Names and labels follow OpenTelemetry's Prometheus compatibility specification (see
/// [dev.seamark.labels.MetricNaming]): explicit histograms and summaries become classic series,
/// exponential histograms stay whole in
/// `metrics_histograms`, resources become `target_info`, `NoRecordedValue` becomes Prometheus'
/// stale marker. A data point is
/// refused by itself if its temporality is not cumulative or it breaks a limit; a body that is not
/// protobuf is refused whole.
///
/// A point's series is found by a 128-bit hash of its raw attribute bytes and their context; only
/// unknown bytes are parsed,
/// checked, named and hashed ([SeriesResolver]). So a known point allocates nothing.
/// Not thread-safe: one a thread. Benchmark: `OtlpMetricsBenchmark`.
///
/// Wire format: `opentelemetry/proto/metrics/v1/metrics.proto`.
public final class OtlpMetrics {
  /** The bits of Prometheus' "this series has ended" value. */
  public static final long STALE_MARKER = 0x7ff0000000000002L;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long NANOS_A_DAY = 86_400_000_000_000L;
  private static final long NANOS_A_MILLI = 1_000_000;

  private static final long AHEAD_NANOS = 2 * NANOS_A_DAY / 24;
  private static final int CUMULATIVE = 2;
  private static final int DELTA = 1;
  private static final int NO_RECORDED_VALUE = 1;
  private static final byte[] NOTHING = {};

  // of rows beside their texts and bucket counts, roughly
  private static final long SAMPLE_BYTES = 32;
  private static final long HISTOGRAM_BYTES = 256;
  private static final long EXEMPLAR_BYTES = 128;

  private static final int DOUBLE = 1;
  private static final int INT = 2;

  // roles of raw keys beside a series' own
  private static final long TARGET_ROLE = 1;
  private static final long METADATA_ROLE = 2;
  private static final long LATEST_SHAPE_ROLE = 3;

  private final boolean scopeLabels;
  private final Limits limits;
  private final Horizon horizon;
  private final SeriesDirectory directory;
  private final RawKey keys;
  private final MetricNames names;
  private final MetricName targetInfo = new MetricName(MetricKind.INFO, "target_info", "", "");
  private final MetricResource resource;
  private final SeriesResolver resolver;
  private final Attributes exemplarAttributes;
  private final Refusals refusals = new Refusals();
  private final SeriesRef found = new SeriesRef();
  private final SeriesShape shape = new SeriesShape();
  private final WireReader request = new WireReader();
  private final WireReader inner = new WireReader();

  // of the request
  private MetricRows rows = new MetricRows();
  private SampleRows samples = rows.samples;
  private String tenantText = "";
  private byte[] tenant = NOTHING;
  private int tenantIndex;
  private int retentionDays;
  private long nowNanos;
  private int today;
  private long ahead; // of 2^32 series as many are announced for tomorrow
  private int accepted;
  private long decodedBytes;
  private long requestKey1;
  private long requestKey2;

  // of the resource, scope and metric
  private long resourceKey1;
  private long resourceKey2;
  private long latestNanos;
  private boolean anyPoint;
  private long scopeKey1;
  private long scopeKey2;
  private MetricName metric = targetInfo;
  private byte[] metricText = NOTHING;
  private int metricFrom;
  private int metricTo;
  private long metricKey1;
  private long metricKey2;
  private int nameIndex;
  private int bucketIndex;
  private int countIndex;
  private int sumIndex;

  // of the data point
  private long nanos;
  private long startNanos;
  private long millis;
  private int day;
  private long dayStart;
  private long dayEnd;
  private int flags;
  private int attributesFrom;
  private int attributesTo;
  private byte[] attributesBytes = NOTHING;
  private boolean scattered;
  private int exemplars;
  private byte[] gathered = new byte[256];
  private byte[] counts = new byte[256]; // bucket counts that came in pieces
  private byte[] edges = new byte[256]; // bounds that came in pieces, or quantiles

  public OtlpMetrics(Limits limits, NamingOptions options, SeriesDirectory directory) {
    this.limits = limits;
    this.horizon = new Horizon(limits);
    this.scopeLabels = options.scopeLabels();
    this.directory = directory;
    this.keys = new RawKey(directory.seed());
    this.exemplarAttributes = new Attributes("an exemplar", limits);
    this.names = new MetricNames(limits, options);
    this.resource = new MetricResource(options, limits);
    this.resolver = new SeriesResolver(limits, options, keys, directory);
  }

  /**
   * Appends the rows of a request to {@code into}, whose announcement the caller then ends.
   *
   * @param clusterHeader the cluster of resources that name none
   * @param nowNanos since 1970, the time of points without one
   * @throws Malformed if the body is refused; the caller clears {@code into}, its announcement has
   *     ended
   * @throws Crowded if the request may be repeated later; likewise
   */
  public Decoded decode(
      byte[] body,
      int from,
      int to,
      Sender sender,
      @Nullable String clusterHeader,
      long nowNanos,
      MetricRows into)
      throws Malformed, Crowded {
    begin(sender, clusterHeader, nowNanos, into);
    try {
      request.reset(body, from, to);
      while (request.hasNext()) {
        int tag = request.tag();
        if (tag == (1 << 3 | 2)) {
          int outer = request.enter("ResourceMetrics");
          resourceMetrics(request.at(), request.limit());
          request.leave(outer);
        } else {
          request.skip(tag);
        }
      }
    } catch (Malformed | Crowded | RuntimeException | Error refused) {
      into.announcement().failed(refused); // a claim that nobody ends is waited for for ever
      throw refused;
    }
    return refusals.isEmpty()
        ? Decoded.all(accepted)
        : new Decoded(accepted, refusals.points(), refusals.message());
  }

  private void begin(
      Sender sender, @Nullable String clusterHeader, long nowNanos, MetricRows into) {
    rows = into;
    samples = into.samples;
    if (!sender.tenant().equals(tenantText)) {
      tenantText = sender.tenant();
      tenant = tenantText.getBytes(UTF_8);
    }
    tenantIndex = samples.tenant.intern(tenant, 0, tenant.length);
    retentionDays = sender.retentionDays();
    this.nowNanos = nowNanos;
    horizon.request(nowNanos);
    today = (int) (nowNanos / NANOS_A_DAY);
    dayStart = 0;
    dayEnd = 0;
    long untilMidnight = (today + 1) * NANOS_A_DAY - nowNanos;
    ahead = untilMidnight >= AHEAD_NANOS
        ? 0
        : (long) ((double) (AHEAD_NANOS - untilMidnight) / AHEAD_NANOS * 0x1p32);
    accepted = 0;
    decodedBytes = 0;
    refusals.clear();
    resource.request(sender, clusterHeader);
    resolver.request(into, sender, tenant);
    byte[] cluster = resource.clusterElse();
    requestKey1 = RawKey.mix(
        RawKey.mix(retentionDays, keys.first(tenant, 0, tenant.length)),
        keys.first(cluster, 0, cluster.length));
    requestKey2 = RawKey.mix(
        RawKey.mix(retentionDays, keys.second(tenant, 0, tenant.length)),
        keys.second(cluster, 0, cluster.length));
  }

  private void resourceMetrics(int from, int to) throws Malformed, Crowded {
    findResource(from, to);
    latestNanos = 0;
    anyPoint = false;
    request.jump(from, to);
    while (request.hasNext()) {
      int tag = request.tag();
      switch (tag) {
        case 2 << 3 | 2 -> {
          int outer = request.enter("ScopeMetrics");
          scopeMetrics(request.at(), request.limit());
          request.leave(outer);
        }
        case 3 << 3 | 2 -> request.text("schema URL");
        default -> request.skip(tag);
      }
    }
    if (anyPoint) {
      targetInfo();
    }
  }

  /** The resource decides about labels, so it comes first wherever it stands. */
  private void findResource(int from, int to) throws Malformed {
    int count = 0;
    int start = from;
    int end = from;
    while (request.hasNext()) {
      int tag = request.tag();
      if (tag == (1 << 3 | 2)) {
        start = request.bytes("resource");
        end = request.at();
        count++;
      } else {
        request.skip(tag);
      }
    }
    byte[] bytes = request.bytes();
    if (count > 1) {
      WireReader joined = request.joined(1 << 3 | 2, from, to, "resource");
      bytes = joined.bytes();
      start = joined.at();
      end = joined.limit();
    }
    resource.reset(bytes, start, end);
    resourceKey1 = RawKey.mix(requestKey1, keys.first(bytes, start, end));
    resourceKey2 = RawKey.mix(requestKey2, keys.second(bytes, start, end));
  }

  private void scopeMetrics(int from, int to) throws Malformed, Crowded {
    scopeKey1 = resourceKey1;
    scopeKey2 = resourceKey2;
    if (scopeLabels) {
      findScope();
      request.jump(from, to);
    }
    while (request.hasNext()) {
      int tag = request.tag();
      switch (tag) {
        case 2 << 3 | 2 -> {
          int outer = request.enter("Metric");
          metric(request.at(), request.limit());
          request.leave(outer);
        }
        case 3 << 3 | 2 -> request.text("schema URL");
        default -> request.skip(tag);
      }
    }
  }

  private void findScope() throws Malformed {
    resolver.scopeName = NOTHING;
    resolver.scopeVersion = NOTHING;
    while (request.hasNext()) {
      int tag = request.tag();
      if (tag != (1 << 3 | 2)) {
        request.skip(tag);
        continue;
      }
      int outer = request.enter("InstrumentationScope");
      while (request.hasNext()) {
        int field = request.tag();
        switch (field) {
          case 1 << 3 | 2 -> {
            int start = request.text("scope name");
            resolver.scopeName = Arrays.copyOfRange(request.bytes(), start, request.at());
          }
          case 2 << 3 | 2 -> {
            int start = request.text("scope version");
            resolver.scopeVersion = Arrays.copyOfRange(request.bytes(), start, request.at());
          }
          default -> request.skip(field);
        }
      }
      request.leave(outer);
    }
    scopeKey1 = scopeKey(resourceKey1, true);
    scopeKey2 = scopeKey(resourceKey2, false);
  }

  private long scopeKey(long key, boolean first) {
    byte[] name = resolver.scopeName;
    byte[] version = resolver.scopeVersion;
    long nameKey = first ? keys.first(name, 0, name.length) : keys.second(name, 0, name.length);
    long versionKey =
        first ? keys.first(version, 0, version.length) : keys.second(version, 0, version.length);
    return RawKey.mix(RawKey.mix(key, nameKey), versionKey);
  }

  private void metric(int from, int to) throws Malformed, Crowded {
    byte[] bytes = request.bytes();
    int nameFrom = from;
    int nameTo = from;
    int helpFrom = from;
    int helpTo = from;
    int unitFrom = from;
    int unitTo = from;
    int dataTag = 0;
    int dataFrom = from;
    int dataTo = from;
    int dataRun = from; // where the last run of the same member of the oneof begins
    boolean repeated = false;
    while (request.hasNext()) {
      int field = request.at();
      int tag = request.tag();
      switch (tag) {
        case 1 << 3 | 2 -> {
          nameFrom = request.bytes("metric name");
          nameTo = request.at();
        }
        case 2 << 3 | 2 -> {
          helpFrom = request.bytes("metric description");
          helpTo = request.at();
        }
        case 3 << 3 | 2 -> {
          unitFrom = request.bytes("metric unit");
          unitTo = request.at();
        }
        case 5 << 3 | 2, 7 << 3 | 2, 9 << 3 | 2, 10 << 3 | 2, 11 << 3 | 2 -> {
          repeated = dataTag == tag;
          if (!repeated) {
            dataRun = field;
          }
          dataTag = tag;
          dataFrom = request.bytes("metric data");
          dataTo = request.at();
        }
        default -> request.skip(tag);
      }
    }
    WireReader data = inner;
    if (repeated) {
      data = request.joined(dataTag, dataRun, to, "metric data");
    } else {
      data.reset(bytes, dataFrom, dataTo);
    }
    metricText = bytes;
    metricFrom = nameFrom;
    metricTo = nameTo;
    MetricKind kind = kind(dataTag, data);
    if (kind == null) {
      return;
    }
    name(kind, bytes, nameFrom, nameTo, unitFrom, unitTo);
    int before = accepted;
    points(data);
    if (accepted > before) {
      metadata(bytes, helpFrom, helpTo);
    }
  }

  /** The kind of the metric, or null if it has no points that could be stored. */
  private @Nullable MetricKind kind(int dataTag, WireReader data) throws Malformed {
    if (dataTag == (5 << 3 | 2)) {
      return MetricKind.GAUGE;
    }
    if (dataTag == (11 << 3 | 2)) {
      return MetricKind.SUMMARY;
    }
    if (dataTag == 0) {
      return null;
    }
    int start = data.at();
    int end = data.limit();
    int temporality = 0;
    boolean monotonic = false;
    int points = 0;
    while (data.hasNext()) {
      int tag = data.tag();
      switch (tag) {
        case 1 << 3 | 2 -> {
          data.bytes("data point");
          points++;
        }
        case 2 << 3 -> temporality = data.varint32("aggregation temporality");
        case 3 << 3 -> {
          boolean flag = data.bool("is_monotonic");
          monotonic = dataTag == (7 << 3 | 2) && flag;
        }
        default -> data.skip(tag);
      }
    }
    data.jump(start, end);
    if (points == 0) {
      return null;
    }
    if (temporality != CUMULATIVE) {
      String name = metricName();
      if (temporality == DELTA) {
        refusals.delta(points, name);
      } else {
        refusals.unspecified(points, name);
      }
      return null;
    }
    return switch (dataTag) {
      case 9 << 3 | 2 -> MetricKind.HISTOGRAM;
      case 10 << 3 | 2 -> MetricKind.EXPONENTIAL_HISTOGRAM;
      default -> monotonic ? MetricKind.COUNTER : MetricKind.UP_DOWN_COUNTER;
    };
  }

  private void name(
      MetricKind kind, byte[] bytes, int nameFrom, int nameTo, int unitFrom, int unitTo)
      throws Malformed {
    long key1 = RawKey.mix(
        RawKey.mix(kind.name().hashCode(), keys.first(bytes, unitFrom, unitTo)),
        keys.first(bytes, nameFrom, nameTo));
    long key2 = RawKey.mix(
        RawKey.mix(kind.name().hashCode(), keys.second(bytes, unitFrom, unitTo)),
        keys.second(bytes, nameFrom, nameTo));
    MetricName known = names.find(key1, key2);
    if (known == null) {
      requireUtf8(bytes, nameFrom, nameTo, "metric name");
      requireUtf8(bytes, unitFrom, unitTo, "metric unit");
      known = names.add(
          key1,
          key2,
          kind,
          Arrays.copyOfRange(bytes, nameFrom, nameTo),
          Arrays.copyOfRange(bytes, unitFrom, unitTo));
    }
    metric = known;
    metricKey1 = key1;
    metricKey2 = key2;
    nameIndex = -1;
    bucketIndex = -1;
    countIndex = -1;
    sumIndex = -1;
  }

  private void requireUtf8(byte[] bytes, int from, int to, String what) throws Malformed {
    int invalid = Utf8.invalidAt(bytes, from, to);
    if (invalid >= 0) {
      request.jump(invalid, to);
      throw request.malformed(what, "it isn't UTF-8");
    }
  }

  private void points(WireReader data) throws Malformed, Crowded {
    long series1 = RawKey.mix(scopeKey1, metricKey1);
    long series2 = RawKey.mix(scopeKey2, metricKey2);
    while (data.hasNext()) {
      int tag = data.tag();
      if (tag != (1 << 3 | 2)) {
        data.skip(tag);
        continue;
      }
      int outer = data.enter("data point");
      if (!metric.refusal.isEmpty()) {
        refuse(metric.refusal);
      } else {
        switch (metric.kind) {
          case HISTOGRAM -> histogram(data, series1, series2);
          case EXPONENTIAL_HISTOGRAM -> exponential(data, series1, series2);
          case SUMMARY -> summary(data, series1, series2);
          default -> number(data, series1, series2);
        }
      }
      data.leave(outer);
    }
  }

  /** The hot path: one loop over the fields of a `NumberDataPoint`, with its state in locals. */
  private void number(WireReader data, long series1, long series2) throws Malformed, Crowded {
    byte[] bytes = data.bytes();
    int start = data.at();
    int end = data.limit();
    long time = 0;
    long bits = 0;
    int kind = 0;
    int pointFlags = 0;
    int first = -1;
    int last = -1;
    boolean pieces = false;
    int exemplarCount = 0;
    int at = start;
    while (at < end) {
      int field = at;
      switch (bytes[at++]) {
        case 2 << 3 | 1 -> at = fixed(data, at, end);
        case 3 << 3 | 1 -> {
          int next = fixed(data, at, end);
          time = (long) LONG.get(bytes, at);
          at = next;
        }
        case 4 << 3 | 1 -> {
          int next = fixed(data, at, end);
          bits = (long) LONG.get(bytes, at);
          kind = DOUBLE;
          at = next;
        }
        case 6 << 3 | 1 -> {
          int next = fixed(data, at, end);
          bits = (long) LONG.get(bytes, at);
          kind = INT;
          at = next;
        }
        case 7 << 3 | 2 -> {
          at = behind(data, bytes, at, end);
          if (field == last) {
            last = at;
          } else if (first < 0) {
            first = field;
            last = at;
          } else {
            pieces = true;
          }
        }
        case 5 << 3 | 2 -> {
          at = behind(data, bytes, at, end);
          exemplarCount++;
        }
        case 8 << 3 -> {
          data.jump(at, end);
          pointFlags = data.varint32("flags");
          at = data.at();
        }
        default -> {
          data.jump(field, end);
          data.skip(data.tag());
          at = data.at();
        }
      }
    }
    data.jump(end, end);
    if (!time(time)) {
      return;
    }
    boolean stale = (pointFlags & NO_RECORDED_VALUE) != 0;
    if (kind == 0 && !stale) {
      refuse("a data point has no value");
      return;
    }
    attributes(bytes, first, last, pieces, start, end, 7 << 3 | 2);
    if (!single(series1, series2, 7 << 3 | 2)) {
      return;
    }
    admit(SAMPLE_BYTES);
    long id = found.id;
    if (stale) {
      bits = STALE_MARKER;
    } else if (kind == INT) {
      bits = Double.doubleToRawLongBits((double) bits);
    }
    sample(name(), id, bits);
    accept();
    if (exemplarCount > 0) {
      data.jump(start, end);
      exemplars(data, 5 << 3 | 2, id, null);
    }
  }

  private static int fixed(WireReader data, int at, int end) throws Malformed {
    if (end - at < 8) {
      data.jump(at, end);
      data.fixed64("a field of a data point");
    }
    return at + 8;
  }

  /** The end of a length-delimited field whose length is at {@code at}. */
  private static int behind(WireReader data, byte[] bytes, int at, int end) throws Malformed {
    if (at < end) {
      int length = bytes[at];
      if (length >= 0 && length < end - at) {
        return at + 1 + length;
      }
    }
    data.jump(at, end);
    data.bytes("a field of a data point");
    return data.at();
  }

  private void histogram(WireReader data, long series1, long series2) throws Malformed, Crowded {
    byte[] bytes = data.bytes();
    int start = data.at();
    int end = data.limit();
    beginPoint();
    long count = 0;
    long sum = 0;
    int countsFrom = 0;
    int countsLength = 0;
    boolean countPieces = false;
    int edgesLength = 0;
    boolean edgePieces = false;
    while (data.hasNext()) {
      int field = data.at();
      int tag = data.tag();
      switch (tag) {
        case 2 << 3 | 1 -> startNanos = data.fixed64("start_time_unix_nano");
        case 3 << 3 | 1 -> nanos = data.fixed64("time_unix_nano");
        case 4 << 3 | 1 -> count = data.fixed64("count");
        case 5 << 3 | 1 -> {
          sum = data.fixed64("sum");
          shape.hasSum = true;
        }
        case 6 << 3 | 1, 6 << 3 | 2 -> {
          countPieces |= countsLength > 0 || tag == (6 << 3 | 1);
          countsFrom = eights(data, tag, "bucket_counts");
          countsLength += data.at() - countsFrom;
        }
        case 7 << 3 | 1, 7 << 3 | 2 -> {
          edgePieces |= edgesLength > 0 || tag == (7 << 3 | 1);
          shape.from = eights(data, tag, "explicit_bounds");
          edgesLength += data.at() - shape.from;
        }
        case 8 << 3 | 2 -> {
          data.bytes("exemplar");
          exemplars++;
        }
        case 9 << 3 | 2 -> {
          data.bytes("attribute");
          attribute(field, data.at());
        }
        case 10 << 3 -> flags = data.varint32("flags");
        default -> data.skip(tag);
      }
    }
    byte[] countBytes = bytes;
    if (countPieces) {
      counts = joined(data, counts, start, end, 6, countsLength, "bucket_counts");
      countBytes = counts;
      countsFrom = 0;
    }
    shape.bytes = bytes;
    if (edgePieces) {
      edges = joined(data, edges, start, end, 7, edgesLength, "explicit_bounds");
      shape.bytes = edges;
      shape.from = 0;
    }
    shape.edges = edgesLength / 8;
    int buckets = countsLength / 8;
    if (!time(nanos)) {
      return;
    }
    boolean stale = (flags & NO_RECORDED_VALUE) != 0;
    if (!stale && buckets != 0 && buckets != shape.edges + 1) {
      refuse("a histogram has " + buckets + " buckets and " + shape.edges + " bounds");
      return;
    }
    if (buckets == 0 && !stale) {
      shape.edges = 0; // without counts the bounds say nothing
    }
    attributes(bytes, attributesFrom, attributesTo, scattered, start, end, 9 << 3 | 2);
    if (!block(series1, series2, 9 << 3 | 2, stale)) {
      return;
    }
    long[] block = block();
    admit(SAMPLE_BYTES * block.length);
    if (stale) {
      staleBlock(block, found.id != 0, MetricKind.HISTOGRAM);
      return;
    }
    int bucket = bucketName();
    double cumulative = 0;
    long whole = 0;
    for (int i = 0; i < shape.edges; i++) {
      whole += (long) LONG.get(countBytes, countsFrom + 8 * i);
      cumulative = unsigned(whole);
      sample(bucket, block[i], Double.doubleToRawLongBits(cumulative));
    }
    long total = Double.doubleToRawLongBits(unsigned(count));
    sample(bucket, block[shape.edges], total);
    sample(countName(), block[shape.edges + 1], total);
    if (shape.hasSum) {
      sample(sumName(), block[shape.edges + 2], sum);
    }
    accept();
    if (exemplars > 0) {
      data.jump(start, end);
      exemplars(data, 8 << 3 | 2, 0, block);
    }
  }

  private void summary(WireReader data, long series1, long series2) throws Malformed, Crowded {
    byte[] bytes = data.bytes();
    int start = data.at();
    int end = data.limit();
    beginPoint();
    shape.hasSum = true;
    long count = 0;
    long sum = 0;
    int quantiles = 0;
    while (data.hasNext()) {
      int field = data.at();
      int tag = data.tag();
      switch (tag) {
        case 2 << 3 | 1 -> startNanos = data.fixed64("start_time_unix_nano");
        case 3 << 3 | 1 -> nanos = data.fixed64("time_unix_nano");
        case 4 << 3 | 1 -> count = data.fixed64("count");
        case 5 << 3 | 1 -> sum = data.fixed64("sum");
        case 6 << 3 | 2 -> {
          int outer = data.enter("quantile");
          requireRoom(SAMPLE_BYTES * quantiles);
          quantile(data, quantiles++);
          data.leave(outer);
        }
        case 7 << 3 | 2 -> {
          data.bytes("attribute");
          attribute(field, data.at());
        }
        case 8 << 3 -> flags = data.varint32("flags");
        default -> data.skip(tag);
      }
    }
    shape.bytes = edges;
    shape.from = 0;
    shape.edges = quantiles;
    if (!time(nanos)) {
      return;
    }
    boolean stale = (flags & NO_RECORDED_VALUE) != 0;
    attributes(bytes, attributesFrom, attributesTo, scattered, start, end, 7 << 3 | 2);
    if (!block(series1, series2, 7 << 3 | 2, stale)) {
      return;
    }
    long[] block = block();
    admit(SAMPLE_BYTES * block.length);
    if (stale) {
      staleBlock(block, true, MetricKind.SUMMARY);
      return;
    }
    int name = quantiles == 0 ? -1 : name();
    for (int i = 0; i < quantiles; i++) {
      sample(name, block[i], (long) LONG.get(counts, 8 * i));
    }
    sample(countName(), block[quantiles], Double.doubleToRawLongBits(unsigned(count)));
    sample(sumName(), block[quantiles + 1], sum);
    accept();
  }

  /** Puts a quantile into {@link #edges} and its value into {@link #counts}. */
  private void quantile(WireReader data, int index) throws Malformed {
    long quantile = 0;
    long value = 0;
    while (data.hasNext()) {
      int tag = data.tag();
      switch (tag) {
        case 1 << 3 | 1 -> quantile = data.fixed64("quantile");
        case 2 << 3 | 1 -> value = data.fixed64("value");
        default -> data.skip(tag);
      }
    }
    edges = room(edges, 8 * index + 8);
    counts = room(counts, 8 * index + 8);
    LONG.set(edges, 8 * index, quantile);
    LONG.set(counts, 8 * index, value);
  }

  private void exponential(WireReader data, long series1, long series2) throws Malformed, Crowded {
    byte[] bytes = data.bytes();
    int start = data.at();
    int end = data.limit();
    beginPoint();
    long count = 0;
    long sum = 0;
    boolean hasSum = false;
    int scale = 0;
    long zeroCount = 0;
    long zeroThreshold = 0;
    long min = 0;
    long max = 0;
    int hasMinMax = 0;
    int positives = 0;
    int positiveFrom = start;
    int positiveTo = start;
    int negatives = 0;
    int negativeFrom = start;
    int negativeTo = start;
    while (data.hasNext()) {
      int field = data.at();
      int tag = data.tag();
      switch (tag) {
        case 1 << 3 | 2 -> {
          data.bytes("attribute");
          attribute(field, data.at());
        }
        case 2 << 3 | 1 -> startNanos = data.fixed64("start_time_unix_nano");
        case 3 << 3 | 1 -> nanos = data.fixed64("time_unix_nano");
        case 4 << 3 | 1 -> count = data.fixed64("count");
        case 5 << 3 | 1 -> {
          sum = data.fixed64("sum");
          hasSum = true;
        }
        case 6 << 3 -> scale = data.zigzag32("scale");
        case 7 << 3 | 1 -> zeroCount = data.fixed64("zero_count");
        case 8 << 3 | 2 -> {
          positiveFrom = data.bytes("positive buckets");
          positiveTo = data.at();
          positives++;
        }
        case 9 << 3 | 2 -> {
          negativeFrom = data.bytes("negative buckets");
          negativeTo = data.at();
          negatives++;
        }
        case 10 << 3 -> flags = data.varint32("flags");
        case 11 << 3 | 2 -> {
          data.bytes("exemplar");
          exemplars++;
        }
        case 12 << 3 | 1 -> {
          min = data.fixed64("min");
          hasMinMax |= 1;
        }
        case 13 << 3 | 1 -> {
          max = data.fixed64("max");
          hasMinMax |= 2;
        }
        case 14 << 3 | 1 -> zeroThreshold = data.fixed64("zero_threshold");
        default -> data.skip(tag);
      }
    }
    if (!time(nanos)) {
      return;
    }
    if (!horizon.holds(startNanos)) {
      refuse(horizon.refusal(startNanos, "the start of a data point"));
      return;
    }
    // a bucket count takes a byte or more, and eight in the row
    long bucketBytes = 8L * (positiveTo - positiveFrom + negativeTo - negativeFrom);
    if (bucketBytes > limits.rowBytesMax()) {
      refuse(Limits.exceeded(
          "bytes of the buckets of a histogram",
          bucketBytes,
          limits.rowBytesMax(),
          Limits.ROW_BYTES_MAX));
      return;
    }
    admit(HISTOGRAM_BYTES + bucketBytes);
    attributes(bytes, attributesFrom, attributesTo, scattered, start, end, 1 << 3 | 2);
    if (!single(series1, series2, 1 << 3 | 2)) {
      return;
    }
    long id = found.id;
    HistogramRows target = rows.histograms;
    if (positives > 1) {
      buckets(data.joined(8 << 3 | 2, start, end, "positive buckets"), true);
    } else {
      data.jump(positiveFrom, positiveTo);
      buckets(data, true);
    }
    if (negatives > 1) {
      buckets(data.joined(9 << 3 | 2, start, end, "negative buckets"), false);
    } else {
      data.jump(negativeFrom, negativeTo);
      buckets(data, false);
    }
    target.tenant.append(tenant);
    target.metricName.append(metric.name);
    target.seriesId.append(id);
    target.ts.append(millis);
    target.startTs.append(startNanos / NANOS_A_MILLI);
    target.count.append(count);
    target.sum.appendLongBits(sum);
    target.hasSum.append(hasSum ? 1 : 0);
    target.min.appendLongBits(min);
    target.max.appendLongBits(max);
    target.hasMinMax.append(hasMinMax);
    target.schema.append(scale);
    target.zeroThreshold.appendLongBits(zeroThreshold);
    target.zeroCount.append(zeroCount);
    target.stale.append((flags & NO_RECORDED_VALUE) != 0 ? 1 : 0);
    target.retentionDays.append(retentionDays);
    accept();
    data.jump(end, end);
    if (exemplars > 0) {
      data.jump(start, end);
      exemplars(data, 11 << 3 | 2, id, null);
    }
  }

  private void buckets(WireReader data, boolean positive) throws Malformed {
    HistogramRows target = rows.histograms;
    var array = positive ? target.positiveCounts : target.negativeCounts;
    int offset = 0;
    while (data.hasNext()) {
      int tag = data.tag();
      switch (tag) {
        case 1 << 3 -> offset = data.zigzag32("bucket offset");
        case 2 << 3 -> array.element().append(data.varint64("bucket count"));
        case 2 << 3 | 2 -> {
          int outer = data.enter("bucket counts");
          while (data.hasNext()) {
            array.element().append(data.varint64("bucket count"));
          }
          data.leave(outer);
        }
        default -> data.skip(tag);
      }
    }
    array.endRow();
    (positive ? target.positiveOffset : target.negativeOffset).append(offset);
  }

  private void beginPoint() {
    nanos = 0;
    startNanos = 0;
    flags = 0;
    attributesFrom = -1;
    attributesTo = -1;
    scattered = false;
    exemplars = 0;
    shape.clear();
  }

  private void attribute(int from, int to) {
    if (from == attributesTo) {
      attributesTo = to;
    } else if (attributesFrom < 0) {
      attributesFrom = from;
      attributesTo = to;
    } else {
      scattered = true;
    }
  }

  /** Skips a packed field, or one value of an unpacked one; answers the start of the values. */
  private static int eights(WireReader data, int tag, String what) throws Malformed {
    if ((tag & 7) == 1) {
      int start = data.at();
      data.fixed64(what);
      return start;
    }
    int start = data.bytes(what);
    if ((data.at() - start) % 8 != 0) {
      throw data.malformed(what, "its length is not a multiple of 8");
    }
    return start;
  }

  /** Joins the pieces of a repeated field of 8 bytes a value. */
  private static byte[] joined(
      WireReader data, byte[] target, int from, int to, int field, int length, String what)
      throws Malformed {
    byte[] all = room(target, length);
    int size = 0;
    data.jump(from, to);
    while (data.hasNext()) {
      int tag = data.tag();
      if (tag == (field << 3 | 1) || tag == (field << 3 | 2)) {
        int start = eights(data, tag, what);
        System.arraycopy(data.bytes(), start, all, size, data.at() - start);
        size += data.at() - start;
      } else {
        data.skip(tag);
      }
    }
    return all;
  }

  private static byte[] room(byte[] array, int length) {
    return length <= array.length
        ? array
        : Arrays.copyOf(array, Math.max(length, 2 * array.length));
  }

  /** Takes the time of a data point, now if it has none; refuses one beyond the horizon. */
  private boolean time(long given) {
    long time = given == 0 ? nowNanos : given;
    if (time < dayStart || time >= dayEnd) {
      if (!horizon.holds(time)) {
        refuse(horizon.refusal(time, "the time of a data point"));
        return false;
      }
      day = (int) (time / NANOS_A_DAY);
      dayStart = day * NANOS_A_DAY;
      dayEnd = Math.min(dayStart + NANOS_A_DAY, horizon.end());
    }
    nanos = time;
    millis = time / NANOS_A_MILLI;
    return true;
  }

  /** Brings the attribute fields of a point together, if they did not come in one run. */
  private void attributes(
      byte[] bytes, int first, int last, boolean pieces, int start, int end, int tag)
      throws Malformed {
    if (!pieces) {
      attributesBytes = bytes;
      attributesFrom = Math.max(first, 0);
      attributesTo = Math.max(last, 0);
      return;
    }
    gathered = room(gathered, end - start);
    int size = 0;
    WireReader fields = new WireReader();
    fields.reset(bytes, start, end);
    while (fields.hasNext()) {
      int field = fields.at();
      int next = fields.tag();
      fields.skip(next);
      if (next == tag) {
        System.arraycopy(bytes, field, gathered, size, fields.at() - field);
        size += fields.at() - field;
      }
    }
    attributesBytes = gathered;
    attributesFrom = 0;
    attributesTo = size;
  }

  /** Finds the one series of a point. */
  private boolean single(long series1, long series2, int attributeTag) throws Malformed, Crowded {
    long key1 = RawKey.mix(series1, keys.first(attributesBytes, attributesFrom, attributesTo));
    long key2 = RawKey.mix(series2, keys.second(attributesBytes, attributesFrom, attributesTo));
    if (directory.find(key1, key2, found) && announced(found.id)) {
      return true;
    }
    return resolve(attributeTag, key1, key2);
  }

  /** Finds the block of series of a histogram or summary. */
  private boolean block(long series1, long series2, int attributeTag, boolean stale)
      throws Malformed, Crowded {
    long key1 = RawKey.mix(series1, keys.first(attributesBytes, attributesFrom, attributesTo));
    long key2 = RawKey.mix(series2, keys.second(attributesBytes, attributesFrom, attributesTo));
    long latest1 = RawKey.mix(key1, LATEST_SHAPE_ROLE);
    long latest2 = RawKey.mix(key2, LATEST_SHAPE_ROLE);
    if (stale && shape.edges == 0 && directory.find(latest1, latest2, found)) {
      // an ended histogram mostly names no bounds: it ends the series that were seen last
      if (found.block != null && found.announced(day)) {
        return true;
      }
    }
    int from = shape.from;
    int to = from + 8 * shape.edges;
    int form = shape.hasSum ? 1 : 0;
    key1 = RawKey.mix(RawKey.mix(key1, form), keys.first(shape.bytes, from, to));
    key2 = RawKey.mix(RawKey.mix(key2, form), keys.second(shape.bytes, from, to));
    if (directory.find(key1, key2, found)) {
      long[] known = found.block;
      if (known != null && announced(known[0])) {
        return true;
      }
    }
    if (metric.kind == MetricKind.HISTOGRAM && !shape.rises()) {
      refuse("the bounds of a histogram are not finite and rising");
      return false;
    }
    if (!resolve(attributeTag, key1, key2)) {
      return false;
    }
    if (!stale) {
      boolean known = directory.find(key1, key2, found) && found.announced(day);
      directory.remember(latest1, latest2, found.id, found.block, known ? day : -1);
    }
    return true;
  }

  private boolean announced(long id) {
    return found.announced(day)
        && (ahead == 0
            || day != today
            || !SeriesResolver.isAhead(id, ahead)
            || found.announced(today + 1));
  }

  private boolean resolve(int attributeTag, long key1, long key2) throws Malformed, Crowded {
    long tomorrow = day == today ? ahead : 0;
    boolean ok = resolver.resolve(
        metric,
        resource,
        attributesBytes,
        attributesFrom,
        attributesTo,
        attributeTag,
        shape,
        day,
        tomorrow,
        key1,
        key2,
        found);
    if (!ok) {
      refuse(resolver.refusal());
    }
    return ok;
  }

  private long[] block() {
    long[] block = found.block;
    if (block == null) {
      throw new IllegalStateException("a raw key of one series was taken for one of a block");
    }
    return block;
  }

  private void staleBlock(long[] block, boolean hasSum, MetricKind kind) {
    int edgeCount = block.length - (hasSum ? 2 : 1);
    int edgeName = edgeCount == 0 ? -1 : kind == MetricKind.HISTOGRAM ? bucketName() : name();
    for (int i = 0; i < edgeCount; i++) {
      sample(edgeName, block[i], STALE_MARKER);
    }
    sample(countName(), block[edgeCount], STALE_MARKER);
    if (hasSum) {
      sample(sumName(), block[edgeCount + 1], STALE_MARKER);
    }
    accept();
  }

  private void sample(int name, long id, long bits) {
    SampleRows target = samples;
    target.tenant.appendIndex(tenantIndex);
    target.metricName.appendIndex(name);
    target.seriesId.append(id);
    target.ts.append(millis);
    target.value.appendLongBits(bits);
    target.retentionDays.append(retentionDays);
  }

  private void accept() {
    accepted++;
    anyPoint = true;
    latestNanos = Math.max(latestNanos, nanos);
  }

  /** Counts the bytes of rows about to be appended: a few bytes of a body can become many. */
  private void admit(long bytes) throws Malformed {
    requireRoom(bytes);
    decodedBytes += bytes;
  }

  private void requireRoom(long bytes) throws Malformed {
    if (decodedBytes + bytes > limits.decodedBytesMax()) {
      throw Tally.tooManyBytes(decodedBytes + bytes, limits.decodedBytesMax());
    }
  }

  private String metricName() {
    return new String(metricText, metricFrom, metricTo - metricFrom, UTF_8);
  }

  private void refuse(String reason) {
    if (refusals.wantsReason()) {
      refusals.add(1, metricName(), reason);
    } else {
      refusals.add(1);
    }
  }

  private int name() {
    if (nameIndex < 0) {
      nameIndex = samples.metricName.intern(metric.name, 0, metric.name.length);
    }
    return nameIndex;
  }

  private int bucketName() {
    if (bucketIndex < 0) {
      bucketIndex = samples.metricName.intern(metric.bucket, 0, metric.bucket.length);
    }
    return bucketIndex;
  }

  private int countName() {
    if (countIndex < 0) {
      countIndex = samples.metricName.intern(metric.count, 0, metric.count.length);
    }
    return countIndex;
  }

  private int sumName() {
    if (sumIndex < 0) {
      sumIndex = samples.metricName.intern(metric.sum, 0, metric.sum.length);
    }
    return sumIndex;
  }

  private static double unsigned(long value) {
    return value >= 0 ? (double) value : (double) (value >>> 1 | (value & 1)) * 2.0;
  }

  /**
   * Appends the exemplars of a point.
   *
   * @param id the series, unless {@code block} is given: then the bucket that an exemplar falls
   *     into
   */
  private void exemplars(WireReader data, int wanted, long id, long @Nullable [] block)
      throws Malformed {
    while (data.hasNext()) {
      int tag = data.tag();
      if (tag == wanted) {
        int outer = data.enter("exemplar");
        exemplar(data, id, block);
        data.leave(outer);
      } else {
        data.skip(tag);
      }
    }
  }

  private void exemplar(WireReader data, long id, long @Nullable [] block) throws Malformed {
    int start = data.at();
    int end = data.limit();
    long time = 0;
    double value = 0;
    boolean hasValue = false;
    int spanFrom = start;
    int spanTo = start;
    int traceFrom = start;
    int traceTo = start;
    while (data.hasNext()) {
      int tag = data.tag();
      switch (tag) {
        case 2 << 3 | 1 -> time = data.fixed64("time_unix_nano");
        case 3 << 3 | 1 -> {
          value = data.float64("exemplar value");
          hasValue = true;
        }
        case 6 << 3 | 1 -> {
          value = (double) data.fixed64("exemplar value");
          hasValue = true;
        }
        case 4 << 3 | 2 -> {
          spanFrom = data.bytes("span_id");
          spanTo = data.at();
        }
        case 5 << 3 | 2 -> {
          traceFrom = data.bytes("trace_id");
          traceTo = data.at();
        }
        default -> data.skip(tag);
      }
    }
    data.jump(start, end);
    String refusal = readExemplarAttributes(data);
    long textBytes = exemplarAttributes.textBytes() + 4L * exemplarAttributes.count();
    boolean fits = EXEMPLAR_BYTES + textBytes <= limits.rowBytesMax();
    if (!refusal.isEmpty() || !hasValue || !horizon.holds(time) || !fits) {
      if (refusals.wantsExemplarReason()) {
        String reason = refusal.isEmpty() ? exemplarRefusal(hasValue, time, textBytes) : refusal;
        refusals.exemplar(metricName(), reason);
      } else {
        refusals.exemplar();
      }
      return; // the point is stored all the same
    }
    admit(EXEMPLAR_BYTES + textBytes);
    ExemplarRows target = rows.exemplars;
    target.tenant.append(tenant);
    target.metricName.append(block == null ? metric.name : metric.bucket);
    target.seriesId.append(block == null ? id : block[shape.bucketOf(value)]);
    target.ts.append(time == 0 ? nanos : time);
    target.value.append(value);
    hex(target.traceId, data.bytes(), traceFrom, traceTo, 16);
    hex(target.spanId, data.bytes(), spanFrom, spanTo, 8);
    exemplarAttributes.appendTo(target.attributes);
    target.retentionDays.append(retentionDays);
  }

  private String exemplarRefusal(boolean hasValue, long time, long textBytes) {
    if (!hasValue) {
      return "it has no value";
    }
    return horizon.holds(time)
        ? Limits.exceeded(
            "the number of bytes of a row",
            EXEMPLAR_BYTES + textBytes,
            limits.rowBytesMax(),
            Limits.ROW_BYTES_MAX)
        : horizon.refusal(time, "the time of an exemplar");
  }

  /** Why the attributes can't be stored, or "". */
  private String readExemplarAttributes(WireReader data) throws Malformed {
    exemplarAttributes.clear(data.bytes());
    try {
      while (data.hasNext()) {
        int tag = data.tag();
        if (tag == (7 << 3 | 2)) {
          exemplarAttributes.read(data);
        } else {
          data.skip(tag);
        }
      }
    } catch (RowRefused refused) {
      return refused.why();
    }
    return "";
  }

  /** An id of the right length that is not all zero, else nothing. */
  private static void hex(StringColumn target, byte[] bytes, int from, int to, int length) {
    boolean any = false;
    for (int i = from; i < to; i++) {
      any |= bytes[i] != 0;
    }
    if (any && to - from == length) {
      target.appendHex(bytes, from, length);
    } else {
      target.appendEmpty();
    }
  }

  private void metadata(byte[] bytes, int helpFrom, int helpTo) throws Malformed, Crowded {
    long key1 = RawKey.mix(RawKey.mix(requestKey1, METADATA_ROLE), metricKey1);
    long key2 = RawKey.mix(RawKey.mix(requestKey2, METADATA_ROLE), metricKey2);
    key1 = RawKey.mix(key1, keys.first(bytes, helpFrom, helpTo));
    key2 = RawKey.mix(key2, keys.second(bytes, helpFrom, helpTo));
    if (directory.find(key1, key2, found) && found.announced(today)) {
      return;
    }
    requireUtf8(bytes, helpFrom, helpTo, "metric description");
    resolver.metadata(metric, bytes, helpFrom, helpTo, today, key1, key2);
  }

  /** One `target_info` a resource and request, at the time of its latest point. */
  private void targetInfo() throws Malformed, Crowded {
    metric = targetInfo;
    time(latestNanos);
    admit(SAMPLE_BYTES);
    long key1 = RawKey.mix(resourceKey1, TARGET_ROLE);
    long key2 = RawKey.mix(resourceKey2, TARGET_ROLE);
    if (!(directory.find(key1, key2, found) && announced(found.id))) {
      resolver.resolveTarget(
          targetInfo, resource, day, day == today ? ahead : 0, key1, key2, found);
      if (!resolver.refusal().isEmpty()) {
        refusals.target(resolver.refusal());
      }
    }
    if (found.block == null) {
      byte[] name = targetInfo.name;
      sample(
          samples.metricName.intern(name, 0, name.length), found.id, Double.doubleToRawLongBits(1));
    }
  }
}
