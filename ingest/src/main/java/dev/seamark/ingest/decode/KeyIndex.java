package dev.seamark.ingest.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Keys with their values as ranges of bytes: in any order they come, out sorted by the keys'
/// unsigned bytes, each key
/// once with its last value.
///
/// Keys are compared by their first eight bytes, mostly. Senders that sort, and those whose records
/// have their keys in the same order as the last one, pay one comparison a key. Reused; not
/// thread-safe.
final class KeyIndex {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int RUN = 16; // entries sorted by insertion before runs are merged
  private static final int CAPACITY = 32;

  private byte[] keys = {};
  private int size;
  private boolean ascending;
  private int[] keyAt = new int[CAPACITY];
  private int[] keyEnd = new int[CAPACITY];
  private long[] prefix = new long[CAPACITY];
  private byte[] @Nullable [] values = new byte[CAPACITY][];
  private int[] valueAt = new int[CAPACITY];
  private int[] valueEnd = new int[CAPACITY];
  private int[] order = new int[CAPACITY];
  private int[] spare = new int[CAPACITY];
  private int[] learned = new int[CAPACITY]; // the order that sorted the last entries
  private int learnedSize;

  /** Starts anew with keys that are ranges of {@code keys}. */
  void clear(byte[] keys) {
    this.keys = keys;
    size = 0;
    ascending = true;
  }

  int size() {
    return size;
  }

  /**
   * Adds an entry; {@code values} is where the value stands, null means what the caller makes of
   * it.
   */
  void add(int keyAt, int keyEnd, byte @Nullable [] values, int valueAt, int valueEnd) {
    int entry = size;
    if (entry == order.length) {
      grow();
    }
    this.keyAt[entry] = keyAt;
    this.keyEnd[entry] = keyEnd;
    this.prefix[entry] = prefix(keyAt, keyEnd);
    this.values[entry] = values;
    this.valueAt[entry] = valueAt;
    this.valueEnd[entry] = valueEnd;
    order[entry] = entry;
    size = entry + 1;
    if (ascending && entry > 0) {
      ascending = compare(entry - 1, entry) < 0;
    }
  }

  /** Puts the entries in order. {@link #size} is the number of different keys from now on. */
  void sort() {
    if (ascending) {
      return;
    }
    ascending = true;
    if (size == learnedSize && ascends(learned)) {
      System.arraycopy(learned, 0, order, 0, size);
      return;
    }
    for (int from = 0; from < size; from += RUN) {
      sortByInsertion(from, Math.min(from + RUN, size));
    }
    for (int width = RUN; width < size; width *= 2) {
      for (int from = 0; from + width < size; from += 2 * width) {
        merge(from, from + width, Math.min(from + 2 * width, size));
      }
    }
    learn();
    dropEarlierDoubles();
  }

  /** Whether an order puts the entries strictly behind each other. */
  private boolean ascends(int[] order) {
    for (int i = 1, size = this.size; i < size; i++) {
      if (compare(order[i - 1], order[i]) >= 0) {
        return false;
      }
    }
    return true;
  }

  private void learn() {
    System.arraycopy(order, 0, learned, 0, size);
    learnedSize = size;
  }

  byte[] keys() {
    return keys;
  }

  int keyAt(int rank) {
    return keyAt[order[rank]];
  }

  int keyEnd(int rank) {
    return keyEnd[order[rank]];
  }

  byte @Nullable [] values(int rank) {
    return values[order[rank]];
  }

  int valueAt(int rank) {
    return valueAt[order[rank]];
  }

  int valueEnd(int rank) {
    return valueEnd[order[rank]];
  }

  /** The rank of a key in the sorted entries, or -1. */
  int rank(byte[] key) {
    for (int rank = 0; rank < size; rank++) {
      if (Arrays.equals(keys, keyAt(rank), keyEnd(rank), key, 0, key.length)) {
        return rank;
      }
    }
    return -1;
  }

  private void sortByInsertion(int from, int to) {
    for (int i = from + 1; i < to; i++) {
      int entry = order[i];
      int at = i;
      while (at > from && compare(order[at - 1], entry) > 0) {
        order[at] = order[at - 1];
        at--;
      }
      order[at] = entry;
    }
  }

  /** Merges two sorted neighbours; equal keys keep their order, so that the last stays the last. */
  private void merge(int from, int middle, int to) {
    System.arraycopy(order, from, spare, from, middle - from);
    int left = from;
    int right = middle;
    for (int at = from; left < middle; at++) {
      boolean takeRight = right < to && compare(order[right], spare[left]) < 0;
      order[at] = takeRight ? order[right++] : spare[left++];
    }
  }

  private void dropEarlierDoubles() {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (i + 1 == size || compare(order[i], order[i + 1]) != 0) {
        order[kept++] = order[i];
      }
    }
    size = kept;
  }

  private int compare(int a, int b) {
    int byPrefix = Long.compareUnsigned(prefix[a], prefix[b]);
    return byPrefix != 0
        ? byPrefix
        : Arrays.compareUnsigned(keys, keyAt[a], keyEnd[a], keys, keyAt[b], keyEnd[b]);
  }

  /** The first eight bytes of a key, zeros behind a shorter one. */
  private long prefix(int from, int to) {
    int length = to - from;
    if (length >= 8) {
      return (long) LONG.get(keys, from);
    }
    if (keys.length - from >= 8) {
      return length == 0 ? 0 : (long) LONG.get(keys, from) & (-1L << (64 - 8 * length));
    }
    long prefix = 0;
    for (int i = 0; i < length; i++) {
      prefix |= (keys[from + i] & 0xFFL) << (56 - 8 * i);
    }
    return prefix;
  }

  private void grow() {
    int capacity = 2 * order.length;
    keyAt = Arrays.copyOf(keyAt, capacity);
    keyEnd = Arrays.copyOf(keyEnd, capacity);
    prefix = Arrays.copyOf(prefix, capacity);
    values = Arrays.copyOf(values, capacity);
    valueAt = Arrays.copyOf(valueAt, capacity);
    valueEnd = Arrays.copyOf(valueEnd, capacity);
    order = Arrays.copyOf(order, capacity);
    spare = Arrays.copyOf(spare, capacity);
    learned = Arrays.copyOf(learned, capacity);
  }
}
