package dev.seamark.ingest.decode;

import java.util.Arrays;

/// The bytes of a connection cut into messages: whole msgpack values, wherever the pieces in which
/// the bytes come begin and end.
///
/// Each byte is looked at once. How many bytes a message takes at least is known as soon as its
/// heads say so, and one that claims more than the limit, or nests deeper, is refused before it is
/// kept. Of the message under way the offsets of its first elements are remembered, so that nobody
/// has to walk it again to find them. Pure; one a connection, not thread-safe.
public final class FluentFrames {
  /**
   * Elements of a message whose offsets are remembered: tag, time, record, option; and a
   * handshake's six.
   */
  public static final int ELEMENTS_MAX = 6;

  private static final int FIRST_BYTES = 4 * 1024;

  /** A message at least so large is given away with its array; a smaller one is copied. */
  private static final int GIVEN_BYTES_MIN = 64 * 1024;

  /** A larger array isn't kept for the next message. */
  private static final int KEPT_BYTES_MAX = 128 * 1024;

  private final int depthMax;
  private int bytesMax;
  private byte[] bytes = new byte[0];
  private int size;
  private int start; // of the message under way, or of the whole one
  private int scanned;
  private long payload; // bytes left of the text or bytes at hand
  private final long[] left; // elements to come, by depth
  private int depth;
  private long outstanding; // the sum of left: a byte each at least
  private boolean whole;
  private int elements;
  private final int[] elementAt = new int[ELEMENTS_MAX];

  /** @param depthMax of arrays and maps inside each other */
  public FluentFrames(int bytesMax, int depthMax) {
    this.bytesMax = bytesMax;
    this.depthMax = depthMax;
    this.left = new long[depthMax + 1];
  }

