package dev.seamark.standalone.broker;

import dev.seamark.service.Part;
import dev.seamark.standalone.process.ChildProcess;
import dev.seamark.standalone.process.JavaCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The embedded Kafka broker as its parent sees it: a child process that is started, watched and
 * restarted. Thread-safe.
 */
public final class Broker implements Part {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final List<String> FLAGS = List.of("-Xmx320m", "-Xss512k", "-XX:+UseSerialGC");

  private final BrokerSettings settings;
  private final ChildProcess child;

  /**
   * A broker that is not started yet.
   *
   * @param data the folder of the whole installation; the broker's own is {@code kafka} in it
   * @param logs folder for the child's output
   */
  public Broker(Path data, Path logs, int port, int controllerPort) {
    settings = new BrokerSettings(data.resolve("kafka").toAbsolutePath(), port, controllerPort);
    List<String> arguments = List.of(
        settings.folder().toString(), Integer.toString(port), Integer.toString(controllerPort));
    child = new ChildProcess(
        "broker",
        JavaCommand.of(BrokerMain.class, FLAGS, arguments),
        data,
        logs.resolve("broker.log"),
        this::takesRequests);
  }

  @Override
  public String name() {
    return "broker";
  }

  /** Returns once the broker takes requests; throws ChildFailed with its last words otherwise. */
  @Override
  public void start() throws Exception {
    child.start();
    child.awaitReady(START_TIMEOUT);
  }

  /** Waits until the broker takes requests, after a restart too. */
  public void awaitReady(Duration timeout) throws InterruptedException {
    child.awaitReady(timeout);
  }

  @Override
  public void stop(Duration within) {
    child.stop(within);
  }

  /** Why no requests are taken at this moment, or empty. */
  public Optional<String> problem() {
    return takesRequests()
        ? Optional.empty()
        : Optional.of("starts again, restart number " + child.restarts());
  }

  /** The id of the running process; a restart changes it. */
  public long pid() {
    return child.pid();
  }

  private boolean takesRequests() {
    try {
      return Files.readString(settings.readyFile()).equals(Long.toString(child.pid()));
    } catch (NoSuchFileException _) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
