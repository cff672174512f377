package dev.seamark.standalone;

import dev.seamark.clickhouse.ClickHouseException;
import dev.seamark.ingest.write.turn.OperatorRefused;
import dev.seamark.kafka.KafkaRefused;
import dev.seamark.schema.SchemaRefused;
import dev.seamark.service.ConfigException;
import dev.seamark.service.Lifecycle;
import dev.seamark.standalone.engine.EngineUnavailable;
import dev.seamark.standalone.process.ChildFailed;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service's stay in the foreground: it starts, says {@code seamark ready}, and drains when a
 * signal asks the process to end. The exit code of a drained process is 0.
 */
final class Foreground {
  /** What a service does at its start; everything it starts goes through the lifecycle. */
  interface Graph {
    void start(Lifecycle lifecycle) throws Exception;

    /** What follows the line that says ready. */
    default void ready(Lifecycle lifecycle, PrintWriter out) throws Exception {}
  }

  /** What a command does. */
  interface Work {
    void run() throws Exception;
  }

  private static final Logger log = LoggerFactory.getLogger(Foreground.class);
  private static final Duration DRAIN = Duration.ofSeconds(30);

  private final PrintWriter out;
  private final PrintWriter err;

  Foreground(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  /**
   * Returns the exit code of a service that couldn't start; otherwise a signal ends the process.
   */
  int run(Graph graph) throws InterruptedException {
    var lifecycle = new Lifecycle();
    var failed = new CountDownLatch(1);
    Thread onSignal = Thread.ofPlatform().name("signal").unstarted(() -> {
      if (failed.getCount() > 0) {
        end(stop(lifecycle));
      }
    });
    Runtime.getRuntime().addShutdownHook(onSignal);
    try {
      graph.start(lifecycle);
      out.println("seamark ready");
      out.flush();
      graph.ready(lifecycle, out);
      Thread.currentThread().join(); // until the signal's thread ends the process
      return 0;
    } catch (Exception e) {
      report(e);
      failed.countDown();
      stop(lifecycle);
      return 1;
    }
  }

  /** Runs what ends by itself; returns the exit code. */
  int once(Work work) {
    try {
      work.run();
      return 0;
    } catch (Exception e) {
      report(e);
      return 1;
    }
  }

  private static int stop(Lifecycle lifecycle) {
    try {
      return lifecycle.stop(DRAIN) ? 0 : 1;
    } catch (InterruptedException _) {
      return 1;
    }
  }

  /** A JVM that a signal ends would exit with 143, drained or not. */
  private static void end(int code) {
    Runtime.getRuntime().halt(code);
  }

  /** What an operator can mend is said in a line; what only we can mend comes with its trace. */
  private void report(Exception e) {
    switch (e) {
      case ConfigException _,
          SchemaRefused _,
          ClickHouseException _,
          Refused _,
          KafkaRefused _,
          OperatorRefused _,
          ChildFailed _,
          EngineUnavailable _,
          IOException _ -> {
        err.println("seamark: " + e.getMessage());
        err.flush();
      }
      default -> log.error("seamark can't start", e);
    }
  }
}
