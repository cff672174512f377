package dev.seamark.ingest.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// A walk over msgpack bytes: a position, and the value whose head was read last.
///
/// {@link #next} reads a value's head and says of what kind it is. Numbers are then known; of text,
/// bytes and extensions the walk is behind them and knows where they stand; of arrays and maps it
/// stands before their first element. A length that more bytes would be needed for than are left,
/// be it of a text, an array or a map, is refused before anything relies on it. Text isn't checked
/// to be UTF-8: senders put log lines of any encoding there. Allocates nothing but its errors. Not
/// thread-safe.
///
/// Format: <https://github.com/msgpack/msgpack/blob/master/spec.md>.
public final class MsgpackReader {
  public static final int NIL = 0;
  public static final int BOOL = 1;
  /** A whole number that a long holds. */
  public static final int INT = 2;
  /** A whole number beyond that, in the bits of a long. */
  public static final int UINT = 3;

  /** Four bytes wide: its shortest text isn't that of the double of the same value. */
  public static final int FLOAT = 4;

  public static final int DOUBLE = 5;
  public static final int STR = 6;
  public static final int BIN = 7;
  public static final int ARRAY = 8;
  public static final int MAP = 9;
  public static final int EXT = 10;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT4 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final byte[] NOTHING = {};

  private byte[] bytes = NOTHING;
  private int at;
  private int limit;

  // the value whose head was read last
  private long number;
  private int from;
  private int to;
  private int size;
  private int extType;

  /** Starts at {@code from}; the bytes end at {@code to}. */
  public void reset(byte[] bytes, int from, int to) {
    if (from < 0 || to < from || to > bytes.length) {
      throw new IndexOutOfBoundsException("[" + from + ", " + to + ") of " + bytes.length);
    }
    this.bytes = bytes;
    this.at = from;
    this.limit = to;
  }

  /** The bytes walked; offsets index into them. */
  public byte[] bytes() {
    return bytes;
  }

  /** The offset of the next byte. */
  public int at() {
    return at;
  }

  /** The end of the bytes walked. */
  public int limit() {
    return limit;
  }

  public boolean hasNext() {
    return at < limit;
  }

  /** Goes to an offset of the same bytes. */
  public void jump(int at) {
    this.at = at;
  }

  /** Goes to an offset of the same bytes, which end at {@code limit} from here on. */
  public void jump(int at, int limit) {
    this.at = at;
    this.limit = limit;
  }

  /** An {@link #INT}, a {@link #UINT}, a {@link #BOOL} (0 or 1), or the bits of a double. */
  public long number() {
    return number;
  }

  /** Where the bytes of a {@link #STR}, {@link #BIN} or {@link #EXT} start. */
  public int from() {
    return from;
  }

  /** Where they end. */
  public int to() {
    return to;
  }

  /** Elements of an {@link #ARRAY}, pairs of a {@link #MAP}. */
  public int size() {
    return size;
  }

  /** The type of an {@link #EXT}. */
  public int extType() {
    return extType;
  }

  /** Reads the head of the next value; returns its kind. */
  public int next(String what) throws Malformed {
    if (at >= limit) {
      throw malformed(what, "the bytes end before it");
    }
    int head = bytes[at++] & 0xFF;
    if (head < 0x80) {
      number = head;
      return INT;
    }
    if (head >= 0xE0) {
      number = (byte) head;
      return INT;
    }
    if (head >= 0xC0) {
      return nextOfHead(head, what);
    }
    if (head >= 0xA0) {
      return bytes(head & 0x1F, STR, what);
    }
    return head >= 0x90 ? elements(head & 0xF, ARRAY, what) : elements(head & 0xF, MAP, what);
  }

