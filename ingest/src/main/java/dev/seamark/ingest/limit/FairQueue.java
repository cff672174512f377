package dev.seamark.ingest.limit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one worker, taken in turns: each tenant gets of the worker's time by its weight,
 * and one that asks for little doesn't wait behind one that asks for much. Start-time fair queueing
 * (Goyal, Vin, Cheng 1996): an entry's turn comes at the virtual time at which its tenant's entries
 * before it would have ended if the tenant had its share all the time. Not thread-safe.
 */
public final class FairQueue<T> {
  private final Map<String, Flow<T>> flows = new HashMap<>();
  private double now;

  private record Entry<T>(double start, T what) {}

  private static final class Flow<T> {
    private final Deque<Entry<T>> waiting = new ArrayDeque<>();
    private double end;
  }

  /**
   * Adds what waits for its turn.
   *
   * @param cost of it, in any unit
   */
  public void add(String tenant, int weight, double cost, T what) {
    Flow<T> flow = flows.computeIfAbsent(tenant, _ -> new Flow<>());
    double start = Math.max(now, flow.end);
    flow.end = start + cost / weight;
    flow.waiting.add(new Entry<>(start, what));
  }

  /**
   * Counts what was done without waiting, which was the tenant's turn nevertheless.
   *
   * @param cost of it, in the same unit
   */
  public void spent(String tenant, int weight, double cost) {
    Flow<T> flow = flows.computeIfAbsent(tenant, _ -> new Flow<>());
    flow.end = Math.max(now, flow.end) + cost / weight;
  }

  /** Whose turn it is; null when nobody waits. */
  public @Nullable T poll() {
    Flow<T> first = null;
    double start = Double.POSITIVE_INFINITY;
    for (Flow<T> flow : flows.values()) {
      Entry<T> head = flow.waiting.peek();
      if (head != null && head.start < start) {
        first = flow;
        start = head.start;
      }
    }
    if (first == null) {
      flows.clear(); // nobody owes anybody a turn
      now = 0;
      return null;
    }
    now = start;
    return first.waiting.remove().what;
  }
}
