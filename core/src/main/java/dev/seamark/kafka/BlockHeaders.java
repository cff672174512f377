package dev.seamark.kafka;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.List;
import java.util.zip.CRC32C;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * What a record's headers say about the block in its value, so that a reader can plan, check and
 * refuse without decoding it. Values are ASCII text: any Kafka tool shows them readable.
 *
 * @param format encoding of the value: {@link #NATIVE}
 * @param schemaVersion the newest migration that the sender knew
 * @param rows rows in the block
 * @param minMs earliest time of a row, milliseconds since the epoch
 * @param maxMs latest time of a row, milliseconds since the epoch
 * @param crc CRC-32C of the value
 * @param receivedMs when the first of the rows came in, milliseconds since the epoch
 */
public record BlockHeaders(
    String format, int schemaVersion, int rows, long minMs, long maxMs, int crc, long receivedMs) {
  /** One ClickHouse Native block, revision 0. */
  public static final String NATIVE = "native/1";

  private static final String FORMAT = "seamark-format";
  private static final String SCHEMA = "seamark-schema";
  private static final String ROWS = "seamark-rows";
  private static final String MIN_MS = "seamark-min-ms";
  private static final String MAX_MS = "seamark-max-ms";
  private static final String CRC = "seamark-crc";
  private static final String RECEIVED_MS = "seamark-received-ms";

  /** Headers of a Native block; computes the value's checksum. */
  public static BlockHeaders of(
      byte[] value, int schemaVersion, int rows, long minMs, long maxMs, long receivedMs) {
    return new BlockHeaders(NATIVE, schemaVersion, rows, minMs, maxMs, crc(value), receivedMs);
  }

  /** CRC-32C of a value. */
  public static int crc(byte[] value) {
    var crc = new CRC32C();
    crc.update(value);
    return (int) crc.getValue();
  }

  /** Whether the value is what the sender sealed. */
  public boolean matches(byte[] value) {
    return crc == crc(value);
  }

  /** The headers as a producer sends them. */
  public Headers toKafka() {
    return new RecordHeaders(List.of(
        header(FORMAT, format),
        header(SCHEMA, Integer.toString(schemaVersion)),
        header(ROWS, Integer.toString(rows)),
        header(MIN_MS, Long.toString(minMs)),
        header(MAX_MS, Long.toString(maxMs)),
        header(CRC, Integer.toHexString(crc)),
        header(RECEIVED_MS, Long.toString(receivedMs))));
  }

  /** Reads a record's headers; unknown ones are ignored. */
  public static BlockHeaders from(Headers headers) throws MalformedHeaders {
    return new BlockHeaders(
        text(headers, FORMAT),
        (int) number(headers, SCHEMA, 10, 0, Integer.MAX_VALUE),
        (int) number(headers, ROWS, 10, 0, Integer.MAX_VALUE),
        number(headers, MIN_MS, 10, Long.MIN_VALUE, Long.MAX_VALUE),
        number(headers, MAX_MS, 10, Long.MIN_VALUE, Long.MAX_VALUE),
        (int) number(headers, CRC, 16, 0, 0xFFFF_FFFFL),
        number(headers, RECEIVED_MS, 10, Long.MIN_VALUE, Long.MAX_VALUE));
  }

  private static Header header(String name, String value) {
    return new RecordHeader(name, value.getBytes(US_ASCII));
  }

  private static String text(Headers headers, String name) throws MalformedHeaders {
    Header header = headers.lastHeader(name);
    if (header == null || header.value() == null) {
      throw new MalformedHeaders("record has no header " + name);
    }
    return new String(header.value(), US_ASCII);
  }

  private static long number(Headers headers, String name, int radix, long min, long max)
      throws MalformedHeaders {
    String text = text(headers, name);
    try {
      long number = Long.parseLong(text, radix);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException _) {
      // refused below, as a number out of range is
    }
    String shown = text.length() > 40 ? text.substring(0, 40) + "..." : text;
    throw new MalformedHeaders("header %s is %s, no number in range".formatted(name, shown));
  }
}
