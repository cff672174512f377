package dev.seamark.ingest.decode;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Arrays;

/// JSON values as msgpack in a reused buffer: the way of JSON records to [FluentRows], where it is
/// decided what their fields mean.
///
/// Whole numbers become integers, other numbers doubles; what 64 bits or a double can't hold stays
/// as
/// text. Half of a surrogate pair becomes U+FFFD. What is nested deeper than
/// `ingest.limits.any-value-depth-max` allows is gone behind and remembered ([#requireDepth]), so
/// that
/// the parser stands behind the record either way. Not thread-safe.
///
/// Format: <https://github.com/msgpack/msgpack/blob/master/spec.md>.
final class JsonToMsgpack {
  private static final int FIRST_BYTES = 1024;

  /** A larger buffer is dropped after the request that needed it. */
  private static final int KEPT_BYTES_MAX = 1024 * 1024;

  /** The longest text of a number that surely fits a long. */
  private static final int LONG_CHARS_SAFE = 18;

  private static final int UINT64_DIGITS = 20;
  private static final int HEAD_BYTES = 5;
  private static final int REPLACEMENT = 0xFFFD;

  private final int depthMax;
  private byte[] bytes = new byte[FIRST_BYTES];
  private int size;
  private boolean tooDeep;

  JsonToMsgpack(Limits limits) {
    this.depthMax = limits.anyValueDepthMax();
  }

  byte[] bytes() {
    return bytes;
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
    tooDeep = false;
  }

  /** Lets go of a buffer that a large record needed. */
  void shrink() {
    if (bytes.length > KEPT_BYTES_MAX) {
      bytes = new byte[FIRST_BYTES];
    }
  }

  /** Refuses the record if a value of it was nested too deep. */
  void requireDepth() throws RowRefused {
    if (tooDeep) {
      throw new RowRefused(Limits.exceeded(
          "the depth of a value", depthMax + 1L, depthMax, Limits.ANY_VALUE_DEPTH_MAX));
    }
  }

  /** Starts a map; give the result to {@link #closeMap}. */
  int openMap() {
    return open(0xDF);
  }

  /** @param pairs keys written since */
  void closeMap(int start, int pairs) {
    close(start, pairs);
  }

  private int open(int head) {
    reserve(HEAD_BYTES);
    bytes[size] = (byte) head;
    size += HEAD_BYTES;
    return size;
  }

  private void close(int start, int count) {
    for (int i = 1; i <= 4; i++) {
      bytes[start - i] = (byte) (count >>> (8 * (i - 1)));
    }
  }

  void putText(String text) {
    char[] chars = text.toCharArray();
    putText(chars, 0, chars.length);
  }

  void putText(char[] chars, int from, int to) {
    int length = utf8Length(chars, from, to);
    reserve(HEAD_BYTES + length);
    if (length < 32) {
      bytes[size++] = (byte) (0xA0 | length);
    } else if (length < 0x100) {
      bytes[size++] = (byte) 0xD9;
      bytes[size++] = (byte) length;
    } else if (length < 0x10000) {
      bytes[size++] = (byte) 0xDA;
      putBigEndian(length, 2);
    } else {
      bytes[size++] = (byte) 0xDB;
      putBigEndian(length, 4);
    }
    putUtf8(chars, from, to);
  }

  private static int utf8Length(char[] chars, int from, int to) {
    int length = to - from;
    for (int i = from; i < to; i++) {
      char c = chars[i];
      if (c >= 0x80) {
        // a pair is four bytes for its two chars; half of one becomes three
        boolean pair =
            Character.isHighSurrogate(c) && i + 1 < to && Character.isLowSurrogate(chars[i + 1]);
        length = Math.addExact(length, c < 0x800 ? 1 : 2);
        if (pair) {
          i++;
        }
      }
    }
    return length;
  }

