package dev.seamark.block;

/**
 * A column of four bytes a row: {@code UInt32}, {@code Int32}, {@code DateTime} (epoch seconds).
 */
public final class IntColumn extends FixedWidthColumn {
  IntColumn(String type) {
    super(type, 4);
  }

  public static IntColumn uint32() {
    return new IntColumn("UInt32");
  }

  public static IntColumn int32() {
    return new IntColumn("Int32");
  }

  public static IntColumn dateTime() {
    return new IntColumn("DateTime");
  }

  public void append(int value) {
    int at = size;
    if (wire.length - at < 4) {
      grow();
    }
    Wire.INT.set(wire, at, value);
    size = at + 4;
  }

  /** The value's bits; {@link Integer#toUnsignedLong} for a {@code UInt32} or {@code DateTime}. */
  public int get(int row) {
    requireRow(row, size >> 2);
    return (int) Wire.INT.get(wire, row << 2);
  }
}
