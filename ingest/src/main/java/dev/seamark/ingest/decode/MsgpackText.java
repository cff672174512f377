package dev.seamark.ingest.decode;

import dev.seamark.labels.Utf8;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The text form of msgpack values, the same as that of OTLP's ([AnyValue]): text as it is,
/// booleans
/// and numbers as text, nil as the empty text, arrays and maps as compact JSON with sorted keys.
///
/// msgpack tells text from bytes, but its senders often don't: Ruby writes log lines as bytes, C
/// writes anything as text. So both are text where they are UTF-8. Where they aren't, text has each
/// invalid sequence replaced by U+FFFD, and bytes are base64. An event time is seconds with nine
/// decimals; another extension is the base64 of its bytes. Allocates nothing, but for invalid text,
/// four-byte floats, and doubles of more than 15 digits. Not thread-safe.
final class MsgpackText {
  private static final byte[] TRUE = ascii("true");
  private static final byte[] FALSE = ascii("false");
  private static final byte[] NULL = ascii("null");

  private final int depthMax;
  private final int rowBytesMax;
  private final Limits limits;
  private final @Nullable Level[] levels; // of maps inside each other; made at first use

  MsgpackText(Limits limits) {
    this.limits = limits;
    this.depthMax = limits.anyValueDepthMax();
    this.rowBytesMax = limits.rowBytesMax();
    this.levels = new Level[depthMax + 1];
  }

  /** The pairs of a map on their way to being sorted. */
  private static final class Level {
    private final Text keys;
    private final KeyIndex index = new KeyIndex();
    private int[] ranges = new int[64]; // of a pair: the key's start and end, the value's

    Level(Limits limits) {
      this.keys = new Text(limits);
    }
  }

  /** Appends the text of the next value. */
  void put(MsgpackReader wire, Text out) throws Malformed, RowRefused {
    int start = wire.at();
    int kind = wire.next("a value");
    switch (kind) {
      case MsgpackReader.NIL -> {}
      case MsgpackReader.STR -> putText(wire.bytes(), wire.from(), wire.to(), out);
      case MsgpackReader.BIN -> putBytes(wire.bytes(), wire.from(), wire.to(), out);
      case MsgpackReader.EXT -> putExt(wire, out);
      case MsgpackReader.FLOAT, MsgpackReader.DOUBLE -> putDouble(kind, wire.number(), out);
      case MsgpackReader.ARRAY, MsgpackReader.MAP -> {
        wire.jump(start);
        putJson(wire, out, 0);
      }
      default -> putWhole(kind, wire.number(), out);
    }
  }

  private void putJson(MsgpackReader wire, Text out, int depth) throws Malformed, RowRefused {
    int kind = wire.next("a value");
    switch (kind) {
      case MsgpackReader.NIL -> out.put(NULL);
      case MsgpackReader.STR -> putQuoted(wire.bytes(), wire.from(), wire.to(), out);
      case MsgpackReader.BIN -> {
        if (Utf8.isValid(wire.bytes(), wire.from(), wire.to())) {
          out.putQuoted(wire.bytes(), wire.from(), wire.to());
        } else {
          out.put('"');
          out.putBase64(wire.bytes(), wire.from(), wire.to());
          out.put('"');
        }
      }
      case MsgpackReader.EXT -> {
        out.put('"');
        putExt(wire, out);
        out.put('"');
      }
      case MsgpackReader.FLOAT, MsgpackReader.DOUBLE -> {
        boolean finite = Double.isFinite(Double.longBitsToDouble(wire.number()));
        if (!finite) {
          out.put('"');
        }
        putDouble(kind, wire.number(), out);
        if (!finite) {
          out.put('"');
        }
      }
      case MsgpackReader.ARRAY -> putJsonArray(wire, wire.size(), out, deeper(depth));
      case MsgpackReader.MAP -> putJsonObject(wire, wire.size(), out, deeper(depth));
      default -> putWhole(kind, wire.number(), out);
    }
  }

  private int deeper(int depth) throws RowRefused {
    if (depth == depthMax) {
      throw new RowRefused(Limits.exceeded(
          "the depth of a value", depth + 1L, depthMax, Limits.ANY_VALUE_DEPTH_MAX));
    }
    return depth + 1;
  }

  private void putJsonArray(MsgpackReader wire, int size, Text out, int depth)
      throws Malformed, RowRefused {
    out.put('[');
    for (int i = 0; i < size; i++) {
      if (i > 0) {
        out.put(',');
      }
      putJson(wire, out, depth);
    }
    out.put(']');
  }

