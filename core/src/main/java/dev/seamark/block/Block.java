package dev.seamark.block;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Named columns of equal length: the unit that is sealed into a Kafka record and inserted into
 * ClickHouse, in the Native format of revision 0 (no block info, no custom serialization).
 *
 * <p>Not thread-safe: owned by one thread.
 */
public final class Block {
  private static final int COLUMNS_MAX = 4096;

  /** A column and its name. */
  public record Named(String name, Column column) {}

  private final List<Named> columns;
  private final Column[] fast; // the columns alone, for loops
  private final byte[][] headers; // wire form of name and type of each column
  private final int headerBytes;

  public Block(List<Named> columns) {
    if (columns.size() > COLUMNS_MAX) {
      throw new IllegalArgumentException(
          "block of " + columns.size() + " columns, limit " + COLUMNS_MAX);
    }
    this.columns = List.copyOf(columns);
    this.fast = new Column[columns.size()];
    this.headers = new byte[columns.size()][];
    int bytes = 0;
    for (int i = 0; i < fast.length; i++) {
      fast[i] = columns.get(i).column();
      headers[i] = header(columns.get(i));
      bytes += headers[i].length;
    }
    this.headerBytes = bytes;
  }

  private static byte[] header(Named named) {
    StringColumn header = new StringColumn();
    header.append(named.name());
    header.append(named.column().type());
    byte[] wire = new byte[(int) header.bytes()];
    header.encode(wire, 0);
    return wire;
  }

  public List<Named> columns() {
    return columns;
  }

  /**
   * The first column of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Column column(String name) {
    for (Named named : columns) {
      if (named.name().equals(name)) {
        return named.column();
      }
    }
    throw new IllegalArgumentException("no column '" + name + "' in the block");
  }

  /** Rows of the first column: those of the block, unless a row is half appended. */
  public int rows() {
    return fast.length == 0 ? 0 : fast[0].rows();
  }

  /** Exact size of what {@link #encode()} writes. */
  public long bytes() {
    long bytes = Wire.varintBytes(fast.length) + Wire.varintBytes(rows()) + (long) headerBytes;
    for (Column column : fast) {
      bytes += column.bytes();
    }
    return bytes;
  }

  /** Drops all rows and keeps the capacity. */
  public void clear() {
    truncate(0);
  }

  /** Drops rows from the end of each column that has more: undoes a half-appended record too. */
  public void truncate(int rows) {
    for (Column column : fast) {
      column.truncate(rows);
    }
  }

  /**
   * Appends the rows {@code [from, to)} of a block of the same column types in the same order.
   *
   * @throws IllegalArgumentException if the columns differ; the block is as before then
   */
  public void append(Block source, int from, int to) {
    requireColumns(source);
    int before = rows();
    boolean whole = false;
    try {
      for (int i = 0; i < fast.length; i++) {
        fast[i].append(source.fast[i], from, to);
      }
      whole = true;
    } finally {
      if (!whole) {
        truncate(before);
      }
    }
  }

  /**
   * Appends the rows {@code rows[from]} to {@code rows[to - 1]} of another block, in that order.
   */
  public void append(Block source, int[] rows, int from, int to) {
    requireColumns(source);
    int before = rows();
    boolean whole = false;
    try {
      for (int i = 0; i < fast.length; i++) {
        fast[i].append(source.fast[i], rows, from, to);
      }
      whole = true;
    } finally {
      if (!whole) {
        truncate(before);
      }
    }
  }

  /** An empty block of the same column names and types. */
  public Block emptyCopy() {
    List<Named> copies = new ArrayList<>(fast.length);
    for (Named named : columns) {
      copies.add(new Named(named.name(), Column.of(named.column().type())));
    }
    return new Block(copies);
  }

  private void requireColumns(Block source) {
    if (source.fast.length != fast.length) {
      throw new IllegalArgumentException(
          "can't append " + source.fast.length + " columns to " + fast.length);
    }
    for (int i = 0; i < fast.length; i++) {
      if (!Arrays.equals(source.headers[i], headers[i])) {
        throw new IllegalArgumentException(
            "can't append " + source.columns.get(i) + " to " + columns.get(i));
      }
    }
  }

  /** The Native form, in an array of exactly its size. */
  public byte[] encode() {
    long bytes = bytes();
    if (bytes > Capacity.LENGTH_MAX) {
      throw new IllegalStateException(
          "block would have " + bytes + " bytes, limit " + Capacity.LENGTH_MAX);
    }
    byte[] target = new byte[(int) bytes];
    encode(target, 0);
    return target;
  }

  /**
   * Writes the Native form and returns the offset behind it, {@code at + bytes()}.
   *
   * @throws IllegalStateException naming the column, if the columns differ in length
   */
  public int encode(byte[] target, int at) {
    int rows = rows();
    for (int i = 0; i < fast.length; i++) {
      if (fast[i].rows() != rows) {
        throw new IllegalStateException(
            "column " + columns.get(i) + " differs from the " + rows + " rows of the block");
      }
    }
    Objects.checkFromIndexSize(at, bytes(), (long) target.length);
    at = Wire.putVarint(target, at, fast.length);
    at = Wire.putVarint(target, at, rows);
    for (int i = 0; i < fast.length; i++) {
      byte[] header = headers[i];
      System.arraycopy(header, 0, target, at, header.length);
      at = fast[i].encode(target, at + header.length);
    }
    return at;
  }

  /** Reads the one block that fills the range {@code [from, to)}. */
  public static Block decode(byte[] source, int from, int to) throws MalformedBlock {
    Objects.checkFromToIndex(from, to, source.length);
    NativeReader reader = new NativeReader(source, from, to);
    Block block = decode(reader);
    if (!reader.atEnd()) {
      throw reader.malformed("bytes behind the block");
    }
    return block;
  }

  /** Reads concatenated blocks: the answer of a SELECT in format Native. */
  public static List<Block> decodeAll(byte[] source) throws MalformedBlock {
    NativeReader reader = new NativeReader(source, 0, source.length);
    List<Block> blocks = new ArrayList<>();
    while (!reader.atEnd()) {
      blocks.add(decode(reader));
    }
    return blocks;
  }

  private static Block decode(NativeReader reader) throws MalformedBlock {
    int count = reader.varint("number of columns");
    int rows = reader.varint("number of rows");
    if (count > COLUMNS_MAX || (count == 0 && rows > 0)) {
      throw reader.malformed("block has " + count + " columns and " + rows + " rows");
    }
    List<Named> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = reader.string("name of a column");
      Column column = column(reader);
      if (rows > 0) {
        column.decodePrefix(reader);
        column.decodeBody(reader, rows);
      }
      columns.add(new Named(name, column));
    }
    return new Block(columns);
  }

  private static Column column(NativeReader reader) throws MalformedBlock {
    String type = reader.string("type of a column");
    try {
      return Column.of(type);
    } catch (IllegalArgumentException e) {
      throw reader.malformed(String.valueOf(e.getMessage()));
    }
  }
}
