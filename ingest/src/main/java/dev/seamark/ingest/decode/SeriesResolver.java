package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.ingest.decode.Announcement.Claim;
import dev.seamark.labels.LabelSet;
import dev.seamark.labels.MetricKind;
import dev.seamark.labels.NamingOptions;
import dev.seamark.labels.SeriesHash;
import java.util.Arrays;

/**
 * The path of OTLP series that are unknown or not announced for a day: makes labels and ids, and
 * has them announced. A microsecond or two a series. Not thread-safe.
 */
final class SeriesResolver {
  private static final byte[] JOB = "job".getBytes(UTF_8);
  private static final byte[] INSTANCE = "instance".getBytes(UTF_8);
  private static final byte[] INF = "+Inf".getBytes(UTF_8);
  private static final byte[] SCOPE_NAME = "otel_scope_name".getBytes(UTF_8);
  private static final byte[] SCOPE_VERSION = "otel_scope_version".getBytes(UTF_8);
  private static final byte[] NOTHING = {};
  private static final long[] NO_SERIES = {};

  private final NamingOptions options;
  private final SeriesDirectory directory;
  private final SeriesAnnouncer announcer;
  private final AttributeList attributes;
  private final LabelSet base = new LabelSet();
  private final LabelSet labels = new LabelSet();
  private final WireReader wire = new WireReader();

  private String refusal = "";

  /** The name and version of the scope, as labels where the options want them. */
  byte[] scopeName = NOTHING;

  byte[] scopeVersion = NOTHING;

  SeriesResolver(
      Limits limits, NamingOptions options, SeriesDirectory directory, SeriesAnnouncer announcer) {
    this.options = options;
    this.attributes = new AttributeList("a data point", limits);
    this.directory = directory;
    this.announcer = announcer;
  }

  /**
   * Why the last {@link #resolve} refused its point or {@link #resolveTarget} its series, or "".
   */
  String refusal() {
    return refusal;
  }

  /**
   * Finds the series of a data point from its attributes, announces them for a day, and for the
   * next one too if {@code ahead}, and remembers them under their raw key.
   *
   * @param ahead how many of 2^32 series are announced for the next day already
   * @param fields fields of the data point, its attributes among them under {@code attributeTag}
   * @return false if the point is refused, see {@link #refusal}
   */
  boolean resolve(
      MetricName metric,
      MetricResource resource,
      byte[] fields,
      int from,
      int to,
      int attributeTag,
      SeriesShape shape,
      int day,
      long ahead,
      long key1,
      long key2,
      SeriesRef into)
      throws Malformed, Crowded {
    refusal = "";
    try {
      resource.read();
      wire.reset(fields, from, to);
      attributes.read(wire, attributeTag);
    } catch (RowRefused refused) {
      refusal = String.valueOf(refused.getMessage());
      return false;
    }
    base.clear();
    if (!addAttributes(base, attributes, false)) {
      return false;
    }
    addScope(base);
    resource.promoteInto(base);
    addIdentity(base, resource);
    if (!fits(base, metric)) {
      return false;
    }
    switch (metric.kind) {
      case HISTOGRAM, SUMMARY ->
        resolveBlock(metric, resource, shape, day, ahead, key1, key2, into);
      default -> resolveOne(metric, resource, day, ahead, key1, key2, into);
    }
    return true;
  }

  /**
   * Like {@link #resolve} for {@code target_info}; remembers an empty block where there is none.
   * One that is refused, see {@link #refusal}, has an empty block too, which is not remembered.
   */
  void resolveTarget(
      MetricName metric,
      MetricResource resource,
      int day,
      long ahead,
      long key1,
      long key2,
      SeriesRef into)
      throws Malformed, Crowded {
    base.clear();
    refusal = "";
    boolean exists = readTarget(resource) && addAttributes(base, resource.attributes, true);
    if (exists) {
      addIdentity(base, resource);
      exists = fits(base, metric);
    }
    if (exists) {
      resolveOne(metric, resource, day, ahead, key1, key2, into);
    } else if (!refusal.isEmpty()) {
      into.block = NO_SERIES;
    } else {
      into.block = NO_SERIES;
      directory.remember(key1, key2, 0, NO_SERIES, day);
      if (ahead != 0) {
        directory.remember(key1, key2, 0, NO_SERIES, day + 1);
      }
    }
  }

  private static boolean readTarget(MetricResource resource) throws Malformed {
    try {
      resource.read();
    } catch (RowRefused refused) {
      return false; // its points were refused already
    }
    return resource.hasTargetInfo();
  }

