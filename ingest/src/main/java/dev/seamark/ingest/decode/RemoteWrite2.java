package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.labels.MetricKind;
import dev.seamark.labels.NamingOptions;
import dev.seamark.labels.Utf8;
import dev.seamark.tenant.Sender;
import org.jspecify.annotations.Nullable;

/// Prometheus remote write 2.0 (`io.prometheus.write.v2.Request`, protobuf) to rows of samples,
/// native histograms and exemplars, and to rows that announce their series and metadata.
///
/// Rules are those of [RemoteWrite1], but labels may come in any order: the specification leaves it
/// to the receiver what it takes for invalid, and its own tests send them so. The table of symbols
/// is held to the specification: a request whose first symbol is not empty is refused whole, a
/// reference to no symbol refuses what it stands in. The start of a float sample is not stored.
///
/// A known series is found by a mix of its symbols' hashes, each made once a request; then its
/// sample allocates nothing. Not thread-safe: one a thread. Benchmark: `RemoteWriteBenchmark`.
///
/// Wire format: `prompb/io/prometheus/write/v2/types.proto` of prometheus/prometheus, 2.0-rc.4, and
/// rc.3's start of a series. See
/// [the specification](https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/).
public final class RemoteWrite2 implements MetricDecoder {
  private static final long ROLE = 0x5254_5732; // no other protocol's
  private static final byte[] NOTHING = {};
  private static final long SYMBOL_BYTES = 24; // of the table's memory

  private static final int SYMBOL = 4 << 3 | 2;
  private static final int TIME_SERIES = 5 << 3 | 2;

  private static final int SAMPLE = 2 << 3 | 2;
  private static final int HISTOGRAM = 3 << 3 | 2;
  private static final int EXEMPLAR = 4 << 3 | 2;
  private static final int METADATA = 5 << 3 | 2;
  private static final int CREATED = 6 << 3;

  private final Limits limits;
  private final SeriesDirectory directory;
  private final MetricsRequest request;
  private final SeriesAnnouncer announcer;
  private final RemoteWrite2Symbols symbols;
  private final RemoteWrite2Labels source;
  private final RemoteWrite2Labels exemplarLabels;
  private final RemoteWriteSeries series;
  private final RemoteWritePoints points;
  private final RemoteWriteExemplar exemplar;
  private final WireReader wire = new WireReader();
  private final SeriesRef found = new SeriesRef();

  // of the series, beside its labels
  private int samples;
  private int exemplars;
  private int histograms;
  private long created;
  private boolean described; // whether it has metadata
  private int type;
  private int help;
  private int unit;

  // the metadata last seen to
  private int doneName;
  private int doneType;
  private int doneHelp;
  private int doneUnit;
  private boolean doneNative;

  public RemoteWrite2(
      Limits limits,
      NamingOptions naming,
      RemoteWriteOptions options,
      SeriesDirectory directory,
      Replicas replicas) {
    RawKey keys = new RawKey(directory.seed());
    this.limits = limits;
    this.directory = directory;
    this.request = new MetricsRequest(limits);
    this.announcer = new SeriesAnnouncer(limits, naming, keys, directory);
    this.symbols = new RemoteWrite2Symbols(keys);
    this.source = new RemoteWrite2Labels(symbols, limits);
    this.exemplarLabels = new RemoteWrite2Labels(symbols, limits);
    this.series = new RemoteWriteSeries(
        request,
        keys,
        directory,
        announcer,
        new RemoteWriteTrail(0),
        new RemoteWriteLabels(limits, announcer, options, false),
        new RemoteWriteReplica(keys, replicas, options, limits),
        source,
        ROLE);
    this.points = new RemoteWritePoints(request, series, limits);
    this.exemplar = new RemoteWriteExemplar(limits);
  }

