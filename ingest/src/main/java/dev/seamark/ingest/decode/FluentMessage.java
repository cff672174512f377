package dev.seamark.ingest.decode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The envelope of one message of the forward protocol: what a receiver has to know before it takes
/// the events inside. Offsets count from the first byte of the message.
///
/// Protocol: <https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1>, and the
/// option `fluent_signal` of Fluent Bit.
///
/// @param tagFrom where the text of the tag stands
/// @param dataFrom where the bytes of packed entries start; of other messages 0
/// @param dataTo where they end
/// @param compression of the packed entries
/// @param chunkFrom where the chunk's id stands, its head included; 0 if there is none
public record FluentMessage(
    int tagFrom,
    int tagTo,
    int dataFrom,
    int dataTo,
    Compression compression,
    int chunkFrom,
    int chunkTo) {
  /** How packed entries are compressed. */
  public enum Compression {
    NONE,
    GZIP,
    ZSTD
  }

  static final byte[] METADATA = ascii("metadata");
  private static final byte[] CHUNK = ascii("chunk");
  private static final byte[] COMPRESSED = ascii("compressed");
  private static final byte[] SIGNAL = ascii("fluent_signal");
  private static final byte[] GZIP = ascii("gzip");
  private static final byte[] ZSTD = ascii("zstd");
  private static final byte[] TEXT = ascii("text");
  private static final String[] SIGNALS = {"logs", "metrics", "traces", "profiles", "blobs"};

  private static final int TAG_BYTES_MAX = 16 * 1024;
  private static final int CHUNK_BYTES_MAX = 256;
  private static final int LOGS = 0;

  /** Whether the receiver owes the sender an answer. */
  public boolean hasChunk() {
    return chunkTo > chunkFrom;
  }

  /** The envelope of the whole message that was cut off last. */
  public static FluentMessage of(FluentFrames frames, MsgpackReader wire) throws Malformed {
    int start = frames.from();
    wire.reset(frames.bytes(), start, frames.to());
    int kind = wire.next("a message");
    if (kind != MsgpackReader.ARRAY) {
      throw wire.malformed("a message", notAnArray(frames.bytes()[start]));
    }
    int size = wire.size();
    if (size < 2) {
      throw wire.malformed("a message", "it has " + size + " elements, 2 to 4 are needed");
    }
    int tagKind = wire.next("the tag");
    if (tagKind != MsgpackReader.STR && tagKind != MsgpackReader.BIN) {
      throw wire.malformed("the tag", "it is no text");
    }
    requireFixed("the number of bytes of the tag", wire.to() - wire.from(), TAG_BYTES_MAX);
    int tagFrom = wire.from();
    int tagTo = wire.to();
    int second = wire.next("entries or time");
    boolean packed = second == MsgpackReader.STR || second == MsgpackReader.BIN;
    int option = packed || second == MsgpackReader.ARRAY ? 2 : 3;
    if (option == 3 && size < 3) {
      throw wire.malformed("a message", "it has a time, but no record");
    }
    var options = new Options();
    int dataFrom = packed ? wire.from() : start;
    int dataTo = packed ? wire.to() : start;
    if (size > option) {
      wire.jump(frames.elementAt(option));
      options.read(wire);
    }
    return new FluentMessage(
        tagFrom - start,
        tagTo - start,
        dataFrom - start,
        dataTo - start,
        packed ? options.compression : Compression.NONE,
        options.chunkTo > 0 ? options.chunkFrom - start : 0,
        options.chunkTo > 0 ? options.chunkTo - start : 0);
  }

  private static String notAnArray(byte head) {
    return head == '{' || head == '['
        ? "it seems to be JSON, which isn't taken here: send msgpack"
        : "it is no array and no nil";
  }

  /** The fields of an option map that matter before the events do. */
  private static final class Options {
    private Compression compression = Compression.NONE;
    private int chunkFrom;
    private int chunkTo;

    private void read(MsgpackReader wire) throws Malformed {
      int kind = wire.next("the option");
      if (kind == MsgpackReader.NIL) {
        return; // old Docker daemons send that
      }
      if (kind != MsgpackReader.MAP) {
        throw wire.malformed("the option", "it is no map");
      }
      for (int left = wire.size(); left > 0; left--) {
        if (isNext(wire, CHUNK)) {
          wire.skip("the key of an option");
          readChunk(wire);
        } else if (isNext(wire, COMPRESSED)) {
          wire.skip("the key of an option");
          readCompression(wire);
        } else if (isNext(wire, SIGNAL)) {
          wire.skip("the key of an option");
          readSignal(wire);
        } else {
          wire.skip("the key of an option");
          wire.skip("an option");
        }
      }
    }

    private void readChunk(MsgpackReader wire) throws Malformed {
      int from = wire.at();
      int kind = wire.next("the chunk's id");
      if (kind == MsgpackReader.NIL) {
        return;
      }
      if (kind != MsgpackReader.STR && kind != MsgpackReader.BIN) {
        throw wire.malformed("the chunk's id", "it is no text");
      }
      requireFixed(
          "the number of bytes of the chunk's id", wire.to() - wire.from(), CHUNK_BYTES_MAX);
      chunkFrom = from;
      chunkTo = wire.at();
    }

    private void readCompression(MsgpackReader wire) throws Malformed {
      int kind = wire.next("the compression");
      if (kind == MsgpackReader.NIL) {
        return;
      }
      boolean text = kind == MsgpackReader.STR || kind == MsgpackReader.BIN;
      if (text && isRead(wire, GZIP)) {
        compression = Compression.GZIP;
      } else if (text && isRead(wire, ZSTD)) {
        compression = Compression.ZSTD;
      } else if (!text || !isRead(wire, TEXT)) {
        throw wire.malformed("the compression", "gzip and zstd are known");
      }
    }

    private static void readSignal(MsgpackReader wire) throws Malformed {
      long signal = wire.next("fluent_signal") == MsgpackReader.INT ? wire.number() : -1;
      if (signal != LOGS) {
        String name = signal > 0 && signal < SIGNALS.length ? SIGNALS[(int) signal] : "unknown";
        throw new Malformed("fluent_signal is " + signal + " (" + name + "), but logs only are"
            + " taken here: send metrics and traces with the opentelemetry output");
      }
    }
  }

  /** Whether the next value is a text; it isn't passed. */
  static boolean isNext(MsgpackReader wire, byte[] text) throws Malformed {
    int at = wire.at();
    int kind = wire.next("a key");
    boolean is = (kind == MsgpackReader.STR || kind == MsgpackReader.BIN) && isRead(wire, text);
    wire.jump(at);
    return is;
  }

  private static boolean isRead(MsgpackReader wire, byte[] text) {
    return Arrays.equals(text, 0, text.length, wire.bytes(), wire.from(), wire.to());
  }

  private static void requireFixed(String what, int is, int limit) throws Malformed {
    if (is > limit) {
      throw new Malformed(Limits.exceeded(what, is, limit, "fixed"));
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
