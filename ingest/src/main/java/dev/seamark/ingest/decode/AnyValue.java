package dev.seamark.ingest.decode;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A reader of OTLP's `AnyValue`, and its text form, which is that of the Collector's `AsString`:
/// strings as they are,
/// booleans and numbers as text, bytes as base64, arrays and key-value lists as compact JSON with
/// sorted keys.
///
/// Inside JSON, bytes are base64 strings, an empty value is null, and NaN and the infinities are
/// strings, for JSON has
/// no numbers for them. Allocates nothing, but for doubles of more than 15 digits (see
/// [DoubleText]) and for senders
/// that repeat singular fields. Not thread-safe.
final class AnyValue {
  static final int EMPTY = 0;
  static final int STRING = 1;
  static final int BOOL = 2;
  static final int INT = 3;
  static final int DOUBLE = 4;
  static final int ARRAY = 5;
  static final int KVLIST = 6;
  static final int BYTES = 7;

  private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

  private final int depthMax;
  private final int rowBytesMax;
  private final @Nullable KeyIndex[]
      levels; // of key-value lists inside each other; made at first use
  private final WireReader inner = new WireReader();

  // the value read last
  private int kind;
  private byte[] bytes = {};
  private int at;
  private int end;
  private long number;

  AnyValue(Limits limits) {
    this.depthMax = limits.anyValueDepthMax();
    this.rowBytesMax = limits.rowBytesMax();
    this.levels = new KeyIndex[depthMax + 1];
  }

  /** Which member of the oneof holds: {@link #EMPTY}, {@link #STRING}... */
  int kind() {
    return kind;
  }

  /** Where a {@link #STRING} stands. */
  byte[] bytes() {
    return bytes;
  }

  int at() {
    return at;
  }

  int end() {
    return end;
  }

  /** Makes the empty value the one read last. */
  void clear() {
    kind = EMPTY;
  }

  /**
   * Reads the message that {@code wire} stands in, to its end. The last member of the oneof wins.
   */
  void read(WireReader wire) throws Malformed {
    int kind = EMPTY;
    int at = 0;
    int end = 0;
    long number = 0;
    int runStart = 0;
    boolean repeated = false;
    while (wire.hasNext()) {
      int fieldAt = wire.at();
      int tag = wire.tag();
      switch (tag) {
        case 0x0A -> {
          at = wire.text("AnyValue.string_value");
          end = wire.at();
          kind = STRING;
        }
        case 0x10 -> {
          number = wire.varint64("AnyValue.bool_value");
          kind = BOOL;
        }
        case 0x18 -> {
          number = wire.varint64("AnyValue.int_value");
          kind = INT;
        }
        case 0x21 -> {
          number = wire.fixed64("AnyValue.double_value");
          kind = DOUBLE;
        }
        case 0x2A, 0x32 -> {
          int next = tag == 0x2A ? ARRAY : KVLIST;
          repeated = kind == next;
          if (!repeated) {
            runStart = fieldAt;
          }
          at = wire.bytes("AnyValue.array_value or kvlist_value");
          end = wire.at();
          kind = next;
        }
        case 0x3A -> {
          at = wire.bytes("AnyValue.bytes_value");
          end = wire.at();
          kind = BYTES;
        }
        case 0x40 -> { // an index into a dictionary that only profiles have
          wire.varint32("AnyValue.string_value_strindex");
          kind = EMPTY;
        }
        default -> wire.skip(tag);
      }
    }
    this.kind = kind;
    this.bytes = wire.bytes();
    this.at = at;
    this.end = end;
    this.number = number;
    if (repeated && (kind == ARRAY || kind == KVLIST)) {
      WireReader joined =
          wire.joined(kind == ARRAY ? 0x2A : 0x32, runStart, wire.limit(), "AnyValue");
      this.bytes = joined.bytes();
      this.at = 0;
      this.end = joined.limit();
    }
  }

