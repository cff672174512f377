package dev.seamark.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.seamark.ingest.batch.Budget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class InflateTest {
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

  @ParameterizedTest
  @EnumSource(
      value = Encoding.class,
      names = {"GZIP", "ZSTD"})
  void bodiesOfEverySizeComeBackWhole(Encoding encoding) throws Exception {
    for (int size : new int[] {0, 1, 100, 65_535, 65_536, 65_537, 131_072, 1_000_000, 2 * MIB}) {
      byte[] body = text(size);

      inflate.inflate(
          encoding, compress(encoding, body), 0, compress(encoding, body).length, 4 * MIB, lease);

      assertThat(Arrays.copyOf(inflate.bytes(), inflate.size())).isEqualTo(body);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Encoding.class,
      names = {"GZIP", "ZSTD"})
  void theLimitIsExact(Encoding encoding) throws Exception {
    byte[] body = compress(encoding, text(100_000));

    inflate.inflate(encoding, body, 0, body.length, 100_000, lease);
    assertThat(inflate.size()).isEqualTo(100_000);

    assertThatThrownBy(() -> inflate.inflate(encoding, body, 0, body.length, 99_999, lease))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.reason()).isEqualTo(Reason.TOO_LARGE))
        .hasMessage(
            "inflated body is larger than 99999 bytes, the limit (ingest.limits.body-bytes-max)");
  }

  @ParameterizedTest
  @EnumSource(
      value = Encoding.class,
      names = {"GZIP", "ZSTD"})
  void aBombNeverTakesMoreThanTheLimit(Encoding encoding) throws Exception {
    byte[] bomb = compress(encoding, new byte[256 * MIB]);
    assertThat(bomb.length).isLessThan(MIB);

    assertThatThrownBy(() -> inflate.inflate(encoding, bomb, 0, bomb.length, 4 * MIB, lease))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.reason()).isEqualTo(Reason.TOO_LARGE));

    assertThat(inflate.bytes().length).isLessThanOrEqualTo(4 * MIB);
    assertThat(lease.bytes()).isEqualTo(4L * MIB);
  }

  @ParameterizedTest
  @EnumSource(
      value = Encoding.class,
      names = {"GZIP", "ZSTD"})
  void theBudgetIsAskedBeforeMemoryIsTaken(Encoding encoding) throws Exception {
    byte[] body = compress(encoding, text(4 * MIB));
    Budget.Lease others = budget.lease();
    others.tryGrow(7L * MIB);

    assertThatThrownBy(() -> inflate.inflate(encoding, body, 0, body.length, 64 * MIB, lease))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.reason()).isEqualTo(Reason.BUSY));
    others.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = Encoding.class,
      names = {"GZIP", "ZSTD"})
  void everyTruncationIsRefused(Encoding encoding) throws Exception {
    byte[] body = compress(encoding, text(2_000));

    for (int length = 0; length < body.length; length++) {
      int to = length;
      if (to == 0 && encoding == Encoding.ZSTD) {
        continue; // no frame at all is an empty body
      }
      assertThatThrownBy(() -> inflate.inflate(encoding, body, 0, to, MIB, lease))
          .as("%d of %d bytes", to, body.length)
          .isInstanceOfSatisfying(
              Refusal.class, refusal -> assertThat(refusal.reason()).isEqualTo(Reason.MALFORMED));
      lease.shrink(lease.bytes());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void flippedBitsGiveARefusalOrAnotherBodyButNothingElse(long seed) throws Exception {
    Random random = new Random(seed);
    for (Encoding encoding : new Encoding[] {Encoding.GZIP, Encoding.ZSTD}) {
      byte[] body = compress(encoding, text(5_000));
      for (int i = 0; i < 300; i++) {
        byte[] flipped = body.clone();
        flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
        try {
          inflate.inflate(encoding, flipped, 0, flipped.length, MIB, lease);
        } catch (Refusal refusal) {
          assertThat(refusal.reason()).isIn(Reason.MALFORMED, Reason.TOO_LARGE);
        }
        lease.shrink(lease.bytes());
      }
    }
  }

  @Test
  void severalGzipMembersAreOneBody() throws Exception {
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    two.writeBytes(compress(Encoding.GZIP, text(1_000)));
    two.writeBytes(compress(Encoding.GZIP, text(500)));

    inflate.inflate(Encoding.GZIP, two.toByteArray(), 0, two.size(), MIB, lease);

    assertThat(inflate.size()).isEqualTo(1_500);
  }

  @Test
  void aGzipChecksumIsVerified() throws Exception {
    byte[] body = compress(Encoding.GZIP, text(100));
    body[body.length - 5] ^= 1;

    assertThatThrownBy(() -> inflate.inflate(Encoding.GZIP, body, 0, body.length, MIB, lease))
        .hasMessage("body is not valid gzip: the checksum differs");
  }

  @Test
  void aZstdWindowBeyond8MiBIsRefused() throws Exception {
    // RFC 8878: magic, descriptor without a content size, window 2^27, one empty last block
    byte[] body = {0x28, (byte) 0xB5, 0x2F, (byte) 0xFD, 0x00, (byte) (17 << 3), 0x01, 0x00, 0x00};

    assertThatThrownBy(() -> inflate.inflate(Encoding.ZSTD, body, 0, body.length, MIB, lease))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.reason()).isEqualTo(Reason.MALFORMED));
  }

  private static byte[] text(int size) {
    byte[] text = new byte[size];
    Random random = new Random(size);
    for (int i = 0; i < size; i++) {
      text[i] = (byte) ('a' + (random.nextInt(100) < 80 ? 0 : random.nextInt(26)));
    }
    return text;
  }

  static byte[] compress(Encoding encoding, byte[] body) throws IOException {
    if (encoding == Encoding.ZSTD) {
      return Zstd.compress(body);
    }
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(target)) {
      gzip.write(body);
    }
    return target.toByteArray();
  }
}
