package dev.seamark.standalone.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.plan.PlanText;
import dev.seamark.standalone.Main;
import dev.seamark.standalone.broker.Broker;
import dev.seamark.standalone.engine.Engine;
import dev.seamark.standalone.engine.EngineLibrary;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two writers and two ingesters of the version before ({@code make upgrade} builds it from git) are
 * replaced by this version's, one after the other, under load. What was acknowledged, by either
 * version, is stored once.
 */
@Tag("upgrade")
@Timeout(600)
class UpgradeTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration SETTLED_WITHIN = Duration.ofMinutes(2);
  private static final int BETWEEN = 60; // acknowledged attempts
  private static final List<String> FLAGS = List.of(
      "--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-Xmx256m");

  @TempDir
  Path folder;

  private final int brokerPort = freePort();
  private final List<Process> started = new ArrayList<>();

  /** The jars of a version. */
  private enum Version {
    PREVIOUS,
    THIS;

    String classPath() {
      return switch (this) {
        case PREVIOUS -> previousLib().resolve("*").toString();
        case THIS -> System.getProperty("java.class.path");
      };
    }
  }

  private static Path previousLib() {
    return Path.of(System.getProperty("previous.lib", "(make upgrade says where)"));
  }

  @Test
  void nothingIsLostOrDoubledWhileOneVersionFollowsTheOther() throws Exception {
    var broker = new Broker(folder, folder, brokerPort, freePort());
    var engine = new Engine(
        EngineLibrary.pinned(System.getenv()).file(),
        folder.resolve("clickhouse"),
        freePort(),
        1L << 30,
        "");
    try {
      engine.start();
      broker.start();
      engine.awaitReady(PATIENCE);
      var config = config(engine.address());
      replaceEverything(config, new Oracle(engine.address(), brokerPort));
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + words(), e);
    } finally {
      started.forEach(Process::destroyForcibly);
      broker.stop(Duration.ofSeconds(20));
      engine.close();
    }
  }

  private void replaceEverything(Path config, Oracle oracle) throws Exception {
    migrate(Version.PREVIOUS, config);
    var ingester0 = Service.of("ingest", 4318);
    var ingester1 = Service.of("ingest", 4318);
    var writer0 = Service.of("writer", 9095);
    var writer1 = Service.of("writer", 9095);
    for (var each : List.of(ingester0, ingester1, writer0, writer1)) {
      each.process = start(Version.PREVIOUS, each, config);
    }
    for (var each : List.of(ingester0, ingester1, writer0, writer1)) {
      each.awaitReady();
    }
    try (var senders0 = new Senders(ingester0.address());
        var senders1 = new Senders(ingester1.address())) {
      senders0.start();
      senders1.start();
      var both = List.of(senders0, senders1);
      awaitProgress("both versions before", both);

      migrate(Version.THIS, config);
      awaitProgress("tables of this version", both);
      replace(writer0, config);
      awaitProgress("a writer of either version", both);
      // its partitions, and what it promised, go to the one of the version before
      writer0.process.destroyForcibly().waitFor();
      awaitProgress("a writer of the version before alone", both);
      writer0.process = start(Version.THIS, writer0, config);
      writer0.awaitReady();
      awaitProgress("a writer of either version again", both);
      writer1.process.destroyForcibly().waitFor();
      awaitProgress("what the version before promised is taken over", both);
      writer1.process = start(Version.THIS, writer1, config);
      writer1.awaitReady();

      replace(ingester0, config);
      awaitProgress("an ingester of either version", both);
      replace(ingester1, config);
      awaitProgress("all of this version", both);
      for (var senders : both) {
        senders.finish();
      }
      for (var senders : both) {
        oracle.judge(senders, SETTLED_WITHIN);
        assertThat(senders.acknowledged()).isGreaterThan(BETWEEN);
      }
      System.out.println("upgrade: from " + System.getProperty("previous") + ", "
          + (senders0.acknowledged() + senders1.acknowledged()) + " attempts acknowledged");
    }
  }

  @Test
  void theVersionBeforeReadsThePlansOfThisOneOrStops() throws Exception {
    var plan = new Plan("Xb", 100, 200, 5, 6, 1, 1_764_000_120L, 0, List.of());

    assertThat(previousReads(PlanText.write(plan))).contains("from=100", "to=200");
    assertThat(previousReads(PlanText.write(Plan.empty("Xb", 200)))).contains("from=200");
    var ofShard1 = new Plan("Xb", 100, 200, 5, 6, 1, 1_764_000_120L, 1, List.of());
    assertThatThrownBy(() -> previousReads(PlanText.write(ofShard1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no plan of a version known here");
  }

  /** The plan that the version before makes of a text. */
  private static String previousReads(String text) throws Exception {
    try (var jars = Files.list(previousLib())) {
      var urls = new ArrayList<URL>();
      for (var jar : jars.filter(it -> it.toString().endsWith(".jar")).toList()) {
        urls.add(jar.toUri().toURL());
      }
      try (var loader =
          new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
        var reader = loader.loadClass(PlanText.class.getName());
        return String.valueOf(reader.getMethod("read", String.class).invoke(null, text));
      } catch (InvocationTargetException e) {
        throw e.getCause() instanceof Exception said ? said : e;
      }
    }
  }

  private Path config(URI engine) throws IOException {
    return Files.writeString(folder.resolve("seamark.yaml"), """
        kafka:
          bootstrap: [127.0.0.1:%d]
          topics: {partitions: 4, replication-factor: 1, min-insync-replicas: 1}
        clickhouse:
          addresses: [%s]
        writer: {linger: 100ms, lease: 10s, retry-min: 50ms, retry-max: 1s, drain: 5s}
        """.formatted(brokerPort, engine));
  }

  private void migrate(Version version, Path config) throws Exception {
    var process = run(version, "migrate", List.of("migrate", "--config", config.toString()));
    assertThat(process.waitFor(90, TimeUnit.SECONDS) ? process.exitValue() : -1)
        .as(() -> version + words())
        .isZero();
  }

  /** In order: SIGTERM, and the next one when it has drained. */
  private void replace(Service service, Path config) throws Exception {
    service.process.destroy();
    assertThat(service.process.waitFor(60, TimeUnit.SECONDS)).as("drained").isTrue();
    service.process = start(Version.THIS, service, config);
    service.awaitReady();
  }

  private Process start(Version version, Service service, Path config) throws IOException {
    return run(
        version,
        service.command + service.offset,
        List.of(
            service.command,
            "--config",
            config.toString(),
            "--port-offset",
            Integer.toString(service.offset)));
  }

  private Process run(Version version, String log, List<String> arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.addAll(List.of("-cp", version.classPath(), Main.class.getName()));
    command.addAll(arguments);
    var process = new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(folder.resolve(log + ".log").toFile()))
        .start();
    started.add(process);
    return process;
  }

  /** A place in the fleet, whichever version stands there. */
  private static final class Service {
    private final String command;
    private final int port;
    private final int offset;
    private Process process;

    private Service(String command, int port, int offset) {
      this.command = command;
      this.port = port;
      this.offset = offset;
    }

    static Service of(String command, int port) {
      return new Service(command, port, Offsets.next());
    }

    URI address() {
      return URI.create("http://127.0.0.1:" + (port + offset));
    }

    void awaitReady() throws InterruptedException {
      var deadline = System.nanoTime() + PATIENCE.toNanos();
      try (var http = HttpClient.newHttpClient()) {
        while (!isReady(http)) {
          assertThat(process.isAlive() && System.nanoTime() < deadline)
              .as("%s is ready", command)
              .isTrue();
          LockSupport.parkNanos(50_000_000);
        }
      }
    }

    private boolean isReady(HttpClient http) throws InterruptedException {
      try {
        var ready = HttpRequest.newBuilder(address().resolve("/readyz")).build();
        return http.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
      } catch (IOException _) {
        return false;
      }
    }
  }

  private static void awaitProgress(String what, List<Senders> senders) {
    var before = senders.stream().mapToInt(Senders::acknowledged).sum();
    System.out.println("upgrade: " + what + ", after " + before + " attempts");
    Mischief.await(
        "acknowledgements",
        () -> senders.stream().mapToInt(Senders::acknowledged).sum() >= before + BETWEEN);
  }

  /** What the processes wrote last. */
  private String words() {
    var words = new StringBuilder();
    try (Stream<Path> logs = Files.list(folder)) {
      for (var log : logs.filter(it -> it.toString().endsWith(".log")).toList()) {
        var text = Files.readString(log);
        words.append("\n== ").append(log.getFileName()).append('\n');
        words.append(text.substring(Math.max(0, text.length() - 10_000)));
      }
    } catch (IOException e) {
      words.append(e);
    }
    return words.toString();
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
