package dev.seamark.block;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * A {@code LowCardinality(String)} column: a dictionary in order of first use, and an index a row.
 *
 * <p>The dictionary is found by open addressing over the bytes of the values. Its hash is seeded
 * once a process, so that a sender can't choose values that collide; the order of the dictionary
 * doesn't depend on the hash.
 */
public final class LowCardinalityColumn extends Column {
  private static final String TYPE = "LowCardinality(String)";
  private static final long VERSION = 1; // SharedDictionariesWithAdditionalKeys
  private static final long HAS_ADDITIONAL_KEYS = 1 << 9;
  private static final long NEED_UPDATE_DICTIONARY = 1 << 10;
  private static final long KNOWN_FLAGS = HAS_ADDITIONAL_KEYS | NEED_UPDATE_DICTIONARY | 3;
  private static final long SEED = new SplittableRandom().nextLong();
  private static final int TABLE_MIN = 16;

  private final StringColumn dictionary = new StringColumn();
  private int[] firstRows = new int[0]; // dictionary index -> the first row that may use it
  private int[] hashes = new int[0]; // dictionary index -> hash
  private int[] slots = new int[0]; // dictionary index -> its place in the table, -1 if a double
  private int[] table = new int[TABLE_MIN]; // dictionary index + 1, 0 where free
  private int tabled; // entries of the dictionary that the table knows; fewer only after decoding

  private int[] indexes = new int[0];
  private int rows;
  private int[] mapping = new int[0]; // scratch: index in a source's dictionary -> index in ours

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public int rows() {
    return rows;
  }

  public void append(byte[] source, int offset, int length) {
    int row = rows;
    // neighbours are often equal (tenant, cluster, service): a compare is cheaper than a hash
    int index = row > 0 && dictionary.matches(indexes[row - 1], source, offset, length)
        ? indexes[row - 1]
        : intern(source, offset, length);
    push(index);
  }

  /** Appends the value of the last row again, for runs of rows that are known to share it. */
  public void appendAgain() {
    push(indexes[Objects.checkIndex(rows - 1, rows)]);
  }

  public void append(byte[] source) {
    append(source, 0, source.length);
  }

