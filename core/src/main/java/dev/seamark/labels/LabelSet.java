package dev.seamark.labels;

import java.util.Arrays;

/// Labels of one series, sorted by the bytes of their names, each name once and no value empty.
///
/// A reusable builder for the path of unknown series: it keeps the arrays given to it. Not
/// thread-safe.
public final class LabelSet {
  private byte[][] names = new byte[32][];
  private byte[][] values = new byte[32][];
  private int size;
  private byte[] canonical = new byte[1024];

  public int size() {
    return size;
  }

  public byte[] name(int label) {
    return names[label];
  }

  public byte[] value(int label) {
    return values[label];
  }

  public void clear() {
    Arrays.fill(names, 0, size, null);
    Arrays.fill(values, 0, size, null);
    size = 0;
  }

  /// Takes over the labels of another set.
  public void copy(LabelSet other) {
    clear();
    grow(other.size);
    System.arraycopy(other.names, 0, names, 0, other.size);
    System.arraycopy(other.values, 0, values, 0, other.size);
    size = other.size;
  }

  /// Answers the value of a label, an empty array if there is none: to Prometheus both are the
  /// same.
  public byte[] get(byte[] name) {
    int at = find(name);
    return at < 0 ? EMPTY : values[at];
  }

  public boolean contains(byte[] name) {
    return find(name) >= 0;
  }

  /// Sets a label; an empty value removes it.
  public void put(byte[] name, byte[] value) {
    int at = find(name);
    if (value.length == 0) {
      if (at >= 0) {
        remove(at);
      }
    } else if (at >= 0) {
      values[at] = value;
    } else {
      insert(-at - 1, name, value);
    }
  }

  /// Sets a label that belongs to the system; a different value that came with the data is kept as
  /// `exported_<name>`, as
  /// Prometheus keeps labels that a scraped target sets itself.
  public void putOwn(byte[] name, byte[] value) {
    int at = find(name);
    if (at >= 0 && value.length > 0 && !Arrays.equals(values[at], value)) {
      byte[] displaced = values[at];
      values[at] = value;
      putOwn(exported(name), displaced);
    } else if (value.length > 0) {
      put(name, value);
    }
  }

  /// Lays the labels out as [SeriesHash] hashes them; the array is reused, see [#canonicalLength].
  public byte[] canonicalBytes() {
    int length = canonicalLength();
    if (canonical.length < length) {
      canonical = new byte[Math.max(length, 2 * canonical.length)];
    }
    int at = 0;
    for (int i = 0; i < size; i++) {
      at = prefixed(names[i], canonical, at);
      at = prefixed(values[i], canonical, at);
    }
    return canonical;
  }

  public int canonicalLength() {
    int length = 0;
    for (int i = 0; i < size; i++) {
      length += 8 + names[i].length + values[i].length;
    }
    return length;
  }

  public SeriesHash hash() {
    return SeriesHash.of(canonicalBytes(), 0, canonicalLength());
  }

  private static final byte[] EMPTY = {};
  private static final byte[] EXPORTED = {'e', 'x', 'p', 'o', 'r', 't', 'e', 'd', '_'};

  private static byte[] exported(byte[] name) {
    byte[] exported = Arrays.copyOf(EXPORTED, EXPORTED.length + name.length);
    System.arraycopy(name, 0, exported, EXPORTED.length, name.length);
    return exported;
  }

  private static int prefixed(byte[] text, byte[] target, int at) {
    target[at] = (byte) text.length;
    target[at + 1] = (byte) (text.length >>> 8);
    target[at + 2] = (byte) (text.length >>> 16);
    target[at + 3] = (byte) (text.length >>> 24);
    System.arraycopy(text, 0, target, at + 4, text.length);
    return at + 4 + text.length;
  }

  private int find(byte[] name) {
    int low = 0;
    int high = size - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = Arrays.compareUnsigned(names[middle], name);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -low - 1;
  }

  private void insert(int at, byte[] name, byte[] value) {
    grow(size + 1);
    System.arraycopy(names, at, names, at + 1, size - at);
    System.arraycopy(values, at, values, at + 1, size - at);
    names[at] = name;
    values[at] = value;
    size++;
  }

  private void remove(int at) {
    System.arraycopy(names, at + 1, names, at, size - at - 1);
    System.arraycopy(values, at + 1, values, at, size - at - 1);
    size--;
  }

  private void grow(int wanted) {
    if (wanted > names.length) {
      int capacity = Math.max(wanted, 2 * names.length);
      names = Arrays.copyOf(names, capacity);
      values = Arrays.copyOf(values, capacity);
    }
  }
}
