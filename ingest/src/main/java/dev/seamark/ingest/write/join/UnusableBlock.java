package dev.seamark.ingest.write.join;

/// A block that must not be inserted: it isn't readable, or ClickHouse would silently drop a part
/// of it. Never retryable.
public final class UnusableBlock extends Exception {
  private static final long serialVersionUID = 1;

  private final int index;

  UnusableBlock(int index, String message) {
    super(message, null, false, false);
    this.index = index;
  }

  /// Place of the block among those given to the join.
  public int index() {
    return index;
  }
}
