package dev.seamark.ingest.decode;

/**
 * The time of a Fluent event: seconds and nanoseconds, four bytes each, in a msgpack extension of
 * type 0. What stands before {@link #GROUP_END} are times; the two last numbers of seconds aren't:
 * Fluent Bit writes them where a group of events begins and ends.
 */
final class EventTime {
  static final long GROUP_START = 0xFFFF_FFFFL; // -1
  static final long GROUP_END = 0xFFFF_FFFEL; // -2

  private static final int TYPE = 0;
  private static final int BYTES = 8;

  private EventTime() {}

  /** Whether the extension read last is one. */
  static boolean isOne(MsgpackReader wire) {
    return wire.extType() == TYPE && wire.to() - wire.from() == BYTES;
  }

  static long seconds(MsgpackReader wire) {
    return MsgpackReader.uint32At(wire.bytes(), wire.from());
  }

  static long nanos(MsgpackReader wire) {
    return MsgpackReader.uint32At(wire.bytes(), wire.from() + 4);
  }
}
