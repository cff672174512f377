package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Replicas;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Which server of a pair is stored: the first one heard, until nothing of it has been acknowledged
 * for a while; then the next one heard. So of two Prometheus servers that scrape the same targets
 * each sample is kept once, and a gap is no longer than what ended the other's turn: its silence,
 * or that all of its requests were refused.
 *
 * <p>The election is this ingester's own. Where the servers of a pair reach several ingesters, each
 * may elect another one; then both are stored, which costs rows but no truth: samples have their
 * identity, and every read counts them once.
 *
 * <p>Knows the time only from its callers. Thread-safe.
 */
public final class ReplicaElection implements Replicas {
  private final long failoverNanos;
  private final int pairsMax;
  private final Map<String, Pairs> tenants = new HashMap<>();
  private long failovers;
  private long unelected;

  /** @param pairsMax pairs known of a tenant */
  public ReplicaElection(Duration failoverAfter, int pairsMax) {
    this.failoverNanos = failoverAfter.toNanos();
    this.pairsMax = pairsMax;
  }

  /** @param sinceNanos when it was elected, or rows of it were last acknowledged */
  private record Turn(String replica, long sinceNanos) {}

  /** The pairs of a tenant, by cluster. */
  private static final class Pairs {
    final Map<String, Turn> turns = new HashMap<>();
    long forgottenNanos;
  }

  @Override
  public synchronized boolean elects(Replica replica, long nowNanos) {
    Pairs pairs = tenants.computeIfAbsent(replica.tenant(), _ -> new Pairs());
    Turn turn = pairs.turns.get(replica.cluster());
    if (turn == null) {
      if (pairs.turns.size() >= pairsMax) {
        forgetSilent(pairs, nowNanos);
      }
      if (pairs.turns.size() >= pairsMax) {
        unelected++;
      } else {
        pairs.turns.put(replica.cluster(), new Turn(replica.name(), nowNanos));
      }
      return true;
    }
    if (turn.replica.equals(replica.name())) {
      return true;
    }
    if (nowNanos < turn.sinceNanos) { // the clock was set back: silence begins anew
      pairs.turns.put(replica.cluster(), new Turn(turn.replica, nowNanos));
      return false;
    }
    if (nowNanos - turn.sinceNanos < failoverNanos) {
      return false;
    }
    failovers++;
    pairs.turns.put(replica.cluster(), new Turn(replica.name(), nowNanos));
    return true;
  }

  @Override
  public synchronized void stored(Replica replica, long nowNanos) {
    Pairs pairs = tenants.get(replica.tenant());
    Turn turn = pairs == null ? null : pairs.turns.get(replica.cluster());
    if (pairs != null && turn != null && turn.replica.equals(replica.name())) {
      pairs.turns.put(replica.cluster(), new Turn(turn.replica, nowNanos));
    }
  }

  /** Forgets pairs that anybody may take over; looks for them once in a while only. */
  private void forgetSilent(Pairs pairs, long nowNanos) {
    if (Math.abs(nowNanos - pairs.forgottenNanos) >= failoverNanos) {
      pairs.forgottenNanos = nowNanos;
      pairs.turns.values().removeIf(turn -> Math.abs(nowNanos - turn.sinceNanos) >= failoverNanos);
    }
  }

  /** Pairs known now. */
  synchronized int pairs() {
    return tenants.values().stream().mapToInt(each -> each.turns.size()).sum();
  }

  /** Times that a silent server was relieved. */
  synchronized long failovers() {
    return failovers;
  }

  /** Requests stored without an election, as too many pairs of their tenant are known. */
  synchronized long unelected() {
    return unelected;
  }
}
