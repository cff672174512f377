package dev.seamark.ingest.decode;

import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import java.util.Arrays;

/**
 * Copies of the attributes of one resource or data point, sorted by the bytes of their keys, values
 * as text. For the path of unknown series: it allocates. Not thread-safe.
 */
final class AttributeList {
  private static final byte[] EMPTY = {};

  private final Attributes attributes;
  private final MapColumn<StringColumn, StringColumn> sorted = MapColumn.ofStrings();

  /** @param owner whose attributes they are, for messages */
  AttributeList(String owner, Limits limits) {
    this.attributes = new Attributes(owner, limits);
  }

  /** Reads all fields with the tag {@code wanted} of the message that {@code wire} stands in. */
  void read(WireReader wire, int wanted) throws Malformed, RowRefused {
    sorted.clear();
    attributes.clear(wire.bytes());
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag == wanted) {
        attributes.read(wire);
      } else {
        wire.skip(tag);
      }
    }
    attributes.appendTo(sorted);
  }

  int size() {
    return sorted.keys().rows();
  }

  byte[] key(int i) {
    return sorted.keys().bytes(i);
  }

  byte[] value(int i) {
    return sorted.values().bytes(i);
  }

  /** The value of a key as text, empty if there is none. */
  byte[] get(byte[] key) {
    for (int i = 0; i < size(); i++) {
      if (Arrays.equals(key(i), key)) {
        return value(i);
      }
    }
    return EMPTY;
  }
}