  private void putJsonObject(MsgpackReader wire, int size, Text out, int depth)
      throws Malformed, RowRefused {
    if (2L * size > rowBytesMax) { // its index would be large before its text is
      throw new RowRefused(Limits.exceeded(
          "the number of bytes of a row", 2L * size, rowBytesMax, Limits.ROW_BYTES_MAX));
    }
    Level level = level(depth);
    readPairs(wire, size, level);
    int end = wire.at();
    KeyIndex index = level.index;
    index.sort();
    out.put('{');
    for (int rank = 0; rank < index.size(); rank++) {
      if (rank > 0) {
        out.put(',');
      }
      out.putQuoted(index.keys(), index.keyAt(rank), index.keyEnd(rank));
      out.put(':');
      wire.jump(index.valueAt(rank));
      putJson(wire, out, depth);
    }
    out.put('}');
    wire.jump(end);
  }

  /** Notes where the values of a map stand, and writes its keys as text, of whatever kind. */
  private void readPairs(MsgpackReader wire, int size, Level level) throws Malformed, RowRefused {
    if (level.ranges.length < 4 * size) {
      level.ranges = new int[Integer.highestOneBit(4 * size) << 1];
    }
    int[] ranges = level.ranges;
    level.keys.clear();
    for (int i = 0; i < 4 * size; i += 4) {
      ranges[i] = level.keys.size();
      putKey(wire, level.keys);
      ranges[i + 1] = level.keys.size();
      ranges[i + 2] = wire.at();
      wire.skip("a value");
      ranges[i + 3] = wire.at();
    }
    level.index.clear(level.keys.bytes());
    for (int i = 0; i < 4 * size; i += 4) {
      level.index.add(ranges[i], ranges[i + 1], null, ranges[i + 2], ranges[i + 3]);
    }
  }

  /** Appends the text of the next value, which is the key of a map: no array or map itself. */
  void putKey(MsgpackReader wire, Text out) throws Malformed, RowRefused {
    int start = wire.at();
    int kind = wire.next("a key");
    if (kind == MsgpackReader.ARRAY || kind == MsgpackReader.MAP) {
      throw new RowRefused("the key of a map is an array or a map itself, which has no text");
    }
    wire.jump(start);
    put(wire, out);
  }

  private Level level(int depth) {
    Level level = levels[depth];
    if (level == null) {
      level = new Level(limits);
      levels[depth] = level;
    }
    return level;
  }

  /** Text with what isn't UTF-8 replaced. */
  static void putText(byte[] source, int from, int to, Text out) throws RowRefused {
    if (Utf8.isValid(source, from, to)) {
      out.put(source, from, to);
    } else {
      out.put(replaced(source, from, to));
    }
  }

  private static void putQuoted(byte[] source, int from, int to, Text out) throws RowRefused {
    if (Utf8.isValid(source, from, to)) {
      out.putQuoted(source, from, to);
    } else {
      byte[] text = replaced(source, from, to);
      out.putQuoted(text, 0, text.length);
    }
  }

  private static void putBytes(byte[] source, int from, int to, Text out) throws RowRefused {
    if (Utf8.isValid(source, from, to)) {
      out.put(source, from, to);
    } else {
      out.putBase64(source, from, to);
    }
  }

  private static byte[] replaced(byte[] source, int from, int to) {
    return new String(source, from, to - from, StandardCharsets.UTF_8)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static void putExt(MsgpackReader wire, Text out) throws RowRefused {
    if (EventTime.isOne(wire)) {
      out.putLong(EventTime.seconds(wire));
      out.put('.');
      out.putDigits(EventTime.nanos(wire), 9);
    } else {
      out.putBase64(wire.bytes(), wire.from(), wire.to());
    }
  }

  private static void putWhole(int kind, long number, Text out) throws RowRefused {
    switch (kind) {
      case MsgpackReader.BOOL -> out.put(number != 0 ? TRUE : FALSE);
      case MsgpackReader.UINT -> { // 19 digits are a long's
        out.putLong(Long.divideUnsigned(number, 10));
        out.putLong(Long.remainderUnsigned(number, 10));
      }
      default -> out.putLong(number);
    }
  }

  private static void putDouble(int kind, long bits, Text out) throws RowRefused {
    double value = Double.longBitsToDouble(bits);
    DoubleText.put(
        kind == MsgpackReader.FLOAT ? Double.parseDouble(Float.toString((float) value)) : value,
        out);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
