package dev.seamark.standalone.engine;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;

/**
 * Reads ClickHouse's compressed frames ({@code decompress=1}): LZ4, ZSTD or plain, checksums
 * compared.
 */
final class FrameInput extends InputStream {
  /** ClickHouse takes 1 GiB; its clients send 1 to 10 MiB, and this process has a small heap. */
  private static final int FRAME_BYTES_MAX = 32 << 20;

  private static final int PLAIN_BYTES_MAX = 32 << 20;

  private final InputStream source;
  private final byte[] checksum = new byte[FrameOutput.CHECKSUM_BYTES];
  private byte[] frame = new byte[64 << 10];
  private byte[] plain = new byte[64 << 10];
  private int at;
  private int limit;

  FrameInput(InputStream source) {
    this.source = source;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int from, int length) throws IOException {
    while (at == limit) {
      if (!readFrame()) {
        return -1;
      }
    }
    int part = Math.min(length, limit - at);
    System.arraycopy(plain, at, target, from, part);
    at += part;
    return part;
  }

  /** False at the end of the source, which must be between two frames. */
  private boolean readFrame() throws IOException {
    int got = source.readNBytes(checksum, 0, checksum.length);
    if (got == 0) {
      return false;
    }
    if (got < checksum.length
        || source.readNBytes(frame, 0, FrameOutput.HEAD_BYTES) < FrameOutput.HEAD_BYTES) {
      throw cut();
    }
    ByteBuffer head = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
    int size = head.getInt(1);
    int plainSize = head.getInt(5);
    if (size < FrameOutput.HEAD_BYTES
        || size > FRAME_BYTES_MAX
        || plainSize < 0
        || plainSize > PLAIN_BYTES_MAX) {
      throw refused("frame of %d bytes for %d plain bytes, limits %d and %d"
          .formatted(size, plainSize, FRAME_BYTES_MAX, PLAIN_BYTES_MAX));
    }
    readData(size);
    compareChecksum(size);
    unpack(frame[0], size - FrameOutput.HEAD_BYTES, plainSize);
    return true;
  }

  private void readData(int size) throws IOException {
    if (frame.length < size) {
      byte[] larger = new byte[size];
      System.arraycopy(frame, 0, larger, 0, FrameOutput.HEAD_BYTES);
      frame = larger;
    }
    int rest = size - FrameOutput.HEAD_BYTES;
    if (source.readNBytes(frame, FrameOutput.HEAD_BYTES, rest) < rest) {
      throw cut();
    }
  }

  private void compareChecksum(int size) {
    CityHash.Hash128 actual = CityHash.of(frame, 0, size);
    ByteBuffer stated = ByteBuffer.wrap(checksum).order(ByteOrder.LITTLE_ENDIAN);
    if (stated.getLong(0) != actual.low() || stated.getLong(8) != actual.high()) {
      throw EngineException.of(
          EngineException.CHECKSUM_DOESNT_MATCH,
          "CHECKSUM_DOESNT_MATCH",
          "Checksum doesn't match: corrupted data. Stated: %016x%016x. Actual: %016x%016x"
              .formatted(stated.getLong(0), stated.getLong(8), actual.low(), actual.high()));
    }
  }

  private void unpack(byte method, int packed, int plainSize) {
    if (plain.length < plainSize) {
      plain = new byte[plainSize];
    }
    int unpacked = switch (method) {
      case FrameOutput.LZ4 -> unpackLz4(packed, plainSize);
      case FrameOutput.ZSTD -> unpackZstd(packed, plainSize);
      case FrameOutput.NONE -> {
        System.arraycopy(frame, FrameOutput.HEAD_BYTES, plain, 0, Math.min(packed, plainSize));
        yield packed;
      }
      default -> throw refused("unknown compression method 0x%02x".formatted(method));
    };
    if (unpacked != plainSize) {
      throw refused("frame holds %d plain bytes, its head says %d".formatted(unpacked, plainSize));
    }
    at = 0;
    limit = plainSize;
  }

  private int unpackLz4(int packed, int plainSize) {
    try {
      return LZ4Factory.fastestInstance()
          .safeDecompressor()
          .decompress(frame, FrameOutput.HEAD_BYTES, packed, plain, 0, plainSize);
    } catch (LZ4Exception e) {
      throw refused("LZ4 data is corrupt: " + e.getMessage());
    }
  }

  private int unpackZstd(int packed, int plainSize) {
    try {
      return (int)
          Zstd.decompressByteArray(plain, 0, plainSize, frame, FrameOutput.HEAD_BYTES, packed);
    } catch (ZstdException e) {
      throw refused("ZSTD data is corrupt: " + e.getMessage());
    }
  }

  private static EngineException cut() {
    return refused("compressed data ends in the middle of a frame");
  }

  private static EngineException refused(String text) {
    return EngineException.of(EngineException.CANNOT_DECOMPRESS, "CANNOT_DECOMPRESS", text);
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
