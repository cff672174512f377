package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Replicas;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Which server of a pair is stored: the first one heard, until it has been silent for a while; then
 * the next one heard. So of two Prometheus servers that scrape the same targets each sample is kept
 * once, and a gap is no longer than the silence that ended the other's turn.
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
  private final Map<Pair, Turn> pairs = new HashMap<>();
  private long forgottenNanos;
  private long failovers;
  private long unelected;

  public ReplicaElection(Duration failoverAfter, int pairsMax) {
    this.failoverNanos = failoverAfter.toNanos();
    this.pairsMax = pairsMax;
  }

  private record Pair(String tenant, String cluster) {}

  private record Turn(String replica, long heardNanos) {}

  @Override
  public synchronized boolean elects(String tenant, String cluster, String replica, long nowNanos) {
    Pair pair = new Pair(tenant, cluster);
    Turn turn = pairs.get(pair);
    if (turn == null && pairs.size() >= pairsMax) {
      forgetSilent(nowNanos);
      if (pairs.size() >= pairsMax) {
        unelected++;
        return true;
      }
    }
    if (turn == null || turn.replica.equals(replica)) {
      pairs.put(pair, new Turn(replica, nowNanos));
      return true;
    }
    if (nowNanos < turn.heardNanos) { // the clock was set back: silence begins anew
      pairs.put(pair, new Turn(turn.replica, nowNanos));
      return false;
    }
    if (nowNanos - turn.heardNanos < failoverNanos) {
      return false;
    }
    failovers++;
    pairs.put(pair, new Turn(replica, nowNanos));
    return true;
  }

  /** Forgets pairs that anybody may take over; looks for them once in a while only. */
  private void forgetSilent(long nowNanos) {
    if (Math.abs(nowNanos - forgottenNanos) >= failoverNanos) {
      forgottenNanos = nowNanos;
      pairs.values().removeIf(turn -> Math.abs(nowNanos - turn.heardNanos) >= failoverNanos);
    }
  }

  /** Pairs known now. */
  synchronized int pairs() {
    return pairs.size();
  }

  /** Times that a silent server was relieved. */
  synchronized long failovers() {
    return failovers;
  }

  /** Requests stored without an election, as too many pairs are known. */
  synchronized long unelected() {
    return unelected;
  }
}
