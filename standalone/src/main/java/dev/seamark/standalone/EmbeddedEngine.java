package dev.seamark.standalone;

import dev.seamark.service.Part;
import dev.seamark.standalone.engine.Engine;
import java.time.Duration;
import java.util.Optional;

/** The embedded ClickHouse as a part of the standalone process. */
record EmbeddedEngine(Engine engine) implements Part {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

  @Override
  public String name() {
    return "engine";
  }

  @Override
  public void start() throws Exception {
    engine.start();
    engine.awaitReady(START_TIMEOUT);
  }

  @Override
  public void stop(Duration within) {
    engine.stop(within);
  }

  Optional<String> problem() {
    return engine.isAlive()
        ? Optional.empty()
        : Optional.of("starts again, restart number " + engine.restarts());
  }
}
