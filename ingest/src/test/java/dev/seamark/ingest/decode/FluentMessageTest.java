package dev.seamark.ingest.decode;

import static dev.seamark.ingest.decode.Msgpack.array;
import static dev.seamark.ingest.decode.Msgpack.map;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The envelope of a message: what is known of it before its events are. */
class FluentMessageTest {
  private static final byte[] PACKED = {1, 2, 3};

  @Test
  void theChunkIsAMatterOfTheOptionInEachMode() throws Malformed {
    for (Object message : new Object[] {
      List.of("tag", 1, map("log", "x"), map("size", 1, "chunk", "abc")),
      List.of("tag", List.of(List.of(1, map("log", "x"))), map("size", 1, "chunk", "abc")),
      List.of("tag", PACKED, map("chunk", "abc")),
    }) {
      FluentMessage envelope = envelope(message);
      assertThat(envelope.hasChunk()).isTrue();
      byte[] bytes = Msgpack.of(message);
      assertThat(new String(bytes, envelope.chunkFrom(), 4, ISO_8859_1)).isEqualTo("\u00a3abc");
    }
    for (Object message : new Object[] {
      List.of("tag", 1, map("log", "x")),
      array("tag", 1, map("log", "x"), null),
      List.of("tag", 1, map("log", "x"), map("chunk", null)),
      List.of("tag", List.of()),
      List.of("tag", PACKED, map("size", 3)),
    }) {
      assertThat(envelope(message).hasChunk()).isFalse();
    }
  }

  @Test
  void compressionIsOneOfThoseKnown() throws Malformed {
    assertThat(envelope(List.of("tag", PACKED, map("compressed", "gzip"))).compression())
        .isEqualTo(FluentMessage.Compression.GZIP);
    assertThat(envelope(List.of("tag", PACKED, map("compressed", "zstd"))).compression())
        .isEqualTo(FluentMessage.Compression.ZSTD);
    assertThat(envelope(List.of("tag", PACKED, map("compressed", "text"))).compression())
        .isEqualTo(FluentMessage.Compression.NONE);
    assertThat(envelope(List.of("tag", List.of(), map("compressed", "gzip"))).compression())
        .as("entries in an array aren't compressed")
        .isEqualTo(FluentMessage.Compression.NONE);
    requireRefused(List.of("tag", PACKED, map("compressed", "lz4")), "gzip and zstd are known");
  }

  @Test
  void otherSignalsThanLogsAreRefusedByName() throws Malformed {
    assertThat(envelope(List.of("tag", PACKED, map("fluent_signal", 0))).hasChunk())
        .isFalse();
    requireRefused(
        List.of("tag", PACKED, map("fluent_signal", 1, "chunk", "a")),
        "fluent_signal is 1 (metrics), but logs only are taken here");
    requireRefused(List.of("tag", PACKED, map("fluent_signal", 2)), "fluent_signal is 2 (traces)");
    requireRefused(
        List.of("tag", PACKED, map("fluent_signal", 77)), "fluent_signal is 77 (unknown)");
  }

  @Test
  void whatIsNoMessageIsRefused() {
    requireRefused(5, "it is no array and no nil");
    requireRefused(new Msgpack.Raw(new byte[] {'{'}), "it seems to be JSON");
    requireRefused(List.of("tag"), "it has 1 elements, 2 to 4 are needed");
    requireRefused(List.of(5, List.of()), "reading the tag: it is no text");
    requireRefused(List.of("tag", 5), "it has a time, but no record");
    requireRefused(List.of("tag", PACKED, "option"), "reading the option: it is no map");
    requireRefused(List.of("tag", PACKED, map("chunk", 5)), "the chunk's id: it is no text");
    requireRefused(
        List.of("tag", PACKED, map("chunk", "c".repeat(257))),
        "the number of bytes of the chunk's id is 257, limit 256 (fixed)");
    requireRefused(
        List.of("t".repeat(16_385), PACKED),
        "the number of bytes of the tag is 16385, limit 16384 (fixed)");
  }

  private static void requireRefused(Object message, String why) {
    assertThatExceptionOfType(Malformed.class)
        .isThrownBy(() -> envelope(message))
        .withMessageContaining(why);
  }

  private static FluentMessage envelope(@Nullable Object message) throws Malformed {
    byte[] bytes = Msgpack.of(message);
    FluentFrames frames = new FluentFrames(1 << 20, 40);
    int at = frames.reserve(bytes.length);
    System.arraycopy(bytes, 0, frames.bytes(), at, bytes.length);
    frames.added(bytes.length);
    assertThat(frames.next()).isTrue();
    return FluentMessage.of(frames, new MsgpackReader());
  }
}
