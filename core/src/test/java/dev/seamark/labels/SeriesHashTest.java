package dev.seamark.labels;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SeriesHashTest {
  /// Lines of `id hash name=value,name=value`, in any order of labels. Never edit a line: stored
  /// series have these ids.
  static List<String> vectors() throws IOException {
    try (InputStream in = SeriesHashTest.class.getResourceAsStream("series-hash.golden")) {
      assertThat(in).isNotNull();
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void neverChanges(String vector) {
    String[] parts = vector.split(" ", 3);
    LabelSet labels = new LabelSet();
    if (!parts[2].isEmpty()) {
      for (String label : parts[2].split(",", -1)) {
        int equals = label.indexOf('=');
        labels.put(bytes(label.substring(0, equals)), bytes(label.substring(equals + 1)));
      }
    }

    SeriesHash hash = labels.hash();

    assertThat(hex(hash.id()) + " " + hex(hash.hash())).isEqualTo(parts[0] + " " + parts[1]);
  }

  @Test
  void isTheCanonicalXxh3OfTheLaidOutBytes() {
    // the published XXH3-128 of no bytes, seed 0
    assertThat(SeriesHash.of(new byte[0], 0, 0))
        .isEqualTo(new SeriesHash(0x99aa06d3014798d8L, 0x6001c324468d497fL));
  }

  @Test
  void laysLabelsOutByLengthAndBytes() {
    LabelSet labels = new LabelSet();
    labels.put(bytes("é"), bytes("1"));
    labels.put(bytes("b"), bytes("22"));
    labels.put(bytes("empty"), bytes(""));

    byte[] canonical = labels.canonicalBytes();

    assertThat(HexFormat.of().formatHex(canonical, 0, labels.canonicalLength()))
        .isEqualTo(
            "01000000" + "62" + "02000000" + "3232" + "02000000" + "c3a9" + "01000000" + "31");
  }

  @Test
  void doesNotDependOnTheOrderOfLabels() {
    List<String> names = new ArrayList<>(List.of("__name__", "a", "aa", "b", "ü", "z", "A", "_"));
    LabelSet labels = new LabelSet();
    names.forEach(name -> labels.put(bytes(name), bytes("value of " + name)));
    SeriesHash expected = labels.hash();
    Random random = new Random(3);

    for (int i = 0; i < 100; i++) {
      Collections.shuffle(names, random);
      labels.clear();
      names.forEach(name -> labels.put(bytes(name), bytes("value of " + name)));

      assertThat(labels.hash()).isEqualTo(expected);
    }
  }

  private static String hex(long value) {
    return HexFormat.of().toHexDigits(value);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
