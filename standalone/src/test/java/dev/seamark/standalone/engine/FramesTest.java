package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramesTest {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000})
  void whatIsWrittenIsRead(int size) throws IOException {
    byte[] plain = new byte[size];
    new Random(size).nextBytes(plain);

    assertThat(read(written(plain))).isEqualTo(plain);
  }

  @Test
  void aFrameHasTheBytesClickHouseWrites() throws IOException {
    // SELECT 1 through ClickHouse's compress=1
    assertThat(HexFormat.of()
            .formatHex(written("1\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII))))
        .endsWith("820c0000000200000020310a");
  }

  @Test
  void readsZstdAndPlainFrames() throws IOException {
    byte[] plain =
        "abcabcabcabcabcabc".repeat(50).getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    assertThat(read(frame(FrameOutput.ZSTD, Zstd.compress(plain), plain.length)))
        .isEqualTo(plain);
    assertThat(read(frame(FrameOutput.NONE, plain, plain.length))).isEqualTo(plain);
  }

  @Test
  void refusesAFlippedBit() throws IOException {
    byte[] frames = written(new byte[1000]);
    for (int at = 0; at < frames.length; at++) {
      byte[] flipped = frames.clone();
      flipped[at] ^= 0x10;

      assertThatThrownBy(() -> read(flipped)).as("byte %d", at).isInstanceOf(EngineException.class);
    }
  }

  @Test
  void refusesACutFrame() throws IOException {
    byte[] frames = written(new byte[1000]);
    for (int size = 1; size < frames.length; size++) {
      byte[] cut = Arrays.copyOf(frames, size);

      assertThatThrownBy(() -> read(cut)).as("%d bytes", size).isInstanceOf(EngineException.class);
    }
  }

  @Test
  void refusesMoreOrLessThanTheHeadSays() {
    byte[] plain = new byte[500];

    assertThatThrownBy(() -> read(frame(FrameOutput.ZSTD, Zstd.compress(plain), 400)))
        .isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> read(frame(FrameOutput.ZSTD, Zstd.compress(plain), 600)))
        .isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> read(frame(FrameOutput.NONE, plain, 400)))
        .isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> read(frame((byte) 0x55, plain, 500)))
        .hasMessageContaining("unknown compression method 0x55");
  }

  private static byte[] written(byte[] plain) throws IOException {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    try (FrameOutput output = new FrameOutput(frames)) {
      output.write(plain, 0, plain.length);
    }
    return frames.toByteArray();
  }

  private static byte[] frame(byte method, byte[] data, int plainSize) {
    ByteBuffer frame = ByteBuffer.allocate(
            FrameOutput.CHECKSUM_BYTES + FrameOutput.HEAD_BYTES + data.length)
        .order(ByteOrder.LITTLE_ENDIAN);
    frame.position(FrameOutput.CHECKSUM_BYTES);
    frame
        .put(method)
        .putInt(FrameOutput.HEAD_BYTES + data.length)
        .putInt(plainSize)
        .put(data);
    CityHash.Hash128 hash = CityHash.of(
        frame.array(), FrameOutput.CHECKSUM_BYTES, FrameOutput.HEAD_BYTES + data.length);
    return frame.putLong(0, hash.low()).putLong(8, hash.high()).array();
  }

  private static byte[] read(byte[] frames) throws IOException {
    return new FrameInput(new ByteArrayInputStream(frames)).readAllBytes();
  }
}
