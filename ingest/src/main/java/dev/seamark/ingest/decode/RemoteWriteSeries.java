package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.labels.MetricKind;
import dev.seamark.labels.SeriesHash;
import dev.seamark.tenant.Sender;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The series whose points are being read: found on the trail of series, else by the hash of its raw
 * labels, else read, checked and announced. Not thread-safe.
 */
final class RemoteWriteSeries {
  private static final byte[] NOTHING = {};
  private static final int NO_DAY = -1;
  private static final int NO_INDEX = -1;

  private final MetricsRequest request;
  private final RawKey keys;
  private final SeriesDirectory directory;
  private final SeriesAnnouncer announcer;
  private final RemoteWriteTrail trail;
  private final RemoteWriteLabels labels;
  private final RemoteWriteReplica replica;
  private final RemoteWriteSource source;
  private final long role;
  private final SeriesRef found = new SeriesRef();

  // of the request
  private Sender sender = Sender.ANYBODY;
  private String clusterElseText = "";
  private byte[] clusterElse = NOTHING;
  private long requestKey1;
  private long requestKey2;
  private long context1;
  private long context2;

  // of the series
  private MetricKind kind = MetricKind.UNKNOWN;
  private byte[] unit = NOTHING;
  private int entry;
  private long key1;
  private long key2;
  private boolean read;
  private boolean spared;
  private String refusal = "";
  private int day; // for which it is found
  private long id;
  private byte[] nameBytes = NOTHING;
  private int nameFrom;
  private int nameTo;
  private int nameIndex;

  /** @param role sets the raw keys of a protocol apart from those of others */
  RemoteWriteSeries(
      MetricsRequest request,
      RawKey keys,
      SeriesDirectory directory,
      SeriesAnnouncer announcer,
      RemoteWriteTrail trail,
      RemoteWriteLabels labels,
      RemoteWriteReplica replica,
      RemoteWriteSource source,
      long role) {
    this.request = request;
    this.keys = keys;
    this.directory = directory;
    this.announcer = announcer;
    this.trail = trail;
    this.labels = labels;
    this.replica = replica;
    this.source = source;
    this.role = role;
  }

  /** Starts a request, whose tenant and time are set. */
  void request(Sender sender, @Nullable String clusterHeader) {
    String ofKey = sender.clusterOfKey() == null ? "" : sender.clusterOfKey();
    String named = clusterHeader == null || clusterHeader.isEmpty() ? ofKey : clusterHeader;
    if (!named.equals(clusterElseText)) {
      clusterElseText = named;
      clusterElse = named.getBytes(UTF_8);
    }
    this.sender = sender;
    byte[] tenant = request.tenant;
    byte[] cluster = clusterElse;
    byte[] allowed = sender.clusters().canonical();
    long of = RawKey.mix(role, request.retentionDays);
    requestKey1 = RawKey.mix(
        RawKey.mix(of, keys.first(tenant, 0, tenant.length)),
        keys.first(cluster, 0, cluster.length));
    requestKey1 = RawKey.mix(requestKey1, keys.first(allowed, 0, allowed.length));
    requestKey2 = RawKey.mix(
        RawKey.mix(of, keys.second(tenant, 0, tenant.length)),
        keys.second(cluster, 0, cluster.length));
    requestKey2 = RawKey.mix(requestKey2, keys.second(allowed, 0, allowed.length));
    replica.request(sender, clusterElse, request.nowNanos);
  }

  /** The raw key of what the request decides about everything in it. */
  long requestKey1() {
    return requestKey1;
  }

  long requestKey2() {
    return requestKey2;
  }

  /** Whether {@link #first} was called in this request. */
  boolean hasContext() {
    return replica.known();
  }

  /** Takes the source's labels for those of the request's first series. */
  void first() throws Malformed {
    replica.first(source);
    context1 = replica.key1(requestKey1);
    context2 = replica.key2(requestKey2);
    trail.request(context1, context2);
  }

  /**
   * Goes to the next series, that of the source. Then it is {@link #refusal refused}, or
   * {@link #isSpared spared}, or its points can be stored.
   *
   * @param followed where it is on the trail, if that is known
   */
  void open(int followed, MetricKind kind, byte[] unit) throws Malformed {
    this.kind = kind;
    this.unit = unit;
    entry = followed;
    read = false;
    refusal = "";
    day = NO_DAY;
    nameIndex = NO_INDEX;
    spared = !replica.elected();
    if (followed == RemoteWriteTrail.NONE) {
      look();
    } else {
      key1 = trail.key1(followed);
      key2 = trail.key2(followed);
    }
  }

