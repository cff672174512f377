package dev.seamark.ingest.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WireReaderTest {
  private final WireReader wire = new WireReader();

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 127, 128, 300, Integer.MAX_VALUE, -1, Long.MAX_VALUE, Long.MIN_VALUE})
  void varintsReadBackWhatProtobufJavaWrites(long value) throws Exception {
    byte[] bytes = new byte[CodedOutputStream.computeUInt64SizeNoTag(value)];
    CodedOutputStream.newInstance(bytes).writeUInt64NoTag(value);
    wire.reset(bytes, 0, bytes.length);

    assertThat(wire.varint64("n")).isEqualTo(value);
    assertThat(wire.hasNext()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "00, field number 0",
    "80, the message ends inside a varint",
    "0affffffff0f, its length is 4294967295",
    "0a05616263, 'its length is 5, only 3 bytes are left'",
    "0a02c080, it isn't UTF-8",
    "10ffffffffffffffffffff01, the varint has more than 10 bytes",
    "19000000, '8 bytes are needed, 3 are left'",
    "25000000, '4 bytes are needed, 3 are left'",
    "1b0a00, it has no end",
    "1b0a0024, the end of a group that has no start",
    "1e, wire type 6",
    "1f, wire type 7"
  })
  void malformedBytesAreNamedWithTheirOffset(String hex, String why) {
    byte[] bytes = HexFormat.of().parseHex(hex);

    assertThatThrownBy(() -> walk(bytes))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("malformed protobuf at byte ")
        .hasMessageContaining(why);
  }

  @Test
  void unknownFieldsAreSkippedGroupsIncluded() throws Exception {
    byte[] bytes = HexFormat.of()
        .parseHex("98a601ff0121" + "0102030405060708" + "2d01020304" + "3b0a016108143c" + "0a0162");
    wire.reset(bytes, 0, bytes.length);
    int texts = 0;
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag == 0x0A) {
        wire.text("name");
        texts++;
      } else {
        wire.skip(tag);
      }
    }

    assertThat(texts).isEqualTo(1);
  }

  @Test
  void deepGroupsAreRefused() {
    byte[] bytes = "\u000b".repeat(200_000).getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    assertThatThrownBy(() -> walk(bytes))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("deeper than 100");
  }

  @Test
  void leavingAMessageGoesBehindItReadOrNot() throws Exception {
    byte[] bytes = HexFormat.of().parseHex("0a03010203" + "1005");
    wire.reset(bytes, 0, bytes.length);
    wire.tag();
    int outer = wire.enter("inner");
    assertThat(wire.limit()).isEqualTo(5);
    wire.leave(outer);

    assertThat(wire.tag()).isEqualTo(0x10);
    assertThat(wire.varint32("n")).isEqualTo(5);
    assertThat(wire.hasNext()).isFalse();
  }

  private void walk(byte[] bytes) throws Malformed {
    wire.reset(bytes, 0, bytes.length);
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag == 0x0A) {
        wire.text("name");
      } else {
        wire.skip(tag);
      }
    }
  }
}
