package dev.seamark.service;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How sizes and durations are written in configuration: {@code 64MiB}, {@code 50ms}. */
final class Notation {
  private static final Pattern QUANTITY = Pattern.compile("(\\d{1,18})\\s*([A-Za-z]*)");
  private static final Map<String, Long> BYTES =
      Map.of("", 1L, "B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30, "TiB", 1L << 40);
  private static final Map<String, Duration> UNITS = Map.of(
      "us", Duration.ofNanos(1_000),
      "ms", Duration.ofMillis(1),
      "s", Duration.ofSeconds(1),
      "m", Duration.ofMinutes(1),
      "h", Duration.ofHours(1),
      "d", Duration.ofDays(1));

  private Notation() {}

  /** Bytes of a size; throws IllegalArgumentException that says what a size looks like. */
  static long bytes(String text) {
    Matcher quantity = QUANTITY.matcher(text);
    Long unit = quantity.matches() ? BYTES.get(quantity.group(2)) : null;
    try {
      if (unit != null) {
        return Math.multiplyExact(Long.parseLong(quantity.group(1)), unit);
      }
    } catch (ArithmeticException _) { // larger than any limit
    }
    throw new IllegalArgumentException("a size such as 512KiB or 64MiB");
  }

  /** A duration; throws IllegalArgumentException that says what a duration looks like. */
  static Duration duration(String text) {
    Matcher quantity = QUANTITY.matcher(text);
    Duration unit = quantity.matches() ? UNITS.get(quantity.group(2)) : null;
    try {
      if (unit != null) {
        return unit.multipliedBy(Long.parseLong(quantity.group(1)));
      }
    } catch (ArithmeticException _) { // longer than any limit
    }
    throw new IllegalArgumentException("a duration such as 50ms, 10s or 7d");
  }

  /** {@code bodyBytesMax} as the file writes it: {@code body-bytes-max}. */
  static String kebab(String camel) {
    return camel.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }

  /** {@code SCRAM_SHA_512} as the file writes it: {@code scram-sha-512}. */
  static String kebab(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
