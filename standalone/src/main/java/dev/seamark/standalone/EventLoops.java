package dev.seamark.standalone;

import dev.seamark.service.Part;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Vert.x of the process: started first and stopped last, since every port runs on it. */
record EventLoops(Vertx vertx) implements Part {
  /** Event loops on the operating system's own transport. */
  static EventLoops ofProcess() {
    return new EventLoops(Vertx.vertx(new VertxOptions().setPreferNativeTransport(true)));
  }

  @Override
  public String name() {
    return "event loops";
  }

  @Override
  public void start() {
    // Vert.x runs from its creation on
  }

  @Override
  public void stop(Duration within) throws Exception {
    vertx
        .close()
        .toCompletionStage()
        .toCompletableFuture()
        .get(within.toMillis(), TimeUnit.MILLISECONDS);
  }
}