  private void look() throws Malformed {
    key1 = source.key1(context1);
    key2 = source.key2(context2);
    entry = trail.find(key1, key2);
    if (entry != RemoteWriteTrail.NONE) {
      return;
    }
    if (directory.find(key1, key2, found) && source.find(SeriesAnnouncer.NAME)) {
      named(source.bytes(), source.valueFrom(), source.valueTo());
      add();
    } else if (read()) {
      meet();
    }
  }

  /** A series whose raw key is unknown: it may have another replica than the request's first. */
  private void meet() {
    if (!replica.is(labels.pairCluster, labels.replica)) {
      spared = !replica.elects(labels.pairCluster, labels.replica);
      key1 = RawKey.mix(replica.key1(key1, labels.pairCluster, labels.replica), ~role);
      key2 = RawKey.mix(replica.key2(key2, labels.pairCluster, labels.replica), ~role);
      found.days = 0;
      return;
    }
    SeriesHash hash = labels.set.hash();
    found.id = hash.id();
    found.days = 0;
    if (spared) { // so that a replica that only waits costs little
      directory.remember(key1, key2, hash.id(), null, -1);
    }
    add();
  }

  private void add() {
    entry = trail.add(
        key1,
        key2,
        source.bytes(),
        source.labelsFrom(),
        source.labelsTo(),
        nameBytes,
        nameFrom,
        nameTo);
    if (entry != RemoteWriteTrail.NONE) {
      trail.learn(entry, found.id, found.days);
    }
  }

  private void named(byte[] bytes, int from, int to) {
    nameBytes = bytes;
    nameFrom = from;
    nameTo = to;
  }

  private boolean read() throws Malformed {
    if (!read && refusal.isEmpty()) {
      try {
        labels.read(source, sender, clusterElse);
        named(labels.name, 0, labels.name.length);
        read = true;
      } catch (RowRefused refused) {
        refusal = refused.why();
      }
    }
    return read;
  }

  /** Why nothing of the series can be stored, or "". */
  String refusal() {
    return refusal;
  }

  /** Whether its points are those of a replica that is not elected. */
  boolean isSpared() {
    return spared;
  }

  /** The turns of the replicas that were elected in this request. */
  List<Replicas.Turn> turns() {
    return replica.turns();
  }

  /** Finds the series for a day, and has it announced then; false if it is refused. */
  boolean find(int wanted) throws Malformed, Crowded {
    return wanted == day || findAnnounced(wanted) || announce(wanted);
  }

  private boolean findAnnounced(int wanted) {
    if (entry != RemoteWriteTrail.NONE) {
      found.id = trail.id(entry);
      found.days = trail.days(entry);
      if (!announced(wanted)) {
        if (!directory.find(key1, key2, found)) {
          return false;
        }
        trail.learn(entry, found.id, found.days);
      }
    }
    if (!announced(wanted)) {
      return false;
    }
    id = found.id;
    day = wanted;
    return true;
  }

  private boolean announced(int wanted) {
    return found.announced(wanted)
        && (request.ahead == 0
            || wanted != request.today
            || !SeriesAnnouncer.isAhead(found.id, request.ahead)
            || found.announced(request.today + 1));
  }

  private boolean announce(int wanted) throws Malformed, Crowded {
    if (!read()) {
      return false;
    }
    long ahead = wanted == request.today ? request.ahead : 0;
    announcer.announceOne(
        labels.set, kind, unit, labels.name, NOTHING, wanted, ahead, key1, key2, found);
    found.days = 0; // what became known stands in the directory, under the series' key
    id = found.id;
    day = wanted;
    return true;
  }

  /** The series found. */
  long id() {
    return id;
  }

  /** The index of the metric's name among those of the samples. */
  int nameIndex() {
    if (nameIndex == NO_INDEX) {
      nameIndex = entry == RemoteWriteTrail.NONE
          ? request.intern(nameBytes, nameFrom, nameTo)
          : trail.nameIndex(entry, request);
    }
    return nameIndex;
  }

  /** The metric's name, from {@link #nameFrom} to {@link #nameTo}. */
  byte[] nameBytes() {
    return entry == RemoteWriteTrail.NONE ? nameBytes : trail.name(entry);
  }

  int nameFrom() {
    return entry == RemoteWriteTrail.NONE ? nameFrom : 0;
  }

  int nameTo() {
    return entry == RemoteWriteTrail.NONE ? nameTo : trail.name(entry).length;
  }

  /** The metric's name for messages, as far as it is known. */
  String shownName() {
    if (!refusal.isEmpty()) {
      return labels.shownName();
    }
    byte[] bytes = nameBytes();
    return new String(bytes, nameFrom(), nameTo() - nameFrom(), UTF_8);
  }
}
