package dev.seamark.labels;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelNamingTest {
  @ParameterizedTest
  @CsvSource({
    "http.method, http_method",
    "method, method",
    "a..b--c, a_b_c",
    "a__b, a_b",
    "trailing., trailing_",
    "200, key_200",
    "4xx.rate, key_4xx_rate",
    "_private, key_private",
    "__name__, key_name_",
    ".dotted, key_dotted",
    "größe, gr_e",
    "a:b, a_b",
    "___, ''",
    "'', ''",
    "温度, ''",
  })
  void makesPrometheusLabelNames(String key, String expected) {
    byte[] bytes = ("<" + key + ">").getBytes(UTF_8);

    byte[] name = LabelNaming.sanitised(bytes, 1, bytes.length - 1);

    assertThat(new String(name, UTF_8)).isEqualTo(expected);
  }
}
