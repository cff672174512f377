package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class EngineServerTest {
  @RegisterExtension
  static final EngineFixture clickhouse = new EngineFixture();

  @Test
  void answersASelect() {
    assertThat(clickhouse.run("SELECT 1, currentDatabase()"))
        .isEqualTo("1\t" + clickhouse.database());
  }
}
