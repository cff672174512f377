package dev.seamark.block;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/** A {@code String} column; its bytes are already in Native wire form: length, bytes, length... */
public final class StringColumn extends Column {
  private static final int LENGTH_BYTES_MAX = 5;
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private byte[] wire = new byte[0];
  private int size;
  private int[] ends = new int[0]; // where the wire form of each row ends
  private int rows;

  @Override
  public String type() {
    return "String";
  }

  @Override
  public int rows() {
    return rows;
  }

  public void append(byte[] source, int offset, int length) {
    reserve(length);
    int at = Wire.putVarint(wire, size, length);
    System.arraycopy(source, offset, wire, at, length);
    endRow(at + length);
  }

  public void append(byte[] source) {
    append(source, 0, source.length);
  }

  /** Appends the UTF-8 form of a text; it allocates, so not for the hot path. */
  public void append(String text) {
    append(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Appends a text of ASCII characters only, without allocation. */
  public void appendAscii(String text) {
    int length = text.length();
    reserve(length);
    int at = Wire.putVarint(wire, size, length);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c > 0x7F) {
        throw new IllegalArgumentException("not ASCII at index " + i);
      }
      wire[at + i] = (byte) c;
    }
    endRow(at + length);
  }

  /** Appends {@code length} bytes as lower-case hexadecimal digits, as trace ids are stored. */
  public void appendHex(byte[] source, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, source.length);
    int digits = Math.multiplyExact(length, 2);
    reserve(digits);
    byte[] out = wire;
    int at = Wire.putVarint(out, size, digits);
    int i = offset;
    for (int end = offset + length; end - i >= 4; i += 4, at += 8) {
      Wire.LONG.set(out, at, hex((int) Wire.INT.get(source, i)));
    }
    for (; i < offset + length; i++) {
      int value = source[i];
      out[at++] = HEX[(value >> 4) & 0xF];
      out[at++] = HEX[value & 0xF];
    }
    endRow(at);
  }

  /** The eight digits of four bytes, both little-endian: each nibble moves to a byte of its own. */
  private static long hex(int bytes) {
    long spread = bytes & 0xFFFF_FFFFL;
    spread = (spread | (spread << 16)) & 0x0000_FFFF_0000_FFFFL;
    spread = (spread | (spread << 8)) & 0x00FF_00FF_00FF_00FFL;
    long nibbles =
        ((spread >>> 4) & 0x000F_000F_000F_000FL) | ((spread & 0x000F_000F_000F_000FL) << 8);
    long letters = ((nibbles + 0x0606_0606_0606_0606L) >>> 4) & 0x0101_0101_0101_0101L; // 10 to 15
    return nibbles + 0x3030_3030_3030_3030L + letters * ('a' - '0' - 10);
  }

  public void appendEmpty() {
    reserve(0);
    wire[size] = 0;
    endRow(size + 1);
  }

  /** A copy of a row's bytes. */
  public byte[] bytes(int row) {
    int length = length(row);
    return Arrays.copyOfRange(wire, ends[row] - length, ends[row]);
  }

  /** A row as text; bytes that are not UTF-8 are replaced. */
  public String text(int row) {
    int length = length(row);
    return new String(wire, ends[row] - length, length, StandardCharsets.UTF_8);
  }

  /** Length of a row in bytes. */
  public int length(int row) {
    requireRow(row, rows);
    int at = start(row);
    int length = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = wire[at++];
      length |= (b & 0x7F) << shift;
      if (b >= 0) {
        return length;
      }
    }
  }

  /** One byte of a row. */
  public byte byteAt(int row, int index) {
    int length = length(row);
    return wire[ends[row] - length + Objects.checkIndex(index, length)];
  }

  /** Copies a row's bytes into {@code target}, without allocation, and returns their number. */
  public int copy(int row, byte[] target, int at) {
    int length = length(row);
    System.arraycopy(wire, ends[row] - length, target, at, length);
    return length;
  }

  /** Whether a row has exactly these bytes. */
  public boolean matches(int row, byte[] other, int offset, int length) {
    requireRow(row, rows);
    int end = ends[row];
    // the size of the wire form grows with the length, so equal sizes mean equal lengths
    return end - start(row) == Wire.varintBytes(length) + length
        && Arrays.equals(wire, end - length, end, other, offset, offset + length);
  }

  /** Orders two rows by their unsigned bytes, as ClickHouse orders strings. */
  public int compare(int row, StringColumn other, int otherRow) {
    int length = length(row);
    int otherLength = other.length(otherRow);
    int end = ends[row];
    int otherEnd = other.ends[otherRow];
    return Arrays.compareUnsigned(
        wire, end - length, end, other.wire, otherEnd - otherLength, otherEnd);
  }

  /** Enters the value of a row into a dictionary, without a copy between. */
  int internInto(LowCardinalityColumn target, int row) {
    int length = length(row);
    return target.intern(wire, ends[row] - length, length);
  }

  @Override
  public void truncate(int rows) {
    requireTruncation(rows);
    this.rows = rows;
    size = start(rows);
  }

  private int start(int row) {
    return row == 0 ? 0 : ends[row - 1];
  }

  /** Makes room for one row of {@code length} bytes. */
  private void reserve(int length) {
    if (wire.length - size - LENGTH_BYTES_MAX < length) {
      wire = Capacity.grow(wire, (long) size + LENGTH_BYTES_MAX + length, "String");
    }
    if (rows == ends.length) {
      ends = Capacity.grow(ends, rows + 1L, "String");
    }
  }

  private void endRow(int end) {
    ends[rows++] = end;
    size = end;
  }

  @Override
  int prefixBytes() {
    return 0;
  }

  @Override
  long bodyBytes() {
    return size;
  }

  @Override
  int encodePrefix(byte[] target, int at) {
    return at;
  }

  @Override
  int encodeBody(byte[] target, int at) {
    System.arraycopy(wire, 0, target, at, size);
    return at + size;
  }

  @Override
  void decodePrefix(NativeReader reader) {}

  @Override
  void decodeBody(NativeReader reader, int rows) throws MalformedBlock {
    reader.require(rows, "String"); // a row has at least its length byte
    int[] ends = new int[rows];
    byte[] source = reader.source;
    int start = reader.at;
    int end = reader.end;
    int at = start;
    for (int row = 0; row < rows; row++) {
      int length = at < end ? source[at] : -1;
      if (length >= 0) {
        at++;
      } else { // two bytes or more, or cut off
        reader.at = at;
        length = reader.varint("length of a String");
        at = reader.at;
      }
      if (length > end - at) {
        reader.at = at;
        reader.require(length, "String");
      }
      at += length;
      ends[row] = at - start;
    }
    reader.at = at;
    wire = Arrays.copyOfRange(source, start, at);
    size = wire.length;
    this.ends = ends;
    this.rows = rows;
  }

  @Override
  void appendRange(Column source, int from, int to) {
    StringColumn other = (StringColumn) source;
    int start = other.start(from);
    int bytes = other.start(to) - start;
    reserve(bytes, to - from);
    System.arraycopy(other.wire, start, wire, size, bytes);
    int[] in = other.ends;
    int[] out = ends;
    int shift = size - start;
    int row = rows;
    for (int i = from; i < to; i++) {
      out[row++] = in[i] + shift;
    }
    rows = row;
    size += bytes;
  }

  @Override
  void appendRows(Column source, int[] rows, int from, int to) {
    StringColumn other = (StringColumn) source;
    long bytes = 0;
    for (int i = from; i < to; i++) {
      requireRow(rows[i], other.rows);
      bytes += other.ends[rows[i]] - other.start(rows[i]);
    }
    reserve(bytes, to - from);
    byte[] in = other.wire;
    int at = size;
    int row = this.rows;
    for (int i = from; i < to; i++) {
      int start = other.start(rows[i]);
      int length = other.ends[rows[i]] - start;
      System.arraycopy(in, start, wire, at, length);
      at += length;
      ends[row++] = at;
    }
    this.rows = row;
    size = at;
  }

  private void reserve(long moreBytes, int moreRows) {
    if (size + moreBytes > wire.length) {
      wire = Capacity.grow(wire, size + moreBytes, "String");
    }
    if (rows + (long) moreRows > ends.length) {
      ends = Capacity.grow(ends, rows + (long) moreRows, "String");
    }
  }
}
