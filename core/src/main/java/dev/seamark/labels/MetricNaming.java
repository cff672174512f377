package dev.seamark.labels;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Translation of OTLP metric names and units into Prometheus names and units.
///
/// Follows "OTLP Metric points to Prometheus" of OpenTelemetry's
/// [Prometheus and OpenMetrics
/// compatibility](https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/)
/// and, where that leaves room, what Prometheus' own OTLP endpoint answers, so that dashboards
/// written against it keep working.
/// Works on `String`: the decoder keeps the answers. Thread-safe.
public final class MetricNaming {
  private static final Map<String, String> UNITS = Map.ofEntries(
      Map.entry("d", "days"),
      Map.entry("h", "hours"),
      Map.entry("min", "minutes"),
      Map.entry("s", "seconds"),
      Map.entry("ms", "milliseconds"),
      Map.entry("us", "microseconds"),
      Map.entry("ns", "nanoseconds"),
      Map.entry("By", "bytes"),
      Map.entry("KiBy", "kibibytes"),
      Map.entry("MiBy", "mebibytes"),
      Map.entry("GiBy", "gibibytes"),
      Map.entry("TiBy", "tebibytes"),
      Map.entry("kBy", "kilobytes"),
      Map.entry("KBy", "kilobytes"),
      Map.entry("MBy", "megabytes"),
      Map.entry("GBy", "gigabytes"),
      Map.entry("TBy", "terabytes"),
      Map.entry("m", "meters"),
      Map.entry("V", "volts"),
      Map.entry("A", "amperes"),
      Map.entry("J", "joules"),
      Map.entry("W", "watts"),
      Map.entry("g", "grams"),
      Map.entry("Cel", "celsius"),
      Map.entry("Hz", "hertz"),
      Map.entry("1", ""),
      Map.entry("%", "percent"));

  private static final Map<String, String> PER_UNITS = Map.of(
      "s", "second", "m", "minute", "h", "hour", "d", "day", "w", "week", "mo", "month", "y",
      "year");

  private final boolean utf8Names;
  private final boolean suffixes;

  public MetricNaming(NamingOptions options) {
    this.utf8Names = options.utf8Names();
    this.suffixes = options.suffixes();
  }

  /// Answers the Prometheus name, or "" if nothing of the name can be kept. The suffixes `_bucket`,
  /// `_count` and `_sum` of
  /// histograms and summaries are not part of it.
  public String name(String name, String unit, MetricKind kind) {
    if (utf8Names) {
      return suffixes ? withSuffixes(name, unit, kind) : name;
    }
    List<String> words = words(name);
    if (words.isEmpty()) {
      return "";
    }
    if (suffixes) {
      String main = clean(mainUnit(unit));
      String per = clean(perUnit(unit));
      addUnits(words, main, per);
      moveToEnd(words, typeSuffix(unit, kind));
    }
    String joined = String.join("_", words);
    return isDigit(joined.charAt(0)) ? "_" + joined : joined;
  }

  /// Answers the unit in words as Prometheus' UNIT metadata has it: `bytes_per_second`, "" for
  /// none.
  public String unit(String unit) {
    String main = utf8Names ? mainUnit(unit) : trimmed(clean(mainUnit(unit)));
    String per = utf8Names ? perUnit(unit) : trimmed(clean(perUnit(unit)));
    if (per.isEmpty() || per.equals("per")) {
      return main;
    }
    return main.isEmpty() ? per : main + "_" + per;
  }

  private static void addUnits(List<String> words, String main, String per) {
    String perSuffix = per.equals("per_") ? "" : trimmed(per);
    if (words.contains(perSuffix)) {
      perSuffix = "";
    }
    String mainSuffix = trimmed(main);
    if (!mainSuffix.isEmpty() && !words.contains(mainSuffix)) {
      words.add(mainSuffix);
    }
    if (!perSuffix.isEmpty()) {
      words.add(perSuffix);
    }
  }

  private static String typeSuffix(String unit, MetricKind kind) {
    if (kind == MetricKind.COUNTER) {
      return "total";
    }
    // "1" as the unit of a counter mostly means a count of things, so only gauges are ratios
    return kind == MetricKind.GAUGE && unit.equals("1") ? "ratio" : "";
  }

  private static void moveToEnd(List<String> words, String suffix) {
    if (!suffix.isEmpty()) {
      words.removeIf(suffix::equals);
      words.add(suffix);
    }
  }

  private static String withSuffixes(String name, String unit, MetricKind kind) {
    String type = typeSuffix(unit, kind);
    String per = perUnit(unit);
    String main = mainUnit(unit);
    String bare = withoutSuffix(withoutSuffix(name, type), per);
    StringBuilder all = new StringBuilder(bare);
    if (!main.isEmpty() && !bare.endsWith(main)) {
      all.append('_').append(main);
    }
    if (!per.isEmpty()) {
      all.append('_').append(per);
    }
    if (!type.isEmpty()) {
      all.append('_').append(type);
    }
    return all.toString();
  }

  /// Takes a suffix off together with the one character before it, whatever delimiter that is.
  private static String withoutSuffix(String name, String suffix) {
    boolean has = !suffix.isEmpty() && name.endsWith(suffix) && name.length() > suffix.length() + 1;
    return has ? name.substring(0, name.length() - suffix.length() - 1) : name;
  }

  private static String mainUnit(String unit) {
    int slash = unit.indexOf('/');
    String main = (slash < 0 ? unit : unit.substring(0, slash)).strip();
    return isAnnotation(main) ? "" : UNITS.getOrDefault(main, main);
  }

  private static String perUnit(String unit) {
    int slash = unit.indexOf('/');
    String per = slash < 0 ? "" : unit.substring(slash + 1).strip();
    return per.isEmpty() || isAnnotation(per) ? "" : "per_" + PER_UNITS.getOrDefault(per, per);
  }

  /// A unit with a part in braces, such as `{packet}`, only comments what is counted.
  private static boolean isAnnotation(String unit) {
    return unit.indexOf('{') >= 0 || unit.indexOf('}') >= 0;
  }

  private static List<String> words(String name) {
    List<String> words = new ArrayList<>();
    int start = -1;
    for (int i = 0; i <= name.length(); i++) {
      boolean inWord = i < name.length() && isNameCharacter(name.charAt(i));
      if (inWord && start < 0) {
        start = i;
      } else if (!inWord && start >= 0) {
        words.add(name.substring(start, i));
        start = -1;
      }
    }
    return words;
  }

  /// Replaces runs of other characters by one `_`, none at the start.
  private static String clean(String unit) {
    StringBuilder kept = new StringBuilder(unit.length());
    for (int i = 0; i < unit.length(); i++) {
      char c = unit.charAt(i);
      if (isNameCharacter(c)) {
        kept.append(c);
      } else if (!kept.isEmpty() && kept.charAt(kept.length() - 1) != '_') {
        kept.append('_');
      }
    }
    return kept.toString();
  }

  private static String trimmed(String unit) {
    return unit.endsWith("_") ? unit.substring(0, unit.length() - 1) : unit;
  }

  private static boolean isNameCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == ':';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
