package dev.seamark.ingest.decode;

import dev.seamark.labels.MetricKind;
import dev.seamark.labels.NamingOptions;
import dev.seamark.tenant.Sender;
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
///
/// Here is the walk over resources, scopes and metrics; a class each reads the points of a kind
/// ([NumberPoints], [HistogramPoints], [ExponentialPoints], [SummaryPoints]).
/// Not thread-safe: one a thread. Benchmark: `OtlpMetricsBenchmark`.
///
/// Wire format: `opentelemetry/proto/metrics/v1/metrics.proto`.
public final class OtlpMetrics implements MetricDecoder {
  /** The bits of Prometheus' "this series has ended" value. */
  public static final long STALE_MARKER = 0x7ff0000000000002L;

  private static final byte[] NOTHING = {};

  private final boolean scopeLabels;
  private final SeriesDirectory directory;
  private final RawKey keys;
  private final MetricName targetInfo = new MetricName(MetricKind.INFO, "target_info", "", "");
  private final MetricsRequest request;
  private final MetricResource resource;
  private final CurrentMetric metric;
  private final CurrentPoint point;
  private final SeriesAnnouncer announcer;
  private final SeriesResolver resolver;
  private final PointSeries series;
  private final NumberPoints numbers;
  private final HistogramPoints histograms;
  private final ExponentialPoints exponentials;
  private final SummaryPoints summaries;
  private final WireReader wire = new WireReader();
  private final SeriesRef found = new SeriesRef();

  // raw keys of what surrounds points
  private long requestKey1;
  private long requestKey2;
  private long resourceKey1;
  private long resourceKey2;
  private long scopeKey1;
  private long scopeKey2;

  public OtlpMetrics(Limits limits, NamingOptions options, SeriesDirectory directory) {
    this.scopeLabels = options.scopeLabels();
    this.directory = directory;
    this.keys = new RawKey(directory.seed());
    this.request = new MetricsRequest(limits);
    this.resource = new MetricResource(options, limits);
    this.metric = new CurrentMetric(request, keys, limits, options);
    this.point = new CurrentPoint(request, metric);
    this.announcer = new SeriesAnnouncer(limits, options, keys, directory);
    this.resolver = new SeriesResolver(limits, options, directory, announcer);
    this.series = new PointSeries(request, resource, metric, point, keys, directory, resolver);
    Exemplars exemplars = new Exemplars(request, metric, point, limits);
    this.numbers = new NumberPoints(request, metric, point, series, exemplars);
    this.histograms = new HistogramPoints(request, metric, point, series, exemplars);
    this.exponentials = new ExponentialPoints(request, metric, point, series, exemplars, limits);
    this.summaries = new SummaryPoints(request, metric, point, series);
  }

