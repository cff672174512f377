package dev.seamark.ingest.decode;

import dev.seamark.labels.MetricKind;

/**
 * The series of the current point, found by the hash of its raw attribute bytes and their context,
 * else resolved ({@link SeriesResolver}). Not thread-safe.
 */
final class PointSeries {
  private final MetricsRequest request;
  private final MetricResource resource;
  private final CurrentMetric metric;
  private final CurrentPoint point;
  private final RawKey keys;
  private final SeriesDirectory directory;
  private final SeriesResolver resolver;
  private final SeriesRef found = new SeriesRef();
  private final SeriesShape single = new SeriesShape();

  // of what surrounds the point: request, resource, scope and metric
  private long context1;
  private long context2;

  PointSeries(
      MetricsRequest request,
      MetricResource resource,
      CurrentMetric metric,
      CurrentPoint point,
      RawKey keys,
      SeriesDirectory directory,
      SeriesResolver resolver) {
    this.request = request;
    this.resource = resource;
    this.metric = metric;
    this.point = point;
    this.keys = keys;
    this.directory = directory;
    this.resolver = resolver;
  }

  /** Sets the raw key of what surrounds the points to come. */
  void context(long key1, long key2) {
    context1 = key1;
    context2 = key2;
  }

  /** Finds the one series of the point, {@link #id}; false if the point is refused. */
  boolean find(int attributeTag) throws Malformed, Crowded {
    CurrentPoint point = this.point;
    byte[] bytes = point.attributes;
    int from = point.attributesFrom;
    int to = point.attributesTo;
    long key1 = RawKey.mix(context1, keys.first(bytes, from, to));
    long key2 = RawKey.mix(context2, keys.second(bytes, from, to));
    if (directory.find(key1, key2, found) && announced(found.id)) {
      return true;
    }
    return resolve(single, attributeTag, key1, key2);
  }

  /** The one series found. */
  long id() {
    return found.id;
  }

  /**
   * Finds the block of series of a histogram or summary, {@link #block}; false if the point is
   * refused.
   */
  boolean find(SeriesShape shape, int attributeTag) throws Malformed, Crowded {
    boolean stale = point.stale();
    byte[] bytes = point.attributes;
    long key1 = RawKey.mix(context1, keys.first(bytes, point.attributesFrom, point.attributesTo));
    long key2 = RawKey.mix(context2, keys.second(bytes, point.attributesFrom, point.attributesTo));
    long latest1 = RawKey.mix(key1, RawKey.LATEST_SHAPE_ROLE);
    long latest2 = RawKey.mix(key2, RawKey.LATEST_SHAPE_ROLE);
    if (stale && shape.edges == 0 && directory.find(latest1, latest2, found)) {
      // an ended histogram mostly names no bounds: it ends the series that were seen last
      if (found.block != null && found.announced(point.day)) {
        return true;
      }
    }
    int from = shape.from;
    int to = from + 8 * shape.edges;
    int form = shape.hasSum ? 1 : 0;
    key1 = RawKey.mix(RawKey.mix(key1, form), keys.first(shape.bytes, from, to));
    key2 = RawKey.mix(RawKey.mix(key2, form), keys.second(shape.bytes, from, to));
    if (directory.find(key1, key2, found)) {
      long[] known = found.block;
      if (known != null && announced(known[0])) {
        return true;
      }
    }
    if (metric.names.kind == MetricKind.HISTOGRAM && !shape.rises()) {
      metric.refuse("the bounds of a histogram are not finite and rising");
      return false;
    }
    if (!resolve(shape, attributeTag, key1, key2)) {
      return false;
    }
    if (!stale) {
      boolean known = directory.find(key1, key2, found) && found.announced(point.day);
      directory.remember(latest1, latest2, found.id, found.block, known ? point.day : -1);
    }
    return true;
  }

  /** The block found. */
  long[] block() {
    long[] block = found.block;
    if (block == null) {
      throw new IllegalStateException("a raw key of one series was taken for one of a block");
    }
    return block;
  }

  /** Whether the block found ends with a sum. */
  boolean blockHasSum() {
    return found.id != 0;
  }

  /** Finds the series of the resource's `target_info`, {@link #id}; false if there is none. */
  boolean findTarget(MetricName name, long key1, long key2) throws Malformed, Crowded {
    if (!(directory.find(key1, key2, found) && announced(found.id))) {
      resolver.resolveTarget(name, resource, point.day, aheadOfPoint(), key1, key2, found);
      if (!resolver.refusal().isEmpty()) {
        request.refusals.target(resolver.refusal());
      }
    }
    return found.block == null;
  }

  private boolean announced(long id) {
    int day = point.day;
    return found.announced(day)
        && (request.ahead == 0
            || day != request.today
            || !SeriesAnnouncer.isAhead(id, request.ahead)
            || found.announced(request.today + 1));
  }

  private boolean resolve(SeriesShape shape, int attributeTag, long key1, long key2)
      throws Malformed, Crowded {
    boolean ok = resolver.resolve(
        metric.names,
        resource,
        point.attributes,
        point.attributesFrom,
        point.attributesTo,
        attributeTag,
        shape,
        point.day,
        aheadOfPoint(),
        key1,
        key2,
        found);
    if (!ok) {
      metric.refuse(resolver.refusal());
    }
    return ok;
  }

  private long aheadOfPoint() {
    return point.day == request.today ? request.ahead : 0;
  }
}
