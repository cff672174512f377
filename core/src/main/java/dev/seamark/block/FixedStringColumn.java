package dev.seamark.block;

import java.util.Arrays;
import java.util.Objects;

/** A {@code FixedString(n)} column: n bytes a row, shorter values padded with zero bytes. */
public final class FixedStringColumn extends FixedWidthColumn {
  private static final int LENGTH_MAX = 0xFFFFFF; // ClickHouse's MAX_FIXEDSTRING_SIZE

  private final int length;

  public FixedStringColumn(int length) {
    super("FixedString(" + length + ")", requireLength(length));
    this.length = length;
  }

  private static int requireLength(int length) {
    if (length < 1 || length > LENGTH_MAX) {
      throw new IllegalArgumentException(
          "FixedString(" + length + "): length must be 1 to " + LENGTH_MAX);
    }
    return length;
  }

  /** Appends a value of at most n bytes. */
  public void append(byte[] source, int offset, int length) {
    if (length > this.length) {
      throw new IllegalArgumentException("value has " + length + " bytes, column is " + type());
    }
    Objects.checkFromIndexSize(offset, length, source.length);
    int at = size;
    if (wire.length - at < this.length) {
      grow();
    }
    System.arraycopy(source, offset, wire, at, length);
    Arrays.fill(wire, at + length, at + this.length, (byte) 0);
    size = at + this.length;
  }

  public void append(byte[] source) {
    append(source, 0, source.length);
  }

  /** The n bytes of a row, padding included. */
  public byte[] bytes(int row) {
    requireRow(row, rows());
    return Arrays.copyOfRange(wire, row * length, (row + 1) * length);
  }
}
