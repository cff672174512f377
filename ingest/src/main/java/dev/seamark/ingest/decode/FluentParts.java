package dev.seamark.ingest.decode;

import java.util.Arrays;

/**
 * The parts of a record that say where it comes from, as ranges of its bytes: what the group of
 * events says that it belongs to (a map), and then fields of the record (key and value). Reused;
 * not thread-safe.
 */
final class FluentParts {
  private byte[] bytes = {};
  private int[] from = new int[8];
  private int[] to = new int[8];
  private int count;
  private int total;
  private boolean grouped;

  /** Starts a record; the group is the first part unless it is empty. */
  void clear(byte[] bytes, int groupFrom, int groupTo) {
    this.bytes = bytes;
    count = 0;
    total = 0;
    grouped = groupTo > groupFrom;
    if (grouped) {
      add(groupFrom, groupTo);
    }
  }

  void add(int partFrom, int partTo) {
    if (count == from.length) {
      from = Arrays.copyOf(from, 2 * count);
      to = Arrays.copyOf(to, 2 * count);
    }
    from[count] = partFrom;
    to[count] = partTo;
    count++;
    total += partTo - partFrom;
  }

  byte[] bytes() {
    return bytes;
  }

  int count() {
    return count;
  }

  /** Bytes of all parts. */
  int total() {
    return total;
  }

  int from(int part) {
    return from[part];
  }

  int to(int part) {
    return to[part];
  }

  /** Whether the first part is a group's map. */
  boolean isGrouped() {
    return grouped;
  }
}
