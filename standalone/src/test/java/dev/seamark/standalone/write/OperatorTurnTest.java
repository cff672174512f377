package dev.seamark.standalone.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.write.turn.GroupCommits;
import dev.seamark.ingest.write.turn.Hold;
import dev.seamark.ingest.write.turn.HoldWatch;
import dev.seamark.ingest.write.turn.OperatorTurn;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.KafkaGate;
import dev.seamark.standalone.broker.Broker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands take turns, and a writer hears what the one whose turn it is wishes. */
@Timeout(120)
class OperatorTurnTest {
  private static final String WRITERS = "writers";

  @TempDir
  static Path folder;

  private static Broker broker;
  private static KafkaConfig kafka;
  private static Admin admin;

  @BeforeAll
  static void start() throws Exception {
    var port = freePort();
    broker = new Broker(
        Files.createDirectory(folder.resolve("broker")), folder.resolve("logs"), port, freePort());
    broker.start();
    kafka = KafkaConfig.loopback(port);
    new KafkaGate(kafka).start();
    admin = Admin.create(kafka.clientProperties());
  }

  @AfterAll
  static void stop() {
    admin.close();
    broker.stop(Duration.ofSeconds(20));
  }

  @Test
  void theSecondCommandWaitsUntilTheFirstIsThrough() throws Exception {
    var first = OperatorTurn.take(kafka, admin, WRITERS, "backup");
    var second = new CompletableFuture<String>();
    var thread = Thread.ofPlatform().start(() -> {
      try (var turn = OperatorTurn.take(kafka, admin, WRITERS, "replay")) {
        second.complete(turn.inForce().by());
      } catch (Exception e) {
        second.completeExceptionally(e);
      }
    });
    var group = new GroupCommits(admin, OperatorTurn.group(WRITERS));
    awaitOn(() -> group.members().size() == 2);
    assertThat(group.members())
        .allMatch(it -> it.endsWith(" at 127.0.0.1"))
        .anyMatch(it -> it.startsWith("seamark-replay"));
    first.keep();
    assertThat(second).isNotDone();

    first.close();

    assertThat(second.get(60, TimeUnit.SECONDS)).isEqualTo("nobody");
    thread.join();
  }

  @Test
  void aWriterHearsOfAHoldAndOfItsEnd() throws Exception {
    try (var watch = new HoldWatch(admin, WRITERS)) {
      watch.start();
      try (var turn = OperatorTurn.take(kafka, admin, WRITERS, "backup")) {
        turn.hold(1_764_000_000);
        awaitOn(() -> watch.hold().equals(new Hold(1_764_000_000, "backup")));
        turn.hold(0);
        awaitOn(() -> watch.hold().equals(Hold.NONE));
      }
    }
  }

  private static void awaitOn(BooleanSupplier condition) {
    var deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within a minute");
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
