package dev.seamark.standalone.engine;

import dev.seamark.standalone.process.Lifeline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
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
    new InsertMemory(settings.data()).mend();
    Chdb chdb = new Chdb(Path.of(option(options, "--library")));
    OpenEngine engine = new OpenEngine(chdb, settings.writeConfiguration());
    EngineServer server = new EngineServer(
        engine,
        settings,
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
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (EngineConnection connection = engine.connect()) {
      connection.run(
          "SELECT version()".getBytes(StandardCharsets.US_ASCII),
          "TabSeparatedRaw",
          Map.of(),
          new Statistics(),
          bytes -> text.writeBytes(bytes.toArray(ValueLayout.JAVA_BYTE)));
    }
    return text.toString(StandardCharsets.US_ASCII).strip();
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
