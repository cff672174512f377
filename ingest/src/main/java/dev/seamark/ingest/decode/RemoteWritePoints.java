package dev.seamark.ingest.decode;

import dev.seamark.ingest.decode.Decoded.Written;
import dev.seamark.schema.ExemplarRows;
import dev.seamark.schema.HistogramRows;

/**
 * The samples, histograms and exemplars of remote write to rows, and the count of what came of
 * them. A sample keeps the bits of its value, stale markers and other NaNs included; the order of
 * samples doesn't matter. Not thread-safe.
 */
final class RemoteWritePoints {
  private static final long MILLIS_A_DAY = 86_400_000;
  private static final long NANOS_A_MILLI = 1_000_000;
  private static final long MILLIS_MAX = Horizon.NANOS_MAX / NANOS_A_MILLI;
  private static final long HISTOGRAM_ROW_BYTES = 256; // beside the buckets, roughly

  private final MetricsRequest request;
  private final RemoteWriteSeries series;
  private final RemoteWriteHistogram histogram;
  private final WireReader wire = new WireReader();

  private long dayStart; // milliseconds since 1970
  private long dayEnd;
  private int day;
  private int sparedSamples;
  private int sparedHistograms;
  private int sparedExemplars;
  private int droppedSamples; // by rules of the tenant
  private int droppedHistograms;
  private int droppedExemplars;

  RemoteWritePoints(MetricsRequest request, RemoteWriteSeries series, Limits limits) {
    this.request = request;
    this.series = series;
    this.histogram = new RemoteWriteHistogram(limits);
  }

  void request() {
    dayStart = 0;
    dayEnd = 0;
    sparedSamples = 0;
    sparedHistograms = 0;
    sparedExemplars = 0;
    droppedSamples = 0;
    droppedHistograms = 0;
    droppedExemplars = 0;
  }

  /**
   * Whether a rule of the tenant drops the series, whose points are accepted and nothing else then.
   * Before the series is looked for: what is dropped must not be announced either.
   */
  boolean isDropped(int samples, int histograms, int exemplars) {
    EdgeRules rules = request.rows.rules();
    if (!rules.hasMetricRules() || series.isSpared()) {
      return false;
    }
    boolean dropped =
        rules.drops(series.nameBytes(), series.nameFrom(), series.nameTo(), samples + histograms);
    if (dropped) {
      request.dropped += samples + histograms;
      droppedSamples += samples;
      droppedHistograms += histograms;
      droppedExemplars += exemplars;
    }
    return dropped;
  }

  /** Takes the Sample message at [from, to) of the series. */
  void sample(byte[] bytes, int from, int to) throws Malformed, Crowded {
    long bits = 0;
    long millis = 0;
    int at = from;
    while (at < to) {
      byte tag = bytes[at];
      if (tag == (1 << 3 | 1) && to - at >= 9) {
        bits = (long) Eights.LONG.get(bytes, at + 1);
        at += 9;
      } else if (tag == 2 << 3) {
        wire.reset(bytes, at + 1, to);
        millis = wire.varint64("sample timestamp");
        at = wire.at();
      } else {
        wire.reset(bytes, at, to);
        int field = wire.tag();
        switch (field) {
          case 1 << 3 | 1 -> bits = wire.fixed64("sample value");
          case 2 << 3 -> millis = wire.varint64("sample timestamp");
          default -> wire.skip(field);
        }
        at = wire.at();
      }
    }
    if (series.isSpared()) {
      sparedSamples++;
      return;
    }
    if (!isTimely(millis)) {
      refuse(untimely(millis, "the time of a sample"));
    } else if (series.find(day)) {
      request.admitSamples(1);
      request.sample(series.nameIndex(), series.id(), millis, bits);
      request.accepted++;
    } else {
      refuse(series.refusal());
    }
  }

