package dev.seamark.block;

/** A {@code Float64} column. It keeps the bits of every NaN: Prometheus' stale marker is one. */
public final class DoubleColumn extends FixedWidthColumn {
  public DoubleColumn() {
    super("Float64", 8);
  }

  public void append(double value) {
    appendLongBits(Double.doubleToRawLongBits(value));
  }

  public void appendLongBits(long bits) {
    int at = size;
    if (wire.length - at < 8) {
      grow();
    }
    Wire.LONG.set(wire, at, bits);
    size = at + 8;
  }

  public double get(int row) {
    return Double.longBitsToDouble(getLongBits(row));
  }

  public long getLongBits(int row) {
    requireRow(row, size >> 3);
    return (long) Wire.LONG.get(wire, row << 3);
  }
}
