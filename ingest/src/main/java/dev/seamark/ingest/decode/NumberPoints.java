package dev.seamark.ingest.decode;

/** `NumberDataPoint`s, of gauges and sums, to samples: the hot path. Not thread-safe. */
final class NumberPoints {
  private static final int EXEMPLARS = 5 << 3 | 2;
  private static final int ATTRIBUTES = 7 << 3 | 2;
  private static final int DOUBLE = 1;
  private static final int INT = 2;

  private final MetricsRequest request;
  private final CurrentMetric metric;
  private final CurrentPoint point;
  private final PointSeries series;
  private final Exemplars exemplars;

  NumberPoints(
      MetricsRequest request,
      CurrentMetric metric,
      CurrentPoint point,
      PointSeries series,
      Exemplars exemplars) {
    this.request = request;
    this.metric = metric;
    this.point = point;
    this.series = series;
    this.exemplars = exemplars;
  }

  /** Reads a point: one loop over its fields, with their state in locals. */
  void read(WireReader data) throws Malformed, Crowded {
    byte[] bytes = data.bytes();
    int start = data.at();
    int end = data.limit();
    long time = 0;
    long bits = 0;
    int kind = 0;
    int flags = 0;
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
          time = (long) Eights.LONG.get(bytes, at);
          at = next;
        }
        case 4 << 3 | 1 -> {
          int next = fixed(data, at, end);
          bits = (long) Eights.LONG.get(bytes, at);
          kind = DOUBLE;
          at = next;
        }
        case 6 << 3 | 1 -> {
          int next = fixed(data, at, end);
          bits = (long) Eights.LONG.get(bytes, at);
          kind = INT;
          at = next;
        }
        case ATTRIBUTES -> {
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
        case EXEMPLARS -> {
          at = behind(data, bytes, at, end);
          exemplarCount++;
        }
        case 8 << 3 -> {
          data.jump(at, end);
          flags = data.varint32("flags");
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
    if (!point.time(time)) {
      return;
    }
    point.flags = flags;
    boolean stale = point.stale();
    if (kind == 0 && !stale) {
      metric.refuse("a data point has no value");
      return;
    }
    point.gather(bytes, first, last, pieces, start, end, ATTRIBUTES);
    if (!series.find(ATTRIBUTES)) {
      return;
    }
    request.admitSamples(1);
    long id = series.id();
    if (stale) {
      bits = OtlpMetrics.STALE_MARKER;
    } else if (kind == INT) {
      bits = Double.doubleToRawLongBits((double) bits);
    }
    point.sample(metric.nameIndex(), id, bits);
    point.accept();
    if (exemplarCount > 0) {
      data.jump(start, end);
      exemplars.read(data, EXEMPLARS, id);
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
}
