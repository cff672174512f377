package dev.seamark.ingest.decode;

import java.util.Arrays;

/**
 * A short text to be found in longer ones: looks at about one byte in as many as the needle has
 * (the search of Horspool, 1980). Immutable.
 */
final class Needle {
  private final byte[] text;
  private final byte[] skips = new byte[256]; // of the byte under the needle's last one

  /** @param text of 1 to 127 bytes */
  Needle(byte[] text) {
    this.text = text.clone();
    Arrays.fill(skips, (byte) text.length);
    for (int i = 0; i < text.length - 1; i++) {
      skips[text[i] & 0xFF] = (byte) (text.length - 1 - i);
    }
  }

  boolean isIn(byte[] hay, int from, int to) {
    byte[] text = this.text;
    byte[] skips = this.skips;
    int last = text.length - 1;
    for (int at = from + last; at < to; at += skips[hay[at] & 0xFF]) {
      if (hay[at] == text[last] && Arrays.equals(hay, at - last, at + 1, text, 0, text.length)) {
        return true;
      }
    }
    return false;
  }
}
