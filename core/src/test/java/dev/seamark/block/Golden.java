package dev.seamark.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** Expected bytes in files of hexadecimal digits; {@code -Dgolden=write} rewrites them. */
final class Golden {
  private static final Path FOLDER = Path.of("src/test/resources/dev/seamark/block/golden");
  private static final int BYTES_A_LINE = 32;

  private Golden() {}

  static void assertMatches(String name, byte[] actual) {
    Path file = FOLDER.resolve(name + ".hex");
    String text = format(actual);
    try {
      if ("write".equals(System.getProperty("golden"))) {
        Files.createDirectories(FOLDER);
        Files.writeString(file, text);
      }
      assertThat(text).as(name).isEqualTo(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String format(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; at += BYTES_A_LINE) {
      int to = Math.min(bytes.length, at + BYTES_A_LINE);
      text.append(HexFormat.of().formatHex(bytes, at, to)).append('\n');
    }
    return text.toString();
  }

  static byte[] parse(String hex) {
    return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
  }
}
