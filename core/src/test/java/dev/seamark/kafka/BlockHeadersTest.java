package dev.seamark.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockHeadersTest {
  private static final byte[] VALUE = "123456789".getBytes(StandardCharsets.US_ASCII);

  @Test
  void headersSurviveTheWayThroughKafka() throws Exception {
    var sent = BlockHeaders.of(VALUE, 3, 340, -5, Long.MAX_VALUE, 1_764_000_000_000L);

    BlockHeaders received = BlockHeaders.from(sent.toKafka());

    assertThat(received).isEqualTo(sent);
    assertThat(received.matches(VALUE)).isTrue();
    assertThat(received.matches("123456780".getBytes(StandardCharsets.US_ASCII)))
        .isFalse();
  }

  @Test
  void theChecksumIsCrc32c() {
    // check value of CRC-32C (Castagnoli) in the catalogue of parametrised CRC algorithms
    assertThat(BlockHeaders.crc(VALUE)).isEqualTo(0xE3069283);
  }

  @Test
  void headersOfNewerSendersAreIgnored() throws Exception {
    var sent = BlockHeaders.of(VALUE, 1, 1, 0, 0, 0);
    Headers headers = sent.toKafka().add("seamark-of-tomorrow", new byte[] {1});

    assertThat(BlockHeaders.from(headers)).isEqualTo(sent);
  }

  @ParameterizedTest
  @CsvSource({"seamark-rows,-1", "seamark-rows,2147483648", "seamark-crc,100000000", "seamark-crc,x"
  })
  void nonsenseIsRefusedByName(String header, String value) {
    Headers headers = BlockHeaders.of(VALUE, 1, 1, 0, 0, 0).toKafka();
    headers.remove(header).add(header, value.getBytes(StandardCharsets.US_ASCII));

    assertThatExceptionOfType(MalformedHeaders.class)
        .isThrownBy(() -> BlockHeaders.from(headers))
        .withMessageContaining(header)
        .withMessageContaining(value);
  }

  @Test
  void aMissingHeaderIsRefusedByName() {
    Headers headers = BlockHeaders.of(VALUE, 1, 1, 0, 0, 0).toKafka().remove("seamark-format");

    assertThatExceptionOfType(MalformedHeaders.class)
        .isThrownBy(() -> BlockHeaders.from(headers))
        .withMessage("record has no header seamark-format");
  }
}
