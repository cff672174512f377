package dev.seamark.ingest.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages come out whole, wherever the pieces of the stream begin and end. */
class FluentFramesTest {
  private static final int MIB = 1024 * 1024;

  static List<String> cases() throws Exception {
    return FluentGoldenTest.cases();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aSplitAtAnyByteChangesNothing(String name) throws Exception {
    byte[] stream = FluentGoldenTest.payload(name);
    List<String> whole = messages(new FluentFrames(MIB, 40), stream, stream.length);

    for (int at = 1; at < stream.length; at++) {
      FluentFrames frames = new FluentFrames(MIB, 40);
      List<String> messages = new ArrayList<>(feed(frames, stream, 0, at));
      messages.addAll(feed(frames, stream, at, stream.length));
      assertThat(messages).as("split at %d", at).isEqualTo(whole);
    }
    assertThat(messages(new FluentFrames(MIB, 40), stream, 1)).as("bytewise").isEqualTo(whole);
  }

  @Test
  void anyStreamInAnyPiecesComesOutAsItsMessages() throws Exception {
    Random random = new Random(11);
    for (int round = 0; round < 300; round++) {
      var stream = new ByteArrayOutputStream();
      List<String> expected = new ArrayList<>();
      for (int i = random.nextInt(8); i >= 0; i--) {
        byte[] message = random.nextInt(10) == 0
            ? Msgpack.of(List.of("tag", new byte[random.nextInt(300_000)]))
            : Msgpack.of(Msgpack.random(random, 4));
        expected.add(HexFormat.of().formatHex(message));
        stream.write(message);
      }
      FluentFrames frames = new FluentFrames(MIB, 40);
      byte[] bytes = stream.toByteArray();
      List<String> messages = new ArrayList<>();
      for (int at = 0; at < bytes.length; ) {
        int end = Math.min(bytes.length, at + 1 + random.nextInt(1 << random.nextInt(18)));
        messages.addAll(feed(frames, bytes, at, end));
        at = end;
      }

      assertThat(messages).isEqualTo(expected);
      assertThat(frames.isMidway()).isFalse();
      assertThat(frames.held()).isZero();
    }
  }

  @Test
  void theElementsOfAMessageAreKnown() throws Malformed {
    byte[] stream = Msgpack.of(null, List.of("tag", 12L, Map.of("a", List.of(1, 2)), Map.of()));
    FluentFrames frames = new FluentFrames(MIB, 40);
    add(frames, stream, 0, stream.length);

    assertThat(frames.next()).isTrue();
    assertThat(frames.elements()).isZero();
    assertThat(frames.next()).isTrue();
    assertThat(frames.elements()).isEqualTo(4);
    assertThat(frames.elementAt(0)).isEqualTo(2);
    assertThat(frames.elementAt(1)).isEqualTo(6);
    assertThat(frames.elementAt(2)).isEqualTo(7);
    assertThat(frames.elementAt(3)).isEqualTo(stream.length - 1);
    assertThat(frames.next()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "c6ffffffff, bytes of 4 GiB",
    "93a161dbffffffff, a text of 4 GiB inside",
    "ddffffffff, an array of 4 billion",
    "dfffffffff, a map of 4 billion",
    "92a161dd000f4240, an array of a million: a byte each at least",
  })
  void whatClaimsMoreThanTheLimitIsRefusedAtItsHead(String hex, String what) {
    FluentFrames frames = new FluentFrames(MIB - 64 * 1024, 40);
    byte[] stream = HexFormat.of().parseHex(hex);
    add(frames, stream, 0, stream.length);

    assertThatExceptionOfType(Malformed.class)
        .as(what)
        .isThrownBy(frames::next)
        .withMessageContaining("limit 983040 (ingest.limits.body-bytes-max)");
    assertThat(frames.bytes().length).as("kept").isLessThan(64 * 1024);
  }

  @Test
  void theLimitIsExact() throws Malformed {
    byte[] message = Msgpack.of(List.of("tag", List.of(List.of(1, Map.of("log", "x".repeat(99))))));
    FluentFrames enough = new FluentFrames(message.length, 40);
    add(enough, message, 0, message.length);
    assertThat(enough.next()).isTrue();

    FluentFrames short1 = new FluentFrames(message.length - 1, 40);
    add(short1, message, 0, message.length);
    assertThatExceptionOfType(Malformed.class).isThrownBy(short1::next);
  }

  @Test
  void depthIsLimited() throws Malformed {
    byte[] tower = new byte[50];
    Arrays.fill(tower, (byte) 0x91);
    tower[40] = 1;
    FluentFrames frames = new FluentFrames(MIB, 40);
    add(frames, tower, 0, 41);
    assertThat(frames.next()).isTrue();

    FluentFrames lower = new FluentFrames(MIB, 39);
    add(lower, tower, 0, 41);
    assertThatExceptionOfType(Malformed.class)
        .isThrownBy(lower::next)
        .withMessageContaining("the depth of a message is 40, limit 39");
  }

  @Test
  void howMuchAMessageNeedsIsKnownBeforeItCame() throws Malformed {
    byte[] message = Msgpack.of(List.of("tag", new byte[500_000]));
    FluentFrames frames = new FluentFrames(MIB, 40);
    add(frames, message, 0, 20);

    assertThat(frames.next()).isFalse();
    assertThat(frames.isMidway()).isTrue();
    assertThat(frames.held()).isEqualTo(20);
    assertThat(frames.needed()).isEqualTo(message.length);
  }

  /** Each message in hexadecimal, by turns looked at and taken away. */
  private static List<String> messages(FluentFrames frames, byte[] stream, int piece)
      throws Malformed {
    List<String> messages = new ArrayList<>();
    for (int at = 0; at < stream.length; at += piece) {
      messages.addAll(feed(frames, stream, at, Math.min(stream.length, at + piece)));
    }
    return messages;
  }

  private static List<String> feed(FluentFrames frames, byte[] stream, int from, int to)
      throws Malformed {
    add(frames, stream, from, to);
    List<String> messages = new ArrayList<>();
    while (frames.next()) {
      int length = frames.to() - frames.from();
      String seen = HexFormat.of().formatHex(frames.bytes(), frames.from(), frames.to());
      if (length % 2 == 0) {
        byte[] taken = frames.take();
        assertThat(HexFormat.of().formatHex(taken, 0, length)).isEqualTo(seen);
      }
      messages.add(seen);
    }
    return messages;
  }

  private static void add(FluentFrames frames, byte[] stream, int from, int to) {
    int at = frames.reserve(to - from);
    System.arraycopy(stream, from, frames.bytes(), at, to - from);
    frames.added(to - from);
  }
}