  @Override
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
      wire.reset(body, from, to);
      while (wire.hasNext()) {
        int tag = wire.tag();
        if (tag == (1 << 3 | 2)) {
          int outer = wire.enter("ResourceMetrics");
          resourceMetrics(wire.at(), wire.limit());
          wire.leave(outer);
        } else {
          wire.skip(tag);
        }
      }
    } catch (Malformed | Crowded | RuntimeException | Error refused) {
      into.announcement().failed(refused); // a claim that nobody ends is waited for for ever
      throw refused;
    }
    return request.decoded();
  }

  private void begin(
      Sender sender, @Nullable String clusterHeader, long nowNanos, MetricRows into) {
    request.begin(sender, nowNanos, into);
    resource.request(sender, clusterHeader);
    announcer.request(into, sender, request.tenant, nowNanos);
    point.beginRequest();
    byte[] tenant = request.tenant;
    byte[] cluster = resource.clusterElse();
    byte[] allowed = sender.clusters().canonical();
    requestKey1 = RawKey.mix(
        RawKey.mix(request.retentionDays, keys.first(tenant, 0, tenant.length)),
        keys.first(cluster, 0, cluster.length));
    requestKey1 = RawKey.mix(requestKey1, keys.first(allowed, 0, allowed.length));
    requestKey2 = RawKey.mix(
        RawKey.mix(request.retentionDays, keys.second(tenant, 0, tenant.length)),
        keys.second(cluster, 0, cluster.length));
    requestKey2 = RawKey.mix(requestKey2, keys.second(allowed, 0, allowed.length));
  }

  private void resourceMetrics(int from, int to) throws Malformed, Crowded {
    findResource(from, to);
    int before = request.accepted;
    point.latestNanos = 0;
    wire.jump(from, to);
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 2 << 3 | 2 -> {
          int outer = wire.enter("ScopeMetrics");
          scopeMetrics(wire.at(), wire.limit());
          wire.leave(outer);
        }
        case 3 << 3 | 2 -> wire.text("schema URL");
        default -> wire.skip(tag);
      }
    }
    if (request.accepted > before) {
      targetInfo();
    }
  }

  /** The resource decides about labels, so it comes first wherever it stands. */
  private void findResource(int from, int to) throws Malformed {
    int count = 0;
    int start = from;
    int end = from;
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag == (1 << 3 | 2)) {
        start = wire.bytes("resource");
        end = wire.at();
        count++;
      } else {
        wire.skip(tag);
      }
    }
    byte[] bytes = wire.bytes();
    if (count > 1) {
      WireReader joined = wire.joined(1 << 3 | 2, from, to, "resource");
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
      wire.jump(from, to);
    }
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 2 << 3 | 2 -> {
          int outer = wire.enter("Metric");
          metric(wire.at(), wire.limit());
          wire.leave(outer);
        }
        case 3 << 3 | 2 -> wire.text("schema URL");
        default -> wire.skip(tag);
      }
    }
  }

  private void findScope() throws Malformed {
    resolver.scopeName = NOTHING;
    resolver.scopeVersion = NOTHING;
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag != (1 << 3 | 2)) {
        wire.skip(tag);
        continue;
      }
      int outer = wire.enter("InstrumentationScope");
      while (wire.hasNext()) {
        int field = wire.tag();
        switch (field) {
          case 1 << 3 | 2 -> {
            int start = wire.text("scope name");
            resolver.scopeName = Arrays.copyOfRange(wire.bytes(), start, wire.at());
          }
          case 2 << 3 | 2 -> {
            int start = wire.text("scope version");
            resolver.scopeVersion = Arrays.copyOfRange(wire.bytes(), start, wire.at());
          }
          default -> wire.skip(field);
        }
      }
      wire.leave(outer);
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
    if (!metric.read(wire, from, to) || isDropped()) {
      return;
    }
    int before = request.accepted;
    points(metric.data());
    if (request.accepted > before) {
      metadata();
    }
  }

  /** Before any series is looked for: what is dropped must not be announced either. */
  private boolean isDropped() throws Malformed {
    EdgeRules rules = request.rows.rules();
    if (!rules.hasMetricRules() || !metric.names.refusal.isEmpty()) {
      return false;
    }
    int points = metric.countPoints();
    boolean dropped = rules.drops(metric.names, points);
    request.dropped += dropped ? points : 0;
    return dropped;
  }

  private void points(WireReader data) throws Malformed, Crowded {
    series.context(RawKey.mix(scopeKey1, metric.key1), RawKey.mix(scopeKey2, metric.key2));
    MetricName names = metric.names;
    while (data.hasNext()) {
      int tag = data.tag();
      if (tag != (1 << 3 | 2)) {
        data.skip(tag);
        continue;
      }
      int outer = data.enter("data point");
      if (!names.refusal.isEmpty()) {
        metric.refuse(names.refusal);
      } else {
        switch (names.kind) {
          case HISTOGRAM -> histograms.read(data);
          case EXPONENTIAL_HISTOGRAM -> exponentials.read(data);
          case SUMMARY -> summaries.read(data);
          default -> numbers.read(data);
        }
      }
      data.leave(outer);
    }
  }

  private void metadata() throws Malformed, Crowded {
    byte[] bytes = metric.bytes();
    int from = metric.helpFrom();
    int to = metric.helpTo();
    long key1 = RawKey.mix(RawKey.mix(requestKey1, RawKey.METADATA_ROLE), metric.key1);
    long key2 = RawKey.mix(RawKey.mix(requestKey2, RawKey.METADATA_ROLE), metric.key2);
    key1 = RawKey.mix(key1, keys.first(bytes, from, to));
    key2 = RawKey.mix(key2, keys.second(bytes, from, to));
    if (directory.find(key1, key2, found) && found.announced(request.today)) {
      return;
    }
    metric.requireHelpIsUtf8(wire);
    MetricName names = metric.names;
    announcer.metadata(
        names.kind, names.name, names.unit, bytes, from, to, request.today, key1, key2);
  }

  /** One `target_info` a resource and request, at the time of its latest point. */
  private void targetInfo() throws Malformed, Crowded {
    point.time(point.latestNanos);
    request.admitSamples(1);
    long key1 = RawKey.mix(resourceKey1, RawKey.TARGET_ROLE);
    long key2 = RawKey.mix(resourceKey2, RawKey.TARGET_ROLE);
    if (series.findTarget(targetInfo, key1, key2)) {
      point.sample(request.intern(targetInfo.name), series.id(), Double.doubleToRawLongBits(1));
    }
  }
}
