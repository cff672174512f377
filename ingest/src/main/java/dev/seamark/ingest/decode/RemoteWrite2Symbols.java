package dev.seamark.ingest.decode;

import java.util.Arrays;

/** The table of strings of one remote-write 2.0 request, as ranges of its body. Not thread-safe. */
final class RemoteWrite2Symbols {
  /** A larger table is dropped after the request that needed it. */
  private static final int KEPT_MAX = 1 << 16;

  private static final byte[] NOTHING = {};

  private final RawKey keys;
  private byte[] body = NOTHING;
  private int size;
  private int[] from = new int[256];
  private int[] to = new int[256];
  private long[] key1 = new long[256]; // hashed when first asked for
  private long[] key2 = new long[256];

  RemoteWrite2Symbols(RawKey keys) {
    this.keys = keys;
  }

  void clear(byte[] body) {
    this.body = body;
    size = 0;
    if (from.length > KEPT_MAX) {
      from = new int[KEPT_MAX];
      to = new int[KEPT_MAX];
      key1 = new long[KEPT_MAX];
      key2 = new long[KEPT_MAX];
    }
  }

  void add(int symbolFrom, int symbolTo) {
    if (size == from.length) {
      from = Arrays.copyOf(from, 2 * size);
      to = Arrays.copyOf(to, 2 * size);
      key1 = Arrays.copyOf(key1, 2 * size);
      key2 = Arrays.copyOf(key2, 2 * size);
    }
    from[size] = symbolFrom;
    to[size] = symbolTo;
    key1[size] = 0;
    key2[size] = 0;
    size++;
  }

  int size() {
    return size;
  }

  /** Whether a reference points into the table. */
  boolean has(int ref) {
    return Integer.compareUnsigned(ref, size) < 0;
  }

  byte[] body() {
    return body;
  }

  int from(int ref) {
    return from[ref];
  }

  int to(int ref) {
    return to[ref];
  }

  byte[] copy(int ref) {
    return Arrays.copyOfRange(body, from[ref], to[ref]);
  }

  boolean is(int ref, byte[] text) {
    return Arrays.equals(body, from[ref], to[ref], text, 0, text.length);
  }

  long key1(int ref) {
    hash(ref);
    return key1[ref];
  }

  long key2(int ref) {
    hash(ref);
    return key2[ref];
  }

  private void hash(int ref) {
    if ((key1[ref] | key2[ref]) == 0) {
      key1[ref] = keys.first(body, from[ref], to[ref]);
      key2[ref] = keys.second(body, from[ref], to[ref]);
    }
  }
}
