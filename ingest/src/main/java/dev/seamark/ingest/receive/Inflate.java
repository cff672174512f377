package dev.seamark.ingest.receive;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.ingest.decode.SnappyBlock;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Decompression of one body at a time into a buffer that is kept for the next one. Counts while it
 * inflates: neither the limit nor the budget is ever exceeded, whatever the body claims of itself.
 * Not thread-safe; owned by a {@link DecodeLane}.
 *
 * <p>GZIP by RFC 1952 (several members, checksum and length verified); zstd by RFC 8878, its window
 * limited to 8 MiB as RFC 9659 asks of the content coding; {@link SnappyBlock snappy} in its block
 * format.
 */
final class Inflate implements AutoCloseable {
  private static final int FIRST_BYTES = 64 * 1024;

  /** A larger buffer is dropped after the request that needed it. */
  private static final int KEPT_BYTES_MAX = 4 * 1024 * 1024;

  /** What is larger is measured before a buffer is made for it. */
  private static final int UNMEASURED_BYTES_MAX = KEPT_BYTES_MAX;

  private static final int ZSTD_WINDOW_LOG_MAX = 23;

  private static final int GZIP_HEADER_BYTES = 10;
  private static final int GZIP_TRAILER_BYTES = 8;
  private static final int FLAG_HEADER_CRC = 2;
  private static final int FLAG_EXTRA = 4;
  private static final int FLAG_NAME = 8;
  private static final int FLAG_COMMENT = 16;
  private static final int FLAGS_RESERVED = 0xE0;

  private final Inflater inflater = new Inflater(true);
  private final CRC32 checksum = new CRC32();

  /** Takes the first byte beyond the limit: only when there is one is the body too large. */
  private final byte[] beyond = new byte[1];

  private byte[] bytes = new byte[FIRST_BYTES];
  private int size;

  /** The buffer that holds the last inflated body, from 0 to {@link #size}. */
  byte[] bytes() {
    return bytes;
  }

  int size() {
    return size;
  }

  /** Forgets the last body, and its buffer if it was a large one. */
  void clear() {
    size = 0;
    if (bytes.length > KEPT_BYTES_MAX) {
      bytes = new byte[FIRST_BYTES];
    }
  }

  /**
   * Inflates a body.
   *
   * @param bytesMax the largest inflated size
   * @param lease grows by the bytes of the inflated body
   * @throws Refusal the body is corrupt, larger than the limit, or larger than what is left of the
   *     budget
   */
  void inflate(Encoding encoding, byte[] body, int from, int to, int bytesMax, Budget.Lease lease)
      throws Refusal {
    size = 0;
    Room unmeasured = new Room(Math.min(bytesMax, UNMEASURED_BYTES_MAX), bytesMax, lease);
    if (!fits(encoding, body, from, to, unmeasured)) {
      lease.shrink(unmeasured.reserved);
      Room none = new Room(bytesMax);
      fits(encoding, body, from, to, none);
      fits(encoding, body, from, to, new Room(none.taken, lease));
    }
  }

  /** Inflates; false if the body is larger than what is inflated without being measured first. */
  private boolean fits(Encoding encoding, byte[] body, int from, int to, Room room) throws Refusal {
    try {
      switch (encoding) {
        case IDENTITY -> throw new IllegalArgumentException("an identity body is not inflated");
        case GZIP -> gunzip(body, from, to, room);
        case ZSTD -> unzstd(body, from, to, room);
        case SNAPPY -> unsnappy(body, from, to, room);
      }
      return true;
    } catch (Large _) {
      return false;
    }
  }

  private void gunzip(byte[] body, int from, int to, Room room) throws Refusal, Large {
    int at = from;
    do {
      at = gunzipMember(body, at, to, room);
    } while (at < to);
  }

  /** One member of a gzip file; returns where the next one starts. */
  private int gunzipMember(byte[] body, int from, int to, Room room) throws Refusal, Large {
    int at = skipGzipHeader(body, from, to);
    int before = room.taken;
    checksum.reset();
    inflater.reset();
    inflater.setInput(body, at, to - at);
    try {
      while (!inflater.finished()) {
        int count = room.ready()
            ? inflater.inflate(bytes, room.at(), room.left())
            : room.none(inflater.inflate(beyond, 0, 1));
        if (count == 0 && !inflater.finished() && stuck()) {
          throw corrupt("gzip", "the compressed data ends early");
        }
        checksum.update(bytes, room.at(), count);
        room.took(count);
      }
    } catch (DataFormatException e) {
      throw corrupt("gzip", String.valueOf(e.getMessage()));
    }
    at = to - inflater.getRemaining();
    if (to - at < GZIP_TRAILER_BYTES) {
      throw corrupt("gzip", "the checksum is missing");
    }
    if (intAt(body, at) != (int) checksum.getValue()
        || intAt(body, at + 4) != room.taken - before) {
      throw corrupt("gzip", "the checksum differs");
    }
    return at + GZIP_TRAILER_BYTES;
  }

  private boolean stuck() {
    return inflater.needsInput() || inflater.needsDictionary();
  }

