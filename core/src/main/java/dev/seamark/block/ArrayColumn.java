package dev.seamark.block;

/** An {@code Array(T)} column: append elements to {@link #element}, then {@link #endRow}. */
public final class ArrayColumn<C extends Column> extends Column {
  private final String type;
  private final C element;
  private final Offsets offsets;

  /** Takes over an empty column as that of the elements. */
  public ArrayColumn(C element) {
    if (element.rows() != 0) {
      throw new IllegalArgumentException("elements of an array must begin empty: " + element);
    }
    this.type = "Array(" + element.type() + ")";
    this.element = element;
    this.offsets = new Offsets(type);
  }

  /** The elements of all rows, one behind the other. */
  public C element() {
    return element;
  }

  /** Makes the elements appended since the last call a row. */
  public void endRow() {
    offsets.append(element.rows());
  }

  /** Appends a row without elements; cheaper than {@link #endRow}, which asks the elements. */
  public void appendEmpty() {
    offsets.append(offsets.start(offsets.rows()));
  }

  /** The first element of a row; that of the row behind the last one is the number of elements. */
  public int start(int row) {
    requireRow(row, offsets.rows() + 1);
    return offsets.start(row);
  }

  /** Elements of a row. */
  public int length(int row) {
    requireRow(row, offsets.rows());
    return offsets.start(row + 1) - offsets.start(row);
  }

  /** Elements appended since the last {@link #endRow}. */
  public int entries() {
    return element.rows() - offsets.start(offsets.rows());
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public int rows() {
    return offsets.rows();
  }

  @Override
  public void truncate(int rows) {
    requireTruncation(rows);
    element.truncate(offsets.start(rows));
    offsets.truncate(rows);
  }

  @Override
  int prefixBytes() {
    return element.prefixBytes();
  }

  @Override
  long bodyBytes() {
    return offsets.bytes() + element.bodyBytes();
  }

  @Override
  int encodePrefix(byte[] target, int at) {
    return element.encodePrefix(target, at);
  }

  @Override
  int encodeBody(byte[] target, int at) {
    requireRowEnd();
    return element.encodeBody(target, offsets.encode(target, at));
  }

  @Override
  void decodePrefix(NativeReader reader) throws MalformedBlock {
    element.decodePrefix(reader);
  }

  @Override
  void decodeBody(NativeReader reader, int rows) throws MalformedBlock {
    element.decodeBody(reader, offsets.decode(reader, rows));
  }

  @Override
  void appendRange(Column source, int from, int to) {
    requireRowEnd();
    ArrayColumn<?> other = (ArrayColumn<?>) source;
    element.appendRange(other.element, other.offsets.start(from), other.offsets.start(to));
    offsets.append(other.offsets, from, to);
  }

  @Override
  void appendRows(Column source, int[] rows, int from, int to) {
    requireRowEnd();
    ArrayColumn<?> other = (ArrayColumn<?>) source;
    for (int i = from; i < to; i++) {
      requireRow(rows[i], other.rows());
    }
    for (int at = from; at < to; ) { // rows that were neighbours move together
      int end = runEnd(rows, at, to);
      appendRange(other, rows[at], rows[at] + end - at);
      at = end;
    }
  }

  private void requireRowEnd() {
    if (entries() != 0) {
      throw new IllegalStateException(type + " has " + entries() + " elements outside of a row");
    }
  }
}