  private int nextOfHead(int head, String what) throws Malformed {
    return switch (head) {
      case 0xC0 -> NIL;
      case 0xC2, 0xC3 -> {
        number = head & 1;
        yield BOOL;
      }
      case 0xC4 -> bytes(uint8(what), BIN, what);
      case 0xC5 -> bytes(uint16(what), BIN, what);
      case 0xC6 -> bytes(uint32(what), BIN, what);
      case 0xC7 -> ext(uint8(what), what);
      case 0xC8 -> ext(uint16(what), what);
      case 0xC9 -> ext(uint32(what), what);
      case 0xCA -> {
        require(4, what);
        number = Double.doubleToRawLongBits(Float.intBitsToFloat((int) INT4.get(bytes, at)));
        at += 4;
        yield FLOAT;
      }
      case 0xCB -> {
        number = int64(what);
        yield DOUBLE;
      }
      case 0xCC -> {
        number = uint8(what);
        yield INT;
      }
      case 0xCD -> {
        number = uint16(what);
        yield INT;
      }
      case 0xCE -> {
        number = uint32(what);
        yield INT;
      }
      case 0xCF -> {
        number = int64(what);
        yield number < 0 ? UINT : INT;
      }
      case 0xD0 -> {
        number = (byte) uint8(what);
        yield INT;
      }
      case 0xD1 -> {
        number = (short) uint16(what);
        yield INT;
      }
      case 0xD2 -> {
        number = (int) uint32(what);
        yield INT;
      }
      case 0xD3 -> {
        number = int64(what);
        yield INT;
      }
      case 0xD4, 0xD5, 0xD6, 0xD7, 0xD8 -> ext(1L << (head - 0xD4), what);
      case 0xD9 -> bytes(uint8(what), STR, what);
      case 0xDA -> bytes(uint16(what), STR, what);
      case 0xDB -> bytes(uint32(what), STR, what);
      case 0xDC -> elements(uint16(what), ARRAY, what);
      case 0xDD -> elements(uint32(what), ARRAY, what);
      case 0xDE -> elements(uint16(what), MAP, what);
      case 0xDF -> elements(uint32(what), MAP, what);
      default -> throw malformedAt(at - 1, what, "byte 0xc1, which msgpack never uses");
    };
  }

  /** Goes behind the next value, whatever it holds; without recursion, so at any depth. */
  public void skip(String what) throws Malformed {
    long left = 1;
    do {
      left--;
      switch (next(what)) {
        case ARRAY -> left += size;
        case MAP -> left += 2L * size;
        default -> {}
      }
    } while (left > 0);
  }

  /** The error for {@code what} at the current position. */
  public Malformed malformed(String what, String why) {
    return malformedAt(at, what, why);
  }

  static Malformed malformedAt(int offset, String what, String why) {
    return new Malformed("malformed msgpack at byte " + offset + ", reading " + what + ": " + why);
  }

  private int bytes(long length, int kind, String what) throws Malformed {
    require(length, what);
    from = at;
    at += (int) length;
    to = at;
    return kind;
  }

  private int ext(long length, String what) throws Malformed {
    extType = (byte) uint8(what);
    return bytes(length, EXT, what);
  }

  private int elements(long count, int kind, String what) throws Malformed {
    long least = kind == MAP ? 2 * count : count; // an element takes a byte at least
    if (least > limit - at) {
      throw malformed(
          what,
          (kind == MAP ? "a map of " : "an array of ") + count + ", only " + (limit - at)
              + " bytes are left");
    }
    size = (int) count;
    return kind;
  }

  private int uint8(String what) throws Malformed {
    require(1, what);
    return bytes[at++] & 0xFF;
  }

  private int uint16(String what) throws Malformed {
    require(2, what);
    int value = (short) SHORT.get(bytes, at) & 0xFFFF;
    at += 2;
    return value;
  }

  private long uint32(String what) throws Malformed {
    require(4, what);
    long value = (int) INT4.get(bytes, at) & 0xFFFF_FFFFL;
    at += 4;
    return value;
  }

  private long int64(String what) throws Malformed {
    require(8, what);
    long value = (long) LONG.get(bytes, at);
    at += 8;
    return value;
  }

  private void require(long length, String what) throws Malformed {
    if (length > limit - at) {
      throw malformed(what, length + " bytes are needed, " + (limit - at) + " are left");
    }
  }

  /** Four bytes of an array, big-endian, as an unsigned number. */
  static long uint32At(byte[] bytes, int at) {
    return (int) INT4.get(bytes, at) & 0xFFFF_FFFFL;
  }

  /** Eight bytes of an array, big-endian. */
  static long int64At(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at);
  }
}
