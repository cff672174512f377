package dev.seamark.ingest.decode;

/**
 * `HistogramDataPoint`s to the samples of a classic histogram: a bucket a bound, the bucket `+Inf`,
 * count, and sum if there is one. Not thread-safe.
 */
final class HistogramPoints {
  private static final int EXEMPLARS = 8 << 3 | 2;
  private static final int ATTRIBUTES = 9 << 3 | 2;

  private final MetricsRequest request;
  private final CurrentMetric metric;
  private final CurrentPoint point;
  private final PointSeries series;
  private final Exemplars exemplars;
  private final Eights counts = new Eights(6, "bucket_counts");
  private final Eights bounds = new Eights(7, "explicit_bounds");
  private final SeriesShape shape = new SeriesShape();

  // of the point
  private long count;
  private long sum;

  HistogramPoints(
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

  void read(WireReader data) throws Malformed, Crowded {
    int start = data.at();
    int end = data.limit();
    fields(data);
    counts.join(data, start, end);
    bounds.join(data, start, end);
    shape.bytes = bounds.bytes();
    shape.from = bounds.from();
    shape.edges = bounds.size();
    int buckets = counts.size();
    if (!point.time(point.nanos)) {
      return;
    }
    boolean stale = point.stale();
    if (!stale && buckets != 0 && buckets != shape.edges + 1) {
      metric.refuse("a histogram has " + buckets + " buckets and " + shape.edges + " bounds");
      return;
    }
    if (buckets == 0 && !stale) {
      shape.edges = 0; // without counts the bounds say nothing
    }
    point.gather(data.bytes(), start, end, ATTRIBUTES);
    if (!series.find(shape, ATTRIBUTES)) {
      return;
    }
    long[] block = series.block();
    request.admitSamples(block.length);
    if (stale) {
      point.end(block, block.length - (series.blockHasSum() ? 2 : 1), metric.bucketIndex());
      return;
    }
    samples(block);
    point.accept();
    if (point.exemplars > 0) {
      data.jump(start, end);
      exemplars.read(data, EXEMPLARS, block, shape);
    }
  }

  private void fields(WireReader data) throws Malformed {
    point.begin();
    shape.clear();
    counts.clear();
    bounds.clear();
    count = 0;
    sum = 0;
    while (data.hasNext()) {
      int field = data.at();
      int tag = data.tag();
      switch (tag) {
        case 2 << 3 | 1 -> point.startNanos = data.fixed64("start_time_unix_nano");
        case 3 << 3 | 1 -> point.nanos = data.fixed64("time_unix_nano");
        case 4 << 3 | 1 -> count = data.fixed64("count");
        case 5 << 3 | 1 -> {
          sum = data.fixed64("sum");
          shape.hasSum = true;
        }
        case 6 << 3 | 1, 6 << 3 | 2 -> counts.read(data, tag);
        case 7 << 3 | 1, 7 << 3 | 2 -> bounds.read(data, tag);
        case EXEMPLARS -> {
          data.bytes("exemplar");
          point.exemplars++;
        }
        case ATTRIBUTES -> {
          data.bytes("attribute");
          point.attribute(field, data.at());
        }
        case 10 << 3 -> point.flags = data.varint32("flags");
        default -> data.skip(tag);
      }
    }
  }

  private void samples(long[] block) {
    int bucket = metric.bucketIndex();
    int edges = shape.edges;
    long cumulative = 0;
    for (int i = 0; i < edges; i++) {
      cumulative += counts.get(i);
      point.count(bucket, block[i], cumulative);
    }
    point.count(bucket, block[edges], count);
    point.count(metric.countIndex(), block[edges + 1], count);
    if (shape.hasSum) {
      point.sample(metric.sumIndex(), block[edges + 2], sum);
    }
  }
}
