package dev.seamark.ingest.rollup;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** The buckets that late samples have a part in, as ranges that one statement each computes. */
final class DirtyBuckets {
  private static final long MARK_MS = Resolution.FIVE_MINUTES.bucketMs();

  private DirtyBuckets() {}

  /**
   * A late sample changes its own bucket, and the increase of those that look back at it.
   *
   * @param marks begins of the five minutes that got late samples
   * @param beforeMs buckets from here on aren't computed yet, and so not dirty
   */
  static List<Span> of(
      Resolution resolution, Iterable<Long> marks, long lookBackMs, long beforeMs) {
    var buckets = new TreeSet<Long>();
    for (long mark : marks) {
      long last = mark + MARK_MS - 1 + lookBackMs;
      for (long at = resolution.floor(mark);
          at <= last && at < beforeMs;
          at += resolution.bucketMs()) {
        buckets.add(at);
      }
    }
    return ranges(resolution, buckets);
  }

  private static List<Span> ranges(Resolution resolution, SortedSet<Long> buckets) {
    var ranges = new ArrayList<Span>();
    for (long bucket : buckets) {
      long end = bucket + resolution.bucketMs();
      Span last = ranges.isEmpty() ? null : ranges.getLast();
      if (last != null
          && last.toMs() == bucket
          && end - last.fromMs() <= resolution.statementMs()) {
        ranges.set(ranges.size() - 1, new Span(last.fromMs(), end));
      } else {
        ranges.add(new Span(bucket, end));
      }
    }
    return ranges;
  }
}
