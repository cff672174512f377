package dev.seamark.ingest.decode;

import dev.seamark.block.StringColumn;

/**
 * Trace and span ids: bytes of a fixed length on the wire, lower-case hexadecimal digits in a row.
 */
final class Ids {
  static final int TRACE_BYTES = 16;
  static final int SPAN_BYTES = 8;

  private Ids() {}

  /** Reads an id that is absent or has its length; returns the offset of its first byte. */
  static int read(WireReader wire, int length, String what) throws Malformed {
    int at = wire.bytes(what);
    int is = wire.at() - at;
    if (is != 0 && is != length) {
      throw wire.malformed(what, "an id of " + is + " bytes, " + length + " are needed");
    }
    return at;
  }

  /** Appends an id; one of zeros only is none, as the W3C trace context says. */
  static void append(StringColumn column, byte[] source, int at, int end) {
    for (int i = at; i < end; i++) {
      if (source[i] != 0) {
        column.appendHex(source, at, end - at);
        return;
      }
    }
    column.appendEmpty();
  }
}
