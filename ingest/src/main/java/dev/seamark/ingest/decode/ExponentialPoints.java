package dev.seamark.ingest.decode;

import dev.seamark.schema.HistogramRows;

/** `ExponentialHistogramDataPoint`s to rows of `metrics_histograms`. Not thread-safe. */
final class ExponentialPoints {
  private static final int ATTRIBUTES = 1 << 3 | 2;
  private static final int POSITIVE = 8 << 3 | 2;
  private static final int NEGATIVE = 9 << 3 | 2;
  private static final int EXEMPLARS = 11 << 3 | 2;
  private static final int HAS_MIN = 1;
  private static final int HAS_MAX = 2;
  private static final long ROW_BYTES = 256; // beside the bucket counts, roughly

  private final MetricsRequest request;
  private final CurrentMetric metric;
  private final CurrentPoint point;
  private final PointSeries series;
  private final Exemplars exemplars;
  private final int rowBytesMax;

  // of the point
  private long count;
  private long sum;
  private boolean hasSum;
  private int scale;
  private long zeroCount;
  private long zeroThreshold;
  private long min;
  private long max;
  private int hasMinMax;
  private int positives;
  private int positiveFrom;
  private int positiveTo;
  private int negatives;
  private int negativeFrom;
  private int negativeTo;

  ExponentialPoints(
      MetricsRequest request,
      CurrentMetric metric,
      CurrentPoint point,
      PointSeries series,
      Exemplars exemplars,
      Limits limits) {
    this.request = request;
    this.metric = metric;
    this.point = point;
    this.series = series;
    this.exemplars = exemplars;
    this.rowBytesMax = limits.rowBytesMax();
  }

  void read(WireReader data) throws Malformed, Crowded {
    int start = data.at();
    int end = data.limit();
    clear(start);
    fields(data);
    if (!point.time(point.nanos)) {
      return;
    }
    if (!request.horizon.holds(point.startNanos)) {
      metric.refuse(request.horizon.refusal(point.startNanos, "the start of a data point"));
      return;
    }
    // a bucket count takes a byte or more, and eight in the row
    long bucketBytes = 8L * (positiveTo - positiveFrom + negativeTo - negativeFrom);
    if (bucketBytes > rowBytesMax) {
      metric.refuse(Limits.exceeded(
          "bytes of the buckets of a histogram", bucketBytes, rowBytesMax, Limits.ROW_BYTES_MAX));
      return;
    }
    request.admit(ROW_BYTES + bucketBytes);
    point.gather(data.bytes(), start, end, ATTRIBUTES);
    if (!series.find(ATTRIBUTES)) {
      return;
    }
    long id = series.id();
    buckets(data, start, end);
    row(id);
    point.accept();
    data.jump(end, end);
    if (point.exemplars > 0) {
      data.jump(start, end);
      exemplars.read(data, EXEMPLARS, id);
    }
  }

  private void clear(int start) {
    point.begin();
    count = 0;
    sum = 0;
    hasSum = false;
    scale = 0;
    zeroCount = 0;
    zeroThreshold = 0;
    min = 0;
    max = 0;
    hasMinMax = 0;
    positives = 0;
    positiveFrom = start;
    positiveTo = start;
    negatives = 0;
    negativeFrom = start;
    negativeTo = start;
  }

  private void fields(WireReader data) throws Malformed {
    while (data.hasNext()) {
      int field = data.at();
      int tag = data.tag();
      switch (tag) {
        case ATTRIBUTES -> {
          data.bytes("attribute");
          point.attribute(field, data.at());
        }
        case 2 << 3 | 1 -> point.startNanos = data.fixed64("start_time_unix_nano");
        case 3 << 3 | 1 -> point.nanos = data.fixed64("time_unix_nano");
        case 4 << 3 | 1 -> count = data.fixed64("count");
        case 5 << 3 | 1 -> {
          sum = data.fixed64("sum");
          hasSum = true;
        }
        case 6 << 3 -> scale = data.zigzag32("scale");
        case 7 << 3 | 1 -> zeroCount = data.fixed64("zero_count");
        case POSITIVE -> {
          positiveFrom = data.bytes("positive buckets");
          positiveTo = data.at();
          positives++;
        }
        case NEGATIVE -> {
          negativeFrom = data.bytes("negative buckets");
          negativeTo = data.at();
          negatives++;
        }
        case 10 << 3 -> point.flags = data.varint32("flags");
        case EXEMPLARS -> {
          data.bytes("exemplar");
          point.exemplars++;
        }
        case 12 << 3 | 1 -> {
          min = data.fixed64("min");
          hasMinMax |= HAS_MIN;
        }
        case 13 << 3 | 1 -> {
          max = data.fixed64("max");
          hasMinMax |= HAS_MAX;
        }
        case 14 << 3 | 1 -> zeroThreshold = data.fixed64("zero_threshold");
        default -> data.skip(tag);
      }
    }
  }

  private void buckets(WireReader data, int start, int end) throws Malformed {
    if (positives > 1) {
      buckets(data.joined(POSITIVE, start, end, "positive buckets"), true);
    } else {
      data.jump(positiveFrom, positiveTo);
      buckets(data, true);
    }
    if (negatives > 1) {
      buckets(data.joined(NEGATIVE, start, end, "negative buckets"), false);
    } else {
      data.jump(negativeFrom, negativeTo);
      buckets(data, false);
    }
  }

  private void buckets(WireReader data, boolean positive) throws Malformed {
    HistogramRows target = request.rows.histograms;
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

  /** The row but for its buckets. */
  private void row(long id) {
    HistogramRows target = request.rows.histograms;
    target.tenant.append(request.tenant);
    target.metricName.append(metric.names.name);
    target.seriesId.append(id);
    target.ts.append(point.millis);
    target.startTs.append(point.startMillis());
    target.count.append(count);
    target.sum.appendLongBits(sum);
    target.hasSum.append(hasSum ? 1 : 0);
    target.min.appendLongBits(min);
    target.max.appendLongBits(max);
    target.hasMinMax.append(hasMinMax);
    target.schema.append(scale);
    target.zeroThreshold.appendLongBits(zeroThreshold);
    target.zeroCount.append(zeroCount);
    target.stale.append(point.stale() ? 1 : 0);
    target.isFloat.append(0);
    target.floatCount.appendLongBits(0);
    target.floatZeroCount.appendLongBits(0);
    target.positiveFloatCounts.endRow();
    target.negativeFloatCounts.endRow();
    target.counterReset.append(0);
    target.customBounds.endRow();
    target.retentionDays.append(request.retentionDays);
  }
}