  /** Appends the UTF-8 form of a text; it allocates, so not for the hot path. */
  public void append(String text) {
    append(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The dictionary index of a value, for {@link #appendIndex}: one lookup for a value that many
   * rows share. Good until the next {@code truncate} or {@code clear}.
   */
  public int intern(byte[] source, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, source.length);
    if (tabled < dictionary.rows()) {
      tableDecoded();
    }
    int hash = hash(source, offset, length);
    int[] table = this.table;
    int mask = table.length - 1;
    int slot = hash & mask;
    for (int entry = table[slot]; entry != 0; entry = table[slot]) {
      if (hashes[entry - 1] == hash && dictionary.matches(entry - 1, source, offset, length)) {
        return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
    return insert(slot, hash, source, offset, length);
  }

  /** Appends the value of a dictionary index that {@link #intern} gave. */
  public void appendIndex(int index) {
    requireRow(index, dictionary.rows());
    push(index);
  }

  /** The dictionary index of a row. */
  public int indexAt(int row) {
    requireRow(row, rows);
    return indexes[row];
  }

  /**
   * The distinct values, by dictionary index. After decoding, doubles and unused ones may occur.
   */
  public int dictionarySize() {
    return dictionary.rows();
  }

  /** A copy of the bytes of a dictionary value. */
  public byte[] dictionaryValue(int index) {
    return dictionary.bytes(index);
  }

  /** A copy of a row's bytes. */
  public byte[] bytes(int row) {
    return dictionary.bytes(indexAt(row));
  }

  /** A row as text; bytes that are not UTF-8 are replaced. */
  public String text(int row) {
    return dictionary.text(indexAt(row));
  }

  /** Length of a row in bytes. */
  public int length(int row) {
    return dictionary.length(indexAt(row));
  }

  /**
   * The rank of each dictionary index in the order of unsigned bytes, equal for equal values: rows
   * compare as {@code ranks[indexAt(row)]} do. Allocates; once a sort.
   */
  public int[] dictionaryRanks() {
    int size = dictionary.rows();
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
    sortByValue(order, new int[size], 0, size);
    int[] ranks = new int[size];
    int rank = 0;
    for (int i = 0; i < size; i++) {
      if (i > 0 && dictionary.compare(order[i - 1], dictionary, order[i]) != 0) {
        rank++;
      }
      ranks[order[i]] = rank;
    }
    return ranks;
  }

  private void sortByValue(int[] order, int[] spare, int from, int to) {
    if (to - from < 2) {
      return;
    }
    int middle = (from + to) >>> 1;
    sortByValue(order, spare, from, middle);
    sortByValue(order, spare, middle, to);
    System.arraycopy(order, from, spare, from, middle - from);
    int left = from;
    int right = middle;
    for (int at = from; left < middle; at++) {
      boolean takeRight =
          right < to && dictionary.compare(order[right], dictionary, spare[left]) < 0;
      order[at] = takeRight ? order[right++] : spare[left++];
    }
  }

  @Override
  public void truncate(int rows) {
    requireTruncation(rows);
    int size = dictionary.rows();
    // entries leave in the reverse order of their coming, so emptying the slot restores the probing
    while (size > 0 && firstRow(size - 1) >= rows) {
      size--;
      if (size < tabled && slots[size] >= 0) {
        table[slots[size]] = 0;
      }
    }
    dictionary.truncate(size);
    tabled = Math.min(tabled, size);
    this.rows = rows;
  }

  private int firstRow(int index) {
    return index < tabled ? firstRows[index] : 0;
  }

  private void push(int index) {
    int row = rows;
    if (row == indexes.length) {
      indexes = Capacity.grow(indexes, row + 1L, TYPE);
    }
    indexes[row] = index;
    rows = row + 1;
  }

  private int insert(int slot, int hash, byte[] source, int offset, int length) {
    int index = dictionary.rows();
    reserveEntries(index + 1);
    if (2 * (index + 1L) > table.length) {
      growTable(index + 1);
      slot = freeSlot(hash);
    }
    dictionary.append(source, offset, length);
    firstRows[index] = rows;
    enter(index, slot, hash);
    return index;
  }

  private void reserveEntries(int entries) {
    if (entries > firstRows.length) {
      firstRows = Capacity.grow(firstRows, entries, TYPE);
      hashes = Arrays.copyOf(hashes, firstRows.length);
      slots = Arrays.copyOf(slots, firstRows.length);
    }
  }

  private void enter(int index, int slot, int hash) {
    hashes[index] = hash;
    slots[index] = slot;
    table[slot] = index + 1;
    tabled = index + 1;
  }

  /** Doubles the table until it is at most half full; the entries come in by their order again. */
  private void growTable(int entries) {
    int length = table.length;
    while (length < 2L * entries && length < 1 << 30) {
      length <<= 1;
    }
    table = new int[length];
    for (int index = 0; index < tabled; index++) {
      if (slots[index] >= 0) {
        int slot = freeSlot(hashes[index]);
        slots[index] = slot;
        table[slot] = index + 1;
      }
    }
  }

  private int freeSlot(int hash) {
    int mask = table.length - 1;
    int slot = hash & mask;
    while (table[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Enters the dictionary of a decoded column into the table: only columns appended to need it. */
  private void tableDecoded() {
    int size = dictionary.rows();
    reserveEntries(size);
    Arrays.fill(firstRows, tabled, size, 0);
    growTable(size);
    byte[] value = new byte[64];
    for (int index = tabled; index < size; index++) {
      int length = dictionary.length(index);
      if (length > value.length) {
        value = Capacity.grow(value, length, TYPE);
      }
      dictionary.copy(index, value, 0);
      int hash = hash(value, 0, length);
      int mask = table.length - 1;
      int slot = hash & mask;
      while (table[slot] != 0
          && !(hashes[table[slot] - 1] == hash
              && dictionary.matches(table[slot] - 1, value, 0, length))) {
        slot = (slot + 1) & mask;
      }
      if (table[slot] == 0) {
        enter(index, slot, hash);
      } else {
        hashes[index] = hash;
        slots[index] = -1;
        tabled = index + 1;
      }
    }
  }

  /** A 64 x 64 bit multiply a word, folded; after Wang Yi's wyhash. */
  private static int hash(byte[] source, int offset, int length) {
    long hash = SEED ^ length;
    int end = offset + length;
    long tail = 0;
    if (length >= 8) {
      for (int at = offset; at < end - 8; at += 8) {
        hash = fold(hash ^ (long) Wire.LONG.get(source, at), 0x9E3779B97F4A7C15L);
      }
      tail = (long) Wire.LONG.get(source, end - 8); // may overlap the word before
    } else {
      for (int at = offset; at < end; at++) {
        tail = (tail << 8) | (source[at] & 0xFF);
      }
    }
    hash = fold(hash ^ tail, 0xD6E8FEB86659FD93L);
    return (int) (hash ^ (hash >>> 32));
  }

  private static long fold(long a, long b) {
    return a * b ^ Math.unsignedMultiplyHigh(a, b);
  }

  @Override
  int prefixBytes() {
    return 8;
  }

  @Override
  long bodyBytes() {
    if (rows == 0) {
      return 0;
    }
    return 24 + dictionary.bodyBytes() + ((long) rows << indexType());
  }

  /** ClickHouse's code of the index type, which is also the logarithm of its width. */
  private int indexType() {
    int size = dictionary.rows();
    return size <= 1 << 8 ? 0 : size <= 1 << 16 ? 1 : 2;
  }

  @Override
  int encodePrefix(byte[] target, int at) {
    Wire.LONG.set(target, at, VERSION);
    return at + 8;
  }

  @Override
  int encodeBody(byte[] target, int at) {
    int rows = this.rows;
    if (rows == 0) {
      return at;
    }
    int indexType = indexType();
    Wire.LONG.set(target, at, HAS_ADDITIONAL_KEYS | NEED_UPDATE_DICTIONARY | indexType);
    Wire.LONG.set(target, at + 8, (long) dictionary.rows());
    at = dictionary.encodeBody(target, at + 16);
    Wire.LONG.set(target, at, (long) rows);
    at += 8;
    int[] indexes = this.indexes;
    switch (indexType) {
      case 0 -> {
        for (int row = 0; row < rows; row++) {
          target[at + row] = (byte) indexes[row];
        }
      }
      case 1 -> {
        for (int row = 0; row < rows; row++) {
          Wire.SHORT.set(target, at + 2 * row, (short) indexes[row]);
        }
      }
      default -> {
        for (int row = 0; row < rows; row++) {
          Wire.INT.set(target, at + 4 * row, indexes[row]);
        }
      }
    }
    return at + (rows << indexType);
  }

  @Override
  void decodePrefix(NativeReader reader) throws MalformedBlock {
    long version = reader.uint64(TYPE);
    if (version != VERSION) {
      throw reader.malformed(TYPE + " has version " + version + ", expected " + VERSION);
    }
  }

  @Override
  void decodeBody(NativeReader reader, int rows) throws MalformedBlock {
    if (rows == 0) {
      return;
    }
    long flags = reader.uint64(TYPE);
    if ((flags & HAS_ADDITIONAL_KEYS) == 0 || (flags & ~KNOWN_FLAGS) != 0) {
      throw reader.malformed(TYPE + " has unknown flags 0x" + Long.toHexString(flags));
    }
    int size = reader.count(TYPE + " dictionary");
    dictionary.decodeBody(reader, size);
    int indexRows = reader.count(TYPE + " index");
    if (indexRows != rows) {
      throw reader.malformed(TYPE + " has " + indexRows + " rows, the block has " + rows);
    }
    decodeIndexes(reader, rows, (int) flags & 3);
  }

  private void decodeIndexes(NativeReader reader, int rows, int indexType) throws MalformedBlock {
    reader.require((long) rows << indexType, TYPE);
    int size = dictionary.rows();
    byte[] source = reader.source;
    int at = reader.at;
    int width = 1 << indexType;
    int[] indexes = new int[rows];
    for (int row = 0; row < rows; row++, at += width) {
      long index = switch (indexType) {
        case 0 -> source[at] & 0xFF;
        case 1 -> (short) Wire.SHORT.get(source, at) & 0xFFFF;
        case 2 -> (int) Wire.INT.get(source, at) & 0xFFFF_FFFFL;
        default -> (long) Wire.LONG.get(source, at);
      };
      if (index < 0 || index >= size) {
        reader.at = at;
        throw reader.malformed(TYPE + " has index " + index + ", dictionary size " + size);
      }
      indexes[row] = (int) index;
    }
    reader.at = at;
    this.indexes = indexes;
    this.rows = rows;
  }

  @Override
  void appendRange(Column source, int from, int to) {
    LowCardinalityColumn other = (LowCardinalityColumn) source;
    startMapping(other, to - from);
    for (int row = from; row < to; row++) {
      push(mapped(other, other.indexes[row]));
    }
  }

  @Override
  void appendRows(Column source, int[] rows, int from, int to) {
    LowCardinalityColumn other = (LowCardinalityColumn) source;
    for (int i = from; i < to; i++) {
      requireRow(rows[i], other.rows);
    }
    startMapping(other, to - from);
    for (int i = from; i < to; i++) {
      push(mapped(other, other.indexes[rows[i]]));
    }
  }

  private void startMapping(LowCardinalityColumn other, int moreRows) {
    int size = other.dictionary.rows();
    if (size > mapping.length) {
      mapping = Capacity.grow(mapping, size, TYPE);
    }
    Arrays.fill(mapping, 0, size, -1);
    if (rows + (long) moreRows > indexes.length) {
      indexes = Capacity.grow(indexes, rows + (long) moreRows, TYPE);
    }
  }

  private int mapped(LowCardinalityColumn other, int index) {
    int own = mapping[index];
    if (own < 0) {
      own = other == this ? index : other.dictionary.internInto(this, index);
      mapping[index] = own;
    }
    return own;
  }
}
