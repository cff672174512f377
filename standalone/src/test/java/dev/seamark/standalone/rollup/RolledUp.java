package dev.seamark.standalone.rollup;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** What rollups of samples must come to, computed the plain way: sample by sample. */
final class RolledUp {
  private final long lookBackMs;
  private final Map<String, TreeMap<Long, Double>> series = new TreeMap<>();

  RolledUp(long lookBackMs) {
    this.lookBackMs = lookBackMs;
  }

  /** A sample that was stored, once or more often. */
  record Sample(String tenant, String metric, long seriesId, long ms, double value) {
    String series() {
      return tenant + "/" + metric + "/" + Long.toUnsignedString(seriesId);
    }
  }

  /** What the samples of a series in a bucket come to. */
  record Row(
      long bucketMs,
      long lastMs,
      double last,
      double min,
      double max,
      double sum,
      long count,
      double increase) {}

  void add(Sample sample) {
    if (!Double.isNaN(sample.value())) {
      series
          .computeIfAbsent(sample.series(), _ -> new TreeMap<>())
          .merge(sample.ms(), sample.value(), Math::max);
    }
  }

  /** The rows of all buckets that end by a time, by series. */
  Map<String, List<Row>> rows(long stepMs, long endMs) {
    var all = new TreeMap<String, List<Row>>();
    series.forEach((name, samples) -> {
      var rows = new ArrayList<Row>();
      for (long bucket = Math.floorDiv(samples.firstKey(), stepMs) * stepMs;
          bucket + stepMs <= endMs && bucket <= samples.lastKey();
          bucket += stepMs) {
        var within = samples.subMap(bucket, true, bucket + stepMs, false);
        if (!within.isEmpty()) {
          rows.add(row(bucket, within, samples.subMap(bucket - lookBackMs, true, bucket, false)));
        }
      }
      if (!rows.isEmpty()) {
        all.put(name, rows);
      }
    });
    return all;
  }

  private static Row row(
      long bucket, NavigableMap<Long, Double> within, NavigableMap<Long, Double> before) {
    var min = Double.POSITIVE_INFINITY;
    var max = Double.NEGATIVE_INFINITY;
    var sum = 0.0;
    var increase = 0.0;
    var previous = before.isEmpty() ? Double.NaN : before.lastEntry().getValue();
    for (double value : within.values()) {
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
      if (!Double.isNaN(previous)) {
        increase += value < previous ? value : value - previous;
      }
      previous = value;
    }
    var last = within.lastEntry();
    return new Row(bucket, last.getKey(), last.getValue(), min, max, sum, within.size(), increase);
  }
}
