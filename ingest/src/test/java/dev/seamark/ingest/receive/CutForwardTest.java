package dev.seamark.ingest.receive;

import static dev.seamark.ingest.receive.OpenDoors.MIB;
import static dev.seamark.ingest.receive.OpenDoors.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.decode.Msgpack;
import dev.seamark.service.Tls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Chunks of the forward protocol on connections that are cut at any byte, of the message or of its
 * acknowledgement, by a farewell or a reset: a chunk is stored whole or not at all, and nothing of
 * it stays behind.
 */
class CutForwardTest {
  private static final long TIME = 1_764_000_000L;
  private static final int SOAK_ROUNDS = 10_000;
  private static final int ROUNDS_AT_ONCE = 1_000;

  /** How the entries come. */
  enum Mode {
    FORWARD,
    PACKED,
    GZIP
  }

  private final CutLedger ledger = new CutLedger();
  private OpenFluentDoor door;

  @BeforeEach
  void open() {
    door = new OpenFluentDoor(
        OpenFluentDoor.config("", List.of(), MIB),
        OpenDoors.config(Tls.OFF, 1_000, Duration.ofSeconds(10)),
        64L * MIB);
  }

  @AfterEach
  void close() {
    door.close();
  }

  @ParameterizedTest
  @EnumSource
  @Timeout(60)
  void atEveryByteOnce(Mode mode) throws Exception {
    int length = message(mode, ledger.next()).length;
    for (boolean reset : new boolean[] {false, true}) {
      for (int cut = 0; cut <= length; cut++) {
        cutMessage(mode, reset, cut);
      }
      for (int cut = 1; cut <= ack("round 1000000").length; cut++) {
        cutAck(mode, reset, cut);
      }
    }

    requireWholeOrNothing();
    requireNothingLeft();
  }

  @Test
  @Tag("soak")
  @Timeout(600)
  void tenThousandTimesAtARandomByte() throws Exception {
    randomRounds(1);
    requireWholeOrNothing();
    requireNothingLeft();
    HeldResources before = HeldResources.now();

    for (int seed = 2; seed < 2 + SOAK_ROUNDS / ROUNDS_AT_ONCE; seed++) {
      randomRounds(seed);
      requireWholeOrNothing();
    }

    requireNothingLeft();
    before.requireNoGrowthTo(HeldResources.now());
  }

  private void randomRounds(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < ROUNDS_AT_ONCE; i++) {
      Mode mode = Mode.values()[random.nextInt(Mode.values().length)];
      boolean reset = random.nextBoolean();
      if (random.nextInt(4) == 0) {
        cutAck(mode, reset, 1 + random.nextInt(ack("round 1000000").length));
      } else {
        cutMessage(mode, reset, random.nextInt(message(mode, ledger.next()).length + 1));
      }
    }
  }

  private void cutMessage(Mode mode, boolean reset, int cut) throws IOException {
    String name = ledger.next();
    byte[] message = message(mode, name);
    if (cut == message.length) {
      if (reset) {
        ledger.perhaps(name); // the reset may overtake it
      } else {
        ledger.whole(name);
      }
    }
    try (Socket socket = connect(reset)) {
      socket.getOutputStream().write(message, 0, cut);
    }
  }

  private void cutAck(Mode mode, boolean reset, int cut) throws IOException {
    String name = ledger.next();
    ledger.whole(name);
    byte[] ack = ack(name);
    try (Socket socket = connect(reset)) {
      socket.getOutputStream().write(message(mode, name));
      assertThat(socket.getInputStream().readNBytes(cut)).isEqualTo(Arrays.copyOf(ack, cut));
    }
  }

  private Socket connect(boolean reset) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port());
    socket.setSoTimeout(10_000);
    if (reset) {
      socket.setSoLinger(true, 0);
    }
    return socket;
  }

  private static byte[] message(Mode mode, String name) throws IOException {
    List<Object> entry = List.of(TIME, Map.of("log", name));
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    for (int i = 0; i < CutLedger.ROWS; i++) {
      packed.writeBytes(Msgpack.of(entry));
    }
    return switch (mode) {
      case FORWARD ->
        Msgpack.of(List.of("t", Collections.nCopies(CutLedger.ROWS, entry), Map.of("chunk", name)));
      case PACKED -> Msgpack.of(List.of("t", packed.toByteArray(), Map.of("chunk", name)));
      case GZIP ->
        Msgpack.of(List.of(
            "t",
            InflateTest.compress(Encoding.GZIP, packed.toByteArray()),
            Msgpack.map("chunk", name, "compressed", "gzip")));
    };
  }

  private static byte[] ack(String name) {
    return Msgpack.of(Map.of("ack", name));
  }

  private void requireWholeOrNothing() {
    until(() -> door.metric("seamark_fluent_connections") == 0
        && door.intake.inFlight() == 0
        && door.budget.held() == 0);
    ledger.requireWholeOrNothing(door.journal.takeKept());
  }

  private void requireNothingLeft() {
    assertThat(door.budget.held()).as("bytes in flight").isZero();
    assertThat(door.intake.inFlight()).as("chunks in flight").isZero();
    assertThat(door.metric("seamark_fluent_connections")).as("connections").isZero();
    ledger.clear();
  }
}
