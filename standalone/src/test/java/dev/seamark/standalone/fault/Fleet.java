package dev.seamark.standalone.fault;

import dev.seamark.standalone.Main;
import dev.seamark.standalone.broker.ProxiedBrokerMain;
import dev.seamark.standalone.engine.Engine;
import dev.seamark.standalone.engine.EngineLibrary;
import dev.seamark.standalone.process.ChildProcess;
import dev.seamark.standalone.process.JavaCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Broker, engine, one ingester and two writers, each a process of its own that is started again
 * when it dies, with a {@link FaultProxy} on each way: ingester to broker, writers to broker,
 * writers to engine.
 */
final class Fleet implements AutoCloseable {
  static final Duration LEASE = Duration.ofSeconds(10);

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final long ENGINE_MEMORY = 1L << 30;
  private static final List<String> FLAGS = List.of(
      "--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-Xmx256m");

  private final Path folder;
  private final Engine engine;
  private final ChildProcess broker;
  private final FaultProxy ingesterToBroker;
  private final FaultProxy writersToBroker;
  private final FaultProxy writersToEngine;
  private final int brokerPort = freePort();
  private final int ingesterOffset = freeOffset();
  private final List<Integer> writerOffsets = List.of(freeOffset(), freeOffset());
  private final List<ChildProcess> services = new ArrayList<>();

  /** @param folder an empty one, for everything */
  Fleet(Path folder) throws IOException {
    this(folder, folder.resolve("kafka"), folder.resolve("clickhouse"));
  }

  Fleet(Path folder, Path kafka, Path clickHouse) throws IOException {
    this.folder = folder;
    var behindIngester = freePort();
    var behindWriters = freePort();
    this.engine = new Engine(
        EngineLibrary.pinned(System.getenv()).file(), clickHouse, freePort(), ENGINE_MEMORY, "");
    this.ingesterToBroker = new FaultProxy(behindIngester);
    this.writersToBroker = new FaultProxy(behindWriters);
    this.writersToEngine = new FaultProxy(engine.address().getPort());
    this.broker = new ChildProcess(
        "broker",
        ProxiedBrokerMain.command(
            kafka,
            brokerPort,
            freePort(),
            List.of(behindIngester, behindWriters),
            List.of(ingesterToBroker.port(), writersToBroker.port())),
        folder,
        folder.resolve("broker.log"),
        () -> isReady(kafka));
  }

  void start() throws Exception {
    ingesterToBroker.start();
    writersToBroker.start();
    writersToEngine.start();
    engine.start();
    broker.start();
    engine.awaitReady(PATIENCE);
    broker.awaitReady(PATIENCE);
    migrate();
    var ingester = service("ingest", config("ingest", ingesterToBroker), ingesterOffset, 4318);
    services.add(ingester);
    for (var offset : writerOffsets) {
      services.add(service("writer", config("writer", writersToBroker), offset, 9095));
    }
    for (var each : services) {
      each.start();
    }
    for (var each : services) {
      each.awaitReady(PATIENCE);
    }
  }

  private void migrate() throws Exception {
    var process = new ProcessBuilder(JavaCommand.of(
            Main.class,
            FLAGS,
            List.of("migrate", "--config", config("ingest", ingesterToBroker).toString())))
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("migrate.log").toFile())
        .start();
    if (process.waitFor() != 0) {
      throw new AssertionError(Files.readString(folder.resolve("migrate.log")));
    }
  }

  private Path config(String name, FaultProxy kafka) throws IOException {
    return Files.writeString(folder.resolve(name + ".yaml"), """
        kafka:
          bootstrap: [127.0.0.1:%d]
          topics: {partitions: 4, replication-factor: 1, min-insync-replicas: 1}
        clickhouse:
          addresses: [http://127.0.0.1:%d]
          answer-timeout: 3s
        writer:
          linger: 100ms
          lease: %ds
          retry-min: 50ms
          retry-max: 1s
          drain: 2s
        """.formatted(
            kafka.port(), writersToEngine.port(), LEASE.toSeconds()));
  }

  private ChildProcess service(String command, Path config, int offset, int port) {
    return new ChildProcess(
        command,
        JavaCommand.of(
            Main.class,
            FLAGS,
            List.of(
                command, "--config", config.toString(), "--port-offset", Integer.toString(offset))),
        folder,
        folder.resolve(command + "-" + offset + ".log"),
        () -> answers(port + offset));
  }

  ProxiedWays ways() {
    return new ProxiedWays(ingesterToBroker, writersToBroker, writersToEngine);
  }

  /** The proxies by what they stand between. */
  record ProxiedWays(
      FaultProxy ingesterToBroker, FaultProxy writersToBroker, FaultProxy writersToEngine) {}

  long brokerPid() {
    return broker.pid();
  }

  long enginePid() {
    return engine.pid();
  }

  long ingesterPid() {
    return services.getFirst().pid();
  }

  /** @param number 0 or 1 */
  long writerPid(int number) {
    return services.get(1 + number).pid();
  }

  /** Waits until all of them answer. */
  void awaitReady() throws InterruptedException {
    engine.awaitReady(PATIENCE);
    broker.awaitReady(PATIENCE);
    for (var each : services) {
      each.awaitReady(PATIENCE);
    }
  }

  /** OTLP over HTTP, directly at the ingester. */
  URI otlp() {
    return URI.create("http://127.0.0.1:" + (4318 + ingesterOffset));
  }

  /** The engine's SQL, directly. */
  URI sql() {
    return engine.address();
  }

  /** Bootstrap port of the broker, directly. */
  int brokerPort() {
    return brokerPort;
  }

  /** What a writer shows on /metrics. */
  String writerMetrics(int number) {
    return get(9095 + writerOffsets.get(number), "/metrics");
  }

  private static boolean isReady(Path kafka) {
    try {
      var ready = ProxiedBrokerMain.readyFile(kafka);
      return Files.exists(ready)
          && ProcessHandle.of(Long.parseLong(Files.readString(ready)))
              .map(ProcessHandle::isAlive)
              .orElse(false);
    } catch (IOException | NumberFormatException _) {
      return false;
    }
  }

  private static boolean answers(int port) {
    try {
      return !get(port, "/readyz").isEmpty();
    } catch (AssertionError _) {
      return false;
    }
  }

  /** The body of a 200; empty for another status. */
  private static String get(int port, String path) {
    try (var http =
        HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build()) {
      var answer = http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
              .timeout(Duration.ofSeconds(2))
              .build(),
          HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() == 200 ? answer.body() : "";
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(path, e);
    }
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** An offset under which all ports of a service are free, as it is far from the usual ones. */
  private static int freeOffset() {
    return Offsets.next();
  }

  /** What the processes wrote: the first thing to read when a test fails. */
  String words() {
    var words = new StringBuilder();
    try (var logs = Files.list(folder)) {
      for (var log : logs.filter(it -> it.toString().endsWith(".log")).toList()) {
        var text = Files.readString(log);
        words.append("\n== ").append(log.getFileName()).append('\n');
        words.append(text.substring(Math.max(0, text.length() - 20_000)));
      }
    } catch (IOException e) {
      words.append(e);
    }
    return words.toString();
  }

  @Override
  public void close() throws IOException {
    for (var each : services.reversed()) {
      each.close();
    }
    broker.close();
    engine.close();
    ingesterToBroker.close();
    writersToBroker.close();
    writersToEngine.close();
  }
}