  @Override
  public Decoded decode(
      byte[] body,
      int from,
      int to,
      Sender sender,
      @Nullable String cluster,
      long nowNanos,
      MetricRows into)
      throws Malformed, Crowded {
    request.begin(sender, nowNanos, into);
    announcer.request(into, sender, request.tenant, nowNanos);
    series.request(sender, cluster);
    points.request();
    doneName = -1;
    try {
      readSymbols(body, from, to);
      wire.reset(body, from, to);
      while (wire.hasNext()) {
        int tag = wire.tag();
        if (tag == TIME_SERIES) {
          int outer = wire.enter("TimeSeries");
          timeSeries(wire.at(), wire.limit());
          wire.leave(outer);
        } else {
          wire.skip(tag);
        }
      }
    } catch (Malformed | Crowded | RuntimeException | Error refused) {
      into.announcement().failed(refused); // a claim that nobody ends is waited for for ever
      throw refused;
    }
    return points.decoded();
  }

  /** The table may stand behind the series that refer to it, or between them. */
  private void readSymbols(byte[] body, int from, int to) throws Malformed {
    symbols.clear(body);
    boolean anySeries = false;
    wire.reset(body, from, to);
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case SYMBOL -> {
          int start = wire.bytes("symbol");
          request.admit(SYMBOL_BYTES);
          symbols.add(start, wire.at());
        }
        case TIME_SERIES -> {
          wire.bytes("TimeSeries");
          anySeries = true;
        }
        default -> wire.skip(tag);
      }
    }
    if (symbols.size() == 0 && anySeries) {
      throw new Malformed("the request has series and no symbols: it must have a table of them");
    }
    if (symbols.size() > 0 && symbols.from(0) != symbols.to(0)) {
      throw new Malformed("the first symbol of the request is not the empty string");
    }
  }

  private void timeSeries(int from, int to) throws Malformed, Crowded {
    head();
    String refusal = source.refusal();
    if (refusal.isEmpty() && samples > 0 && histograms > 0) {
      refusal = "a series has both samples and histograms";
    }
    if (!refusal.isEmpty()) {
      points.refuseSeries(shownName(), refusal, samples + histograms, exemplars);
      return;
    }
    if (!series.hasContext()) {
      series.first();
    }
    boolean unitKnown = described && symbols.has(unit) && unitFits();
    series.open(
        RemoteWriteTrail.NONE, kind(), unitKnown && unit != 0 ? symbols.copy(unit) : NOTHING);
    if (!series.refusal().isEmpty()) {
      points.refuseSeries(series.shownName(), series.refusal(), samples + histograms, exemplars);
      return;
    }
    if (points.isDropped(samples, histograms, exemplars)) {
      return;
    }
    wire.jump(from, to);
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case SAMPLE -> {
          int start = wire.bytes("Sample");
          points.sample(wire.bytes(), start, wire.at());
        }
        case HISTOGRAM -> {
          int outer = wire.enter("Histogram");
          points.histogram(wire, created);
          wire.leave(outer);
        }
        case EXEMPLAR -> {
          int outer = wire.enter("Exemplar");
          exemplar(wire);
          wire.leave(outer);
        }
        default -> wire.skip(tag);
      }
    }
    if (described && !series.isSpared()) {
      metadata();
    }
  }

  /** Reads all of the series that its points don't say. */
  private void head() throws Malformed {
    source.clear();
    samples = 0;
    exemplars = 0;
    histograms = 0;
    created = 0;
    described = false;
    type = 0;
    help = 0;
    unit = 0;
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 1 << 3, 1 << 3 | 2 -> source.read(wire, tag);
        case SAMPLE -> {
          wire.bytes("Sample");
          samples++;
        }
        case HISTOGRAM -> {
          wire.bytes("Histogram");
          histograms++;
        }
        case EXEMPLAR -> {
          wire.bytes("Exemplar");
          exemplars++;
        }
        case METADATA -> {
          int outer = wire.enter("Metadata");
          readMetadata();
          wire.leave(outer);
        }
        case CREATED -> created = wire.varint64("created timestamp");
        default -> wire.skip(tag);
      }
    }
  }

  private void readMetadata() throws Malformed {
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 1 << 3 -> type = wire.varint32("metric type");
        case 3 << 3 -> help = wire.varint32("help reference");
        case 4 << 3 -> unit = wire.varint32("unit reference");
        default -> wire.skip(tag);
      }
    }
    described = type != 0 || help != 0 || unit != 0;
  }

  private MetricKind kind() {
    MetricKind kind = RemoteWriteMetadata.kind(type);
    return histograms > 0 && kind != MetricKind.GAUGE_HISTOGRAM
        ? MetricKind.EXPONENTIAL_HISTOGRAM
        : kind;
  }

  private boolean unitFits() {
    return symbols.to(unit) - symbols.from(unit) <= limits.labelNameBytesMax()
        && Utf8.isValid(symbols.body(), symbols.from(unit), symbols.to(unit));
  }

  private String shownName() {
    return source.find(SeriesAnnouncer.NAME)
        ? new String(symbols.copy(source.valueSymbol()), UTF_8)
        : "(unnamed)";
  }

  private void exemplar(WireReader message) throws Malformed, Crowded {
    exemplar.begin();
    exemplarLabels.clear();
    long bits = 0;
    long millis = 0;
    while (message.hasNext()) {
      int tag = message.tag();
      switch (tag) {
        case 1 << 3, 1 << 3 | 2 -> exemplarLabels.read(message, tag);
        case 2 << 3 | 1 -> bits = message.fixed64("exemplar value");
        case 3 << 3 -> millis = message.varint64("exemplar timestamp");
        default -> message.skip(tag);
      }
    }
    if (exemplarLabels.refusal().isEmpty()) {
      exemplarLabels.readInto(exemplar);
    } else {
      exemplar.refuse(exemplarLabels.refusal());
    }
    points.exemplar(exemplar, bits, millis);
  }

  /** Announces what a series says of its metric; series of one metric mostly come together. */
  private void metadata() throws Malformed, Crowded {
    if (!source.find(SeriesAnnouncer.NAME)) {
      return;
    }
    int name = source.valueSymbol();
    boolean isNative = histograms > 0;
    if (name == doneName
        && type == doneType
        && help == doneHelp
        && unit == doneUnit
        && isNative == doneNative) {
      return;
    }
    doneName = name;
    doneType = type;
    doneHelp = help;
    doneUnit = unit;
    doneNative = isNative;
    if (!symbols.has(help) || !symbols.has(unit)) {
      request.refusals.metadata(
          shownName(),
          "it refers to symbol %s of %d"
              .formatted(
                  Integer.toUnsignedString(symbols.has(help) ? unit : help), symbols.size()));
      return;
    }
    int form = 2 * type + (isNative ? 1 : 0);
    long key1 = RawKey.mix(RawKey.mix(series.requestKey1(), RawKey.METADATA_ROLE), form);
    long key2 = RawKey.mix(RawKey.mix(series.requestKey2(), RawKey.METADATA_ROLE), form);
    key1 = RawKey.mix(RawKey.mix(key1, symbols.key1(name)), symbols.key1(help));
    key2 = RawKey.mix(RawKey.mix(key2, symbols.key2(name)), symbols.key2(help));
    key1 = RawKey.mix(key1, symbols.key1(unit));
    key2 = RawKey.mix(key2, symbols.key2(unit));
    if (directory.find(key1, key2, found) && found.announced(request.today)) {
      return;
    }
    String refusal = RemoteWriteMetadata.refusal(
        symbols.body(),
        symbols.from(name),
        symbols.to(name),
        symbols.from(unit),
        symbols.to(unit),
        symbols.from(help),
        symbols.to(help),
        limits);
    if (!refusal.isEmpty()) {
      request.refusals.metadata(shownName(), refusal);
      return;
    }
    MetricKind kind = RemoteWriteMetadata.kind(type);
    byte[] metric = symbols.copy(name);
    announcer.metadata(
        kind,
        isNative ? metric : RemoteWriteMetadata.family(kind, metric),
        symbols.copy(unit),
        symbols.body(),
        symbols.from(help),
        symbols.to(help),
        request.today,
        key1,
        key2);
  }
}
