package dev.seamark.ingest.decode;

/** `SummaryDataPoint`s to samples: a quantile each, count and sum. Not thread-safe. */
final class SummaryPoints {
  private static final int QUANTILES = 6 << 3 | 2;
  private static final int ATTRIBUTES = 7 << 3 | 2;

  private final MetricsRequest request;
  private final CurrentMetric metric;
  private final CurrentPoint point;
  private final PointSeries series;
  private final Eights quantiles = new Eights(1, "quantile");
  private final Eights values = new Eights(2, "value");
  private final SeriesShape shape = new SeriesShape();

  // of the point
  private long count;
  private long sum;

  SummaryPoints(
      MetricsRequest request, CurrentMetric metric, CurrentPoint point, PointSeries series) {
    this.request = request;
    this.metric = metric;
    this.point = point;
    this.series = series;
  }

  void read(WireReader data) throws Malformed, Crowded {
    int start = data.at();
    int end = data.limit();
    fields(data);
    shape.bytes = quantiles.bytes();
    shape.from = quantiles.from();
    shape.edges = quantiles.size();
    shape.hasSum = true;
    if (!point.time(point.nanos)) {
      return;
    }
    point.gather(data.bytes(), start, end, ATTRIBUTES);
    if (!series.find(shape, ATTRIBUTES)) {
      return;
    }
    long[] block = series.block();
    request.admitSamples(block.length);
    int edges = block.length - 2;
    int name = edges == 0 ? -1 : metric.nameIndex();
    if (point.stale()) {
      point.end(block, edges, name);
      return;
    }
    for (int i = 0; i < edges; i++) {
      point.sample(name, block[i], values.get(i));
    }
    point.count(metric.countIndex(), block[edges], count);
    point.sample(metric.sumIndex(), block[edges + 1], sum);
    point.accept();
  }

  private void fields(WireReader data) throws Malformed {
    point.begin();
    quantiles.clear();
    values.clear();
    count = 0;
    sum = 0;
    while (data.hasNext()) {
      int field = data.at();
      int tag = data.tag();
      switch (tag) {
        case 2 << 3 | 1 -> point.startNanos = data.fixed64("start_time_unix_nano");
        case 3 << 3 | 1 -> point.nanos = data.fixed64("time_unix_nano");
        case 4 << 3 | 1 -> count = data.fixed64("count");
        case 5 << 3 | 1 -> sum = data.fixed64("sum");
        case QUANTILES -> {
          int outer = data.enter("quantile");
          request.requireRoomForSamples(quantiles.size());
          quantile(data);
          data.leave(outer);
        }
        case ATTRIBUTES -> {
          data.bytes("attribute");
          point.attribute(field, data.at());
        }
        case 8 << 3 -> point.flags = data.varint32("flags");
        default -> data.skip(tag);
      }
    }
  }

  private void quantile(WireReader data) throws Malformed {
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
    quantiles.append(quantile);
    values.append(value);
  }
}
