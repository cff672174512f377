package dev.seamark.block;

/**
 * A {@code Nullable(T)} column, as grid functions answer: append to {@link #values}, then
 * {@link #endRow}, or {@link #appendNull}. T has a fixed width or is String.
 */
public final class NullableColumn<C extends Column> extends Column {
  private final String type;
  private final ByteColumn nulls = ByteColumn.uint8();
  private final C values;

  /** Takes over an empty column as that of the values. */
  public NullableColumn(C values) {
    this.type = "Nullable(" + values.type() + ")";
    if (!(values instanceof FixedWidthColumn || values instanceof StringColumn)) {
      throw new IllegalArgumentException("unknown column type '" + type + "'");
    }
    if (values.rows() != 0) {
      throw new IllegalArgumentException("values must begin empty: " + values);
    }
    this.values = values;
  }

  /** The values of all rows; that of a null is zero or empty. */
  public C values() {
    return values;
  }

  /** Makes the value appended last a row. */
  public void endRow() {
    if (values.rows() != nulls.rows() + 1) {
      throw new IllegalStateException(
          type + " needs one value a row, has " + values.rows() + " for row " + nulls.rows());
    }
    nulls.append(0);
  }

  public void appendNull() {
    requireRowEnd();
    if (values instanceof StringColumn strings) {
      strings.appendEmpty();
    } else if (values instanceof FixedWidthColumn numbers) {
      numbers.appendZero();
    }
    nulls.append(1);
  }

  public boolean isNull(int row) {
    return nulls.get(row) != 0;
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public int rows() {
    return nulls.rows();
  }

  @Override
  public void truncate(int rows) {
    requireTruncation(rows);
    nulls.truncate(rows);
    values.truncate(rows);
  }

  @Override
  int prefixBytes() {
    return 0;
  }

  @Override
  long bodyBytes() {
    return nulls.bodyBytes() + values.bodyBytes();
  }

  @Override
  int encodePrefix(byte[] target, int at) {
    return at;
  }

  @Override
  int encodeBody(byte[] target, int at) {
    requireRowEnd();
    return values.encodeBody(target, nulls.encodeBody(target, at));
  }

  @Override
  void decodePrefix(NativeReader reader) {}

  @Override
  void decodeBody(NativeReader reader, int rows) throws MalformedBlock {
    nulls.decodeBody(reader, rows);
    values.decodeBody(reader, rows);
  }

  @Override
  void appendRange(Column source, int from, int to) {
    requireRowEnd();
    NullableColumn<?> other = (NullableColumn<?>) source;
    values.appendRange(other.values, from, to);
    nulls.appendRange(other.nulls, from, to);
  }

  @Override
  void appendRows(Column source, int[] rows, int from, int to) {
    requireRowEnd();
    NullableColumn<?> other = (NullableColumn<?>) source;
    values.appendRows(other.values, rows, from, to);
    nulls.appendRows(other.nulls, rows, from, to);
  }

  private void requireRowEnd() {
    if (values.rows() != nulls.rows()) {
      throw new IllegalStateException(type + " has a value outside of a row");
    }
  }
}
