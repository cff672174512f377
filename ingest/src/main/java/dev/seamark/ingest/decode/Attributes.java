package dev.seamark.ingest.decode;

import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.labels.Utf8;
import java.nio.charset.StandardCharsets;

/// The attributes of one record, resource or scope: read as they come, appended sorted by key, the
/// last of a key wins.
///
/// Strings stay where they are in the body; other values are rendered into a buffer of their own.
/// Reused; not
/// thread-safe.
final class Attributes {
  private final String owner;
  private final int countMax;
  private final int keyBytesMax;
  private final int valueBytesMax;
  private final KeyIndex entries = new KeyIndex();
  private final Text rendered;
  private final AnyValue value;
  private int count;
  private long textBytes;

  /** @param owner whose attributes they are, for messages: "a log record" */
  Attributes(String owner, Limits limits) {
    this.owner = owner;
    this.countMax = limits.attributesMax();
    this.keyBytesMax = limits.attributeKeyBytesMax();
    this.valueBytesMax = limits.attributeValueBytesMax();
    this.rendered = new Text(limits);
    this.value = new AnyValue(limits);
  }

  /** Starts anew with attributes that stand in {@code body}. */
  void clear(byte[] body) {
    entries.clear(body);
    rendered.clear();
    count = 0;
    textBytes = 0;
  }

  /** Reads one {@code KeyValue} field, whose tag has just been read. */
  void read(WireReader wire) throws Malformed, RowRefused {
    int outer = wire.enter("KeyValue");
    int from = wire.at();
    int to = wire.limit();
    if (!readShortText(wire.bytes(), from, to)) {
      readAny(wire, from, to);
    }
    wire.jump(to, outer);
  }

  /**
   * The way of nearly all attributes: a key and a text, both under 128 bytes, in this order, with
   * nothing around. False, and nothing is read, for any other.
   */
  private boolean readShortText(byte[] body, int from, int to) throws RowRefused {
    if (to - from < 6 || body[from] != 0x0A) {
      return false;
    }
    int keyAt = from + 2;
    int keyEnd = keyAt + body[from + 1];
    int valueAt = keyEnd + 4;
    if (keyEnd < keyAt
        || valueAt > to
        || body[keyEnd] != 0x12
        || body[keyEnd + 1] != to - keyEnd - 2
        || body[keyEnd + 2] != 0x0A
        || body[keyEnd + 3] != to - valueAt
        || !Utf8.isValid(body, keyAt, keyEnd)
        || !Utf8.isValid(body, valueAt, to)) {
      return false;
    }
    countOne();
    requireKeyFits(keyEnd - keyAt);
    entries.add(keyAt, keyEnd, body, valueAt, to);
    admit(body, keyAt, keyEnd, to - valueAt);
    return true;
  }

  private void readAny(WireReader wire, int from, int to) throws Malformed, RowRefused {
    int keyAt = from;
    int keyEnd = from;
    int valueAt = from;
    int valueEnd = from;
    int values = 0;
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 0x0A -> {
          keyAt = wire.text("KeyValue.key");
          keyEnd = wire.at();
        }
        case 0x12 -> {
          valueAt = wire.bytes("KeyValue.value");
          valueEnd = wire.at();
          values++;
        }
        default -> wire.skip(tag);
      }
    }
    countOne();
    if (values == 1) {
      wire.jump(valueAt, valueEnd);
      value.read(wire);
    } else if (values == 0) {
      value.clear();
    } else {
      value.read(wire.joined(0x12, from, to, "KeyValue.value"));
    }
    add(wire, keyAt, keyEnd);
  }

  private void add(WireReader wire, int keyAt, int keyEnd) throws Malformed, RowRefused {
    requireKeyFits(keyEnd - keyAt);
    int bytes;
    if (value.kind() == AnyValue.STRING) {
      bytes = value.end() - value.at();
      entries.add(keyAt, keyEnd, value.bytes(), value.at(), value.end());
    } else {
      int start = rendered.size();
      value.putText(rendered);
      bytes = rendered.size() - start;
      entries.add(keyAt, keyEnd, null, start, rendered.size());
    }
    admit(wire.bytes(), keyAt, keyEnd, bytes);
  }

  private void countOne() throws RowRefused {
    if (++count > countMax) {
      throw tooMany();
    }
  }

  private void requireKeyFits(int bytes) throws RowRefused {
    if (bytes > keyBytesMax) {
      throw keyTooLong(bytes);
    }
  }

  private void admit(byte[] body, int keyAt, int keyEnd, int bytes) throws RowRefused {
    if (bytes > valueBytesMax) {
      throw valueTooLong(body, keyAt, keyEnd, bytes);
    }
    textBytes += keyEnd - keyAt + bytes;
  }

  /** Attributes read, doubles included. */
  int count() {
    return count;
  }

  /**
   * Bytes of keys and values read; what {@link #appendTo} appends is at most that and a little for
   * each.
   */
  long textBytes() {
    return textBytes;
  }

  /** Appends the attributes as one row. */
  void appendTo(MapColumn<StringColumn, StringColumn> column) {
    KeyIndex entries = this.entries;
    entries.sort();
    StringColumn keys = column.keys();
    StringColumn values = column.values();
    byte[] body = entries.keys();
    for (int rank = 0, size = entries.size(); rank < size; rank++) {
      int keyAt = entries.keyAt(rank);
      keys.append(body, keyAt, entries.keyEnd(rank) - keyAt);
      int valueAt = entries.valueAt(rank);
      values.append(valueBytes(rank), valueAt, entries.valueEnd(rank) - valueAt);
    }
    column.endRow();
  }

  /** The rank of an attribute among those sorted, or -1 if there is none. */
  int rank(byte[] key) {
    entries.sort();
    return entries.rank(key);
  }

  /** Where the text of an attribute stands, from {@link #valueAt} to {@link #valueEnd}. */
  byte[] valueBytes(int rank) {
    byte[] source = entries.values(rank);
    return source == null ? rendered.bytes() : source;
  }

  int valueAt(int rank) {
    return entries.valueAt(rank);
  }

  int valueEnd(int rank) {
    return entries.valueEnd(rank);
  }

  private RowRefused tooMany() {
    return new RowRefused(Limits.exceeded(
        "the number of attributes of " + owner, count, countMax, Limits.ATTRIBUTES_MAX));
  }

  private RowRefused keyTooLong(int bytes) {
    return new RowRefused(Limits.exceeded(
        "the number of bytes of an attribute key of " + owner,
        bytes,
        keyBytesMax,
        Limits.ATTRIBUTE_KEY_BYTES_MAX));
  }

  private RowRefused valueTooLong(byte[] body, int keyAt, int keyEnd, int bytes) {
    String key = new String(body, keyAt, keyEnd - keyAt, StandardCharsets.UTF_8);
    return new RowRefused(Limits.exceeded(
        "the number of bytes of attribute '" + key + "' of " + owner,
        bytes,
        valueBytesMax,
        Limits.ATTRIBUTE_VALUE_BYTES_MAX));
  }
}
