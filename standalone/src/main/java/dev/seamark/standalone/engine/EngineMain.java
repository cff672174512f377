package dev.seamark.standalone.engine;

import dev.seamark.standalone.process.Lifeline;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * The engine's own process: opens the data folder, serves HTTP on loopback, ends when it is asked
 * to or when its parent is gone.
 *
 * <p>{@code --data DIR --port N --library FILE [--memory BYTES]}; the password, if any, is in the
 * environment ({@link #PASSWORD}).
 */
public final class EngineMain {
  static final String PASSWORD = "SEAMARK_ENGINE_PASSWORD";
  private static final Logger log = System.getLogger(EngineMain.class.getName());
  private static final int STOP_PATIENCE_SECONDS = 5;

  private EngineMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Niceness.standBack(Niceness.OF_ENGINE); // before the engine begins its threads
    Map<String, String> options = options(arguments);
    EngineSettings settings = settings(options);
    FileChannel folder = hold(settings.data()); // until the process ends
    Chdb chdb = new Chdb(Path.of(option(options, "--library")));
    OpenEngine engine = open(chdb, settings);
    EngineServer server = new EngineServer(
        engine,
        settings,
        new FailedWrites(engine, () -> chdb.exit(FailedWrites.EXIT_CODE)),
        Integer.parseInt(option(options, "--port")),
        version(engine),
        System.getenv().getOrDefault(PASSWORD, ""));

    CountDownLatch end = new CountDownLatch(1);
    Lifeline.hold(System.in, end::countDown);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      end.countDown();
      awaitExit();
    }));
    server.start();
    log.log(Level.INFO, "engine ready");

    end.await();
    server.stop(STOP_PATIENCE_SECONDS);
    boolean closed = engine.close(Duration.ofSeconds(STOP_PATIENCE_SECONDS));
    log.log(Level.INFO, closed ? "engine closed" : "engine left with statements under way");
    folder.close();
    chdb.exit(0);
  }

  /**
   * The engine locks its folder itself, but not before it has read it.
   *
   * @throws IllegalStateException if another process has the folder
   */
  private static FileChannel hold(Path data) throws IOException {
    Files.createDirectories(data);
    FileChannel file = FileChannel.open(
        data.resolve("seamark.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (file.tryLock() == null) {
      throw new IllegalStateException(
          "the engine can't open its data folder (another process may have it): " + data);
    }
    return file;
  }

  /**
   * Opens the data once what tables remember of their inserts fits the parts that are there. Which
   * parts aren't whole only the engine tells, by setting them aside as it opens; then it is opened
   * a second time, without their tokens.
   */
  private static OpenEngine open(Chdb chdb, EngineSettings settings)
      throws IOException, InterruptedException {
    InsertMemory memory = new InsertMemory(settings.data());
    memory.mend();
    long aside = memory.partsSetAside();
    OpenEngine engine = new OpenEngine(chdb, settings.writeConfiguration());
    engine.value("SELECT count() FROM system.parts"); // once the tables are loaded
    long more = memory.partsSetAside() - aside;
    if (more == 0) {
      return engine;
    }
    log.log(
        Level.WARNING,
        "{0} parts weren''t whole and were set aside; opening again without their tokens",
        more);
    if (!engine.close(Duration.ofSeconds(STOP_PATIENCE_SECONDS))) {
      throw new IllegalStateException("the engine can't be closed to open it again");
    }
    memory.mend();
    return new OpenEngine(chdb, settings.writeConfiguration());
  }

  /**
   * A signal's hook must not end before the main thread ended the process without the JVM's exit.
   */
  private static void awaitExit() {
    try {
      Thread.sleep(Duration.ofSeconds(4L * STOP_PATIENCE_SECONDS));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static EngineSettings settings(Map<String, String> options) {
    EngineSettings settings =
        EngineSettings.small(Path.of(option(options, "--data")).toAbsolutePath());
    String memory = options.get("--memory");
    return memory == null ? settings : settings.withMemoryBytesMax(Long.parseLong(memory));
  }

  private static Map<String, String> options(String[] arguments) {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    return options;
  }

  private static String option(Map<String, String> options, String name) {
    String value = options.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return value;
  }

  private static String version(OpenEngine engine) {
    return engine.value("SELECT version()");
  }

  /** The flags its JVM needs: it only moves bytes, so it is kept small. */
  static List<String> jvmFlags() {
    return List.of(
        "-Xmx192m",
        "-Xss512k",
        "-XX:+UseSerialGC",
        "-XX:ReservedCodeCacheSize=48m",
        "-XX:+UseCompactObjectHeaders",
        "--enable-native-access=ALL-UNNAMED",
        "-Djava.net.preferIPv4Stack=true",
        "-Dsun.net.httpserver.nodelay=true",
        "-Dsun.net.httpserver.maxIdleConnections=1000",
        "-Djdk.httpserver.maxConnections=1000");
  }
}
