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
 * Writes the rows that announce series, their label values and the metadata of metrics: each once a
 * day, by the request that claims it. What a series is, is decided here for every protocol alike.
 * Not thread-safe.
 */
final class SeriesAnnouncer {
  static final byte[] NAME = "__name__".getBytes(UTF_8);
  static final byte[] CLUSTER = "cluster".getBytes(UTF_8);
  static final byte[] LE = "le".getBytes(UTF_8);
  static final byte[] QUANTILE = "quantile".getBytes(UTF_8);

  private static final byte[] JOB = "job".getBytes(UTF_8);
  private static final byte[] INSTANCE = "instance".getBytes(UTF_8);
  private static final byte[] NOTHING = {};

  private static final int SERIES_KIND = 1;
  private static final int LABEL_VALUE_KIND = 2;
  private static final int METADATA_KIND = 3;

  private final Limits limits;
  private final RawKey keys;
  private final SeriesDirectory directory;
  private final byte[][] namespaceLabels;
  private final byte[][] podLabels;
  private final byte[][] containerLabels;
  private final byte[][] nodeLabels;
  private final byte[][] serviceLabels;

  private MetricRows rows = new MetricRows();
  private Announcement announcement = Announcement.NONE;
  private byte[] tenant = NOTHING;
  private Sender sender = Sender.ANYBODY;
  private long nowNanos;
  private int labelsMax;
  private String labelsSetting = Limits.LABELS_MAX;
  private int retentionDays;
  private long tenantKey;

  SeriesAnnouncer(Limits limits, NamingOptions options, RawKey keys, SeriesDirectory directory) {
    this.limits = limits;
    this.keys = keys;
    this.directory = directory;
    this.namespaceLabels = labels(options, "k8s.namespace.name", "namespace");
    this.podLabels = labels(options, "k8s.pod.name", "pod");
    this.containerLabels = labels(options, "k8s.container.name", "container");
    this.nodeLabels = labels(options, "k8s.node.name", "node");
    this.serviceLabels = labels(options, "service.name", "service");
  }

  /** @param nowNanos when the request arrived, nanoseconds since 1970 */
  void request(MetricRows rows, Sender sender, byte[] tenant, long nowNanos) {
    this.rows = rows;
    this.announcement = Announcement.NONE;
    this.tenant = tenant;
    this.sender = sender;
    this.nowNanos = nowNanos;
    limitLabels(sender.limits().labelsMax());
    this.retentionDays = sender.retentionDays();
    this.tenantKey = RawKey.mix(retentionDays, keys.first(tenant, 0, tenant.length));
  }

  private void limitLabels(int ofTenant) {
    boolean fewer = ofTenant > 0 && ofTenant < limits.labelsMax();
    labelsMax = fewer ? ofTenant : limits.labelsMax();
    labelsSetting = fewer ? "labels-max of the tenant's class in the keys file" : Limits.LABELS_MAX;
  }

  /** Why no series can have these labels and {@code more} further ones, or "". */
  String refusal(LabelSet labels, int more) {
    if (labels.size() + more > labelsMax) {
      return Limits.exceeded("labels", labels.size() + more, labelsMax, labelsSetting);
    }
    long bytes = 0;
    for (int i = 0; i < labels.size(); i++) {
      bytes += labels.name(i).length + labels.value(i).length;
      if (labels.name(i).length > limits.labelNameBytesMax()) {
        return Limits.exceeded(
            "label name bytes",
            labels.name(i).length,
            limits.labelNameBytesMax(),
            Limits.LABEL_NAME_BYTES_MAX);
      }
      if (labels.value(i).length > limits.labelValueBytesMax()) {
        return Limits.exceeded(
            "bytes of the value of label " + new String(labels.name(i), UTF_8),
            labels.value(i).length,
            limits.labelValueBytesMax(),
            Limits.LABEL_VALUE_BYTES_MAX);
      }
    }
    return bytes > limits.rowBytesMax()
        ? Limits.exceeded(
            "the number of bytes of a row", bytes, limits.rowBytesMax(), Limits.ROW_BYTES_MAX)
        : "";
  }

