package dev.seamark.ingest.decode;

import dev.seamark.block.ByteColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The structured metadata of one Loki entry: log attributes, but for what a row has a column for.
///
/// `trace_id` and `span_id` (also `traceID`, `traceid`, `spanID`, `spanid`) are the ids of the
/// trace
/// if they are 32 and 16 hexadecimal digits, `level` (`severity`, `severity_text`,
/// `detected_level`) is the severity; of two of a kind the last holds, but a detected level never
/// displaces another. What isn't taken stays an attribute. Reused; not thread-safe.
final class LokiMetadata {
  private static final byte[][] TRACE_IDS = names("trace_id", "traceID", "traceid");
  private static final byte[][] SPAN_IDS = names("span_id", "spanID", "spanid");
  private static final byte[][] LEVELS = names("level", "severity", "severity_text");
  private static final byte[] DETECTED_LEVEL = ascii("detected_level");
  private static final int TRACE_DIGITS = 32;
  private static final int SPAN_DIGITS = 16;

  private final int countMax;
  private final int keyBytesMax;
  private final int valueBytesMax;
  private final KeyIndex entries = new KeyIndex();
  private final Severities severities = new Severities();
  private final byte[] digits = new byte[TRACE_DIGITS];

  private byte[] body = {};
  private int count;
  private long textBytes;
  private int traceIdAt;
  private int spanIdAt;
  private boolean levelSaid;
  private int levelAt;
  private int levelEnd;
  private int detectedAt;
  private int detectedEnd;

  LokiMetadata(Limits limits) {
    this.countMax = limits.attributesMax();
    this.keyBytesMax = limits.attributeKeyBytesMax();
    this.valueBytesMax = limits.attributeValueBytesMax();
  }

  /** Starts anew with pairs that stand in {@code body}. */
  void clear(byte[] body) {
    this.body = body;
    entries.clear(body);
    count = 0;
    textBytes = 0;
    traceIdAt = -1;
    spanIdAt = -1;
    levelSaid = false;
    levelAt = 0;
    levelEnd = 0;
    detectedAt = 0;
    detectedEnd = 0;
  }

  /** Reads one {@code LabelPair} field, whose tag has just been read. */
  void read(WireReader wire) throws Malformed, RowRefused {
    int outer = wire.enter("LabelPair");
    int nameAt = wire.at();
    int nameEnd = nameAt;
    int valueAt = nameAt;
    int valueEnd = nameAt;
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 0x0A -> {
          nameAt = wire.text("LabelPair.name");
          nameEnd = wire.at();
        }
        case 0x12 -> {
          valueAt = wire.text("LabelPair.value");
          valueEnd = wire.at();
        }
        default -> wire.skip(tag);
      }
    }
    wire.leave(outer);
    check(nameAt, nameEnd, valueEnd - valueAt);
    add(nameAt, nameEnd, valueAt, valueEnd);
  }

  private void check(int nameAt, int nameEnd, int valueBytes) throws RowRefused {
    if (++count > countMax) {
      throw new RowRefused(Limits.exceeded(
          "the number of structured metadata of an entry", count, countMax, Limits.ATTRIBUTES_MAX));
    }
    if (nameEnd - nameAt > keyBytesMax) {
      throw new RowRefused(Limits.exceeded(
          "the number of bytes of a name of structured metadata",
          nameEnd - nameAt,
          keyBytesMax,
          Limits.ATTRIBUTE_KEY_BYTES_MAX));
    }
    if (valueBytes > valueBytesMax) {
      throw new RowRefused(Limits.exceeded(
          "the number of bytes of structured metadata '%s'"
              .formatted(new String(body, nameAt, nameEnd - nameAt, StandardCharsets.UTF_8)),
          valueBytes,
          valueBytesMax,
          Limits.ATTRIBUTE_VALUE_BYTES_MAX));
    }
    textBytes += nameEnd - nameAt + valueBytes;
  }

  private void add(int nameAt, int nameEnd, int valueAt, int valueEnd) {
    if (isOneOf(TRACE_IDS, nameAt, nameEnd) && isId(valueAt, valueEnd, TRACE_DIGITS)) {
      traceIdAt = valueAt;
    } else if (isOneOf(SPAN_IDS, nameAt, nameEnd) && isId(valueAt, valueEnd, SPAN_DIGITS)) {
      spanIdAt = valueAt;
    } else if (isOneOf(LEVELS, nameAt, nameEnd)) {
      levelSaid = true;
      levelAt = valueAt;
      levelEnd = valueEnd;
    } else if (is(DETECTED_LEVEL, nameAt, nameEnd)) {
      detectedAt = valueAt;
      detectedEnd = valueEnd;
    } else {
      entries.add(nameAt, nameEnd, body, valueAt, valueEnd);
    }
  }

  private boolean isId(int at, int end, int digits) {
    if (end - at != digits) {
      return false;
    }
    for (int i = at; i < end; i++) {
      if (body[i] < 0 || Character.digit(body[i], 16) < 0) {
        return false;
      }
    }
    return true;
  }

  private boolean isOneOf(byte[][] names, int at, int end) {
    if (at == end || (body[at] != names[0][0] && body[at] != names[1][0])) {
      return false;
    }
    for (byte[] name : names) {
      if (is(name, at, end)) {
        return true;
      }
    }
    return false;
  }

  private boolean is(byte[] name, int at, int end) {
    return Arrays.equals(name, 0, name.length, body, at, end);
  }

  /** Bytes of names and values, and a little more. */
  long textBytes() {
    return textBytes + 4L * count;
  }

  /** Appends the attributes as one row. */
  void appendAttributes(MapColumn<StringColumn, StringColumn> column) {
    entries.sort();
    for (int rank = 0, size = entries.size(); rank < size; rank++) {
      int keyAt = entries.keyAt(rank);
      column.keys().append(body, keyAt, entries.keyEnd(rank) - keyAt);
      int valueAt = entries.valueAt(rank);
      column.values().append(body, valueAt, entries.valueEnd(rank) - valueAt);
    }
    column.endRow();
  }

  void appendTraceId(StringColumn column) {
    appendId(traceIdAt, TRACE_DIGITS, column);
  }

  void appendSpanId(StringColumn column) {
    appendId(spanIdAt, SPAN_DIGITS, column);
  }

  /** An id of zeros only is none, as the W3C trace context says. */
  private void appendId(int at, int length, StringColumn column) {
    int seen = 0;
    for (int i = 0; at >= 0 && i < length; i++) {
      byte b = body[at + i];
      byte lower = b >= 'A' && b <= 'F' ? (byte) (b + 'a' - 'A') : b;
      digits[i] = lower;
      seen |= lower ^ '0';
    }
    column.append(digits, 0, seen == 0 ? 0 : length);
  }

  /** Appends text and number of the severity: the entry's own level, else that of its stream. */
  void appendSeverity(LokiStream stream, LowCardinalityColumn texts, ByteColumn numbers) {
    byte[] source = body;
    int at = levelSaid ? levelAt : detectedAt;
    int end = levelSaid ? levelEnd : detectedEnd;
    if (at == end) {
      source = stream.levelBytes();
      at = stream.levelAt();
      end = stream.levelEnd();
    }
    texts.append(source, at, end - at);
    numbers.append(severities.number(source, at, end));
  }

  private static byte[][] names(String... names) {
    return Arrays.stream(names).map(LokiMetadata::ascii).toArray(byte[][]::new);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
