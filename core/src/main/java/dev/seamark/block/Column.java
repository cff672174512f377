package dev.seamark.block;

import java.util.Objects;

/**
 * A typed column being filled or read. Its values are held as close to their Native wire form as
 * the type allows, so that encoding is mostly one array copy and a filled column owns no objects.
 *
 * <p>A refused append of a value (beyond 2 GiB, an index out of bounds) leaves the column as it
 * was; after a refused append of many rows, {@link #truncate} to the rows before. Not thread-safe:
 * owned by one thread.
 */
public abstract sealed class Column
    permits FixedWidthColumn,
        StringColumn,
        LowCardinalityColumn,
        NullableColumn,
        ArrayColumn,
        MapColumn {

  Column() {}

  /**
   * An empty column for a ClickHouse type text such as {@code Map(String, String)}.
   *
   * @throws IllegalArgumentException naming the type, if it is not one of this package's
   */
  public static Column of(String type) {
    return TypeText.column(type);
  }

  /** The ClickHouse type text in the Native header, such as {@code DateTime64(9)}. */
  public abstract String type();

  /** Rows that are complete. */
  public abstract int rows();

  /** Exact size of what {@link #encode} writes. */
  public final long bytes() {
    return rows() == 0 ? 0 : prefixBytes() + bodyBytes();
  }

  /** Drops all rows and keeps the capacity. */
  public final void clear() {
    truncate(0);
  }

  /**
   * Drops rows from the end, and whatever was begun of the next one: the undo of a half-appended
   * record or request.
   */
  public abstract void truncate(int rows);

  /**
   * Appends the rows {@code [from, to)} of a column of the same type; the column may be itself.
   *
   * @throws IllegalArgumentException if the types differ
   */
  public final void append(Column source, int from, int to) {
    requireType(source);
    Objects.checkFromToIndex(from, to, source.rows());
    appendRange(source, from, to);
  }

  /**
   * Appends the rows {@code rows[from]} to {@code rows[to - 1]} of another column of the same type,
   * in that order: a gather, for sorting and splitting.
   *
   * @throws IllegalArgumentException if the types differ or {@code source} is this column
   */
  public final void append(Column source, int[] rows, int from, int to) {
    requireType(source);
    if (source == this) {
      throw new IllegalArgumentException("a column can't gather from itself");
    }
    Objects.checkFromToIndex(from, to, rows.length);
    appendRows(source, rows, from, to);
  }

  /**
   * Writes the Native column data, with the prefixes of the types that have one; nothing if there
   * are no rows.
   *
   * @return the offset behind the data, {@code at + bytes()}
   */
  public final int encode(byte[] target, int at) {
    if (rows() == 0) {
      return at;
    }
    return encodeBody(target, encodePrefix(target, at));
  }

  @Override
  public String toString() {
    return type() + "[" + rows() + "]";
  }

  /** Bytes of the state prefixes, which stand before the offsets of all enclosing arrays. */
  abstract int prefixBytes();

  abstract long bodyBytes();

  abstract int encodePrefix(byte[] target, int at);

  abstract int encodeBody(byte[] target, int at);

  abstract void decodePrefix(NativeReader reader) throws MalformedBlock;

  /** Reads {@code rows} rows into this empty column. */
  abstract void decodeBody(NativeReader reader, int rows) throws MalformedBlock;

  abstract void appendRange(Column source, int from, int to);

  abstract void appendRows(Column source, int[] rows, int from, int to);

  static void requireRow(int row, int rows) {
    Objects.checkIndex(row, rows);
  }

  /** Where the run of neighbours that begins at {@code rows[at]} ends, at most {@code to}. */
  static int runEnd(int[] rows, int at, int to) {
    int end = at + 1;
    while (end < to && rows[end] == rows[end - 1] + 1) {
      end++;
    }
    return end;
  }

  final void requireTruncation(int rows) {
    if (rows < 0 || rows > rows()) {
      throw new IllegalArgumentException("can't truncate " + this + " to " + rows + " rows");
    }
  }

  private void requireType(Column source) {
    if (source.getClass() != getClass() || !source.type().equals(type())) {
      throw new IllegalArgumentException("can't append " + source.type() + " to " + type());
    }
  }
}
