package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.labels.LabelSet;
import dev.seamark.labels.Utf8;
import dev.seamark.tenant.Sender;
import java.util.Arrays;

/**
 * The labels of a remote-write series whose raw key is unknown: held to the rules of the
 * specification, then made those of the stored series. For the slow path: it allocates. Not
 * thread-safe.
 *
 * <p>A broken rule refuses the series by name. The label of the replica is taken off; a series
 * without {@code cluster} gets the one that the request's header or the sender's key names.
 */
final class RemoteWriteLabels {
  private static final byte[] NOTHING = {};
  private static final int NAME_SHOWN_MAX = 60;

  private final Limits limits;
  private final SeriesAnnouncer announcer;
  private final byte[] clusterLabel;
  private final byte[] replicaLabel;
  private final boolean ordered;

  /** The labels of the series. */
  final LabelSet set = new LabelSet();

  /** The name of the metric, or nothing. */
  byte[] name = NOTHING;

  /** What the pair of senders is named by, or nothing. */
  byte[] pairCluster = NOTHING;

  byte[] replica = NOTHING;

  private byte[] last = NOTHING;
  private int count;

  /** @param ordered whether labels that are not sorted are refused */
  RemoteWriteLabels(
      Limits limits, SeriesAnnouncer announcer, RemoteWriteOptions options, boolean ordered) {
    this.limits = limits;
    this.announcer = announcer;
    this.clusterLabel = options.cluster();
    this.replicaLabel = options.replica();
    this.ordered = ordered;
  }

  /**
   * Reads and checks the labels of a series; refuses the request where the sender's key doesn't
   * allow its cluster.
   */
  void read(RemoteWriteSource source, Sender sender, byte[] clusterElse)
      throws Malformed, RowRefused {
    set.clear();
    name = NOTHING;
    last = NOTHING;
    count = 0;
    source.readInto(this);
    name = set.get(SeriesAnnouncer.NAME);
    if (name.length == 0) {
      throw new RowRefused("a series has no label __name__");
    }
    if (clusterElse.length > 0 && !set.contains(SeriesAnnouncer.CLUSTER)) {
      set.put(SeriesAnnouncer.CLUSTER, clusterElse);
    }
    byte[] cluster = set.get(SeriesAnnouncer.CLUSTER);
    Forbidden.unlessAllowed(sender, cluster, 0, cluster.length);
    pairCluster = set.get(clusterLabel);
    replica = replicaLabel.length == 0 ? NOTHING : set.get(replicaLabel);
    if (pairCluster.length == 0) {
      replica = NOTHING; // a replica of nothing: its series are its own
    } else if (replica.length > 0) {
      set.put(replicaLabel, NOTHING);
    }
    if (replica.length > limits.labelValueBytesMax()) {
      throw new RowRefused(Limits.exceeded(
          "bytes of the value of label " + shown(replicaLabel),
          replica.length,
          limits.labelValueBytesMax(),
          Limits.LABEL_VALUE_BYTES_MAX));
    }
    String refusal = announcer.refusal(set, 0);
    if (!refusal.isEmpty()) {
      throw new RowRefused(refusal);
    }
  }

  /** Adds a label; its name and value stand in {@code bytes}. */
  void add(byte[] bytes, int nameFrom, int nameTo, int valueFrom, int valueTo) throws RowRefused {
    if (++count > limits.labelsMax() + 1) { // the replica's is taken off again
      throw new RowRefused(Limits.exceeded("labels", count, limits.labelsMax(), Limits.LABELS_MAX));
    }
    if (nameFrom == nameTo) {
      throw new RowRefused("a label has no name");
    }
    if (Utf8.invalidAt(bytes, nameFrom, nameTo) >= 0) {
      throw new RowRefused("the name of a label is not UTF-8");
    }
    byte[] label = Arrays.copyOfRange(bytes, nameFrom, nameTo);
    if (valueFrom == valueTo) {
      throw new RowRefused("the label " + shown(label) + " has no value");
    }
    if (Utf8.invalidAt(bytes, valueFrom, valueTo) >= 0) {
      throw new RowRefused("the value of the label " + shown(label) + " is not UTF-8");
    }
    if (set.contains(label)) {
      throw new RowRefused("the label " + shown(label) + " comes twice");
    }
    if (ordered && Arrays.compareUnsigned(last, label) > 0) {
      throw new RowRefused(
          "the labels are not sorted: " + shown(label) + " stands behind " + shown(last));
    }
    last = label;
    set.put(label, Arrays.copyOfRange(bytes, valueFrom, valueTo));
  }

  /** What is known of the name of a refused series, for messages. */
  String shownName() {
    byte[] known = set.get(SeriesAnnouncer.NAME);
    return known.length == 0 ? "(unnamed)" : new String(known, UTF_8);
  }

  private static String shown(byte[] label) {
    String text = new String(label, UTF_8);
    return text.length() <= NAME_SHOWN_MAX ? text : text.substring(0, NAME_SHOWN_MAX) + "...";
  }
}
