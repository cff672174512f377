package dev.seamark.standalone.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A child process that is kept running: started, probed, restarted when it dies, stopped in order.
 *
 * <p>Before it was ready for the first time its end is final ({@link #awaitReady} says why): a
 * wrong setting must not loop. Afterwards every end that was not asked for is logged and followed
 * by a new start, with a pause that doubles from {@link #PAUSE_MIN} to {@link #PAUSE_MAX} and
 * starts anew once a run lasted {@link #STEADY}.
 *
 * <p>The child stays in this process's group, but doesn't see the terminal's Ctrl-C: the parent
 * stops its children in the order that loses nothing. Its standard input is the {@link Lifeline}: a
 * child ends when its parent does. Thread-safe.
 */
public final class ChildProcess implements AutoCloseable {
  static final Duration PAUSE_MIN = Duration.ofMillis(100);
  static final Duration PAUSE_MAX = Duration.ofSeconds(10);
  static final Duration STEADY = Duration.ofSeconds(30);
  private static final long PROBE_EVERY_MS = 15;
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);
  private static final Logger log = LoggerFactory.getLogger(ChildProcess.class);

  private final String name;
  private final List<String> command;
  private final Map<String, String> environment;
  private final Path workingDirectory;
  private final LogFile logFile;
  private final BooleanSupplier ready;

  private final Object lock = new Object();
  private @Nullable Process process;
  private boolean wasReady;
  private boolean stopping;
  private int restarts;

  public ChildProcess(
      String name,
      List<String> command,
      Path workingDirectory,
      Path logFile,
      BooleanSupplier ready) {
    this(name, command, Map.of(), workingDirectory, logFile, ready);
  }

  /**
   * A child that is not started yet.
   *
   * @param name what log lines and messages call the child
   * @param command program and arguments, see {@link JavaCommand}
   * @param environment added to the inherited environment: the place for secrets, since every user
   *     of a machine can read command lines
   * @param workingDirectory must exist
   * @param logFile gets the child's standard output and error
   * @param ready true when the child does its work; called from the waiting thread, must not block
   *     long
   */
  public ChildProcess(
      String name,
      List<String> command,
      Map<String, String> environment,
      Path workingDirectory,
      Path logFile,
      BooleanSupplier ready) {
    this.name = name;
    this.command = List.copyOf(command);
    this.environment = Map.copyOf(environment);
    this.workingDirectory = workingDirectory;
    this.logFile = new LogFile(logFile);
    this.ready = ready;
  }

  /** Starts the child and the thread that watches it; doesn't wait until it is ready. */
  public void start() {
    synchronized (lock) {
      if (process != null || stopping) {
        throw new IllegalStateException(name + " was started before");
      }
      process = launch();
    }
    Thread.ofPlatform().daemon().name(name + "-watch").start(this::watch);
  }

  /**
   * Waits until the child is ready.
   *
   * @throws ChildFailed if it ends before it was ever ready, or isn't ready within {@code timeout}
   */
  public void awaitReady(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!probe()) {
      synchronized (lock) {
        if (stopping) {
          throw new ChildFailed(name + " was stopped before it was ready");
        }
        if (!wasReady && process != null && !process.isAlive()) {
          throw new ChildFailed("%s ended with code %d before it was ready; %s"
              .formatted(name, process.exitValue(), logFile.tail()));
        }
      }
      if (System.nanoTime() - deadline > 0) {
        throw new ChildFailed(
            "%s is not ready after %d ms; %s".formatted(name, timeout.toMillis(), logFile.tail()));
      }
      TimeUnit.MILLISECONDS.sleep(PROBE_EVERY_MS);
    }
  }

  private boolean probe() {
    if (!isAlive() || !ready.getAsBoolean()) {
      return false;
    }
    synchronized (lock) {
      wasReady = true;
    }
    return true;
  }

  /** Asks the child to end (SIGTERM), and kills it when it is still there after {@code timeout}. */
  public void stop(Duration timeout) {
    Process last;
    synchronized (lock) {
      stopping = true;
      lock.notifyAll();
      last = process;
    }
    if (last == null) {
      return;
    }
    last.destroy();
    if (!ended(last, timeout)) {
      log.warn(
          "child killed, it did not end in time child={} timeout_ms={}", name, timeout.toMillis());
      last.destroyForcibly();
      ended(last, PAUSE_MAX);
    }
  }

  @Override
  public void close() {
    stop(STOP_TIMEOUT);
  }

  /** The id of the running process; a restart changes it. */
  public long pid() {
    synchronized (lock) {
      if (process == null) {
        throw new IllegalStateException(name + " was not started");
      }
      return process.pid();
    }
  }

  public boolean isAlive() {
    synchronized (lock) {
      return process != null && process.isAlive();
    }
  }

  /** How often the child had to be started again. */
  public int restarts() {
    synchronized (lock) {
      return restarts;
    }
  }

  /** The watching thread: one turn a run of the child. */
  private void watch() {
    Duration pause = PAUSE_MIN;
    while (true) {
      long started = System.nanoTime();
      int code = awaitEnd();
      Duration ran = Duration.ofNanos(System.nanoTime() - started);
      pause = ran.compareTo(STEADY) > 0 ? PAUSE_MIN : pause;
      if (!restartAfter(code, ran, pause)) {
        return;
      }
      pause = shorter(pause.multipliedBy(2), PAUSE_MAX);
    }
  }

  private int awaitEnd() {
    Process running;
    synchronized (lock) {
      running = process;
    }
    return running == null ? -1 : running.onExit().join().exitValue();
  }

  /** Returns false when the child is to stay down. */
  private boolean restartAfter(int code, Duration ran, Duration pause) {
    synchronized (lock) {
      if (stopping) {
        return false;
      }
      if (!wasReady) {
        log.error("child ended before it was ready child={} code={}", name, code);
        return false;
      }
      log.error(
          "child ended, starting it again child={} code={} ran_ms={} pause_ms={} log={}",
          name,
          code,
          ran.toMillis(),
          pause.toMillis(),
          logFile.path());
      if (!pauseUnlessStopping(pause)) {
        return false;
      }
      restarts++;
      try {
        process = launch();
      } catch (ChildFailed e) {
        log.error("child could not be started again child={} reason={}", name, e.getMessage());
      }
      return true;
    }
  }

  private boolean pauseUnlessStopping(Duration pause) {
    long deadline = System.nanoTime() + pause.toNanos();
    synchronized (lock) {
      while (!stopping) {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (leftMs <= 0) {
          return true;
        }
        try {
          lock.wait(leftMs);
        } catch (InterruptedException _) {
          return false;
        }
      }
      return false;
    }
  }

  private Process launch() {
    // an ignored signal stays ignored through exec, also in a JVM
    List<String> shielded =
        new ArrayList<>(List.of("/bin/sh", "-c", "trap '' INT; exec \"$@\"", name));
    shielded.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(shielded).directory(workingDirectory.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      builder.redirectOutput(logFile.open());
      Process started = builder.start();
      log.info("child started child={} pid={}", name, started.pid());
      return started;
    } catch (IOException e) {
      throw new ChildFailed(name + " could not be started: " + e.getMessage(), e);
    }
  }

  private static boolean ended(Process process, Duration timeout) {
    try {
      return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
