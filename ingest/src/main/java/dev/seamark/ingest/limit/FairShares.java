package dev.seamark.ingest.limit;

import java.util.HashMap;
import java.util.Map;

/**
 * Who may hold how much of what all share, such as bytes in flight, so that a loud tenant never
 * takes a quiet one's part. A quarter of it is guaranteed: to each tenant that was ever seen by its
 * weight, and a part of the ordinary weight to one that comes for the first time. The rest is for
 * who asks first.
 *
 * <p>Invariant: what is held, and what of the guarantees isn't held, together are at most
 * {@code most}. So a tenant that stays within its guarantee is never refused. (Only while two
 * tenants come for the first time at once, the second has no guarantee yet.) Thread-safe; every
 * call but the first of a tenant, and a change of its weight, is a few additions.
 */
public final class FairShares {
  /** The part of the whole that is guaranteed: one in so many. */
  public static final int GUARANTEED_ONE_IN = 4;

  /** The weight of a tenant without one of its own, and of the one that nobody has seen yet. */
  public static final int ORDINARY_WEIGHT = 100;

  private final long most;
  private final Map<String, Share> shares = new HashMap<>();
  private final Share newcomer = new Share(ORDINARY_WEIGHT);
  private long weights = ORDINARY_WEIGHT;
  private long held;
  private long reserved;

  public FairShares(long most) {
    this.most = most;
    divide();
  }

  /** What one tenant holds, and what it is guaranteed. Its state is the shares'. */
  public static final class Share {
    private int weight;
    private long guaranteed;
    private long held;

    private Share(int weight) {
      this.weight = weight;
    }

    private long unheld() {
      return Math.max(0, guaranteed - held);
    }
  }

  /** The share of a tenant, which keeps it from now on. */
  public synchronized Share of(String tenant, int weight) {
    Share share = shares.get(tenant);
    if (share == null) {
      share = new Share(weight);
      shares.put(tenant, share);
      weights += weight;
      divide();
    } else if (share.weight != weight) {
      weights += weight - share.weight;
      share.weight = weight;
      divide();
    }
    return share;
  }

  /**
   * Takes for a tenant, or takes nothing: when it isn't there, or when it would be more than the
   * tenant's guarantee and leave less than the others'.
   */
  public synchronized boolean tryHold(Share share, long amount) {
    long before = share.unheld();
    long othersUnheld = reserved - before;
    boolean guaranteed = share.held + amount <= share.guaranteed;
    if (amount > most - held || (!guaranteed && amount > most - othersUnheld - held)) {
      return false;
    }
    share.held += amount;
    held += amount;
    reserved += share.unheld() - before;
    return true;
  }

  /** Takes for nobody in particular: only what isn't there is refused. */
  public synchronized boolean tryHold(long amount) {
    if (amount > most - held) {
      return false;
    }
    held += amount;
    return true;
  }

  /** Gives back what a tenant holds. */
  public synchronized void release(Share share, long amount) {
    long before = share.unheld();
    share.held -= amount;
    reserved += share.unheld() - before;
    release(amount);
    if (share.held < 0) {
      throw tooMuch(share.held);
    }
  }

  /** Gives back what was taken for nobody in particular. */
  public synchronized void release(long amount) {
    held -= amount;
    if (held < 0) {
      throw tooMuch(held);
    }
  }

  private static IllegalStateException tooMuch(long left) {
    return new IllegalStateException("%d more were released than held".formatted(-left));
  }

  /** Hands what nobody in particular holds over to a tenant, whose guarantee it may exceed. */
  public synchronized void handOver(Share share, long amount) {
    long before = share.unheld();
    share.held += amount;
    reserved += share.unheld() - before;
  }

  public synchronized long held() {
    return held;
  }

  public synchronized long held(Share share) {
    return share.held;
  }

  /** What a tenant always gets. */
  public synchronized long guaranteed(Share share) {
    return share.guaranteed;
  }

  public long most() {
    return most;
  }

  private void divide() {
    newcomer.guaranteed = part(ORDINARY_WEIGHT);
    reserved = newcomer.guaranteed;
    for (Share share : shares.values()) {
      share.guaranteed = part(share.weight);
      reserved += share.unheld();
    }
  }

  private long part(int weight) {
    return (long) ((double) most / GUARANTEED_ONE_IN / weights * weight);
  }
}
