package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.labels.MetricKind;
import dev.seamark.labels.NamingOptions;
import dev.seamark.labels.Utf8;
import dev.seamark.tenant.Sender;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Prometheus remote write 1.0 (`prometheus.WriteRequest`, protobuf) to rows of samples, native
/// histograms and exemplars, and to rows that announce their series and metadata.
///
/// A series that breaks a rule of labels is refused by itself, and so is a sample of a time beyond
/// the horizon; a body that is not protobuf is refused whole. Samples may come in any order.
///
/// The series that follows another is mostly the one that followed it last time: then its raw label
/// bytes are compared and nothing else ([RemoteWriteTrail]). Else a 128-bit hash of them finds it;
/// only unknown labels are read ([RemoteWriteSeries]). So a known series' sample allocates nothing.
///
/// Not thread-safe: one a thread. Benchmark: `RemoteWriteBenchmark`.
///
/// Wire format: `prompb/remote.proto` and `types.proto` of prometheus/prometheus. See
/// [the specification](https://prometheus.io/docs/specs/prw/remote_write_spec/).
public final class RemoteWrite1 implements MetricDecoder {
  private static final long ROLE = 0x5254_5731; // no other protocol's
  private static final byte[] NOTHING = {};
  private static final int LABEL = RemoteWrite1Labels.LABEL;
  private static final int SAMPLE = 2 << 3 | 2;
  private static final int EXEMPLAR = 3 << 3 | 2;
  private static final int HISTOGRAM = 4 << 3 | 2;

  private final Limits limits;
  private final RawKey keys;
  private final SeriesDirectory directory;
  private final MetricsRequest request;
  private final SeriesAnnouncer announcer;
  private final RemoteWriteTrail trail = new RemoteWriteTrail(LABEL);
  private final RemoteWrite1Labels source;
  private final RemoteWrite1Labels exemplarLabels;
  private final RemoteWriteLabels labels;
  private final RemoteWriteSeries series;
  private final RemoteWritePoints points;
  private final RemoteWriteExemplar exemplar;
  private final WireReader wire = new WireReader();
  private final WireReader inner = new WireReader();
  private final SeriesRef found = new SeriesRef();
  private byte[] gathered = new byte[256];

  // of the series, beside its labels
  private int samples;
  private int exemplars;
  private int histograms;
  private boolean scattered;

