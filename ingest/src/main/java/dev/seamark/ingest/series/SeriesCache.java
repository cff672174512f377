package dev.seamark.ingest.series;

import dev.seamark.ingest.decode.Announcement;
import dev.seamark.ingest.decode.Crowded;
import dev.seamark.ingest.decode.SeriesDirectory;
import dev.seamark.ingest.decode.SeriesRef;
import dev.seamark.tenant.Sender;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The ingester's memory of series, shared by its decoding threads; see the package for the protocol
 * of announcements.
 *
 * <p>Thread-safe. Benchmark: {@code OtlpMetricsBenchmark}.
 */
public final class SeriesCache implements SeriesDirectory {
  private final SeriesLimits limits;
  private final long seed;
  private final KeyTable raw;
  private final KeyTable announced;
  private final ConcurrentHashMap<Key, Request> pending = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, SeriesQuota> quotas = new ConcurrentHashMap<>();

  private final LongAdder claimed = new LongAdder();
  private final LongAdder completed = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder refused = new LongAdder();

  /** @param seed of raw keys; random for each process */
  public SeriesCache(SeriesLimits limits, long seed) {
    this.limits = limits;
    this.seed = seed;
    this.raw = KeyTable.map(limits.rawKeysMax());
    this.announced = KeyTable.set(limits.announcedMax());
  }

  @Override
  public long seed() {
    return seed;
  }

  @Override
  public boolean find(long key1, long key2, SeriesRef into) {
    return raw.find(key1, key2, into);
  }

  @Override
  public void remember(long key1, long key2, long id, long @Nullable [] block, int day) {
    raw.put(key1, key2, id, block, day);
  }

  @Override
  public Announcement open(Sender sender, long nowNanos) {
    return new Request(sender, quota(sender.tenant()), nowNanos);
  }

  private SeriesQuota quota(String tenant) {
    return quotas.computeIfAbsent(tenant, _ -> new SeriesQuota());
  }

  /** Active series by tenant. */
  Map<String, Long> active(long nowNanos) {
    Map<String, Long> active = new TreeMap<>();
    quotas.forEach((tenant, quota) -> active.put(tenant, quota.active(nowNanos)));
    return active;
  }

  /** What happened so far; {@link SeriesMetrics} shows it. */
  public SeriesCounts counts() {
    // ends before beginnings, so that a claim that comes meanwhile is pending, never less than none
    long acknowledged = completed.sum();
    long lost = failed.sum();
    long begun = claimed.sum();
    return new SeriesCounts(
        raw.size(),
        raw.evictions(),
        announced.size(),
        announced.evictions(),
        begun,
        acknowledged,
        lost,
        begun - acknowledged - lost,
        refused.sum());
  }

  /** The key of a series on a day: for each day another bijection, so it adds no collisions. */
  private static Key onDay(long series1, long series2, int day) {
    return new Key(series1 + day * 0x9E3779B97F4A7C15L, series2 ^ day * 0xD6E8FEB86659FD93L);
  }

  private boolean isKnown(Key key) {
    return announced.contains(key.key1, key.key2) || pending.containsKey(key);
  }

  private record Key(long key1, long key2) {
    @Override
    public int hashCode() {
      return (int) (key1 ^ key1 >>> 32);
    }
  }

  /** A claim of a request; a series also has a place in its tenant's quota. */
  private record Claimed(Key key, boolean isSeries, int day, boolean isNew) {
    static Claimed other(Key key) {
      return new Claimed(key, false, 0, false);
    }
  }

  private final class Request implements Announcement {
    private final Sender sender;
    private final SeriesQuota quota;
    private final long nowNanos;
    private final List<Claimed> mine = new ArrayList<>();
    private final List<Request> awaited = new ArrayList<>(0);
    private final AtomicBoolean ended = new AtomicBoolean();
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private long newSeries;
    private @Nullable Crowded crowded;

