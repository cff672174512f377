package dev.seamark.ingest.decode;

/** The data point being read: its time, flags, and the bytes of its attributes. Not thread-safe. */
final class CurrentPoint {
  private static final int NO_RECORDED_VALUE = 1;
  private static final long NANOS_A_MILLI = 1_000_000;
  private static final byte[] NOTHING = {};

  long nanos;
  long startNanos;
  long millis;
  int day; // since 1970
  int flags;
  int exemplars;

  /** The attribute fields, once {@link #gather} has brought them together. */
  byte[] attributes = NOTHING;

  int attributesFrom;
  int attributesTo;

  /** The time of the latest accepted point. */
  long latestNanos;

  private final MetricsRequest request;
  private final CurrentMetric metric;
  private long dayStart;
  private long dayEnd;
  private boolean scattered;
  private byte[] gathered = new byte[256];

  CurrentPoint(MetricsRequest request, CurrentMetric metric) {
    this.request = request;
    this.metric = metric;
  }

  /** Forgets the horizon of the request before. */
  void beginRequest() {
    dayStart = 0;
    dayEnd = 0;
  }

  void begin() {
    nanos = 0;
    startNanos = 0;
    flags = 0;
    attributesFrom = -1;
    attributesTo = -1;
    scattered = false;
    exemplars = 0;
  }

  /** Takes an attribute field at [from, to), behind those that came before. */
  void attribute(int from, int to) {
    if (from == attributesTo) {
      attributesTo = to;
    } else if (attributesFrom < 0) {
      attributesFrom = from;
      attributesTo = to;
    } else {
      scattered = true;
    }
  }

  /** Takes the time of a data point, now if it has none; refuses one beyond the horizon. */
  boolean time(long given) {
    long time = given == 0 ? request.nowNanos : given;
    if (time < dayStart || time >= dayEnd) {
      Horizon horizon = request.horizon;
      if (!horizon.holds(time)) {
        metric.refuse(horizon.refusal(time, "the time of a data point"));
        return false;
      }
      day = (int) (time / MetricsRequest.NANOS_A_DAY);
      dayStart = day * MetricsRequest.NANOS_A_DAY;
      dayEnd = Math.min(dayStart + MetricsRequest.NANOS_A_DAY, horizon.end());
    }
    nanos = time;
    millis = time / NANOS_A_MILLI;
    return true;
  }

  boolean stale() {
    return (flags & NO_RECORDED_VALUE) != 0;
  }

  long startMillis() {
    return startNanos / NANOS_A_MILLI;
  }

  /** Brings the fields given to {@link #attribute} together, of a point at [start, end). */
  void gather(byte[] bytes, int start, int end, int tag) throws Malformed {
    gather(bytes, attributesFrom, attributesTo, scattered, start, end, tag);
  }

  /**
   * Brings the attribute fields of a point at [start, end) together, if they did not come in one
   * run at [first, last).
   */
  void gather(byte[] bytes, int first, int last, boolean pieces, int start, int end, int tag)
      throws Malformed {
    if (!pieces) {
      attributes = bytes;
      attributesFrom = Math.max(first, 0);
      attributesTo = Math.max(last, 0);
      return;
    }
    gathered = Eights.room(gathered, end - start);
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
    attributes = gathered;
    attributesFrom = 0;
    attributesTo = size;
  }

  /** Appends one of its samples. */
  void sample(int nameIndex, long id, long bits) {
    request.sample(nameIndex, id, millis, bits);
  }

  /** Appends a count as one of its samples. */
  void count(int nameIndex, long id, long count) {
    request.sample(nameIndex, id, millis, Double.doubleToRawLongBits(unsigned(count)));
  }

  private static double unsigned(long value) {
    return value >= 0 ? (double) value : (double) (value >>> 1 | (value & 1)) * 2.0;
  }

  /** Ends a block of series: {@code edges} of a name, the count, and the sum if it has one. */
  void end(long[] block, int edges, int edgeName) {
    for (int i = 0; i < edges; i++) {
      sample(edgeName, block[i], OtlpMetrics.STALE_MARKER);
    }
    sample(metric.countIndex(), block[edges], OtlpMetrics.STALE_MARKER);
    if (block.length > edges + 1) {
      sample(metric.sumIndex(), block[edges + 1], OtlpMetrics.STALE_MARKER);
    }
    accept();
  }

  void accept() {
    request.accepted++;
    latestNanos = Math.max(latestNanos, nanos);
  }
}
