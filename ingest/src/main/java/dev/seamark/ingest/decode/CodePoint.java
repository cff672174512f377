package dev.seamark.ingest.decode;

/** A code point being written as UTF-8, by RFC 3629. */
final class CodePoint {
  private CodePoint() {}

  /** Writes a code point, a surrogate as any other; returns the offset behind it. */
  static int put(int codePoint, byte[] out, int at) {
    int next = at;
    if (codePoint < 0x80) {
      out[next++] = (byte) codePoint;
      return next;
    }
    if (codePoint < 0x800) {
      out[next++] = (byte) (0xC0 | (codePoint >> 6));
    } else if (codePoint < 0x10000) {
      out[next++] = (byte) (0xE0 | (codePoint >> 12));
      out[next++] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
    } else {
      out[next++] = (byte) (0xF0 | (codePoint >> 18));
      out[next++] = (byte) (0x80 | ((codePoint >> 12) & 0x3F));
      out[next++] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
    }
    out[next++] = (byte) (0x80 | (codePoint & 0x3F));
    return next;
  }
}