  private boolean addAttributes(LabelSet target, AttributeList attributes, boolean ofTarget) {
    for (int i = 0; i < attributes.size(); i++) {
      byte[] key = attributes.key(i);
      byte[] value = attributes.value(i);
      if (value.length == 0 || (ofTarget && MetricResource.isIdentity(key))) {
        continue;
      }
      byte[] name = options.labelName(key);
      if (name.length == 0) {
        refusal =
            "the attribute key '" + new String(key, UTF_8) + "' has no character for a label name";
        return false;
      }
      byte[] joined = target.get(name);
      target.put(name, joined.length == 0 ? value : joined(joined, value));
    }
    return true;
  }

  /** Values of keys that became the same label name, in the order of the keys. */
  private static byte[] joined(byte[] first, byte[] second) {
    byte[] joined = Arrays.copyOf(first, first.length + 1 + second.length);
    joined[first.length] = ';';
    System.arraycopy(second, 0, joined, first.length + 1, second.length);
    return joined;
  }

  private void addScope(LabelSet target) {
    if (options.scopeLabels()) {
      target.putOwn(SCOPE_NAME, scopeName);
      target.putOwn(SCOPE_VERSION, scopeVersion);
    }
  }

  private static void addIdentity(LabelSet target, MetricResource resource) {
    target.putOwn(JOB, resource.job);
    target.putOwn(INSTANCE, resource.instance);
    target.putOwn(SeriesAnnouncer.CLUSTER, resource.cluster);
  }

  private boolean fits(LabelSet labels, MetricName metric) {
    int own = metric.kind == MetricKind.HISTOGRAM || metric.kind == MetricKind.SUMMARY ? 2 : 1;
    refusal = announcer.refusal(labels, own);
    return refusal.isEmpty();
  }

  private void resolveOne(
      MetricName metric,
      MetricResource resource,
      int day,
      long ahead,
      long key1,
      long key2,
      SeriesRef into)
      throws Malformed, Crowded {
    base.putOwn(SeriesAnnouncer.NAME, metric.name);
    announcer.announceOne(
        base,
        metric.kind,
        metric.unit,
        metric.name,
        resource.service,
        day,
        ahead,
        key1,
        key2,
        into);
  }

  private void resolveBlock(
      MetricName metric,
      MetricResource resource,
      SeriesShape shape,
      int day,
      long ahead,
      long key1,
      long key2,
      SeriesRef into)
      throws Malformed, Crowded {
    boolean histogram = metric.kind == MetricKind.HISTOGRAM;
    int edges = histogram ? shape.edges + 1 : shape.edges;
    long[] block = new long[edges + (shape.hasSum ? 2 : 1)];
    Claim today = announceBlock(metric, resource, shape, block, day);
    announcer.requireTaken(today);
    into.id = shape.hasSum ? 1 : 0;
    into.block = block;
    directory.remember(key1, key2, into.id, block, today == Claim.KNOWN ? day : -1);
    if (SeriesAnnouncer.isAhead(block[0], ahead)
        && announceBlock(metric, resource, shape, block, day + 1) == Claim.KNOWN) {
      directory.remember(key1, key2, into.id, block, day + 1);
    }
  }

  /** Announces all series of a block; KNOWN only if all of them are. */
  private Claim announceBlock(
      MetricName metric, MetricResource resource, SeriesShape shape, long[] block, int day)
      throws Malformed {
    boolean histogram = metric.kind == MetricKind.HISTOGRAM;
    byte[] edgeLabel = histogram ? SeriesAnnouncer.LE : SeriesAnnouncer.QUANTILE;
    byte[] edgeMetric = histogram ? metric.bucket : metric.name;
    int edges = histogram ? shape.edges + 1 : shape.edges;
    Claim all = Claim.KNOWN;
    boolean others = false; // whether the labels but the edge's are claimed for edgeMetric
    for (int i = 0; i < block.length; i++) {
      boolean isEdge = i < edges;
      byte[] name = isEdge ? edgeMetric : i == edges ? metric.count : metric.sum;
      labels.copy(base);
      if (isEdge) {
        labels.putOwn(edgeLabel, i == shape.edges ? INF : SeriesShape.text(shape.edge(i)));
      }
      labels.putOwn(SeriesAnnouncer.NAME, name);
      SeriesHash hash = labels.hash();
      block[i] = hash.id();
      Claim claim = announcer.announce(
          labels, hash, metric.kind, metric.unit, name, resource.service, day, isEdge && others);
      if (claim == Claim.REFUSED || claim == Claim.NEVER) {
        return claim;
      }
      others |= isEdge && claim == Claim.MINE;
      if (claim != Claim.KNOWN) {
        all = claim;
      }
    }
    return all;
  }
}