  private static int skipGzipHeader(byte[] body, int from, int to) throws Refusal {
    if (to - from < GZIP_HEADER_BYTES
        || body[from] != (byte) 0x1F
        || body[from + 1] != (byte) 0x8B
        || body[from + 2] != 8
        || (body[from + 3] & FLAGS_RESERVED) != 0) {
      throw corrupt("gzip", "it doesn't begin with a gzip header");
    }
    int flags = body[from + 3];
    int at = from + GZIP_HEADER_BYTES;
    if ((flags & FLAG_EXTRA) != 0) {
      at = to - at < 2 ? to : at + 2 + (body[at] & 0xFF) + ((body[at + 1] & 0xFF) << 8);
    }
    if ((flags & FLAG_NAME) != 0) {
      at = skipText(body, at, to);
    }
    if ((flags & FLAG_COMMENT) != 0) {
      at = skipText(body, at, to);
    }
    if ((flags & FLAG_HEADER_CRC) != 0) {
      at += 2;
    }
    if (at >= to) {
      throw corrupt("gzip", "the header ends early");
    }
    return at;
  }

  private static int skipText(byte[] body, int from, int to) {
    int at = from;
    while (at < to && body[at] != 0) {
      at++;
    }
    return at + 1;
  }

  private static int intAt(byte[] body, int at) {
    return (body[at] & 0xFF)
        | ((body[at + 1] & 0xFF) << 8)
        | ((body[at + 2] & 0xFF) << 16)
        | ((body[at + 3] & 0xFF) << 24);
  }

  private void unzstd(byte[] body, int from, int to, Room room) throws Refusal, Large {
    try (var source =
        new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(body, from, to - from))) {
      source.setLongMax(ZSTD_WINDOW_LOG_MAX);
      while (true) {
        int count = room.ready()
            ? source.read(bytes, room.at(), room.left())
            : room.none(source.read(beyond, 0, 1));
        if (count < 0) {
          return;
        }
        room.took(count);
      }
    } catch (IOException e) {
      throw corrupt("zstd", String.valueOf(e.getMessage()));
    }
  }

  private void unsnappy(byte[] body, int from, int to, Room room) throws Refusal {
    if (room.taken > 0) {
      throw new IllegalArgumentException("a snappy block stands behind no head");
    }
    try {
      long length = SnappyBlock.declaredLength(body, from, to);
      if (!SnappyBlock.plausible(length, to - from)) {
        throw corrupt(
            "snappy",
            "it declares %d bytes, more than %d compressed ones can be"
                .formatted(length, to - from));
      }
      room.takeWhole(length);
      SnappyBlock.inflate(body, from, to, bytes, (int) length);
      room.took((int) length);
    } catch (Malformed malformed) {
      throw new Refusal(Reason.MALFORMED, String.valueOf(malformed.getMessage()));
    }
  }

  private static Refusal corrupt(String encoding, String why) {
    return new Refusal(Reason.MALFORMED, "body is not valid %s: %s".formatted(encoding, why));
  }

  @Override
  public void close() {
    inflater.end();
  }

  /** The body is larger than what is inflated without being measured first. */
  private static final class Large extends Exception {
    private static final long serialVersionUID = 1L;

    Large() {
      super("", null, false, false);
    }
  }

  /**
   * Where the inflated bytes go: into the buffer, which is filled up to a limit in steps that the
   * budget allows; or nowhere, when they are only measured. So a small body that becomes a large
   * one takes little memory before it is refused.
   */
  private final class Room {
    private final int most;
    private final int bytesMax;
    private final Budget.@Nullable Lease lease;
    private final boolean atOnce;
    private int reserved;
    private int taken;

    /** A room that is filled step by step. */
    Room(int most, int bytesMax, Budget.Lease lease) {
      this(most, bytesMax, lease, false);
    }

    /** A room of the measured size. */
    Room(int measured, Budget.Lease lease) {
      this(measured, measured, lease, true);
    }

    /** A room that is emptied all the time. */
    Room(int bytesMax) {
      this(bytesMax, bytesMax, null, true);
    }

    private Room(int most, int bytesMax, Budget.@Nullable Lease lease, boolean atOnce) {
      this.most = most;
      this.bytesMax = bytesMax;
      this.lease = lease;
      this.atOnce = atOnce;
    }

    int at() {
      return lease == null ? 0 : taken;
    }

    int left() {
      return lease == null ? Math.min(bytes.length, most - taken) : reserved - taken;
    }

    void took(int count) {
      taken += count;
      size = taken;
    }

    /** Makes room for at least one byte; false at the limit. */
    boolean ready() throws Refusal {
      if (left() > 0) {
        return true;
      }
      int target = atOnce ? most : (int) Math.min(most, Math.max(FIRST_BYTES, 2L * taken));
      if (lease == null || target == reserved) {
        return false;
      }
      if (!lease.tryGrow(target - reserved)) {
        throw Refusal.busy();
      }
      reserved = target;
      if (bytes.length < target) {
        bytes = atOnce ? new byte[target] : Arrays.copyOf(bytes, target);
      }
      return true;
    }

    /** Makes room for a body that says how long it is. */
    void takeWhole(long length) throws Refusal {
      if (length > bytesMax) {
        throw Refusal.tooLarge("inflated body", bytesMax);
      }
      if (lease != null && !lease.tryGrow(length)) {
        throw Refusal.busy();
      }
      reserved = (int) length;
      if (bytes.length < length) {
        bytes = new byte[(int) length];
      }
    }

    /** The count of bytes read beyond the limit, which must not be a byte. */
    int none(int count) throws Refusal, Large {
      if (count > 0) {
        if (most < bytesMax) {
          throw new Large();
        }
        throw Refusal.tooLarge("inflated body", bytesMax);
      }
      return count;
    }
  }
}
