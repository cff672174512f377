package dev.seamark.block;

/** A column of one byte a row: {@code UInt8}, {@code Int8}, {@code Bool}, {@code Enum8}. */
public final class ByteColumn extends FixedWidthColumn {
  ByteColumn(String type) {
    super(type, 1);
  }

  public static ByteColumn uint8() {
    return new ByteColumn("UInt8");
  }

  public static ByteColumn int8() {
    return new ByteColumn("Int8");
  }

  public static ByteColumn bool() {
    return new ByteColumn("Bool");
  }

  /** An {@code Enum8} of the given definition, such as {@code 'off' = 0, 'on' = 1}. */
  public static ByteColumn enum8(String definition) {
    return (ByteColumn) Column.of("Enum8(" + definition + ")");
  }

  /** Appends the low 8 bits of {@code value}. */
  public void append(int value) {
    int at = size;
    if (at == wire.length) {
      grow();
    }
    wire[at] = (byte) value;
    size = at + 1;
  }

  /** The value's bits; {@link Byte#toUnsignedInt} for a {@code UInt8}. */
  public byte get(int row) {
    requireRow(row, size);
    return wire[row];
  }
}
