package dev.seamark.block;

/** Where the elements of each row of an array or map end, counted in elements. */
final class Offsets {
  private final String type;
  private int[] ends = new int[0];
  private int rows;

  Offsets(String type) {
    this.type = type;
  }

  int rows() {
    return rows;
  }

  /** The first element of a row; of the row behind the last one: the number of elements. */
  int start(int row) {
    return row == 0 ? 0 : ends[row - 1];
  }

  void append(int end) {
    if (rows == ends.length) {
      ends = Capacity.grow(ends, rows + 1L, type);
    }
    ends[rows++] = end;
  }

  void truncate(int rows) {
    this.rows = rows;
  }

  long bytes() {
    return 8L * rows;
  }

  int encode(byte[] target, int at) {
    int rows = this.rows;
    int[] ends = this.ends;
    for (int row = 0; row < rows; row++) {
      Wire.LONG.set(target, at + 8 * row, (long) ends[row]);
    }
    return at + 8 * rows;
  }

  /** Reads the offsets and returns the number of elements. */
  int decode(NativeReader reader, int rows) throws MalformedBlock {
    reader.require(8L * rows, type);
    int[] ends = new int[rows];
    byte[] source = reader.source;
    int at = reader.at;
    int previous = 0;
    for (int row = 0; row < rows; row++, at += 8) {
      long end = (long) Wire.LONG.get(source, at);
      if (end < previous || end > Capacity.LENGTH_MAX) {
        reader.at = at;
        throw reader.malformed(
            type + " has offset " + Long.toUnsignedString(end) + " after " + previous);
      }
      previous = (int) end;
      ends[row] = previous;
    }
    reader.at = at;
    this.ends = ends;
    this.rows = rows;
    return previous;
  }

  /** Appends the rows {@code [from, to)} of other offsets, moved behind the last element. */
  void append(Offsets source, int from, int to) {
    long needed = rows + (long) (to - from);
    if (needed > ends.length) {
      ends = Capacity.grow(ends, needed, type);
    }
    int[] in = source.ends;
    int[] out = ends;
    int row = rows;
    int shift = start(row) - source.start(from);
    for (int i = from; i < to; i++) {
      out[row++] = in[i] + shift;
    }
    rows = row;
  }
}
