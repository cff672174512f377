package dev.seamark.labels;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "80",
        "bf",
        "c080",
        "c1bf",
        "c2",
        "e08080",
        "e09fbf",
        "e0a0",
        "eda080",
        "edbfbf",
        "f0808080",
        "f08fbfbf",
        "f4908080",
        "f5808080",
        "f09f98",
        "ff",
        "fe",
        "c3c3",
        "e28228"
      })
  void malformedSequencesAreRefusedAtTheirOffset(String hex) {
    byte[] bad = HexFormat.of().parseHex(hex);
    for (int lead = 0; lead < 40; lead++) {
      byte[] bytes = new byte[lead + bad.length];
      java.util.Arrays.fill(bytes, 0, lead, (byte) 'a');
      System.arraycopy(bad, 0, bytes, lead, bad.length);

      assertThat(Utf8.invalidAt(bytes, 0, bytes.length)).isEqualTo(lead);
    }
  }

  @Test
  void everyCodePointIsAccepted() {
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        continue;
      }
      byte[] bytes = Character.toString(codePoint).getBytes(UTF_8);
      if (!Utf8.isValid(bytes, 0, bytes.length)) {
        fail("U+%04X is refused".formatted(codePoint));
      }
    }
  }

  @Test
  void randomBytesAreJudgedAsTheJdkDoes() {
    var random = new Random(20260131);
    for (int round = 0; round < 200_000; round++) {
      byte[] bytes = new byte[random.nextInt(48)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : random.nextInt(128));
      }
      if (random.nextBoolean()) {
        byte[] wide = new StringBuilder()
            .appendCodePoint(random.nextInt(0xD800))
            .toString()
            .getBytes(UTF_8);
        System.arraycopy(wide, 0, bytes, 0, Math.min(wide.length, bytes.length));
      }

      if (Utf8.isValid(bytes, 0, bytes.length) != jdkAccepts(bytes)) {
        fail(HexFormat.of().formatHex(bytes) + " is judged wrong");
      }
    }
  }

  private static boolean jdkAccepts(byte[] bytes) {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