    Request(Sender sender, SeriesQuota quota, long nowNanos) {
      this.sender = sender;
      this.quota = quota;
      this.nowNanos = nowNanos;
    }

    @Override
    public Claim claim(long key1, long key2) {
      if (announced.contains(key1, key2)) {
        return Claim.KNOWN;
      }
      Key key = new Key(key1, key2);
      Request holder = pending.get(key);
      if (holder != null) {
        return await(holder);
      }
      return isFull() ? refused(new Crowded()) : take(Claimed.other(key));
    }

    @Override
    public Claim claimSeries(long series1, long series2, int day) {
      Key key = onDay(series1, series2, day);
      if (announced.contains(key.key1, key.key2)) {
        return Claim.KNOWN;
      }
      Request holder = pending.get(key);
      if (holder != null) {
        return await(holder);
      }
      if (isFull()) {
        return refused(new Crowded());
      }
      boolean isNew =
          !isKnown(onDay(series1, series2, day - 1)) && !isKnown(onDay(series1, series2, day + 1));
      Crowded over = quota.take(sender, day, isNew, newSeries, nowNanos);
      if (over != null) {
        return refused(over);
      }
      newSeries += isNew ? 1 : 0;
      Claimed claimed = new Claimed(key, true, day, isNew);
      Claim claim = take(claimed);
      if (claim != Claim.MINE) {
        giveBack(claimed);
      }
      return claim;
    }

    @Override
    public Crowded crowded() {
      return crowded == null ? new Crowded() : crowded;
    }

    private boolean isFull() {
      return pending.mappingCount() >= limits.pendingMax();
    }

    /** Before a key is taken: who found it taken would rely on rows that nobody writes. */
    private Claim refused(Crowded why) {
      refused.increment();
      crowded = why;
      return why.limit() == Crowded.Limit.PENDING && mine.size() >= limits.pendingMax()
          ? Claim.NEVER
          : Claim.REFUSED;
    }

    private Claim take(Claimed claimed) {
      Key key = claimed.key;
      Request holder = pending.putIfAbsent(key, this);
      if (holder != null) {
        return await(holder);
      }
      if (announced.contains(key.key1, key.key2)) { // its holder completed between the two looks
        pending.remove(key);
        return Claim.KNOWN;
      }
      mine.add(claimed);
      SeriesCache.this.claimed.increment();
      return Claim.MINE;
    }

    private Claim await(Request holder) {
      if (holder != this && !awaited.contains(holder)) {
        awaited.add(holder);
      }
      return Claim.PENDING;
    }

    private void giveBack(Claimed claimed) {
      if (claimed.isSeries) {
        quota.giveBack(sender, claimed.day, claimed.isNew, nowNanos);
        newSeries -= claimed.isNew ? 1 : 0;
      }
    }

    @Override
    public void completed() {
      if (ended.compareAndSet(false, true)) {
        for (Claimed each : mine) {
          announced.add(each.key.key1, each.key.key2);
          pending.remove(each.key);
        }
        completed.add(mine.size());
        end.complete(null);
      }
    }

    @Override
    public void failed(Throwable why) {
      if (ended.compareAndSet(false, true)) {
        for (Claimed each : mine) {
          pending.remove(each.key);
          giveBack(each);
        }
        failed.add(mine.size());
        end.completeExceptionally(why);
      }
    }

    @Override
    public void whenOthersEnd(Consumer<@Nullable Throwable> then) {
      CompletableFuture<?>[] ends = new CompletableFuture<?>[awaited.size()];
      for (int i = 0; i < ends.length; i++) {
        ends[i] = awaited.get(i).end;
      }
      CompletableFuture<Void> all = CompletableFuture.allOf(ends);
      var _ = all.whenComplete((_, wrapped) -> then.accept(cause(wrapped)));
    }

    private static @Nullable Throwable cause(@Nullable Throwable wrapped) {
      return wrapped instanceof CompletionException inside ? inside.getCause() : wrapped;
    }
  }
}