  /** Takes the Histogram message that {@code message} stands in, without a start of its own. */
  void histogram(WireReader message, long startElse) throws Malformed, Crowded {
    histogram.read(message);
    if (series.isSpared()) {
      sparedHistograms++;
      return;
    }
    long start = histogram.startTimestamp() == 0 ? startElse : histogram.startTimestamp();
    start = start == -1 ? 1 : start; // either stands for 0, which stands for none
    String refusal = histogram.refusal();
    if (refusal.isEmpty() && !mayBe(start)) {
      refusal = untimely(start, "the start of a histogram");
    }
    if (refusal.isEmpty() && !isTimely(histogram.timestamp())) {
      refusal = untimely(histogram.timestamp(), "the time of a histogram");
    }
    if (refusal.isEmpty() && !series.find(day)) {
      refusal = series.refusal();
    }
    if (!refusal.isEmpty()) {
      refuse(refusal);
      return;
    }
    request.admit(HISTOGRAM_ROW_BYTES + histogram.bucketBytes());
    HistogramRows target = request.rows.histograms;
    target.tenant.append(request.tenant);
    target.metricName.append(
        series.nameBytes(), series.nameFrom(), series.nameTo() - series.nameFrom());
    target.seriesId.append(series.id());
    target.ts.append(histogram.timestamp());
    target.startTs.append(start);
    target.retentionDays.append(request.retentionDays);
    histogram.appendTo(target);
    request.accepted++;
  }

  /** Takes an exemplar of the series. */
  void exemplar(RemoteWriteExemplar exemplar, long bits, long millis) throws Malformed, Crowded {
    if (series.isSpared()) {
      sparedExemplars++;
      return;
    }
    if (millis == 0) {
      exemplar.refuse("it has no timestamp");
    } else if (!isTimely(millis)) {
      exemplar.refuse(untimely(millis, "its time"));
    } else if (exemplar.refusal().isEmpty() && !series.find(day)) {
      exemplar.refuse(series.refusal());
    }
    if (!exemplar.refusal().isEmpty()) {
      if (request.refusals.wantsExemplarReason()) {
        request.refusals.exemplar(series.shownName(), exemplar.refusal());
      } else {
        request.refusals.exemplar();
      }
      return;
    }
    request.admit(exemplar.rowBytes());
    ExemplarRows target = request.rows.exemplars;
    target.tenant.append(request.tenant);
    target.metricName.append(
        series.nameBytes(), series.nameFrom(), series.nameTo() - series.nameFrom());
    target.seriesId.append(series.id());
    target.ts.append(millis * NANOS_A_MILLI);
    target.value.appendLongBits(bits);
    target.retentionDays.append(request.retentionDays);
    exemplar.appendTo(target);
  }

  /** Whether a row may have a time; then {@link #day} is its day. */
  private boolean isTimely(long millis) {
    if (millis >= dayStart && millis < dayEnd) {
      return true;
    }
    if (!mayBe(millis)) {
      return false;
    }
    day = (int) (millis / MILLIS_A_DAY);
    dayStart = day * MILLIS_A_DAY;
    dayEnd = Math.min(dayStart + MILLIS_A_DAY, (request.horizon.end() - 1) / NANOS_A_MILLI + 1);
    return true;
  }

  private boolean mayBe(long millis) {
    return millis >= 0 && millis <= MILLIS_MAX && request.horizon.holds(millis * NANOS_A_MILLI);
  }

  private String untimely(long millis, String what) {
    return millis < 0 || millis > MILLIS_MAX
        ? what + " is " + millis + " ms since 1970, limit 0 to " + MILLIS_MAX
            + " (the year 2106, fixed)"
        : request.horizon.refusal(millis * NANOS_A_MILLI, what);
  }

  private void refuse(String reason) {
    if (request.refusals.wantsReason()) {
      request.refusals.add(1, series.shownName(), reason);
    } else {
      request.refusals.add(1);
    }
  }

  /**
   * Refuses all that a series has. One that has nothing counts as one, so that its sender hears of
   * it.
   */
  void refuseSeries(String name, String reason, int points, int exemplars) {
    request.refusals.add(Math.max(1, points), name, reason);
    for (int i = 0; i < exemplars; i++) {
      request.refusals.exemplar(name, reason);
    }
  }

  Decoded decoded() {
    MetricRows rows = request.rows;
    Written written = new Written(
        rows.samples.rows() + sparedSamples + droppedSamples,
        rows.histograms.rows() + sparedHistograms + droppedHistograms,
        rows.exemplars.rows() + sparedExemplars + droppedExemplars,
        sparedSamples + sparedHistograms,
        series.turns());
    Refusals refusals = request.refusals;
    return new Decoded(
            request.accepted + request.dropped,
            refusals.points(),
            refusals.isEmpty() ? "" : refusals.message())
        .with(written);
  }
}