  public RemoteWrite1(
      Limits limits,
      NamingOptions naming,
      RemoteWriteOptions options,
      SeriesDirectory directory,
      Replicas replicas) {
    this.limits = limits;
    this.keys = new RawKey(directory.seed());
    this.directory = directory;
    this.request = new MetricsRequest(limits);
    this.announcer = new SeriesAnnouncer(limits, naming, keys, directory);
    this.source = new RemoteWrite1Labels(keys);
    this.exemplarLabels = new RemoteWrite1Labels(keys);
    this.labels = new RemoteWriteLabels(limits, announcer, options, true);
    this.series = new RemoteWriteSeries(
        request,
        keys,
        directory,
        announcer,
        trail,
        labels,
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
    try {
      wire.reset(body, from, to);
      while (wire.hasNext()) {
        int tag = wire.tag();
        switch (tag) {
          case 1 << 3 | 2 -> {
            int start = wire.bytes("TimeSeries");
            timeSeries(body, start, wire.at());
          }
          case 3 << 3 | 2 -> {
            int start = wire.bytes("MetricMetadata");
            metadata(body, start, wire.at());
          }
          default -> wire.skip(tag);
        }
      }
    } catch (Malformed | Crowded | RuntimeException | Error refused) {
      into.announcement().failed(refused); // a claim that nobody ends is waited for for ever
      throw refused;
    }
    return points.decoded();
  }

  private void timeSeries(byte[] body, int from, int to) throws Malformed, Crowded {
    int followed = series.hasContext() ? trail.follow(body, from, to) : RemoteWriteTrail.NONE;
    int labelsEnd = followed == RemoteWriteTrail.NONE
        ? endOfLabels(body, from, to)
        : from + trail.length(followed);
    source.set(body, from, labelsEnd);
    boolean oneSample = to - labelsEnd >= 2
        && body[labelsEnd] == SAMPLE
        && body[labelsEnd + 1] == to - labelsEnd - 2;
    if (!oneSample) {
      survey(body, labelsEnd, to);
      if (scattered) {
        gather(body, from, to);
        followed = RemoteWriteTrail.NONE;
      }
    }
    if (!series.hasContext()) {
      series.first();
    }
    series.open(
        followed,
        oneSample || histograms == 0 ? MetricKind.UNKNOWN : MetricKind.EXPONENTIAL_HISTOGRAM,
        NOTHING);
    if (!series.refusal().isEmpty()) {
      points.refuseSeries(
          series.shownName(),
          series.refusal(),
          oneSample ? 1 : samples + histograms,
          oneSample ? 0 : exemplars);
    } else if (oneSample
        ? points.isDropped(1, 0, 0)
        : points.isDropped(samples, histograms, exemplars)) {
      return;
    } else if (oneSample) {
      points.sample(body, labelsEnd + 2, to);
    } else {
      points(body, labelsEnd, to);
    }
  }

  /** The end of the run of labels that a series begins with, as nearly every sender writes it. */
  private int endOfLabels(byte[] body, int from, int to) throws Malformed {
    inner.reset(body, from, to);
    while (inner.hasNext() && body[inner.at()] == LABEL) {
      inner.tag();
      inner.bytes("label");
    }
    return inner.at();
  }

  /** Counts what stands behind the run of labels. */
  private void survey(byte[] body, int from, int to) throws Malformed {
    samples = 0;
    exemplars = 0;
    histograms = 0;
    scattered = false;
    inner.reset(body, from, to);
    while (inner.hasNext()) {
      int tag = inner.tag();
      inner.skip(tag);
      switch (tag) {
        case LABEL -> scattered = true;
        case SAMPLE -> samples++;
        case EXEMPLAR -> exemplars++;
        case HISTOGRAM -> histograms++;
        default -> {}
      }
    }
  }

  /** Brings labels together that don't stand in one run. */
  private void gather(byte[] body, int from, int to) throws Malformed {
    gathered = Eights.room(gathered, to - from);
    int size = 0;
    inner.reset(body, from, to);
    while (inner.hasNext()) {
      int start = inner.at();
      int tag = inner.tag();
      inner.skip(tag);
      if (tag == LABEL) {
        System.arraycopy(body, start, gathered, size, inner.at() - start);
        size += inner.at() - start;
      }
    }
    source.set(gathered, 0, size);
  }

  private void points(byte[] body, int from, int to) throws Malformed, Crowded {
    inner.reset(body, from, to);
    while (inner.hasNext()) {
      int tag = inner.tag();
      switch (tag) {
        case SAMPLE -> {
          int start = inner.bytes("Sample");
          points.sample(body, start, inner.at());
        }
        case HISTOGRAM -> {
          int outer = inner.enter("Histogram");
          points.histogram(inner, 0);
          inner.leave(outer);
        }
        case EXEMPLAR -> {
          int outer = inner.enter("Exemplar");
          exemplar(inner);
          inner.leave(outer);
        }
        default -> inner.skip(tag);
      }
    }
  }

  private void exemplar(WireReader message) throws Malformed, Crowded {
    exemplar.begin();
    long bits = 0;
    long millis = 0;
    while (message.hasNext()) {
      int start = message.at();
      int tag = message.tag();
      switch (tag) {
        case 1 << 3 | 2 -> {
          message.bytes("exemplar label");
          exemplarLabels.set(message.bytes(), start, message.at());
          exemplarLabels.readInto(exemplar);
        }
        case 2 << 3 | 1 -> bits = message.fixed64("exemplar value");
        case 3 << 3 -> millis = message.varint64("exemplar timestamp");
        default -> message.skip(tag);
      }
    }
    points.exemplar(exemplar, bits, millis);
  }

  private void metadata(byte[] body, int from, int to) throws Malformed, Crowded {
    long key1 = RawKey.mix(
        RawKey.mix(series.requestKey1(), RawKey.METADATA_ROLE), keys.first(body, from, to));
    long key2 = RawKey.mix(
        RawKey.mix(series.requestKey2(), RawKey.METADATA_ROLE), keys.second(body, from, to));
    if (directory.find(key1, key2, found) && found.announced(request.today)) {
      return;
    }
    int type = 0;
    int nameFrom = from;
    int nameTo = from;
    int helpFrom = from;
    int helpTo = from;
    int unitFrom = from;
    int unitTo = from;
    inner.reset(body, from, to);
    while (inner.hasNext()) {
      int tag = inner.tag();
      switch (tag) {
        case 1 << 3 -> type = inner.varint32("metric type");
        case 2 << 3 | 2 -> {
          nameFrom = inner.bytes("metric family name");
          nameTo = inner.at();
        }
        case 4 << 3 | 2 -> {
          helpFrom = inner.bytes("metric help");
          helpTo = inner.at();
        }
        case 5 << 3 | 2 -> {
          unitFrom = inner.bytes("metric unit");
          unitTo = inner.at();
        }
        default -> inner.skip(tag);
      }
    }
    String refusal = RemoteWriteMetadata.refusal(
        body, nameFrom, nameTo, unitFrom, unitTo, helpFrom, helpTo, limits);
    if (!refusal.isEmpty()) {
      String name = Utf8.isValid(body, nameFrom, nameTo)
          ? new String(body, nameFrom, nameTo - nameFrom, UTF_8)
          : "";
      request.refusals.metadata(name.isEmpty() ? "(unnamed)" : name, refusal);
      return;
    }
    EdgeRules rules = request.rows.rules();
    if (rules.hasMetricRules() && rules.drops(body, nameFrom, nameTo, 0)) {
      return;
    }
    announcer.metadata(
        RemoteWriteMetadata.kind(type),
        Arrays.copyOfRange(body, nameFrom, nameTo),
        Arrays.copyOfRange(body, unitFrom, unitTo),
        body,
        helpFrom,
        helpTo,
        request.today,
        key1,
        key2);
  }
}
