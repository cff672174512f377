package dev.seamark.ingest.decode;

import dev.seamark.block.ArrayColumn;
import dev.seamark.block.DoubleColumn;
import dev.seamark.block.LongColumn;
import dev.seamark.schema.HistogramRows;
import java.util.Arrays;

/// One native histogram of remote write 1.0 or 2.0, which write it alike: integer or float counts,
/// exponential buckets or custom ones. Held to the rules of Prometheus' native histograms; buckets
/// come as spans and go as one run of counts.
///
/// Bucket i of Prometheus reaches up to base^i, bucket i of OTLP, and of the table, starts there;
/// so exponential buckets move by one. Not thread-safe.
///
/// See [the specification](https://prometheus.io/docs/specs/native_histograms/).
final class RemoteWriteHistogram {
  private static final int CUSTOM_SCHEMA = -53;
  private static final int SCHEMA_MIN = -4;
  private static final int SCHEMA_MAX = 8;
  private static final int RESET_HINT_MAX = 3;

  private final int bucketsMax;
  private final Side positive;
  private final Side negative;
  private final Longs customBounds;

  private long timestamp;
  private long startTimestamp;
  private boolean isFloat;
  private long count;
  private long sum;
  private int schema;
  private long zeroThreshold;
  private boolean zeroIsFloat;
  private long zeroCount;
  private int resetHint;

  RemoteWriteHistogram(Limits limits) {
    this.bucketsMax = limits.rowBytesMax() / 8;
    this.positive = new Side();
    this.negative = new Side();
    this.customBounds = new Longs();
  }

