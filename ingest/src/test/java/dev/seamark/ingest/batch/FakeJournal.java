package dev.seamark.ingest.batch;

import dev.seamark.block.Block;
import dev.seamark.block.MalformedBlock;
import dev.seamark.schema.Table;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;

/**
 * A journal in memory. It acknowledges at once, or holds entries back until a test decides.
 * Thread-safe.
 */
public final class FakeJournal implements Journal {
  /** What becomes of an entry. */
  public enum Mode {
    ACKNOWLEDGE,
    HOLD,
    FAIL,
    /** Throws, as an encoder without memory does. */
    EXHAUST
  }

  private record Held(Entry entry, Promise<Void> promise) {}

  private final int partitions;
  private final List<Entry> kept = new ArrayList<>();
  private final List<Held> held = new ArrayList<>();
  private Mode mode = Mode.ACKNOWLEDGE;

  public FakeJournal(int partitions) {
    this.partitions = partitions;
  }

  public synchronized void mode(Mode next) {
    mode = next;
  }

  @Override
  public Future<Void> append(Entry entry) {
    synchronized (this) {
      switch (mode) {
        case ACKNOWLEDGE -> kept.add(entry);
        case FAIL -> {
          return Future.failedFuture(lost());
        }
        case EXHAUST -> throw new OutOfMemoryError("the fake journal's");
        case HOLD -> {
          Promise<Void> promise = Promise.promise();
          held.add(new Held(entry, promise));
          return promise.future();
        }
      }
    }
    return Future.succeededFuture();
  }

  /** Acknowledges every entry held back. */
  public void acknowledgeHeld() {
    List<Held> release = takeHeld();
    synchronized (this) {
      release.forEach(each -> kept.add(each.entry));
    }
    release.forEach(each -> each.promise.complete());
  }

  /** Loses every entry held back. */
  public void loseHeld() {
    takeHeld().forEach(each -> each.promise.fail(lost()));
  }

  private synchronized List<Held> takeHeld() {
    List<Held> release = List.copyOf(held);
    held.clear();
    return release;
  }

  private static NotAcknowledged lost() {
    return new NotAcknowledged("the fake journal is away", new IllegalStateException("away"));
  }

  @Override
  public int partitions(Table table) {
    return partitions;
  }

  /** The entries acknowledged so far, in order. */
  public synchronized List<Entry> kept() {
    return List.copyOf(kept);
  }

  /** The entries acknowledged since the last call, which are forgotten. */
  public synchronized List<Entry> takeKept() {
    List<Entry> taken = List.copyOf(kept);
    kept.clear();
    return taken;
  }

  public synchronized int heldCount() {
    return held.size();
  }

  /** Rows acknowledged so far of a table. */
  public long keptRows(Table table) {
    return kept().stream()
        .filter(entry -> entry.table() == table)
        .mapToLong(entry -> blockOf(entry).rows())
        .sum();
  }

  /** Decodes an entry's value. */
  public static Block blockOf(Entry entry) {
    try {
      return Block.decode(entry.value(), 0, entry.value().length);
    } catch (MalformedBlock e) {
      throw new AssertionError("entry is no block", e);
    }
  }
}
