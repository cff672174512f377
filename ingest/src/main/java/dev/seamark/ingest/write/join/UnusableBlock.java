package dev.seamark.ingest.write.join;

/// A block that must not be inserted: it isn't readable, or ClickHouse would silently drop a part
/// of it. Never retryable.
public final class UnusableBlock extends Exception {
  private static final long serialVersionUID = 1;

  private final int index;
  private final String column;

  private UnusableBlock(int index, String column, String message) {
    super(message, null, false, false);
    this.index = index;
    this.column = column;
  }

  static UnusableBlock unreadable(int index, String why) {
    return new UnusableBlock(index, "", "not a readable block: " + why);
  }

  static UnusableBlock unknownColumn(int index, String column) {
    return new UnusableBlock(
        index, column, "the table has no column " + column + ", its values would be dropped");
  }

  /// Place of the block among those given to the join.
  public int index() {
    return index;
  }

  /// The column that the table lacks; empty if the block isn't readable.
  public String column() {
    return column;
  }
}