  /** Reads the message that {@code wire} stands in. */
  void read(WireReader wire) throws Malformed {
    clear();
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 1 << 3 -> {
          count = wire.varint64("histogram count");
          isFloat = false;
        }
        case 2 << 3 | 1 -> {
          count = wire.fixed64("histogram count");
          isFloat = true;
        }
        case 3 << 3 | 1 -> sum = wire.fixed64("histogram sum");
        case 4 << 3 -> schema = wire.zigzag32("histogram schema");
        case 5 << 3 | 1 -> zeroThreshold = wire.fixed64("zero threshold");
        case 6 << 3 -> {
          zeroCount = wire.varint64("zero count");
          zeroIsFloat = false;
        }
        case 7 << 3 | 1 -> {
          zeroCount = wire.fixed64("zero count");
          zeroIsFloat = true;
        }
        case 8 << 3 | 2 -> negative.readSpan(wire);
        case 9 << 3, 9 << 3 | 2 -> negative.readDeltas(wire, tag);
        case 10 << 3 | 1, 10 << 3 | 2 -> negative.counts.readDoubles(wire, tag, "bucket count");
        case 11 << 3 | 2 -> positive.readSpan(wire);
        case 12 << 3, 12 << 3 | 2 -> positive.readDeltas(wire, tag);
        case 13 << 3 | 1, 13 << 3 | 2 -> positive.counts.readDoubles(wire, tag, "bucket count");
        case 14 << 3 -> resetHint = wire.varint32("reset hint");
        case 15 << 3 -> timestamp = wire.varint64("histogram timestamp");
        case 16 << 3 | 1, 16 << 3 | 2 -> customBounds.readDoubles(wire, tag, "custom value");
        case 17 << 3 -> startTimestamp = wire.varint64("histogram start timestamp");
        default -> wire.skip(tag);
      }
    }
  }

  private void clear() {
    timestamp = 0;
    startTimestamp = 0;
    isFloat = false;
    count = 0;
    sum = 0;
    schema = 0;
    zeroThreshold = 0;
    zeroIsFloat = false;
    zeroCount = 0;
    resetHint = 0;
    positive.clear();
    negative.clear();
    customBounds.clear();
  }

  /** Milliseconds since 1970. */
  long timestamp() {
    return timestamp;
  }

  /** Milliseconds since 1970, 0 if it has none. */
  long startTimestamp() {
    return startTimestamp;
  }

  /** Why it can't be stored, or "". */
  String refusal() {
    boolean custom = schema == CUSTOM_SCHEMA;
    if (!custom && (schema < SCHEMA_MIN || schema > SCHEMA_MAX)) {
      return "the schema of a histogram is %d, known are %d to %d and %d"
          .formatted(schema, SCHEMA_MIN, SCHEMA_MAX, CUSTOM_SCHEMA);
    }
    if (resetHint < 0 || resetHint > RESET_HINT_MAX) {
      return "the reset hint of a histogram is " + resetHint + ", known are 0 to " + RESET_HINT_MAX;
    }
    if (zeroIsFloat != isFloat && zeroCount != 0) {
      return "the count of a histogram and its zero count are not both integers or both floats";
    }
    String refusal = positive.refusal();
    if (refusal.isEmpty()) {
      refusal = negative.refusal();
    }
    if (refusal.isEmpty()) {
      refusal = custom ? customRefusal() : exponentialRefusal();
    }
    if (refusal.isEmpty()) {
      refusal = isFloat ? floatCountRefusal() : countRefusal();
    }
    if (refusal.isEmpty() && buckets() > bucketsMax) {
      refusal = Limits.exceeded(
          "bytes of the buckets of a histogram",
          8L * buckets(),
          8L * bucketsMax,
          Limits.ROW_BYTES_MAX);
    }
    return refusal;
  }

  private String exponentialRefusal() {
    return customBounds.size > 0 ? "an exponential histogram has custom bounds" : "";
  }

  private String customRefusal() {
    if (customBounds.isOver()) {
      return customBounds.overRefusal();
    }
    double before = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < customBounds.size; i++) {
      double bound = Double.longBitsToDouble(customBounds.values[i]);
      if (!(bound > before)) {
        return "the custom bounds of a histogram are not rising numbers";
      }
      before = bound;
    }
    if (before == Double.POSITIVE_INFINITY) {
      return "the last custom bound of a histogram is +Inf, which is never written";
    }
    if (positive.length > 0
        && (positive.start < 0 || positive.start + positive.length > customBounds.size + 1L)) {
      return "a histogram with %d custom bounds has buckets up to %d"
          .formatted(customBounds.size, positive.start + positive.length - 1);
    }
    return negative.length > 0
            || Double.longBitsToDouble(zeroThreshold) != 0
            || (isFloat ? Double.longBitsToDouble(zeroCount) != 0 : zeroCount != 0)
        ? "a histogram with custom bounds has a zero bucket or negative buckets"
        : "";
  }

  private String countRefusal() {
    long total = positive.total + negative.total;
    if (count < 0 || total < 0 || zeroCount < 0 || total + zeroCount < 0) {
      return "a count of a histogram, or their sum, is over 2^63";
    }
    total += zeroCount;
    boolean fits = Double.isNaN(Double.longBitsToDouble(sum)) ? total <= count : total == count;
    return fits ? "" : "a histogram counts %d, its buckets %d".formatted(count, total);
  }

  private String floatCountRefusal() {
    return Double.longBitsToDouble(count) < 0 || Double.longBitsToDouble(zeroCount) < 0
        ? "a histogram has a negative count"
        : "";
  }

  private long buckets() {
    return positive.length + negative.length + customBounds.size;
  }

  /** Bytes of its buckets in a row. */
  long bucketBytes() {
    return 8 * buckets();
  }

  /** Appends what is not the series', nor the time. */
  void appendTo(HistogramRows target) {
    target.count.append(isFloat ? 0 : count);
    target.sum.appendLongBits(sum);
    target.hasSum.append(1);
    target.min.appendLongBits(0);
    target.max.appendLongBits(0);
    target.hasMinMax.append(0);
    target.schema.append(schema);
    target.zeroThreshold.appendLongBits(zeroThreshold);
    target.zeroCount.append(isFloat ? 0 : zeroCount);
    int moved = schema == CUSTOM_SCHEMA ? 0 : 1;
    target.positiveOffset.append(positive.offset(moved));
    target.negativeOffset.append(negative.offset(moved));
    positive.appendTo(target.positiveCounts, target.positiveFloatCounts);
    negative.appendTo(target.negativeCounts, target.negativeFloatCounts);
    target.stale.append(sum == OtlpMetrics.STALE_MARKER ? 1 : 0);
    target.isFloat.append(isFloat ? 1 : 0);
    target.floatCount.appendLongBits(isFloat ? count : 0);
    target.floatZeroCount.appendLongBits(isFloat ? zeroCount : 0);
    target.counterReset.append(resetHint);
    for (int i = 0; i < customBounds.size; i++) {
      target.customBounds.element().appendLongBits(customBounds.values[i]);
    }
    target.customBounds.endRow();
  }

  /** The buckets of positive or of negative values. */
  private final class Side {
    private final Longs offsets = new Longs();
    private final Longs lengths = new Longs();
    private final Longs deltas = new Longs();
    private final Longs counts = new Longs();
    private final Longs[] lists = {offsets, deltas, counts};

    // by refusal(): the first bucket, how many from there on, and what they count
    private long start;
    private long length;
    private long total;

    void clear() {
      offsets.clear();
      lengths.clear();
      deltas.clear();
      counts.clear();
    }

    void readSpan(WireReader wire) throws Malformed {
      int outer = wire.enter("bucket span");
      int offset = 0;
      int buckets = 0;
      while (wire.hasNext()) {
        int tag = wire.tag();
        switch (tag) {
          case 1 << 3 -> offset = wire.zigzag32("span offset");
          case 2 << 3 -> buckets = wire.varint32("span length");
          default -> wire.skip(tag);
        }
      }
      wire.leave(outer);
      offsets.add(offset);
      lengths.add(Integer.toUnsignedLong(buckets));
    }

    void readDeltas(WireReader wire, int tag) throws Malformed {
      if ((tag & 7) == 0) {
        deltas.add(zigzag(wire));
        return;
      }
      int outer = wire.enter("bucket deltas");
      while (wire.hasNext()) {
        deltas.add(zigzag(wire));
      }
      wire.leave(outer);
    }

    private static long zigzag(WireReader wire) throws Malformed {
      long value = wire.varint64("bucket delta");
      return (value >>> 1) ^ -(value & 1);
    }

    /** Why the buckets can't be stored, or "". */
    String refusal() {
      for (Longs each : lists) {
        if (each.isOver()) {
          return each.overRefusal();
        }
      }
      if ((isFloat ? deltas : counts).size > 0) {
        return isFloat
            ? "a histogram of floats has integer buckets"
            : "a histogram of integers has float buckets";
      }
      String refusal = spansRefusal();
      return refusal.isEmpty() ? countsRefusal() : refusal;
    }

    private String spansRefusal() {
      long at = 0;
      long spanned = 0;
      start = 0;
      length = 0;
      for (int i = 0; i < offsets.size; i++) {
        if (i > 0 && offsets.values[i] < 0) {
          return "a span of buckets begins before the end of the one before it";
        }
        at += offsets.values[i];
        if (spanned == 0) {
          start = at;
        }
        at += lengths.values[i];
        spanned += lengths.values[i];
        if (lengths.values[i] > 0) {
          length = at - start;
        }
      }
      int buckets = (isFloat ? counts : deltas).size;
      if (spanned != buckets) {
        return "the spans of a histogram have %d buckets, it has %d".formatted(spanned, buckets);
      }
      if (start <= Integer.MIN_VALUE || at > Integer.MAX_VALUE) {
        return "the buckets of a histogram reach from %d to %d".formatted(start, at);
      }
      return "";
    }

    private String countsRefusal() {
      total = 0;
      if (isFloat) {
        for (int i = 0; i < counts.size; i++) {
          if (Double.longBitsToDouble(counts.values[i]) < 0) {
            return "a bucket of a histogram has a negative count";
          }
        }
        return "";
      }
      long here = 0;
      for (int i = 0; i < deltas.size; i++) {
        here += deltas.values[i];
        total += here;
        if (here < 0 || total < 0) {
          return "a bucket of a histogram has a negative count, or one over 2^63";
        }
      }
      return "";
    }

    int offset(int moved) {
      return length == 0 ? 0 : (int) start - moved;
    }

    /** Appends the counts from the first bucket to the last, those between spans as 0. */
    void appendTo(ArrayColumn<LongColumn> integers, ArrayColumn<DoubleColumn> floats) {
      long at = start;
      long spanStart = 0;
      long here = 0;
      int bucket = 0;
      for (int i = 0; i < offsets.size; i++) {
        spanStart += offsets.values[i];
        long spanEnd = spanStart + lengths.values[i];
        if (spanEnd > spanStart) {
          for (; at < spanStart; at++) {
            append(0, integers, floats);
          }
          for (; at < spanEnd; at++, bucket++) {
            if (isFloat) {
              append(counts.values[bucket], integers, floats);
            } else {
              here += deltas.values[bucket];
              append(here, integers, floats);
            }
          }
        }
        spanStart = spanEnd;
      }
      integers.endRow();
      floats.endRow();
    }

    private void append(
        long bits, ArrayColumn<LongColumn> integers, ArrayColumn<DoubleColumn> floats) {
      if (isFloat) {
        floats.element().appendLongBits(bits);
      } else {
        integers.element().append(bits);
      }
    }
  }

  /** A list of numbers that keeps no more than a row may hold, but knows how many there were. */
  private final class Longs {
    private long[] values = new long[16];
    private int size;
    private long seen;

    void clear() {
      size = 0;
      seen = 0;
    }

    void add(long value) {
      seen++;
      if (size == bucketsMax) {
        return;
      }
      if (size == values.length) {
        values = Arrays.copyOf(values, Math.min(bucketsMax, 2 * size));
      }
      values[size++] = value;
    }

    boolean isOver() {
      return seen > size;
    }

    String overRefusal() {
      return Limits.exceeded(
          "bytes of the buckets of a histogram", 8 * seen, 8L * bucketsMax, Limits.ROW_BYTES_MAX);
    }

    void readDoubles(WireReader wire, int tag, String what) throws Malformed {
      if ((tag & 7) == 1) {
        add(wire.fixed64(what));
        return;
      }
      int outer = wire.enter(what);
      while (wire.hasNext()) {
        add(wire.fixed64(what));
      }
      wire.leave(outer);
    }
  }
}
