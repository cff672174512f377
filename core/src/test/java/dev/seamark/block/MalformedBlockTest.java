package dev.seamark.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Foreign bytes give a refusal or a block: nothing else, and never more memory than they deserve.
 */
class MalformedBlockTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long ALLOCATED_BASE = 1 << 20; // linking code the first time allocates too
  private static final long ALLOCATED_A_BYTE_MAX = 100;

  @ParameterizedTest
  @EnumSource
  void everyTruncationIsRefused(ColumnKind kind) {
    Column column = kind.filled(9, Values.random(1));
    byte[] bytes = new Block(List.of(new Block.Named("v", column))).encode();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);

      assertThatThrownBy(() -> Block.decode(cut, 0, cut.length))
          .as("%d of %d bytes", length, bytes.length)
          .isInstanceOf(MalformedBlock.class)
          .hasMessageContaining(" at byte ");
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyBitFlipIsRefusedOrABlock(ColumnKind kind) {
    Column column = kind.filled(9, Values.random(2));
    byte[] bytes = new Block(List.of(new Block.Named("v", column))).encode();
    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit >> 3] ^= (byte) (1 << (bit & 7));

      assertSound(flipped);
    }
  }

  @Test
  void randomDamageIsRefusedOrABlock() {
    Random random = new Random(3);
    for (int seed = 0; seed < 200; seed++) {
      byte[] bytes = BlockTest.random(seed).encode();
      for (int i = 0; i < 100; i++) {
        byte[] damaged = Arrays.copyOf(bytes, bytes.length - random.nextInt(3));
        for (int hits = random.nextInt(6); hits >= 0; hits--) {
          damaged[random.nextInt(damaged.length)] = (byte) (random.nextInt() >> random.nextInt(32));
        }

        assertSound(damaged);
      }
    }
  }

  @Test
  void randomBytesAreRefusedOrABlock() {
    Random random = new Random(4);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);

      assertSound(bytes);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // columns, rows
        "ffffffff0f|number of columns is no varint below 2^31 in its shortest form at byte 0",
        "8000|number of columns is no varint below 2^31 in its shortest form at byte 0",
        "ffffffff07 00|block has 2147483647 columns and 0 rows at byte 6",
        "00 01|block has 0 columns and 1 rows at byte 2",
        // one column "v" of type X
        "01 01 01 76 01 58 00|unknown column type 'X' at byte 6",
        // UInt64, 2^31 - 1 rows
        "01 ffffffff07 01 76 06 55496e743634 00|UInt64 needs 17179869176 bytes, 1 are left at byte 15",
        // String of 5 bytes, 1 there
        "01 01 01 76 06 537472696e67 05 00|String needs 5 bytes, 1 are left at byte 12",
        // Array(UInt8), offsets 2, 1
        "01 02 01 76 0c 41727261792855496e743829 0200000000000000 0100000000000000 0000"
            + "|Array(UInt8) has offset 1 after 2 at byte 25",
        // Array(UInt8), offset 2^63
        "01 01 01 76 0c 41727261792855496e743829 0000000000000080 0000"
            + "|Array(UInt8) has offset 9223372036854775808 after 0 at byte 17",
        // LowCardinality(String), version 2
        "01 01 01 76 16 4c6f7743617264696e616c69747928537472696e6729 0200000000000000"
            + "|LowCardinality(String) has version 2, expected 1 at byte 35",
        // LowCardinality(String), flag of a global dictionary
        "01 01 01 76 16 4c6f7743617264696e616c69747928537472696e6729 0100000000000000 0003000000000000"
            + "|LowCardinality(String) has unknown flags 0x300 at byte 43",
        // LowCardinality(String), index 1 into a dictionary of one value
        "01 01 01 76 16 4c6f7743617264696e616c69747928537472696e6729 0100000000000000 0006000000000000"
            + " 0100000000000000 00 0100000000000000 01"
            + "|LowCardinality(String) has index 1, dictionary size 1 at byte 60",
      })
  void saysWhatIsWrongAndWhere(String hex, String message) {
    byte[] bytes = Golden.parse(hex);

    assertThatThrownBy(() -> Block.decode(bytes, 0, bytes.length))
        .isInstanceOf(MalformedBlock.class)
        .hasMessage(message)
        .satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
  }

  /** Decodes within a memory bound; what is accepted encodes and decodes again to the same. */
  private static void assertSound(byte[] bytes) {
    long allocatedMax = ALLOCATED_BASE + ALLOCATED_A_BYTE_MAX * bytes.length;
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      Block block = Block.decode(bytes, 0, bytes.length);
      assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(allocatedMax);
      byte[] again = block.encode();
      assertThat(BlockTest.values(Block.decode(again, 0, again.length)))
          .isEqualTo(BlockTest.values(block));
    } catch (MalformedBlock e) {
      assertThat(e.offset()).isBetween(0, bytes.length);
      assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(allocatedMax);
    }
  }
}
