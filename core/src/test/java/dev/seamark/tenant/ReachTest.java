package dev.seamark.tenant;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.seamark.service.ConfigException;
import dev.seamark.service.Tls;
import org.junit.jupiter.api.Test;

class ReachTest {
  private static final KeyRing CLOSED =
      KeyRing.parse("keys.yaml", """
      tenants: {t: {}}
      keys: {k: {hash: "%s", tenant: t, scopes: [ingest]}}
      """.formatted(Fingerprint.of("x")));

  @Test
  void withoutKeysOnlyThisMachineIsServed() {
    assertThatCode(() -> Reach.require(KeyRing.OPEN, "query", "127.0.0.1", Tls.OFF, "read"))
        .doesNotThrowAnyException();
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> Reach.require(KeyRing.OPEN, "query", "0.0.0.0", Tls.OFF, "read"))
        .withMessageStartingWith("query.bind is 0.0.0.0, but must be a loopback address");
  }

  @Test
  void withKeysEveryoneIs() {
    assertThatCode(() -> Reach.require(CLOSED, "query", "0.0.0.0", Tls.OFF, "read"))
        .doesNotThrowAnyException();
  }
}
