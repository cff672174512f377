package dev.seamark.ingest.receive;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.management.ThreadMXBean;
import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.decode.SnappyBlock;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xerial.snappy.Snappy;

/** Snappy's block format, with Google's own decoder as the oracle. */
class SnappyBlockTest {
  private static final int MIB = 1024 * 1024;

  private final Inflate inflate = new Inflate();
  private final Budget budget = new Budget(8 * MIB);
  private final Budget.Lease lease = budget.lease();

  @AfterEach
  void close() {
    inflate.close();
    lease.close();
    assertThat(budget.held()).isZero();
  }

  @Test
  void bodiesOfEverySizeComeBackWhole() throws Exception {
    for (int size : new int[] {0, 1, 15, 16, 17, 60, 61, 100, 65_535, 65_536, 65_537, 2 * MIB}) {
      for (int words : new int[] {1, 2, 7, 1_000}) {
        byte[] body = text(size, words);
        byte[] block = Snappy.compress(body);
        byte[] padded = new byte[block.length + 11];
        System.arraycopy(block, 0, padded, 5, block.length);

        inflate.inflate(Encoding.SNAPPY, padded, 5, 5 + block.length, 4 * MIB, lease);

        assertThat(Arrays.copyOf(inflate.bytes(), inflate.size())).isEqualTo(body);
        lease.shrink(lease.bytes());
      }
    }
  }

  /** Elements by hand, those that encoders seldom write among them. */
  @ParameterizedTest
  @CsvSource({
    "00, ''",
    "03 08 616263, abc",
    "06 08 616263 0903, INVALID", // a copy of 6 bytes where 3 are left
    "07 08 616263 0103, abcabca", // one-byte offset, overlapping
    "07 08 616263 0e0300, abcabca", // two-byte offset
    "07 08 616263 0f03000000, abcabca", // four-byte offset
    "04 f003 61626364, abcd", // a literal whose length stands in a byte of its own
    "04 f40300 61626364, abcd",
    "04 f8030000 61626364, abcd",
    "04 fc03000000 61626364, abcd",
    "05 00 61 0101, aaaaa",
    "83 80 80 80 00 08 616263, abc", // a length of more bytes than it needs
    "ff ff ff ff 1f 00 61, INVALID",
    "80, INVALID",
    "03 08 6162, INVALID",
    "03 04 6162, INVALID",
    "01 08 616263, INVALID",
    "04 00 61 0102, INVALID", // before the beginning
    "04 00 61 0100, INVALID", // offset 0
    "04 00 61 0e, INVALID",
    "04 00 61 0f010000, INVALID",
    "04 fcffffffff 61, INVALID",
    "04 fcfeffff7f 61, INVALID"
  })
  void readsEveryElement(String hex, String expected) throws Exception {
    byte[] block = HexFormat.of().parseHex(hex.replace(" ", ""));
    if (expected.equals("INVALID")) {
      assertThatThrownBy(() -> inflate(block))
          .isInstanceOfSatisfying(
              Refusal.class, refusal -> assertThat(refusal.reason()).isEqualTo(Reason.MALFORMED))
          .hasMessageStartingWith("body is not a");
    } else {
      assertThat(inflate(block)).isEqualTo(expected.getBytes(US_ASCII));
    }
  }

  @Test
  void theLimitIsExact() throws Exception {
    byte[] block = Snappy.compress(text(100_000, 9));

    inflate.inflate(Encoding.SNAPPY, block, 0, block.length, 100_000, lease);
    assertThat(inflate.size()).isEqualTo(100_000);

    assertThatThrownBy(
            () -> inflate.inflate(Encoding.SNAPPY, block, 0, block.length, 99_999, lease))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.reason()).isEqualTo(Reason.TOO_LARGE))
        .hasMessage(
            "inflated body is larger than 99999 bytes, the limit (ingest.limits.body-bytes-max)");
  }

  @Test
  void aBodyBeyondTheBudgetIsToBeRepeated() throws Exception {
    byte[] block = Snappy.compress(new byte[9 * MIB]);

    assertThatThrownBy(
            () -> inflate.inflate(Encoding.SNAPPY, block, 0, block.length, 64 * MIB, lease))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.reason()).isEqualTo(Reason.BUSY));
    assertThat(lease.bytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ffffffff0f 0061", "8080808001 0061", "e807 0061"})
  void aLyingLengthCostsNothing(String hex) {
    byte[] block = HexFormat.of().parseHex(hex.replace(" ", ""));
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    assertThatThrownBy(() -> inflate(block))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.reason()).isEqualTo(Reason.MALFORMED))
        .hasMessageMatching("body is not valid snappy: it declares \\d+ bytes, more than"
            + " \\d compressed ones can be");

    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(MIB);
    assertThat(lease.bytes()).isZero();
  }

  @Test
  void theDensestBlockIsPlausible() throws Exception {
    byte[] zeros = new byte[MIB];
    byte[] block = Snappy.compress(zeros);

    assertThat(SnappyBlock.plausible(MIB, block.length)).isTrue();
    assertThat(SnappyBlock.plausible(MIB, 3 * MIB / 64)).isTrue();
    assertThat(SnappyBlock.plausible(MIB, 3 * MIB / 64 - 1)).isFalse();
    assertThat(inflate(block)).isEqualTo(zeros);
  }

  @Test
  void theFramedFormatIsRefused() {
    byte[] framed = HexFormat.of().parseHex("ff060000734e61507059");

    assertThatThrownBy(() -> inflate(framed)).isInstanceOf(Refusal.class);
  }

  /** Whatever is done to a block: what the oracle takes is taken alike, the rest is refused. */
  @Test
  void agreesWithTheOracleOnDamagedBlocks() throws Exception {
    SplittableRandom random = new SplittableRandom(7);
    int taken = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] block = Snappy.compress(text(random.nextInt(300), 1 + random.nextInt(9)));
      byte[] damaged = Arrays.copyOf(block, block.length - random.nextInt(2));
      for (int flips = random.nextInt(3); flips > 0 && damaged.length > 0; flips--) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      taken += compare(damaged) ? 1 : 0;
    }
    assertThat(taken).isBetween(1_000, 19_000);
  }

  @FuzzTest(maxDuration = "10s")
  void anyBytes(byte[] block) throws IOException {
    compare(block);
  }

  /** Whether both take the block; that one takes it alone is an error. */
  private boolean compare(byte[] block) throws IOException {
    byte[] mine = null;
    try {
      mine = inflate(block);
    } catch (Refusal refused) {
      if (refused.reason() != Reason.MALFORMED) {
        return false; // larger than this test's limit
      }
    } finally {
      lease.shrink(lease.bytes());
    }
    boolean valid = Snappy.isValidCompressedBuffer(block);
    assertThat(mine != null).as(HexFormat.of().formatHex(block)).isEqualTo(valid);
    if (mine != null) {
      assertThat(mine).isEqualTo(Snappy.uncompress(block));
    }
    return mine != null;
  }

  private byte[] inflate(byte[] block) throws Refusal {
    inflate.inflate(Encoding.SNAPPY, block, 0, block.length, 4 * MIB, lease);
    return Arrays.copyOf(inflate.bytes(), inflate.size());
  }

  private static byte[] text(int size, int words) {
    SplittableRandom random = new SplittableRandom(size);
    StringBuilder text = new StringBuilder();
    while (text.length() < size) {
      text.append("word-").append(random.nextInt(words)).append(' ');
    }
    return text.substring(0, size).getBytes(US_ASCII);
  }
}
