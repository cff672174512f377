package dev.seamark.block;

import java.nio.charset.StandardCharsets;

/** A place in the bytes of Native blocks; every step is checked against their end. */
final class NativeReader {
  final byte[] source;
  int at;
  final int end;
  private final int start;

  NativeReader(byte[] source, int from, int to) {
    this.source = source;
    this.at = from;
    this.start = from;
    this.end = to;
  }

  boolean atEnd() {
    return at == end;
  }

  MalformedBlock malformed(String message) {
    return new MalformedBlock(message, at - start);
  }

  /** Returns {@code bytes} if so many are left: to be asked before anything is allocated. */
  int require(long bytes, String what) throws MalformedBlock {
    if (bytes > end - at) {
      throw malformed(what + " needs " + bytes + " bytes, " + (end - at) + " are left");
    }
    return (int) bytes;
  }

  long uint64(String what) throws MalformedBlock {
    require(8, what);
    long value = (long) Wire.LONG.get(source, at);
    at += 8;
    return value;
  }

  /** A UInt64 that counts things of at least one byte each. */
  int count(String what) throws MalformedBlock {
    long count = uint64(what);
    if (count < 0 || count > end - at) {
      throw malformed(
          what + " counts " + Long.toUnsignedString(count) + ", " + (end - at) + " bytes are left");
    }
    return (int) count;
  }

  /** A varint below 2^31, in its shortest form. */
  int varint(String what) throws MalformedBlock {
    int value = 0;
    int at = this.at;
    for (int shift = 0; shift < 35; shift += 7) {
      if (at == end) {
        throw malformed(what + " is cut off");
      }
      byte b = source[at++];
      if ((shift == 28 && (b & 0xF8) != 0) || (shift > 0 && b == 0)) {
        break;
      }
      value |= (b & 0x7F) << shift;
      if (b >= 0) {
        this.at = at;
        return value;
      }
    }
    throw malformed(what + " is no varint below 2^31 in its shortest form");
  }

  String string(String what) throws MalformedBlock {
    int length = require(varint("length of the " + what), what);
    String text = new String(source, at, length, StandardCharsets.UTF_8);
    at += length;
    return text;
  }
}
