package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Decoded;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The chunks of the last minutes: one that comes again, because its acknowledgement was late or got
 * lost, is stored once. While the first attempt is under way, the others wait for what becomes of
 * it; one that failed is forgotten. Kept in memory: across a restart, and between ingesters, a
 * chunk may be stored twice. Bounded by time and number. Thread-safe.
 */
final class ChunkMemory {
  private static final Outcome NOTHING_NEW = new Outcome.Stored(Decoded.all(0));

  private final long keptNanos;
  private final int most;
  private final LongSupplier nanoTime;
  private final FluentMetrics metrics;
  private final Map<Chunk, Future<Outcome>> underway = new HashMap<>();
  private final LinkedHashMap<Chunk, Long> stored = new LinkedHashMap<>(); // oldest first

  /** Which chunk it is, and whose, as 128 bits of a digest. */
  record Chunk(String tenant, long high, long low) {
    static Chunk of(String tenant, byte[] digest) {
      ByteBuffer bits = ByteBuffer.wrap(digest);
      return new Chunk(tenant, bits.getLong(), bits.getLong());
    }
  }

  /** @param most chunks remembered after they were stored */
  ChunkMemory(Duration kept, int most, LongSupplier nanoTime, FluentMetrics metrics) {
    this.keptNanos = kept.toNanos();
    this.most = most;
    this.nanoTime = nanoTime;
    this.metrics = metrics;
  }

  /**
   * Stores a chunk unless that is done or being done.
   *
   * @param store stores it; called at most once
   * @return what became of it, whoever stored it
   */
  Future<Outcome> once(Chunk chunk, Supplier<Future<Outcome>> store) {
    Promise<Outcome> outcome = Promise.promise();
    synchronized (this) {
      forgetOld();
      if (stored.containsKey(chunk)) {
        metrics.duplicate();
        return Future.succeededFuture(NOTHING_NEW);
      }
      Future<Outcome> first = underway.putIfAbsent(chunk, outcome.future());
      if (first != null) {
        return first.map(this::again);
      }
    }
    begin(store).onComplete(result -> {
      end(chunk, result.succeeded() && result.result() instanceof Outcome.Stored);
      outcome.handle(result);
    });
    return outcome.future();
  }

  private Outcome again(Outcome first) {
    if (first instanceof Outcome.Stored) {
      metrics.duplicate();
      return NOTHING_NEW;
    }
    return first;
  }

  private static Future<Outcome> begin(Supplier<Future<Outcome>> store) {
    try {
      return store.get();
    } catch (RuntimeException | OutOfMemoryError e) {
      return Future.failedFuture(e); // whoever waits must hear of it
    }
  }

  private synchronized void end(Chunk chunk, boolean isStored) {
    underway.remove(chunk);
    if (isStored && keptNanos > 0 && most > 0) {
      stored.put(chunk, nanoTime.getAsLong());
      forgetOld();
      if (stored.size() > most) {
        forgetOldest();
        metrics.forgotten();
      }
      metrics.remembered(stored.size());
    }
  }

  private void forgetOld() {
    long now = nanoTime.getAsLong();
    Iterator<Long> oldest = stored.values().iterator();
    while (oldest.hasNext() && now - oldest.next() >= keptNanos) {
      oldest.remove();
    }
    metrics.remembered(stored.size());
  }

  private void forgetOldest() {
    Iterator<Long> oldest = stored.values().iterator();
    oldest.next();
    oldest.remove();
  }
}
