package dev.seamark.ingest.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A few names that are known beforehand, found by their UTF-8 bytes without making a text of them.
 * The names are ours and senders can't add to them, so a plain hash will do. Immutable.
 */
final class NameTable<T> {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] @Nullable [] names;
  private final Object[] values;
  private final int mask;

  NameTable(Map<String, T> entries) {
    int slots = Integer.highestOneBit(Math.max(1, entries.size())) * 4;
    this.names = new byte[slots][];
    this.values = new Object[slots];
    this.mask = slots - 1;
    entries.forEach(this::put);
  }

  private void put(String name, T value) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    int slot = slot(bytes, 0, bytes.length);
    while (names[slot] != null) {
      slot = (slot + 1) & mask;
    }
    names[slot] = bytes;
    values[slot] = value;
  }

  /** What a name stands for, or null. */
  @SuppressWarnings("unchecked") // only put writes values
  @Nullable
  T get(byte[] bytes, int from, int to) {
    int slot = slot(bytes, from, to);
    for (byte[] name = names[slot]; name != null; name = names[slot]) {
      if (Arrays.equals(name, 0, name.length, bytes, from, to)) {
        return (T) values[slot];
      }
      slot = (slot + 1) & mask;
    }
    return null;
  }

  /** Of the length, the first and the last bytes. */
  private int slot(byte[] bytes, int from, int to) {
    int length = to - from;
    long mixed = length;
    if (length >= 8) {
      mixed ^= (long) LONG.get(bytes, from) + 31 * (long) LONG.get(bytes, to - 8);
    } else {
      for (int i = from; i < to; i++) {
        mixed = mixed * 131 + bytes[i];
      }
    }
    return (int) ((mixed * 0x9E3779B97F4A7C15L) >>> 40) & mask;
  }
}