  /** The largest message from now on. */
  public void limit(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  /**
   * Makes room for bytes: they are to be written into {@link #bytes} from the result on, and then
   * {@link #added}.
   */
  public int reserve(int length) {
    if (start > 0 && (start == size || bytes.length - size < length)) {
      compact();
    }
    long needed = (long) size + length;
    if (needed > bytes.length) {
      long wish = Math.max(FIRST_BYTES, Math.min(2L * bytes.length, start + needed()));
      bytes = Arrays.copyOf(bytes, (int) Math.max(needed, wish));
    }
    return size;
  }

  private void compact() {
    System.arraycopy(bytes, start, bytes, 0, size - start);
    size -= start;
    scanned -= start;
    for (int i = 0; i < Math.min(elements, ELEMENTS_MAX); i++) {
      elementAt[i] -= start;
    }
    start = 0;
  }

  /** Takes bytes in that were written where {@link #reserve} said. */
  public void added(int length) {
    size += length;
  }

  /** Looks for the next message; the one before is gone. */
  public boolean next() throws Malformed {
    if (whole) {
      whole = false;
      start = scanned;
      elements = 0;
    }
    while (true) {
      if (payload > 0) {
        int passed = (int) Math.min(payload, size - scanned);
        scanned += passed;
        payload -= passed;
        if (payload > 0) {
          return false;
        }
        if (endsMessage()) {
          return true;
        }
      } else if (scanned == size) {
        return false;
      } else {
        int head = bytes[scanned] & 0xFF;
        int headBytes = headBytes(head);
        if (size - scanned < headBytes) {
          return false;
        }
        if (readHead(head, headBytes)) {
          return true;
        }
      }
    }
  }

  /** Reads the head of a value; whether the message ends with it. */
  private boolean readHead(int head, int headBytes) throws Malformed {
    if (depth == 1) {
      if (elements < ELEMENTS_MAX) {
        elementAt[elements] = scanned;
      }
      elements++;
    }
    if (depth > 0) {
      left[depth]--;
      outstanding--;
    }
    long inside = elementsInside(head);
    payload = inside < 0 ? payloadBytes(head) : 0;
    int at = scanned;
    scanned += headBytes;
    if (inside > 0) {
      if (depth == depthMax) {
        throw new Malformed(Limits.exceeded(
            "the depth of a message",
            depth + 1L,
            depthMax,
            Limits.ANY_VALUE_DEPTH_MAX + " and what surrounds a value"));
      }
      left[++depth] = inside;
      outstanding += inside;
    }
    if (needed() > bytesMax) {
      throw tooLarge(at);
    }
    return payload == 0 && inside <= 0 && endsMessage();
  }

  private Malformed tooLarge(int at) {
    return new Malformed(Limits.exceeded(
            "the number of bytes of a message", needed(), bytesMax, Limits.BODY_BYTES_MAX)
        + ", as byte " + (at - start) + " of it says");
  }

  /** Whether the value just read was the last one of the message. */
  private boolean endsMessage() {
    while (depth > 0) {
      if (left[depth] > 0) {
        return false;
      }
      depth--;
    }
    whole = true;
    return true;
  }

  /** Bytes that the message at hand takes at least, as far as it is known. */
  public long needed() {
    return (long) scanned - start + payload + outstanding;
  }

  /** Bytes kept: of the message at hand, and what came behind it. */
  public int held() {
    return size - start;
  }

  /** Whether a message has begun that isn't whole yet. */
  public boolean isMidway() {
    return !whole && size > start;
  }

  /** Where bytes stand; offsets are good until the next {@link #reserve} or {@link #take}. */
  public byte[] bytes() {
    return bytes;
  }

  /** The offset of the whole message. */
  public int from() {
    return start;
  }

  /** The end of the whole message. */
  public int to() {
    return scanned;
  }

  /** Elements of the whole message, if it is an array. */
  public int elements() {
    return elements;
  }

  /** The offset of one of its first elements. */
  public int elementAt(int element) {
    return elementAt[element];
  }

  /**
   * The bytes of the whole message from index 0 on, the caller's from now on; perhaps followed by
   * others. Offsets into {@link #bytes} are void then.
   */
  public byte[] take() {
    int length = scanned - start;
    byte[] taken;
    if (start > 0 || length < GIVEN_BYTES_MIN) {
      taken = Arrays.copyOfRange(bytes, start, scanned);
      start = scanned;
    } else {
      taken = bytes;
      bytes = Arrays.copyOfRange(bytes, scanned, size);
      size = bytes.length;
      scanned = 0;
    }
    whole = false;
    elements = 0;
    if (start == size && bytes.length > KEPT_BYTES_MAX) {
      bytes = new byte[0];
      start = 0;
      size = 0;
      scanned = 0;
    }
    return taken;
  }

  private static int headBytes(int head) {
    return switch (head) {
      case 0xC4, 0xCC, 0xD0, 0xD9 -> 2;
      case 0xC5, 0xCD, 0xD1, 0xDA, 0xDC, 0xDE -> 3;
      case 0xC6, 0xCA, 0xCE, 0xD2, 0xDB, 0xDD, 0xDF -> 5;
      case 0xC7 -> 3;
      case 0xC8 -> 4;
      case 0xC9 -> 6;
      case 0xCB, 0xCF, 0xD3 -> 9;
      case 0xD4, 0xD5, 0xD6, 0xD7, 0xD8 -> 2;
      default -> 1;
    };
  }

  /** Values inside an array or map, -1 for everything else. */
  private long elementsInside(int head) {
    if (head >= 0x80 && head < 0x90) {
      return 2L * (head & 0xF);
    }
    if (head >= 0x90 && head < 0xA0) {
      return head & 0xF;
    }
    return switch (head) {
      case 0xDC -> unsigned(2);
      case 0xDD -> unsigned(4);
      case 0xDE -> 2 * unsigned(2);
      case 0xDF -> 2 * unsigned(4);
      default -> -1;
    };
  }

  /** Bytes behind the head of a text, of bytes or an extension. */
  private long payloadBytes(int head) throws Malformed {
    if (head >= 0xA0 && head < 0xC0) {
      return head & 0x1F;
    }
    return switch (head) {
      case 0xC1 ->
        throw MsgpackReader.malformedAt(
            scanned - start, "a message", "byte 0xc1, which msgpack never uses");
      case 0xC4, 0xC7, 0xD9 -> unsigned(1);
      case 0xC5, 0xC8, 0xDA -> unsigned(2);
      case 0xC6, 0xC9, 0xDB -> unsigned(4);
      case 0xD4, 0xD5, 0xD6, 0xD7, 0xD8 -> 1L << (head - 0xD4);
      default -> 0;
    };
  }

  /** The big-endian number behind the head's first byte. */
  private long unsigned(int width) {
    long value = 0;
    for (int i = 1; i <= width; i++) {
      value = value << 8 | (bytes[scanned + i] & 0xFF);
    }
    return value;
  }
}
