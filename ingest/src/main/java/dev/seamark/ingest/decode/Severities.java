package dev.seamark.ingest.decode;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The severities that loggers write, as OpenTelemetry's numbers from 1 to 24.
///
/// Names count in any case. Digits are a syslog severity (0 to 7) or a level of bunyan and pino (10
/// to 60), which don't overlap; other digits say nothing. The numbers for both are those of
/// OpenTelemetry's
/// [appendix on
/// severities](https://opentelemetry.io/docs/specs/otel/logs/data-model-appendix/#appendix-b-severitynumber-example-mappings).
public final class Severities {
  /** Of a severity that isn't known. */
  public static final int UNSPECIFIED = 0;

  public static final int NUMBER_MAX = 24;

  /** By their lower-case names. */
  public static final Map<String, Integer> NAMES = Map.ofEntries(
      Map.entry("trace", 1),
      Map.entry("debug", 5),
      Map.entry("info", 9),
      Map.entry("information", 9),
      Map.entry("informational", 9),
      Map.entry("notice", 10),
      Map.entry("warn", 13),
      Map.entry("warning", 13),
      Map.entry("error", 17),
      Map.entry("err", 17),
      Map.entry("severe", 17),
      Map.entry("critical", 18),
      Map.entry("crit", 18),
      Map.entry("alert", 19),
      Map.entry("fatal", 21),
      Map.entry("emergency", 21),
      Map.entry("emerg", 21),
      Map.entry("panic", 21));

  /** Of syslog's severities from 0, emergency, to 7, debug. */
  public static final List<Integer> SYSLOG = List.of(21, 19, 18, 17, 13, 10, 9, 5);

  /** Of the levels 10, 20, 30, 40, 50, 60 of bunyan and pino. */
  public static final List<Integer> BUNYAN = List.of(1, 5, 9, 13, 17, 21);

  private static final int NAME_MAX = 13;
  private static final int DIGITS_MAX = 2;
  private static final NameTable<Integer> TABLE = new NameTable<>(allNames());
  private static final byte[][] SHORT_NAMES = shortNames();

  private final byte[] lower = new byte[NAME_MAX];

  Severities() {}

  /** The number for a text, {@link #UNSPECIFIED} if it says nothing known. Allocates nothing. */
  int number(byte[] text, int from, int to) {
    int length = to - from;
    if (length == 0 || length > NAME_MAX) {
      return UNSPECIFIED;
    }
    if (isDigits(text, from, to)) {
      return ofDigits(text, from, to);
    }
    byte[] lower = this.lower;
    for (int i = 0; i < length; i++) {
      byte b = text[from + i];
      lower[i] = b >= 'A' && b <= 'Z' ? (byte) (b + 'a' - 'A') : b;
    }
    Integer number = TABLE.get(lower, 0, length);
    return number == null ? UNSPECIFIED : number;
  }

  static boolean isDigits(byte[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text[i] < '0' || text[i] > '9') {
        return false;
      }
    }
    return to > from;
  }

  private static int ofDigits(byte[] text, int from, int to) {
    if (to - from > DIGITS_MAX) {
      return UNSPECIFIED;
    }
    int level = 0;
    for (int i = from; i < to; i++) {
      level = level * 10 + text[i] - '0';
    }
    if (level < SYSLOG.size()) {
      return SYSLOG.get(level);
    }
    int step = level / 10;
    return level % 10 == 0 && step <= BUNYAN.size() ? BUNYAN.get(step - 1) : UNSPECIFIED;
  }

  /** OpenTelemetry's short name of a number from 1 to 24: the text of a level that had none. */
  static byte @Nullable [] shortName(int number) {
    return number >= 1 && number <= NUMBER_MAX ? SHORT_NAMES[number] : null;
  }

  /** With the short names, and the letters that klog and glog write. */
  private static Map<String, Integer> allNames() {
    Map<String, Integer> names = new HashMap<>(NAMES);
    for (int number = 1; number <= NUMBER_MAX; number++) {
      names.putIfAbsent(shortText(number).toLowerCase(Locale.ROOT), number);
    }
    names.putAll(Map.of("t", 1, "d", 5, "i", 9, "w", 13, "e", 17, "f", 21));
    return names;
  }

  private static byte[][] shortNames() {
    byte[][] names = new byte[NUMBER_MAX + 1][];
    names[0] = new byte[0];
    for (int number = 1; number <= NUMBER_MAX; number++) {
      names[number] = shortText(number).getBytes(StandardCharsets.US_ASCII);
    }
    return names;
  }

  private static String shortText(int number) {
    String name = List.of("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL").get((number - 1) / 4);
    int step = (number - 1) % 4;
    return step == 0 ? name : name + (step + 1);
  }
}
