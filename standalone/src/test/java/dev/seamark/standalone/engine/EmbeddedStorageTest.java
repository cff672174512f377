package dev.seamark.standalone.engine;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The storage contract on an embedded engine of its own, which it restarts. */
class EmbeddedStorageTest extends StorageContract {
  @TempDir
  static Path data;

  private static Engine engine;

  @BeforeAll
  static void start() throws Exception {
    engine = EngineFixture.start(data);
  }

  @AfterAll
  static void stop() {
    engine.close();
  }

  @Override
  ClickHouseHttp server(String database) {
    return new ClickHouseHttp(engine.address(), database);
  }

  @Override
  void restart() throws Exception {
    engine.stop(Duration.ofSeconds(20));
    engine = EngineFixture.start(data);
  }
}
