package dev.seamark.ingest.decode;

import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one record or resource whose names don't all stand in its body: read as they
 * come, appended sorted by key, the last of a key wins. Values that are text already stay where
 * they are; others, and all keys, are copied into buffers of their own. The counterpart of
 * {@link Attributes} for formats without OTLP's key-value lists. Reused; not thread-safe.
 */
final class NamedTexts {
  private final String owner;
  private final int countMax;
  private final int keyBytesMax;
  private final int valueBytesMax;
  private final Text keys;
  private final Text rendered;
  private final KeyIndex index = new KeyIndex();
  private int[] keyEnd = new int[32];
  private byte[] @Nullable [] source = new byte[32][];
  private int[] valueAt = new int[32];
  private int[] valueEnd = new int[32];
  private int count;
  private int keyStart;
  private long textBytes;

  /** @param owner whose attributes they are, for messages: "a log record" */
  NamedTexts(String owner, Limits limits) {
    this.owner = owner;
    this.countMax = limits.attributesMax();
    this.keyBytesMax = limits.attributeKeyBytesMax();
    this.valueBytesMax = limits.attributeValueBytesMax();
    this.keys = new Text(limits);
    this.rendered = new Text(limits);
  }

  void clear() {
    keys.clear();
    rendered.clear();
    count = 0;
    keyStart = 0;
    textBytes = 0;
  }

  /** Where a key is written to, piece by piece, before {@link #add}. */
  Text key() {
    return keys;
  }

  /** Where values are written to that aren't text as they stand. */
  Text rendered() {
    return rendered;
  }

  /**
   * Adds a value to the key just written.
   *
   * @param values where it stands, null for {@link #rendered}
   */
  void add(byte @Nullable [] values, int from, int to) throws RowRefused {
    int keyBytes = keys.size() - keyStart;
    if (count == countMax) {
      throw new RowRefused(Limits.exceeded(
          "the number of attributes of " + owner, count + 1L, countMax, Limits.ATTRIBUTES_MAX));
    }
    if (keyBytes > keyBytesMax) {
      throw new RowRefused(Limits.exceeded(
          "the number of bytes of an attribute key of " + owner,
          keyBytes,
          keyBytesMax,
          Limits.ATTRIBUTE_KEY_BYTES_MAX));
    }
    if (to - from > valueBytesMax) {
      throw valueTooLong(to - from);
    }
    if (count == keyEnd.length) {
      grow();
    }
    keyEnd[count] = keys.size();
    source[count] = values;
    valueAt[count] = from;
    valueEnd[count] = to;
    count++;
    keyStart = keys.size();
    textBytes += keyBytes + (to - from);
  }

  /** Attributes added, doubles included. */
  int count() {
    return count;
  }

  /**
   * Bytes of keys and values; {@link #appendTo} appends that much at most, and a little for each.
   */
  long textBytes() {
    return textBytes;
  }

  /** Appends the attributes as one row. */
  void appendTo(MapColumn<StringColumn, StringColumn> column) {
    sort();
    KeyIndex index = this.index;
    StringColumn names = column.keys();
    StringColumn texts = column.values();
    byte[] named = index.keys();
    for (int rank = 0, size = index.size(); rank < size; rank++) {
      int at = index.keyAt(rank);
      names.append(named, at, index.keyEnd(rank) - at);
      int from = index.valueAt(rank);
      texts.append(values(rank), from, index.valueEnd(rank) - from);
    }
    column.endRow();
  }

  /** A copy of the value of a key, null if there is none. Call {@link #sort} before. */
  byte @Nullable [] get(byte[] key) {
    int rank = index.rank(key);
    return rank < 0
        ? null
        : Arrays.copyOfRange(values(rank), index.valueAt(rank), index.valueEnd(rank));
  }

  /** Puts what was added so far in order. */
  void sort() {
    KeyIndex index = this.index;
    index.clear(keys.bytes());
    int from = 0;
    for (int i = 0; i < count; i++) {
      index.add(from, keyEnd[i], source[i], valueAt[i], valueEnd[i]);
      from = keyEnd[i];
    }
    index.sort();
  }

  private byte[] values(int rank) {
    byte[] values = index.values(rank);
    return values == null ? rendered.bytes() : values;
  }

  private RowRefused valueTooLong(int bytes) {
    String key = new String(keys.bytes(), keyStart, keys.size() - keyStart, StandardCharsets.UTF_8);
    return new RowRefused(Limits.exceeded(
        "the number of bytes of attribute '" + key + "' of " + owner,
        bytes,
        valueBytesMax,
        Limits.ATTRIBUTE_VALUE_BYTES_MAX));
  }

  private void grow() {
    int capacity = 2 * keyEnd.length;
    keyEnd = Arrays.copyOf(keyEnd, capacity);
    source = Arrays.copyOf(source, capacity);
    valueAt = Arrays.copyOf(valueAt, capacity);
    valueEnd = Arrays.copyOf(valueEnd, capacity);
  }
}
