package dev.seamark.block;

/**
 * A {@code Map(K, V)} column: append to {@link #keys} and {@link #values} by turns, then
 * {@link #endRow}.
 */
public final class MapColumn<K extends Column, V extends Column> extends Column {
  private final String type;
  private final K keys;
  private final V values;
  private final Offsets offsets;

  /** Takes over two empty columns as those of the keys and values. */
  public MapColumn(K keys, V values) {
    if (keys.rows() != 0 || values.rows() != 0) {
      throw new IllegalArgumentException(
          "keys and values of a map must begin empty: " + keys + ", " + values);
    }
    // one instance a type: comparing types is then comparing references
    this.type = ("Map(" + keys.type() + ", " + values.type() + ")").intern();
    this.keys = keys;
    this.values = values;
    this.offsets = new Offsets(type);
  }

  /** A {@code Map(String, String)}, the type of all attributes on the wire. */
  public static MapColumn<StringColumn, StringColumn> ofStrings() {
    return new MapColumn<>(new StringColumn(), new StringColumn());
  }

  /** The keys of all rows, one behind the other. */
  public K keys() {
    return keys;
  }

  /** The values of all rows, one behind the other. */
  public V values() {
    return values;
  }

  /** Makes the entries appended since the last call a row. */
  public void endRow() {
    requireKeyForValue();
    offsets.append(keys.rows());
  }

  /** The first entry of a row; that of the row behind the last one is the number of entries. */
  public int start(int row) {
    requireRow(row, offsets.rows() + 1);
    return offsets.start(row);
  }

  /** Entries of a row. */
  public int length(int row) {
    requireRow(row, offsets.rows());
    return offsets.start(row + 1) - offsets.start(row);
  }

  /** Keys appended since the last {@link #endRow}. */
  public int entries() {
    return keys.rows() - offsets.start(offsets.rows());
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public int rows() {
    return offsets.rows();
  }

  @Override
  public void truncate(int rows) {
    requireTruncation(rows);
    int entries = offsets.start(rows);
    keys.truncate(entries);
    values.truncate(entries);
    offsets.truncate(rows);
  }

  @Override
  int prefixBytes() {
    return keys.prefixBytes() + values.prefixBytes();
  }

  @Override
  long bodyBytes() {
    return offsets.bytes() + keys.bodyBytes() + values.bodyBytes();
  }

  @Override
  int encodePrefix(byte[] target, int at) {
    return values.encodePrefix(target, keys.encodePrefix(target, at));
  }

  @Override
  int encodeBody(byte[] target, int at) {
    requireRowEnd();
    at = offsets.encode(target, at);
    return values.encodeBody(target, keys.encodeBody(target, at));
  }

  @Override
  void decodePrefix(NativeReader reader) throws MalformedBlock {
    keys.decodePrefix(reader);
    values.decodePrefix(reader);
  }

  @Override
  void decodeBody(NativeReader reader, int rows) throws MalformedBlock {
    int entries = offsets.decode(reader, rows);
    keys.decodeBody(reader, entries);
    values.decodeBody(reader, entries);
  }

  @Override
  void appendRange(Column source, int from, int to) {
    requireRowEnd();
    MapColumn<?, ?> other = (MapColumn<?, ?>) source;
    int start = other.offsets.start(from);
    int end = other.offsets.start(to);
    keys.appendRange(other.keys, start, end);
    values.appendRange(other.values, start, end);
    offsets.append(other.offsets, from, to);
  }

  @Override
  void appendRows(Column source, int[] rows, int from, int to) {
    requireRowEnd();
    MapColumn<?, ?> other = (MapColumn<?, ?>) source;
    for (int i = from; i < to; i++) {
      requireRow(rows[i], other.rows());
    }
    for (int at = from; at < to; ) { // rows that were neighbours move together
      int end = runEnd(rows, at, to);
      appendRange(other, rows[at], rows[at] + end - at);
      at = end;
    }
  }

  private void requireKeyForValue() {
    if (keys.rows() != values.rows()) {
      throw new IllegalStateException(
          type + " has " + keys.rows() + " keys and " + values.rows() + " values");
    }
  }

  private void requireRowEnd() {
    requireKeyForValue();
    if (entries() != 0) {
      throw new IllegalStateException(type + " has " + entries() + " entries outside of a row");
    }
  }
}
