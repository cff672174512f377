package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MsgpackReaderTest {
  private final MsgpackReader wire = new MsgpackReader();

  @ParameterizedTest
  @CsvSource({
    "c0, nil",
    "c2, false",
    "c3, true",
    "00, 0",
    "7f, 127",
    "e0, -32",
    "ff, -1",
    "ccff, 255",
    "cdffff, 65535",
    "ceffffffff, 4294967295",
    "cf7fffffffffffffff, 9223372036854775807",
    "cfffffffffffffffff, 18446744073709551615",
    "d080, -128",
    "d18000, -32768",
    "d280000000, -2147483648",
    "d38000000000000000, -9223372036854775808",
    "ca3fc00000, 1.5",
    "cb3ff8000000000000, 1.5",
    "a3616263, str abc",
    "d903616263, str abc",
    "da0003616263, str abc",
    "db00000003616263, str abc",
    "c403616263, bin abc",
    "c50003616263, bin abc",
    "c600000003616263, bin abc",
    "9101, array 1",
    "dc000101, array 1",
    "dd0000000101, array 1",
    "810102, map 1",
    "de00010102, map 1",
    "df000000010102, map 1",
    "d47f61, ext 127 a",
    "d58061" + "62, ext -128 ab",
    "d60061626364, ext 0 abcd",
    "d7006162636461626364, ext 0 abcdabcd",
    "d8006162636461626364" + "6162636461626364, ext 0 abcdabcdabcdabcd",
    "c7030161" + "6263, ext 1 abc",
    "c800030161" + "6263, ext 1 abc",
    "c90000000301" + "616263, ext 1 abc",
  })
  void everyHeadIsRead(String hex, String expected) throws Malformed {
    byte[] bytes = HexFormat.of().parseHex(hex);
    wire.reset(bytes, 0, bytes.length);

    assertThat(describe(wire.next("a value"))).isEqualTo(expected);

    wire.reset(bytes, 0, bytes.length);
    wire.skip("a value");
    assertThat(wire.at()).as("skipped").isEqualTo(bytes.length);
    for (int end = 0; end < bytes.length; end++) {
      wire.reset(bytes, 0, end);
      assertThatExceptionOfType(Malformed.class)
          .as("cut to %d bytes", end)
          .isThrownBy(() -> wire.skip("a value"));
    }
  }

  private String describe(int kind) {
    String text = new String(Arrays.copyOfRange(wire.bytes(), wire.from(), wire.to()), US_ASCII);
    return switch (kind) {
      case MsgpackReader.NIL -> "nil";
      case MsgpackReader.BOOL -> wire.number() == 1 ? "true" : "false";
      case MsgpackReader.INT -> Long.toString(wire.number());
      case MsgpackReader.UINT -> Long.toUnsignedString(wire.number());
      case MsgpackReader.FLOAT, MsgpackReader.DOUBLE ->
        Double.toString(Double.longBitsToDouble(wire.number()));
      case MsgpackReader.STR -> "str " + text;
      case MsgpackReader.BIN -> "bin " + text;
      case MsgpackReader.ARRAY -> "array " + wire.size();
      case MsgpackReader.MAP -> "map " + wire.size();
      default -> "ext " + wire.extType() + " " + text;
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ddffffffff00", // an array of 4 billion
        "dfffffffff00", // a map
        "dbffffffff61", // a text of 4 GiB
        "c6ffffffff61", // bytes
        "c9ffffffff0061", // an extension
        "df80000000", // a map whose number of values doesn't fit an int
        "c1", // never used
      })
  void aLyingLengthIsRefusedAtItsHead(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    wire.reset(bytes, 0, bytes.length);

    assertThatExceptionOfType(Malformed.class)
        .isThrownBy(() -> wire.next("a value"))
        .withMessageStartingWith("malformed msgpack at byte ")
        .withMessageContaining("reading a value");
  }

  @Test
  void depthDoesNotMatterForSkipping() throws Malformed {
    byte[] bytes = new byte[1_000_000];
    Arrays.fill(bytes, (byte) 0x91);
    bytes[bytes.length - 1] = 1;
    wire.reset(bytes, 0, bytes.length);

    wire.skip("a tower");

    assertThat(wire.at()).isEqualTo(bytes.length);
  }

  @Test
  void anyValueIsSkippedToItsEnd() throws Malformed {
    Random random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = Msgpack.of(Msgpack.random(random, 4), 1);
      wire.reset(bytes, 0, bytes.length);
      wire.skip("a value");
      assertThat(wire.at()).isEqualTo(bytes.length - 1);
    }
  }
}