  /** Appends the text of the value read last, which is no longer known afterwards. */
  void putText(Text out) throws Malformed, RowRefused {
    switch (kind) {
      case EMPTY -> {}
      case STRING -> out.put(bytes, at, end);
      case BOOL -> out.put(number != 0 ? TRUE : FALSE);
      case INT -> out.putLong(number);
      case DOUBLE -> DoubleText.put(Double.longBitsToDouble(number), out);
      case BYTES -> out.putBase64(bytes, at, end);
      default -> putJson(out, 0);
    }
  }

  private void putJson(Text out, int depth) throws Malformed, RowRefused {
    switch (kind) {
      case EMPTY -> out.put(NULL);
      case STRING -> out.putQuoted(bytes, at, end);
      case BOOL -> out.put(number != 0 ? TRUE : FALSE);
      case INT -> out.putLong(number);
      case DOUBLE -> putJsonDouble(Double.longBitsToDouble(number), out);
      case BYTES -> {
        out.put('"');
        out.putBase64(bytes, at, end);
        out.put('"');
      }
      case ARRAY -> putJsonArray(bytes, at, end, out, deeper(depth));
      default -> putJsonObject(bytes, at, end, out, deeper(depth));
    }
  }

  private int deeper(int depth) throws RowRefused {
    if (depth == depthMax) {
      throw new RowRefused(Limits.exceeded(
          "the depth of a value", depth + 1L, depthMax, Limits.ANY_VALUE_DEPTH_MAX));
    }
    if (end - at > rowBytesMax) { // its index would be large before its text is
      throw new RowRefused(Limits.exceeded(
          "the number of bytes of a row", end - at, rowBytesMax, Limits.ROW_BYTES_MAX));
    }
    return depth + 1;
  }

  private static void putJsonDouble(double value, Text out) throws RowRefused {
    boolean finite = Double.isFinite(value);
    if (!finite) {
      out.put('"');
    }
    DoubleText.put(value, out);
    if (!finite) {
      out.put('"');
    }
  }

  private void putJsonArray(byte[] source, int from, int to, Text out, int depth)
      throws Malformed, RowRefused {
    out.put('[');
    boolean first = true;
    int next = from;
    while (next < to) {
      inner.reset(source, next, to);
      int tag = inner.tag();
      if (tag != 0x0A) {
        inner.skip(tag);
        next = inner.at();
        continue;
      }
      int outer = inner.enter("ArrayValue.values");
      next = inner.limit();
      read(inner);
      inner.leave(outer);
      if (!first) {
        out.put(',');
      }
      first = false;
      putJson(out, depth);
    }
    out.put(']');
  }

  private void putJsonObject(byte[] source, int from, int to, Text out, int depth)
      throws Malformed, RowRefused {
    KeyIndex entries = level(depth);
    entries.clear(source);
    inner.reset(source, from, to);
    while (inner.hasNext()) {
      int tag = inner.tag();
      if (tag != 0x0A) {
        inner.skip(tag);
        continue;
      }
      int outer = inner.enter("KeyValueList.values");
      addKeyValue(inner, entries);
      inner.leave(outer);
    }
    entries.sort();
    out.put('{');
    for (int rank = 0; rank < entries.size(); rank++) {
      if (rank > 0) {
        out.put(',');
      }
      out.putQuoted(source, entries.keyAt(rank), entries.keyEnd(rank));
      out.put(':');
      byte[] values = entries.values(rank);
      inner.reset(values == null ? source : values, entries.valueAt(rank), entries.valueEnd(rank));
      read(inner);
      putJson(out, depth);
    }
    out.put('}');
  }

  /**
   * Adds the {@code KeyValue} that {@code wire} stands in: its value is the range of an AnyValue
   * message.
   */
  private static void addKeyValue(WireReader wire, KeyIndex entries) throws Malformed {
    int from = wire.at();
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
    if (values <= 1) {
      entries.add(keyAt, keyEnd, null, valueAt, valueEnd);
    } else {
      WireReader joined = wire.joined(0x12, from, wire.limit(), "KeyValue.value");
      entries.add(keyAt, keyEnd, joined.bytes(), 0, joined.limit());
    }
  }

  private KeyIndex level(int depth) {
    KeyIndex level = levels[depth];
    if (level == null) {
      level = new KeyIndex();
      levels[depth] = level;
    }
    return level;
  }
}
