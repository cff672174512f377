package dev.seamark.labels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

class MetricNamingTest {
  @ParameterizedTest
  @CsvFileSource(resources = "metric-naming.csv", delimiter = ';', quoteCharacter = '\'')
  void followsTheCompatibilitySpecification(
      MetricKind kind, String name, String unit, String expected, String expectedUnit) {
    MetricNaming naming = new MetricNaming(NamingOptions.DEFAULTS);

    assertThat(naming.name(name, unit, kind)).isEqualTo(expected);
    assertThat(naming.unit(unit)).isEqualTo(expectedUnit);
  }

  @ParameterizedTest
  @CsvSource({
    "COUNTER, http.requests, '', http.requests_total",
    "COUNTER, http.requests.total, By, http.requests_bytes_total",
    "GAUGE, cpu.utilization, 1, cpu.utilization_ratio",
    "GAUGE, größe, By, größe_bytes",
    "GAUGE, memory.bytes, By, memory.bytes",
    "GAUGE, flow, By/s, flow_bytes_per_second",
    "GAUGE, fuel, gal(us), fuel_gal(us)",
  })
  void keepsUtf8NamesWhereTheyAreAllowed(
      MetricKind kind, String name, String unit, String expected) {
    MetricNaming naming = new MetricNaming(new NamingOptions(true, true, false, List.of()));

    assertThat(naming.name(name, unit, kind)).isEqualTo(expected);
  }

  @Test
  void leavesSuffixesAwayOnRequest() {
    MetricNaming bare = new MetricNaming(new NamingOptions(false, false, false, List.of()));
    MetricNaming raw = new MetricNaming(new NamingOptions(true, false, false, List.of()));

    assertThat(bare.name("http.requests", "By", MetricKind.COUNTER)).isEqualTo("http_requests");
    assertThat(raw.name("http.requests", "By", MetricKind.COUNTER)).isEqualTo("http.requests");
  }
}
