package dev.seamark.block;

import java.util.Arrays;

/** A column whose values all have the same number of bytes; held in wire form. */
abstract sealed class FixedWidthColumn extends Column
    permits ByteColumn, ShortColumn, IntColumn, LongColumn, DoubleColumn, FixedStringColumn {
  private static final byte[] EMPTY = new byte[0];

  private final String type;
  private final int width;
  byte[] wire = EMPTY;
  int size;

  FixedWidthColumn(String type, int width) {
    this.type = type;
    this.width = width;
  }

  @Override
  public final String type() {
    return type;
  }

  @Override
  public final int rows() {
    return size / width;
  }

  @Override
  public final void truncate(int rows) {
    requireTruncation(rows);
    size = rows * width;
  }

  /** Makes room for one more value. */
  final void grow() {
    wire = Capacity.grow(wire, (long) size + width, type);
  }

  final void appendZero() {
    if (wire.length - size < width) {
      grow();
    }
    Arrays.fill(wire, size, size + width, (byte) 0);
    size += width;
  }

  private void reserve(int rows) {
    long needed = size + (long) rows * width;
    if (needed > wire.length) {
      wire = Capacity.grow(wire, needed, type);
    }
  }

  @Override
  final int prefixBytes() {
    return 0;
  }

  @Override
  final long bodyBytes() {
    return size;
  }

  @Override
  final int encodePrefix(byte[] target, int at) {
    return at;
  }

  @Override
  final int encodeBody(byte[] target, int at) {
    System.arraycopy(wire, 0, target, at, size);
    return at + size;
  }

  @Override
  final void decodePrefix(NativeReader reader) {}

  @Override
  final void decodeBody(NativeReader reader, int rows) throws MalformedBlock {
    int bytes = reader.require((long) rows * width, type);
    wire = Arrays.copyOfRange(reader.source, reader.at, reader.at + bytes);
    size = bytes;
    reader.at += bytes;
  }

  @Override
  final void appendRange(Column source, int from, int to) {
    reserve(to - from);
    FixedWidthColumn other = (FixedWidthColumn) source;
    int bytes = (to - from) * width;
    System.arraycopy(other.wire, from * width, wire, size, bytes);
    size += bytes;
  }

  @Override
  final void appendRows(Column source, int[] rows, int from, int to) {
    int sourceRows = source.rows();
    for (int i = from; i < to; i++) {
      requireRow(rows[i], sourceRows);
    }
    reserve(to - from);
    byte[] in = ((FixedWidthColumn) source).wire;
    byte[] out = wire;
    int at = size;
    switch (width) {
      case 1 -> {
        for (int i = from; i < to; i++, at++) {
          out[at] = in[rows[i]];
        }
      }
      case 2 -> {
        for (int i = from; i < to; i++, at += 2) {
          Wire.SHORT.set(out, at, (short) Wire.SHORT.get(in, rows[i] << 1));
        }
      }
      case 4 -> {
        for (int i = from; i < to; i++, at += 4) {
          Wire.INT.set(out, at, (int) Wire.INT.get(in, rows[i] << 2));
        }
      }
      case 8 -> {
        for (int i = from; i < to; i++, at += 8) {
          Wire.LONG.set(out, at, (long) Wire.LONG.get(in, rows[i] << 3));
        }
      }
      default -> {
        for (int i = from; i < to; i++, at += width) {
          System.arraycopy(in, rows[i] * width, out, at, width);
        }
      }
    }
    size = at;
  }
}
