package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeriesShapeTest {
  /**
   * What Go's strconv.FormatFloat(f, 'g', -1, 64) gives, and ".0" where it looks like an integer.
   */
  @ParameterizedTest
  @CsvSource({
    "0, 0.0",
    "-0.0, 0.0",
    "1, 1.0",
    "-1, -1.0",
    "10, 10.0",
    "0.005, 0.005",
    "2.5, 2.5",
    "0.99, 0.99",
    "0.0001, 0.0001",
    "0.00012345, 0.00012345",
    "0.00001, 1e-05",
    "-0.000025, -2.5e-05",
    "100000, 100000.0",
    "123456, 123456.0",
    "999999.5, 999999.5",
    "1000000, 1e+06",
    "1234567, 1.234567e+06",
    "2.68435456E8, 2.68435456e+08",
    "1E21, 1e+21",
    "1E100, 1e+100",
    "1E-100, 1e-100",
    "0.1, 0.1",
    "0.30000000000000004, 0.30000000000000004",
    "Infinity, +Inf",
    "-Infinity, -Inf",
    "NaN, NaN",
  })
  void aBoundHasTheTextThatPrometheusGivesIt(double bound, String text) {
    assertThat(new String(SeriesShape.text(bound), US_ASCII)).isEqualTo(text);
  }
}
