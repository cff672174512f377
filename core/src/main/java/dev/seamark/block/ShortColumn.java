package dev.seamark.block;

/** A column of two unsigned bytes a row: {@code UInt16}, {@code Date} (days since 1970-01-01). */
public final class ShortColumn extends FixedWidthColumn {
  ShortColumn(String type) {
    super(type, 2);
  }

  public static ShortColumn uint16() {
    return new ShortColumn("UInt16");
  }

  public static ShortColumn date() {
    return new ShortColumn("Date");
  }

  /** Appends the low 16 bits of {@code value}. */
  public void append(int value) {
    int at = size;
    if (wire.length - at < 2) {
      grow();
    }
    Wire.SHORT.set(wire, at, (short) value);
    size = at + 2;
  }

  /** The value, 0 to 65,535. */
  public int get(int row) {
    requireRow(row, size >> 1);
    return Short.toUnsignedInt((short) Wire.SHORT.get(wire, row << 1));
  }
}
