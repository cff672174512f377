package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoubleTextTest {
  private final Text text = new Text(Limits.DEFAULT);

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.0, -0",
    "1, 1",
    "-2.5, -2.5",
    "637.704, 637.704",
    "0.1, 0.1",
    "1e-6, 0.000001",
    "1e-7, 1e-7",
    "1.25e-9, 1.25e-9",
    "1e20, 100000000000000000000",
    "1e21, 1e+21",
    "1.5e300, 1.5e+300",
    "1e15, 1000000000000000",
    "123456789.125, 123456789.125",
    "0.30000000000000004, 0.30000000000000004",
    "0.000123, 0.000123",
    "NaN, NaN",
    "-Infinity, -Infinity",
    "1234567890123456.8, 1234567890123456.8",
    "0.00000123456789012345, 0.00000123456789012345"
  })
  void layout(double value, String expected) throws Exception {
    assertThat(put(value)).isEqualTo(expected);
  }

  @Test
  void randomNumbersAreTheShortestThatReadBack() throws Exception {
    var random = new SplittableRandom(7);
    for (int i = 0; i < 300_000; i++) {
      double value = switch (i % 3) {
        case 0 -> Double.longBitsToDouble(random.nextLong());
        case 1 -> random.nextLong(1_000_000_000_000L) / Math.pow(10, random.nextInt(12));
        default -> random.nextDouble();
      };
      String text = put(value);
      boolean readsBack = Double.compare(Double.parseDouble(text), value) == 0;
      if (!text.equals(OtlpOracle.number(value)) || !(readsBack || Double.isNaN(value))) {
        fail(value + " is written as " + text);
      }
    }
  }

  private String put(double value) throws RowRefused {
    text.clear();
    DoubleText.put(value, text);
    return new String(text.bytes(), 0, text.size(), UTF_8);
  }
}
