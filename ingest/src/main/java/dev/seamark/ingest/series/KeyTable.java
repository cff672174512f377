package dev.seamark.ingest.series;

import dev.seamark.ingest.decode.SeriesRef;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * A bounded map from 128-bit keys to a series, or a set of such keys: open addressing over arrays
 * of {@code long} in stripes. Thread-safe; finding takes no lock unless a writer is at the same
 * stripe.
 *
 * <p>Keys must be hashes: their bits choose stripe and slot.
 */
final class KeyTable {
  private static final int STRIPES = 64;
  private static final int WINDOW = 16;
  private static final int SLOTS_MIN = 64;
  private static final int SET_WIDTH = 2;
  private static final int MAP_WIDTH = 4;

  private final Stripe[] stripes = new Stripe[STRIPES];
  private final LongAdder size = new LongAdder();
  private final LongAdder evictions = new LongAdder();

  private KeyTable(int slotsMax, int width) {
    int share = Math.max(SLOTS_MIN, Integer.highestOneBit(Math.max(1, slotsMax / STRIPES)));
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe(share, width);
    }
  }

  static KeyTable set(int slotsMax) {
    return new KeyTable(slotsMax, SET_WIDTH);
  }

  static KeyTable map(int slotsMax) {
    return new KeyTable(slotsMax, MAP_WIDTH);
  }

  long size() {
    return size.sum();
  }

  long evictions() {
    return evictions.sum();
  }

  boolean contains(long key1, long key2) {
    return find(key1, key2, null);
  }

  boolean find(long key1, long key2, @Nullable SeriesRef into) {
    Stripe stripe = stripe(key1);
    long stamp = stripe.tryOptimisticRead();
    if (stamp != 0) {
      boolean found = stripe.slots.find(key1, key2, into);
      if (stripe.validate(stamp)) {
        return found;
      }
    }
    stamp = stripe.readLock();
    try {
      return stripe.slots.find(key1, key2, into);
    } finally {
      stripe.unlockRead(stamp);
    }
  }

  void add(long key1, long key2) {
    put(key1, key2, 0, null, -1);
  }

  void put(long key1, long key2, long id, long @Nullable [] block, int day) {
    Stripe stripe = stripe(key1);
    long stamp = stripe.writeLock();
    try {
      stripe.put(key1, key2, id, block, day);
    } finally {
      stripe.unlockWrite(stamp);
    }
  }

  private Stripe stripe(long key1) {
    return stripes[(int) (key1 >>> 58)];
  }

  private final class Stripe extends StampedLock {
    private static final long serialVersionUID = 1;

    private final int slotsMax;
    private transient Slots slots;
    private int hand;

    Stripe(int slotsMax, int width) {
      this.slotsMax = slotsMax;
      this.slots = new Slots(SLOTS_MIN, width);
    }

    void put(long key1, long key2, long id, long @Nullable [] block, int day) {
      int slot = slots.slotOf(key1, key2);
      while (slot < 0 && slots.count() < slotsMax) {
        grow();
        slot = slots.slotOf(key1, key2);
      }
      if (slot < 0) {
        slot = slots.victim(key1, hand++);
        evictions.increment();
      } else if (slots.isFree(slot)) {
        size.increment();
      }
      slots.set(slot, key1, key2, id, block, day);
    }

    private void grow() {
      Slots old = slots;
      Slots grown = new Slots(2 * old.count(), old.width);
      for (int i = 0; i < old.count(); i++) {
        if (!old.isFree(i) && !grown.take(old, i)) {
          evictions.increment();
          size.decrement();
        }
      }
      slots = grown;
    }
  }

  /** The arrays of a stripe: per slot two words of key and, in a map, the id and its days. */
  private static final class Slots {
    private final int width;
    private final int mask;
    private final long[] words;
    private final byte[] used;
    private long @Nullable [] @Nullable [] blocks;

    Slots(int count, int width) {
      this.width = width;
      this.mask = count - 1;
      this.words = new long[count * width];
      this.used = new byte[count];
    }

    int count() {
      return mask + 1;
    }

    boolean find(long key1, long key2, @Nullable SeriesRef into) {
      long[] words = this.words;
      int home = (int) key1;
      for (int i = 0; i < WINDOW; i++) {
        int slot = (home + i) & mask;
        int at = slot * width;
        if (words[at] == key1 && words[at + 1] == key2) {
          if (used[slot] == 0) {
            used[slot] = 1;
          }
          if (into != null) {
            into.id = words[at + 2];
            into.days = (int) words[at + 3];
            into.block = blocks == null ? null : blocks[slot];
          }
          return true;
        }
      }
      return false;
    }

    /** The slot of a key, or the first free one of its window, or -1. */
    int slotOf(long key1, long key2) {
      int free = -1;
      for (int i = 0; i < WINDOW; i++) {
        int slot = ((int) key1 + i) & mask;
        int at = slot * width;
        if (words[at] == key1 && words[at + 1] == key2) {
          return slot;
        }
        if (free < 0 && isFree(slot)) {
          free = slot;
        }
      }
      return free;
    }

    boolean isFree(int slot) {
      return words[slot * width] == 0 && words[slot * width + 1] == 0;
    }

    /** The first slot of the window from the hand on that was not found lately. */
    int victim(long key1, int hand) {
      for (int i = 0; i < WINDOW; i++) {
        int slot = ((int) key1 + ((hand + i) & (WINDOW - 1))) & mask;
        if (used[slot] == 0) {
          return slot;
        }
        used[slot] = 0;
      }
      return ((int) key1 + (hand & (WINDOW - 1))) & mask;
    }

    void set(int slot, long key1, long key2, long id, long @Nullable [] block, int day) {
      int at = slot * width;
      boolean same = words[at] == key1 && words[at + 1] == key2;
      words[at] = key1;
      words[at + 1] = key2;
      used[slot] =
          (byte) (same ? 1 : 0); // a key proves itself by being found: scans push out nobody
      if (width == MAP_WIDTH) {
        words[at + 2] = id;
        words[at + 3] = withDay(same ? words[at + 3] : 0, day);
        setBlock(slot, block);
      }
    }

    boolean take(Slots other, int from) {
      int source = from * width;
      int slot = slotOf(other.words[source], other.words[source + 1]);
      if (slot < 0) {
        return false;
      }
      System.arraycopy(other.words, source, words, slot * width, width);
      used[slot] = other.used[from];
      if (other.blocks != null) {
        setBlock(slot, other.blocks[from]);
      }
      return true;
    }

    private void setBlock(int slot, long @Nullable [] block) {
      if (blocks == null) {
        if (block == null) {
          return;
        }
        blocks = new long[count()][];
      }
      blocks[slot] = block;
    }

    /** Keeps the two latest days; a late one finds no place beside two later ones. */
    private static long withDay(long days, int day) {
      if (day < 0) {
        return days;
      }
      long added = day + 1L;
      long first = days & 0xFFFF;
      long second = days >>> 16 & 0xFFFF;
      if (added == first || added == second) {
        return days;
      }
      long kept = Math.max(first, second);
      long dropped = Math.min(first, second);
      return added < dropped ? days : added << 16 | kept;
    }
  }
}
