package dev.seamark.block;

/** A column of eight bytes a row: {@code UInt64}, {@code Int64}, {@code DateTime64(p)} (ticks). */
public final class LongColumn extends FixedWidthColumn {
  LongColumn(String type) {
    super(type, 8);
  }

  public static LongColumn uint64() {
    return new LongColumn("UInt64");
  }

  public static LongColumn int64() {
    return new LongColumn("Int64");
  }

  /** A time in ticks of {@code 10^-precision} seconds since the epoch; 3 for milliseconds. */
  public static LongColumn dateTime64(int precision) {
    return (LongColumn) Column.of("DateTime64(" + precision + ")");
  }

  public void append(long value) {
    int at = size;
    if (wire.length - at < 8) {
      grow();
    }
    Wire.LONG.set(wire, at, value);
    size = at + 8;
  }

  /** The value's bits; {@link Long#compareUnsigned} orders a {@code UInt64}. */
  public long get(int row) {
    requireRow(row, size >> 3);
    return (long) Wire.LONG.get(wire, row << 3);
  }
}