  /** Whether a series is among those that are announced for tomorrow by now. */
  static boolean isAhead(long id, long ahead) {
    return id >>> 32 < ahead;
  }

  /**
   * Announces a series for a day, and for the next one too if it is {@link #isAhead}; remembers it
   * under its raw key.
   *
   * @param labels of the series, {@code __name__} among them
   * @param service of the series, or nothing where a label says it
   * @param ahead how many of 2^32 series are announced for the next day already
   */
  void announceOne(
      LabelSet labels,
      MetricKind kind,
      byte[] unit,
      byte[] name,
      byte[] service,
      int day,
      long ahead,
      long key1,
      long key2,
      SeriesRef into)
      throws Malformed, Crowded {
    SeriesHash hash = labels.hash();
    into.id = hash.id();
    into.block = null;
    Claim today = announce(labels, hash, kind, unit, name, service, day, false);
    requireTaken(today);
    directory.remember(key1, key2, into.id, null, today == Claim.KNOWN ? day : -1);
    if (isAhead(into.id, ahead)
        && announce(labels, hash, kind, unit, name, service, day + 1, false) == Claim.KNOWN) {
      directory.remember(key1, key2, into.id, null, day + 1);
    }
  }

  /**
   * Announces a series for a day.
   *
   * @param onlyEdge whether of its labels only the edge's may have values that are unknown yet
   */
  Claim announce(
      LabelSet labels,
      SeriesHash hash,
      MetricKind kind,
      byte[] unit,
      byte[] name,
      byte[] service,
      int day,
      boolean onlyEdge)
      throws Malformed {
    open();
    long series1 = RawKey.mix(tenantKey + SERIES_KIND, hash.id());
    Claim claim = announcement.claimSeries(series1, hash.hash(), day);
    if (claim == Claim.MINE) {
      seriesRow(labels, hash, kind, unit, name, service, day);
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

  /**
   * Refuses the request whose claim wasn't taken. Not asked for tomorrow's claims, which may come
   * later as well.
   */
  void requireTaken(Claim claim) throws Malformed, Crowded {
    switch (claim) {
      case REFUSED -> throw announcement.crowded();
      case NEVER ->
        throw new Malformed("the request alone announces more series and label values than may wait"
            + " for their acknowledgement (%s): send it in parts".formatted(Crowded.PENDING_MAX));
      case KNOWN, MINE, PENDING -> {}
    }
  }

  private void seriesRow(
      LabelSet labels,
      SeriesHash hash,
      MetricKind kind,
      byte[] unit,
      byte[] name,
      byte[] service,
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
    target.service.append(service.length > 0 ? service : firstOf(labels, serviceLabels));
    target.type.append(kind.seriesType());
    target.unit.append(unit);
    target.temporality.append(kind.temporality());
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

  /**
   * Writes a metric's help, type and unit once a day.
   *
   * @param key1 with {@code key2} the raw key, over what they come from
   */
  void metadata(
      MetricKind kind,
      byte[] name,
      byte[] unit,
      byte[] help,
      int from,
      int to,
      int day,
      long key1,
      long key2)
      throws Malformed, Crowded {
    open();
    long claim1 = RawKey.mix(tenantKey + METADATA_KIND, kind.metadataType().hashCode());
    claim1 = RawKey.mix(claim1, keys.first(name, 0, name.length));
    claim1 = RawKey.mix(claim1, keys.first(unit, 0, unit.length));
    claim1 = RawKey.mix(claim1, keys.first(help, from, to));
    long claim2 = RawKey.mix(day, keys.second(name, 0, name.length));
    claim2 = RawKey.mix(claim2, keys.second(unit, 0, unit.length));
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
    target.metricName.append(name);
    target.type.append(kind.metadataType());
    target.unit.append(unit);
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

  private void open() {
    if (announcement.equals(Announcement.NONE)) {
      announcement = directory.open(sender, nowNanos);
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
