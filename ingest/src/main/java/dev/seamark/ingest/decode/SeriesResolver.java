package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.ingest.decode.Announcement.Claim;
import dev.seamark.labels.LabelSet;
import dev.seamark.labels.MetricKind;
import dev.seamark.labels.NamingOptions;
import dev.seamark.labels.SeriesHash;
import dev.seamark.schema.LabelValueRows;
import dev.seamark.schema.MetadataRows;
import dev.seamark.schema.SeriesRows;
import dev.seamark.tenant.Sender;
import java.util.Arrays;

/**
 * The path of series that are unknown or not announced for a day: makes labels and ids, and writes
 * the rows that announce them. A microsecond or two a series. Not thread-safe.
 */
final class SeriesResolver {
  private static final byte[] NAME = "__name__".getBytes(UTF_8);
  private static final byte[] JOB = "job".getBytes(UTF_8);
  private static final byte[] INSTANCE = "instance".getBytes(UTF_8);
  private static final byte[] CLUSTER = "cluster".getBytes(UTF_8);
  private static final byte[] LE = "le".getBytes(UTF_8);
  private static final byte[] QUANTILE = "quantile".getBytes(UTF_8);
  private static final byte[] INF = "+Inf".getBytes(UTF_8);
  private static final byte[] SCOPE_NAME = "otel_scope_name".getBytes(UTF_8);
  private static final byte[] SCOPE_VERSION = "otel_scope_version".getBytes(UTF_8);
  private static final byte[] NOTHING = {};
  private static final long[] NO_SERIES = {};

  private static final int SERIES_KIND = 1;
  private static final int LABEL_VALUE_KIND = 2;
  private static final int METADATA_KIND = 3;

  private final Limits limits;
  private final NamingOptions options;
  private final RawKey keys;
  private final SeriesDirectory directory;
  private final AttributeList attributes;
  private final byte[][] namespaceLabels;
  private final byte[][] podLabels;
  private final byte[][] containerLabels;
  private final byte[][] nodeLabels;
  private final byte[][] serviceLabels;
  private final LabelSet base = new LabelSet();
  private final LabelSet labels = new LabelSet();
  private final WireReader wire = new WireReader();

  private MetricRows rows = new MetricRows();
  private Announcement announcement = Announcement.NONE;
  private byte[] tenant = NOTHING;
  private int retentionDays;
  private long tenantKey;
  private String refusal = "";

  /** The name and version of the scope, as labels where the options want them. */
  byte[] scopeName = NOTHING;

  byte[] scopeVersion = NOTHING;

  SeriesResolver(Limits limits, NamingOptions options, RawKey keys, SeriesDirectory directory) {
    this.limits = limits;
    this.options = options;
    this.attributes = new AttributeList("a data point", limits);
    this.keys = keys;
    this.directory = directory;
    this.namespaceLabels = labels(options, "k8s.namespace.name", "namespace");
    this.podLabels = labels(options, "k8s.pod.name", "pod");
    this.containerLabels = labels(options, "k8s.container.name", "container");
    this.nodeLabels = labels(options, "k8s.node.name", "node");
    this.serviceLabels = labels(options, "service.name", "service");
  }