  private void putUtf8(char[] chars, int from, int to) {
    byte[] out = bytes;
    int at = size;
    for (int i = from; i < to; i++) {
      char c = chars[i];
      if (c < 0x80) {
        out[at++] = (byte) c;
      } else if (!Character.isSurrogate(c)) {
        at = CodePoint.put(c, out, at);
      } else if (i + 1 < to && Character.isSurrogatePair(c, chars[i + 1])) {
        at = CodePoint.put(Character.toCodePoint(c, chars[++i]), out, at);
      } else {
        at = CodePoint.put(REPLACEMENT, out, at);
      }
    }
    size = at;
  }

  /** Writes the value that the parser stands at, to its end. */
  void putValue(JsonParser parser) throws IOException {
    putValue(parser, 0);
  }

  private void putValue(JsonParser parser, int depth) throws IOException {
    switch (parser.currentToken()) {
      case START_OBJECT -> putObject(parser, depth);
      case START_ARRAY -> putArray(parser, depth);
      case VALUE_STRING -> putCurrentText(parser);
      case VALUE_NUMBER_INT -> putInteger(parser);
      case VALUE_NUMBER_FLOAT -> putDouble(parser);
      case VALUE_TRUE -> putHead(0xC3);
      case VALUE_FALSE -> putHead(0xC2);
      default -> putHead(0xC0);
    }
  }

  private void putObject(JsonParser parser, int depth) throws IOException {
    if (isTooDeep(parser, depth)) {
      putHead(0xC0);
      return;
    }
    int start = openMap();
    int pairs = 0;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      putText(parser.currentName());
      parser.nextToken();
      putValue(parser, depth + 1);
      pairs++;
    }
    closeMap(start, pairs);
  }

  private void putArray(JsonParser parser, int depth) throws IOException {
    if (isTooDeep(parser, depth)) {
      putHead(0xC0);
      return;
    }
    int start = open(0xDD);
    int elements = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      putValue(parser, depth + 1);
      elements++;
    }
    close(start, elements);
  }

  /** Whether the array or object just begun is nested too deep; then the parser is behind it. */
  boolean isTooDeep(JsonParser parser, int depth) throws IOException {
    if (depth < depthMax) {
      return false;
    }
    tooDeep = true;
    parser.skipChildren();
    return true;
  }

  private void putCurrentText(JsonParser parser) throws IOException {
    int from = parser.getTextOffset();
    putText(parser.getTextCharacters(), from, from + parser.getTextLength());
  }

  private void putInteger(JsonParser parser) throws IOException {
    if (parser.getTextLength() <= LONG_CHARS_SAFE
        || parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      putLong(parser.getLongValue());
      return;
    }
    long unsigned = unsigned(parser.getText());
    if (unsigned == 0) {
      putCurrentText(parser);
    } else {
      putHead(0xCF);
      reserve(8);
      putBigEndian(unsigned, 8);
    }
  }

  /** A number beyond long that 64 bits hold; 0 for others. */
  private static long unsigned(String text) {
    if (text.charAt(0) == '-' || text.length() > UINT64_DIGITS) {
      return 0;
    }
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException _) { // above 2^64
      return 0;
    }
  }

  private void putDouble(JsonParser parser) throws IOException {
    double value = parser.getDoubleValue();
    if (Double.isInfinite(value)) {
      putCurrentText(parser);
      return;
    }
    putHead(0xCB);
    reserve(8);
    putBigEndian(Double.doubleToRawLongBits(value), 8);
  }

  private void putLong(long value) {
    reserve(9);
    if (value >= -32 && value < 128) {
      bytes[size++] = (byte) value;
    } else {
      bytes[size++] = (byte) 0xD3;
      putBigEndian(value, 8);
    }
  }

  private void putHead(int head) {
    reserve(1);
    bytes[size++] = (byte) head;
  }

  private void putBigEndian(long value, int width) {
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
  }

  private void reserve(int more) {
    int needed = Math.addExact(size, more);
    if (needed > bytes.length) {
      long wish = Math.max(needed, Math.min(Integer.MAX_VALUE - 8L, 2L * bytes.length));
      bytes = Arrays.copyOf(bytes, (int) wish);
    }
  }
}
