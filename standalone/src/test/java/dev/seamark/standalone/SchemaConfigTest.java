package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.seamark.service.ConfigException;
import dev.seamark.service.ConfigFile;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SchemaConfigTest {
  @Test
  void aClusterThatSqlWouldNotTakeIsRefusedWithItsLine() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(
            () -> ConfigFile.parse("seamark.yaml", "cluster: it's", SchemaConfig.class, Map.of()))
        .withMessage(
            "seamark.yaml:1: the file: cluster \"it's\" holds more than letters, digits and _.{}-");
  }

  @Test
  void aStoragePolicyThatSqlWouldNotTakeIsRefusedWithItsLine() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() ->
            ConfigFile.parse("seamark.yaml", "storage-policy: it's", SchemaConfig.class, Map.of()))
        .withMessage(
            "seamark.yaml:1: the file: storage policy \"it's\" holds more than letters, digits and _.-");
  }
}
