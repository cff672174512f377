package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.ingest.decode.Replicas.Replica;
import dev.seamark.ingest.decode.Replicas.Turn;
import dev.seamark.tenant.Sender;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which replica of which cluster sends a request: what the labels of its first series say. It is
 * part of the context of every raw key, so that a known key proves that its series has the same
 * replica. Not thread-safe.
 */
final class RemoteWriteReplica {
  private static final byte[] NOTHING = {};

  private final RawKey keys;
  private final Replicas replicas;
  private final byte[] clusterLabel;
  private final byte[] replicaLabel;
  private final int valueBytesMax;

  private Sender sender = Sender.ANYBODY;
  private byte[] clusterElse = NOTHING;
  private long nowNanos;
  private boolean known;
  private boolean elected;
  private byte[] cluster = NOTHING;
  private byte[] replica = NOTHING;
  private final Set<Turn> turns = new LinkedHashSet<>();

  RemoteWriteReplica(RawKey keys, Replicas replicas, RemoteWriteOptions options, Limits limits) {
    this.keys = keys;
    this.replicas = replicas;
    this.clusterLabel = options.cluster();
    this.replicaLabel = options.replica();
    this.valueBytesMax = limits.labelValueBytesMax();
  }

  /** @param clusterElse the cluster of series that name none */
  void request(Sender sender, byte[] clusterElse, long nowNanos) {
    this.sender = sender;
    this.clusterElse = clusterElse;
    this.nowNanos = nowNanos;
    known = false;
    elected = true;
    cluster = NOTHING;
    replica = NOTHING;
    turns.clear();
  }

  /** Whether the first series has been seen. */
  boolean known() {
    return known;
  }

  /**
   * Takes the replica of the first series for that of the request; one of a cluster that the sender
   * may not send has no say in the election.
   */
  void first(RemoteWriteSource source) throws Malformed {
    known = true;
    if (replicaLabel.length == 0 || !source.find(replicaLabel)) {
      return;
    }
    byte[] named = value(source);
    byte[] ofSeries = source.find(SeriesAnnouncer.CLUSTER) ? value(source) : clusterElse;
    Forbidden.unlessAllowed(sender, ofSeries, 0, ofSeries.length);
    byte[] of = ofSeries;
    if (!Arrays.equals(clusterLabel, SeriesAnnouncer.CLUSTER)) {
      of = source.find(clusterLabel) ? value(source) : NOTHING;
    }
    if (of.length > 0
        && named.length > 0
        && Math.max(of.length, named.length) <= valueBytesMax) { // else it will be refused
      replica = named;
      cluster = of;
      elected = elects(of, named);
    }
  }

  private static byte[] value(RemoteWriteSource source) {
    return Arrays.copyOfRange(source.bytes(), source.valueFrom(), source.valueTo());
  }

  /** Whether the request's replica is the elected one; true where it has none. */
  boolean elected() {
    return elected;
  }

  /** Whether a replica is the elected one. */
  boolean elects(byte[] cluster, byte[] replica) {
    if (replica.length == 0) {
      return true;
    }
    Replica asks =
        new Replica(sender.tenant(), new String(cluster, UTF_8), new String(replica, UTF_8));
    boolean elected = replicas.elects(asks, nowNanos);
    if (elected) {
      turns.add(new Turn(replicas, asks, nowNanos));
    }
    return elected;
  }

  /** The turns of those that were elected in this request. */
  List<Turn> turns() {
    return List.copyOf(turns);
  }

  /** Whether these are the request's own. */
  boolean is(byte[] otherCluster, byte[] otherReplica) {
    return Arrays.equals(replica, otherReplica)
        && (replica.length == 0 || Arrays.equals(cluster, otherCluster));
  }

  long key1(long context) {
    return key1(context, cluster, replica);
  }

  long key2(long context) {
    return key2(context, cluster, replica);
  }

  long key1(long context, byte[] ofCluster, byte[] ofReplica) {
    return ofReplica.length == 0
        ? context
        : RawKey.mix(
            RawKey.mix(context, keys.first(ofCluster, 0, ofCluster.length)),
            keys.first(ofReplica, 0, ofReplica.length));
  }

  long key2(long context, byte[] ofCluster, byte[] ofReplica) {
    return ofReplica.length == 0
        ? context
        : RawKey.mix(
            RawKey.mix(context, keys.second(ofCluster, 0, ofCluster.length)),
            keys.second(ofReplica, 0, ofReplica.length));
  }
}
