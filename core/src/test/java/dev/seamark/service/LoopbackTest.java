package dev.seamark.service;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoopbackTest {
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.9.8.7", "::1", "0:0:0:0:0:0:0:1", "localhost"})
  void addressesOfThisMachineAreTaken(String host) {
    assertThatCode(() -> Loopback.require("bind", host, "read")).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0.0.0.0", "::", "10.1.2.3", "fe80::1", "seamark.example", "127.0.0.1.example"})
  void everyOtherOneIsRefused(String host) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> Loopback.require("bind", host, "read"))
        .withMessage("bind is " + host + ", but must be a loopback address such as 127.0.0.1:"
            + " without a keys file everybody who reaches the port may read");
  }

  @ParameterizedTest
  @ValueSource(strings = "")
  void noAddressMeansAllAndIsRefused(String host) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> Loopback.require("bind", host, "write"))
        .withMessageStartingWith("bind is empty, ");
  }
}
