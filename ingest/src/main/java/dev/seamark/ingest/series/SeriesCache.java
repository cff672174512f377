package dev.seamark.ingest.series;

import dev.seamark.ingest.decode.Announcement;
import dev.seamark.ingest.decode.SeriesDirectory;
import dev.seamark.ingest.decode.SeriesRef;
import java.util.ArrayList;
import java.util.List;
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
  public Announcement open() {
    return new Request();
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

  private record Key(long key1, long key2) {
    @Override
    public int hashCode() {
      return (int) (key1 ^ key1 >>> 32);
    }
  }

  private final class Request implements Announcement {
    private final List<Key> mine = new ArrayList<>();
    private final List<Request> awaited = new ArrayList<>(0);
    private final AtomicBoolean ended = new AtomicBoolean();
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    @Override
    public Claim claim(long key1, long key2) {
      if (announced.contains(key1, key2)) {
        return Claim.KNOWN;
      }
      Key key = new Key(key1, key2);
      Request holder = pending.get(key);
      if (holder == null) {
        // before the key is taken: who found it taken would rely on rows that nobody writes
        if (pending.mappingCount() >= limits.pendingMax()) {
          refused.increment();
          return mine.size() >= limits.pendingMax() ? Claim.NEVER : Claim.REFUSED;
        }
        holder = pending.putIfAbsent(key, this);
      }
      if (holder == null) {
        return won(key);
      }
      if (holder != this && !awaited.contains(holder)) {
        awaited.add(holder);
      }
      return Claim.PENDING;
    }

    private Claim won(Key key) {
      if (announced.contains(key.key1, key.key2)) { // its holder completed between the two looks
        pending.remove(key);
        return Claim.KNOWN;
      }
      mine.add(key);
      claimed.increment();
      return Claim.MINE;
    }

    @Override
    public void completed() {
      if (ended.compareAndSet(false, true)) {
        for (Key key : mine) {
          announced.add(key.key1, key.key2);
          pending.remove(key);
        }
        completed.add(mine.size());
        end.complete(null);
      }
    }

    @Override
    public void failed(Throwable why) {
      if (ended.compareAndSet(false, true)) {
        for (Key key : mine) {
          pending.remove(key);
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
