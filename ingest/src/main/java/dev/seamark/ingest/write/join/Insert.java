package dev.seamark.ingest.write.join;

import java.util.List;

/// One INSERT of a range: Native blocks that go over the wire one behind the other.
///
/// @param number of the insert in its range, from 0
/// @param suffix what distinguishes its token from those of the range's other inserts; empty if it
///     is the only one
/// @param columns names of the columns that any of the blocks has; the table's others take their
///     defaults
/// @param rows rows in all blocks
public record Insert(
    int number, String suffix, List<String> columns, List<byte[]> blocks, long rows) {
  /// Length of the body, in bytes.
  public long bytes() {
    var bytes = 0L;
    for (var block : blocks) {
      bytes += block.length;
    }
    return bytes;
  }
}