  void request(MetricRows rows, Sender sender, byte[] tenant) {
    this.rows = rows;
    this.announcement = Announcement.NONE;
    this.tenant = tenant;
    this.retentionDays = sender.retentionDays();
    this.tenantKey = RawKey.mix(retentionDays, keys.first(tenant, 0, tenant.length));
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

  /** Writes a metric's help, type and unit once a day; the raw key is over what they come from. */
  void metadata(MetricName metric, byte[] help, int from, int to, int day, long key1, long key2)
      throws Malformed, Crowded {
    open();
    long claim1 =
        RawKey.mix(tenantKey + METADATA_KIND, metric.kind.metadataType().hashCode());
    claim1 = RawKey.mix(claim1, keys.first(metric.name, 0, metric.name.length));
    claim1 = RawKey.mix(claim1, keys.first(metric.unit, 0, metric.unit.length));
    claim1 = RawKey.mix(claim1, keys.first(help, from, to));
    long claim2 = RawKey.mix(day, keys.second(metric.name, 0, metric.name.length));
    claim2 = RawKey.mix(claim2, keys.second(metric.unit, 0, metric.unit.length));
    claim2 = RawKey.mix(claim2, keys.second(help, from, to));
    Claim claim = announcement.claim(RawKey.mix(claim1, day), claim2);
    requireTaken(claim);
    if (claim == Claim.KNOWN) {
      directory.remember(key1, key2, 0, null, day);
    }
    if (claim != Claim.MINE) {
      return;
    }
    MetadataRows target = rows.metadata;
    target.tenant.append(tenant);
    target.day.append(day);
    target.metricName.append(metric.name);
    target.type.append(metric.kind.metadataType());
    target.unit.append(metric.unit);
    target.help.append(help, from, helpLength(help, from, to));
    target.retentionDays.append(retentionDays);
  }

  /** Cuts at the start of a character. */
  private int helpLength(byte[] help, int from, int to) {
    int length = Math.min(to - from, limits.labelValueBytesMax());
    while (length < to - from && length > 0 && (help[from + length] & 0xC0) == 0x80) {
      length--;
    }
    return length;
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
    target.putOwn(CLUSTER, resource.cluster);
  }

  private boolean fits(LabelSet labels, MetricName metric) {
    int own = metric.kind == MetricKind.HISTOGRAM || metric.kind == MetricKind.SUMMARY ? 2 : 1;
    if (labels.size() + own > limits.labelsMax()) {
      refusal =
          Limits.exceeded("labels", labels.size() + own, limits.labelsMax(), Limits.LABELS_MAX);
      return false;
    }
    long bytes = 0;
    for (int i = 0; i < labels.size(); i++) {
      bytes += labels.name(i).length + labels.value(i).length;
      if (labels.name(i).length > limits.labelNameBytesMax()) {
        refusal = Limits.exceeded(
            "label name bytes",
            labels.name(i).length,
            limits.labelNameBytesMax(),
            Limits.LABEL_NAME_BYTES_MAX);
        return false;
      }
      if (labels.value(i).length > limits.labelValueBytesMax()) {
        refusal = Limits.exceeded(
            "bytes of the value of label " + new String(labels.name(i), UTF_8),
            labels.value(i).length,
            limits.labelValueBytesMax(),
            Limits.LABEL_VALUE_BYTES_MAX);
        return false;
      }
    }
    if (bytes > limits.rowBytesMax()) {
      refusal = Limits.exceeded(
          "the number of bytes of a row", bytes, limits.rowBytesMax(), Limits.ROW_BYTES_MAX);
      return false;
    }
    return true;
  }

  /** Whether a series is among those that are announced for tomorrow by now. */
  static boolean isAhead(long id, long ahead) {
    return id >>> 32 < ahead;
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
    base.putOwn(NAME, metric.name);
    SeriesHash hash = base.hash();
    into.id = hash.id();
    into.block = null;
    Claim today = announce(base, hash, metric, metric.name, resource, day, false);
    requireTaken(today);
    directory.remember(key1, key2, into.id, null, today == Claim.KNOWN ? day : -1);
    if (isAhead(into.id, ahead)
        && announce(base, hash, metric, metric.name, resource, day + 1, false) == Claim.KNOWN) {
      directory.remember(key1, key2, into.id, null, day + 1);
    }
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
    requireTaken(today);
    into.id = shape.hasSum ? 1 : 0;
    into.block = block;
    directory.remember(key1, key2, into.id, block, today == Claim.KNOWN ? day : -1);
    if (isAhead(block[0], ahead)
        && announceBlock(metric, resource, shape, block, day + 1) == Claim.KNOWN) {
      directory.remember(key1, key2, into.id, block, day + 1);
    }
  }

  /**
   * Refuses the request whose claim wasn't taken. Not asked for tomorrow's claims, which may come
   * later as well.
   */
  private static void requireTaken(Claim claim) throws Malformed, Crowded {
    switch (claim) {
      case REFUSED -> throw new Crowded();
      case NEVER ->
        throw new Malformed("the request alone announces more series and label values than may wait"
            + " for their acknowledgement (%s): send it in parts".formatted(Crowded.PENDING_MAX));
      case KNOWN, MINE, PENDING -> {}
    }
  }

  /** Announces all series of a block; KNOWN only if all of them are. */
  private Claim announceBlock(
      MetricName metric, MetricResource resource, SeriesShape shape, long[] block, int day)
      throws Malformed {
    boolean histogram = metric.kind == MetricKind.HISTOGRAM;
    byte[] edgeLabel = histogram ? LE : QUANTILE;
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
      labels.putOwn(NAME, name);
      SeriesHash hash = labels.hash();
      block[i] = hash.id();
      Claim claim = announce(labels, hash, metric, name, resource, day, isEdge && others);
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

  private Claim announce(
      LabelSet labels,
      SeriesHash hash,
      MetricName metric,
      byte[] name,
      MetricResource resource,
      int day,
      boolean onlyEdge)
      throws Malformed {
    open();
    long key1 = RawKey.mix(RawKey.mix(tenantKey + SERIES_KIND, hash.id()), day);
    long key2 = RawKey.mix(hash.hash(), day);
    Claim claim = announcement.claim(key1, key2);
    if (claim == Claim.MINE) {
      seriesRow(labels, hash, metric, name, resource, day);
      for (int i = 0; i < labels.size(); i++) {
        byte[] label = labels.name(i);
        boolean edge = Arrays.equals(label, LE) || Arrays.equals(label, QUANTILE);
        if (!Arrays.equals(label, NAME) && (!onlyEdge || edge)) {
          labelValue(label, labels.value(i), name, day);
        }
      }
      requireDecodedBytes();
    }
    return claim;
  }

  private void seriesRow(
      LabelSet labels,
      SeriesHash hash,
      MetricName metric,
      byte[] name,
      MetricResource resource,
      int day) {
    SeriesRows target = rows.series;
    target.tenant.append(tenant);
    target.day.append(day);
    target.metricName.append(name);
    target.seriesId.append(hash.id());
    target.seriesHash.append(hash.hash());
    for (int i = 0; i < labels.size(); i++) {
      if (!Arrays.equals(labels.name(i), NAME)) {
        target.labels.keys().append(labels.name(i));
        target.labels.values().append(labels.value(i));
      }
    }
    target.labels.endRow();
    target.cluster.append(labels.get(CLUSTER));
    target.namespace.append(firstOf(labels, namespaceLabels));
    target.job.append(labels.get(JOB));
    target.instance.append(labels.get(INSTANCE));
    target.pod.append(firstOf(labels, podLabels));
    target.container.append(firstOf(labels, containerLabels));
    target.node.append(firstOf(labels, nodeLabels));
    boolean named = resource.service.length > 0;
    target.service.append(named ? resource.service : firstOf(labels, serviceLabels));
    target.type.append(metric.kind.seriesType());
    target.unit.append(metric.unit);
    target.temporality.append(metric.kind.temporality());
    target.retentionDays.append(retentionDays);
  }

  private void labelValue(byte[] label, byte[] value, byte[] metric, int day) {
    long key1 = RawKey.mix(tenantKey + LABEL_VALUE_KIND, keys.first(label, 0, label.length));
    key1 = RawKey.mix(key1, keys.first(value, 0, value.length));
    key1 = RawKey.mix(key1, keys.first(metric, 0, metric.length));
    long key2 = RawKey.mix(day, keys.second(label, 0, label.length));
    key2 = RawKey.mix(key2, keys.second(value, 0, value.length));
    key2 = RawKey.mix(key2, keys.second(metric, 0, metric.length));
    Claim claim = announcement.claim(RawKey.mix(key1, day), key2);
    if (claim == Claim.MINE || claim == Claim.REFUSED || claim == Claim.NEVER) {
      // refused: a row twice is harmless, none is not
      LabelValueRows target = rows.labelValues;
      target.tenant.append(tenant);
      target.day.append(day);
      target.name.append(label);
      target.value.append(value);
      target.metricName.append(metric);
      target.retentionDays.append(retentionDays);
    }
  }

  private void open() {
    if (announcement.equals(Announcement.NONE)) {
      announcement = directory.open();
      rows.announce(announcement);
    }
  }

  /** Labels of a resource come again with every series, so a small body could fill the memory. */
  private void requireDecodedBytes() throws Malformed {
    long bytes = rows.series.block().bytes() + rows.labelValues.block().bytes();
    if (bytes > limits.decodedBytesMax()) {
      throw new Malformed(Limits.exceeded(
          "bytes of the series to announce",
          bytes,
          limits.decodedBytesMax(),
          Limits.DECODED_BYTES_MAX));
    }
  }

  private static byte[] firstOf(LabelSet labels, byte[][] names) {
    for (byte[] name : names) {
      byte[] value = labels.get(name);
      if (value.length > 0) {
        return value;
      }
    }
    return NOTHING;
  }

  /** The label of an attribute as points get it, and the name that scraped series have for it. */
  private static byte[][] labels(NamingOptions options, String attribute, String scraped) {
    return new byte[][] {options.labelName(attribute.getBytes(UTF_8)), scraped.getBytes(UTF_8)};
  }
}
