package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A decoder's own memory of the series it has met, and of which came after which. A sender repeats
 * its series in the same order, so the one that follows is mostly the one that followed last time:
 * to compare its raw labels costs a tenth of hashing and finding them. It needs no notion of who
 * sends, and works across requests.
 *
 * <p>Entries count from 1. Bounded: when it is full, newcomers are found the long way, and if there
 * are twice as many of them as there are entries, it starts anew. Not thread-safe.
 */
final class RemoteWriteTrail {
  static final int NONE = 0;

  private static final int ENTRIES_MAX = 1 << 16;
  private static final int BYTES_MAX = 24 * 1024 * 1024;
  private static final int ENTRIES_FIRST = 256;

  private final byte labelTag;
  private final Map<String, Integer> namesByText = new HashMap<>();

  private byte[] labels = new byte[64 * 1024];
  private int used;
  private int size;
  private int turnedAway;
  private int[] table = new int[2 * ENTRIES_FIRST];
  private long[] key1 = new long[ENTRIES_FIRST];
  private long[] key2 = new long[ENTRIES_FIRST];
  private long[] context1 = new long[ENTRIES_FIRST];
  private long[] context2 = new long[ENTRIES_FIRST];
  private long[] id = new long[ENTRIES_FIRST];
  private int[] days = new int[ENTRIES_FIRST];
  private int[] at = new int[ENTRIES_FIRST];
  private int[] length = new int[ENTRIES_FIRST];
  private int[] next = new int[ENTRIES_FIRST];
  private int[] name = new int[ENTRIES_FIRST];

  private byte[][] names = new byte[64][];
  private int[] nameRequest = new int[64]; // the request that nameIndex is of
  private int[] nameIndex = new int[64];

  private int request;
  private long now1;
  private long now2;
  private int last;

  /** @param labelTag the tag of each field with a label, one byte */
  RemoteWriteTrail(int labelTag) {
    this.labelTag = (byte) labelTag;
  }

  /** Starts a request; only series met in the same context are the same. */
  void request(long context1, long context2) {
    request++;
    now1 = context1;
    now2 = context2;
  }

  /** The series that follows, if its labels are exactly those at {@code from}; else NONE. */
  int follow(byte[] bytes, int from, int to) {
    int guess = next[last];
    if (guess == NONE || context1[guess] != now1 || context2[guess] != now2) {
      return NONE;
    }
    int start = at[guess];
    int bytesOfLabels = length[guess];
    int end = from + bytesOfLabels;
    if (bytesOfLabels == 0
        || bytesOfLabels > to - from
        || (end < to && bytes[end] == labelTag)
        || !Arrays.equals(labels, start, start + bytesOfLabels, bytes, from, end)) {
      return NONE;
    }
    last = guess;
    return guess;
  }

  /** The series of a raw key, or NONE; it comes after the last one from now on. */
  int find(long wanted1, long wanted2) {
    int mask = table.length - 1;
    for (int slot = (int) wanted1 & mask; table[slot] != NONE; slot = (slot + 1) & mask) {
      int entry = table[slot];
      if (key1[entry] == wanted1 && key2[entry] == wanted2) {
        follows(entry);
        return entry;
      }
    }
    return NONE;
  }

  private void follows(int entry) {
    next[last] = entry;
    last = entry;
  }

  /**
   * Remembers a series that {@link #find} doesn't know, or answers NONE if there is no room.
   *
   * @param bytes hold its labels from {@code from} to {@code to}; none if it can't be followed
   */
  int add(
      long newKey1,
      long newKey2,
      byte[] bytes,
      int from,
      int to,
      byte[] nameBytes,
      int nameFrom,
      int nameTo) {
    if (size + 1 >= ENTRIES_MAX || to - from > BYTES_MAX - used) {
      if (++turnedAway <= 2 * size) {
        return NONE;
      }
      clear();
    }
    reserve(to - from);
    int entry = ++size;
    key1[entry] = newKey1;
    key2[entry] = newKey2;
    context1[entry] = now1;
    context2[entry] = now2;
    days[entry] = 0;
    at[entry] = used;
    length[entry] = to - from;
    next[entry] = NONE;
    name[entry] = name(new String(nameBytes, nameFrom, nameTo - nameFrom, UTF_8));
    System.arraycopy(bytes, from, labels, used, to - from);
    used += to - from;
    enter(entry);
    follows(entry);
    return entry;
  }

  private void clear() {
    size = 0;
    used = 0;
    turnedAway = 0;
    last = NONE;
    next[NONE] = NONE;
    Arrays.fill(table, NONE);
    namesByText.clear();
  }

  private int name(String text) {
    Integer known = namesByText.get(text);
    if (known != null) {
      return known;
    }
    int added = namesByText.size();
    if (added == names.length) {
      names = Arrays.copyOf(names, 2 * added);
      nameRequest = Arrays.copyOf(nameRequest, 2 * added);
      nameIndex = Arrays.copyOf(nameIndex, 2 * added);
    }
    names[added] = text.getBytes(UTF_8);
    nameRequest[added] = 0;
    namesByText.put(text, added);
    return added;
  }

  private void reserve(int bytes) {
    if (used + bytes > labels.length) {
      labels = Arrays.copyOf(labels, Math.max(used + bytes, 2 * labels.length));
    }
    if (size + 1 == at.length) {
      int capacity = 2 * at.length;
      key1 = Arrays.copyOf(key1, capacity);
      key2 = Arrays.copyOf(key2, capacity);
      context1 = Arrays.copyOf(context1, capacity);
      context2 = Arrays.copyOf(context2, capacity);
      id = Arrays.copyOf(id, capacity);
      days = Arrays.copyOf(days, capacity);
      at = Arrays.copyOf(at, capacity);
      length = Arrays.copyOf(length, capacity);
      next = Arrays.copyOf(next, capacity);
      name = Arrays.copyOf(name, capacity);
      table = new int[2 * capacity];
      for (int entry = 1; entry <= size; entry++) {
        enter(entry);
      }
    }
  }

  private void enter(int entry) {
    int mask = table.length - 1;
    int slot = (int) key1[entry] & mask;
    while (table[slot] != NONE) {
      slot = (slot + 1) & mask;
    }
    table[slot] = entry;
  }

  /** Bytes of the labels of an entry. */
  int length(int entry) {
    return length[entry];
  }

  long key1(int entry) {
    return key1[entry];
  }

  long key2(int entry) {
    return key2[entry];
  }

  long id(int entry) {
    return id[entry];
  }

  /** For which days the series is announced, as {@link SeriesRef#days}. */
  int days(int entry) {
    return days[entry];
  }

  void learn(int entry, long seriesId, int announcedDays) {
    id[entry] = seriesId;
    days[entry] = announcedDays;
  }

  byte[] name(int entry) {
    return names[name[entry]];
  }

  /** The index of an entry's name among those of the request's samples. */
  int nameIndex(int entry, MetricsRequest rows) {
    int known = name[entry];
    if (nameRequest[known] != request) {
      nameIndex[known] = rows.intern(names[known]);
      nameRequest[known] = request;
    }
    return nameIndex[known];
  }
}
