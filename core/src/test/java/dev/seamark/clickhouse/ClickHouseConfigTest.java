package dev.seamark.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.seamark.service.ConfigException;
import dev.seamark.service.ConfigFile;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClickHouseConfigTest {
  @Test
  void theDefaultsAreThoseOfTheEmbeddedEngine() {
    assertThat(ConfigFile.defaults(ClickHouseConfig.class))
        .isEqualTo(ClickHouseConfig.of("seamark", URI.create("http://127.0.0.1:18123")));
  }

  @Test
  void anOperatorNamesReplicasUserAndLimits() throws Exception {
    ClickHouseConfig config =
        ConfigFile.parse("seamark.yaml", """
            addresses: [https://a:8443, https://b:8443]
            user: writer
            password: ${PASSWORD}
            tls:
              enabled: true
            connect-timeout: 500ms
            answer-bytes-max: 64MiB
            """, ClickHouseConfig.class, Map.of("PASSWORD", "anchor"));

    assertThat(config.addresses()).hasSize(2);
    assertThat(config.password().reveal()).isEqualTo("anchor");
    assertThat(config.connectTimeout()).isEqualTo(Duration.ofMillis(500));
    assertThat(config.answerBytesMax()).isEqualTo(64 << 20);
    assertThat(config.toString()).doesNotContain("anchor");
  }

  @Test
  void aDatabaseThatSqlWouldNotTakeIsRefusedWithItsLine() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> ConfigFile.parse(
            "seamark.yaml", "\ndatabase: sea-mark", ClickHouseConfig.class, Map.of()))
        .withMessage(
            "seamark.yaml:1: the file: database \"sea-mark\" is not a plain identifier (letters, digits and _, at most 64)");
  }
}
