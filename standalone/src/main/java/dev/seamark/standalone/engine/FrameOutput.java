package dev.seamark.standalone.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/**
 * Writes ClickHouse's compressed frames ({@code compress=1}): checksum (CityHash128 1.0.2), method,
 * sizes, LZ4 data, for up to 1 MiB of plain bytes each.
 *
 * @see <a href="https://clickhouse.com/docs/native-protocol/basics">compression in the docs</a>
 */
final class FrameOutput extends OutputStream {
  static final int CHECKSUM_BYTES = 16;
  static final int HEAD_BYTES = 9;
  static final byte LZ4 = (byte) 0x82;
  static final byte ZSTD = (byte) 0x90;
  static final byte NONE = 0x02;
  private static final int PLAIN_BYTES = 1 << 20;

  private final OutputStream target;
  private final LZ4Compressor compressor = LZ4Factory.fastestInstance().fastCompressor();
  private final byte[] plain = new byte[PLAIN_BYTES];
  private final byte[] frame =
      new byte[CHECKSUM_BYTES + HEAD_BYTES + compressor.maxCompressedLength(PLAIN_BYTES)];
  private int filled;

  FrameOutput(OutputStream target) {
    this.target = target;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] source, int from, int length) throws IOException {
    int done = 0;
    while (done < length) {
      int part = Math.min(length - done, PLAIN_BYTES - filled);
      System.arraycopy(source, from + done, plain, filled, part);
      filled += part;
      done += part;
      if (filled == PLAIN_BYTES) {
        writeFrame();
      }
    }
  }

  private void writeFrame() throws IOException {
    int data = CHECKSUM_BYTES + HEAD_BYTES;
    int packed = compressor.compress(plain, 0, filled, frame, data);
    ByteBuffer head = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
    head.put(CHECKSUM_BYTES, LZ4);
    head.putInt(CHECKSUM_BYTES + 1, packed + HEAD_BYTES);
    head.putInt(CHECKSUM_BYTES + 5, filled);
    CityHash.Hash128 checksum = CityHash.of(frame, CHECKSUM_BYTES, HEAD_BYTES + packed);
    head.putLong(0, checksum.low());
    head.putLong(8, checksum.high());
    target.write(frame, 0, data + packed);
    filled = 0;
  }

  @Override
  public void close() throws IOException {
    if (filled > 0) {
      writeFrame();
    }
    target.close();
  }
}
