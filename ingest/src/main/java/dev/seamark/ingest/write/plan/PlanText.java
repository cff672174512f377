package dev.seamark.ingest.write.plan;

import java.util.ArrayList;
import java.util.List;

/// The text form of a [Plan] in the metadata of an offset commit: `seamark/1 log=Xb3 from=100
/// to=200 late=1764000000000 schema=1 version=1 lease=1764000120 shard=3 skip=101/0,150/2`. Brokers
/// limit it to 4,096 bytes (`offset.metadata.max.bytes`).
///
/// Shard 0 isn't named, so that builds from before there were shards read the plans of a fleet that
/// has one, and this build reads theirs. A text of another version, or one that isn't exactly what
/// [#write] makes, is refused: guessing at a promise loses or doubles rows.
public final class PlanText {
  /// Longest text, in bytes (the text is ASCII).
  public static final int BYTES_MAX = 4_095;

  private static final String HEAD = "seamark/1";
  private static final List<String> KEYS =
      List.of("log", "from", "to", "late", "schema", "version", "lease", "shard", "skip");
  private static final int SHARD = KEYS.indexOf("shard");

  private PlanText() {}

  /// The plan as text.
  ///
  /// @throws IllegalArgumentException if it would be longer than [#BYTES_MAX]
  public static String write(Plan plan) {
    var text = new StringBuilder(HEAD);
    text.append(" log=").append(plan.log());
    text.append(" from=").append(plan.from());
    text.append(" to=").append(plan.to());
    text.append(" late=").append(plan.lateBeforeMs());
    text.append(" schema=").append(plan.schema());
    text.append(" version=").append(plan.version());
    text.append(" lease=").append(plan.leaseUntil());
    if (plan.shard() > 0) {
      text.append(" shard=").append(plan.shard());
    }
    text.append(" skip=");
    for (var i = 0; i < plan.excluded().size(); i++) {
      var each = plan.excluded().get(i);
      text.append(i == 0 ? "" : ",").append(each.offset()).append('/').append(each.fromInsert());
    }
    if (text.length() > BYTES_MAX) {
      throw new IllegalArgumentException(
          "plan needs " + text.length() + " bytes, limit " + BYTES_MAX);
    }
    return text.toString();
  }

  /// The plan a text holds.
  ///
  /// @throws IllegalArgumentException if it isn't a plan of this version, with the text and what
  ///     is wrong
  public static Plan read(String text) {
    try {
      return parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "offset commit holds no plan of a version known here: " + e.getMessage() + ", in '"
              + cut(text) + "'",
          e);
    }
  }

  private static Plan parse(String text) {
    if (text.length() > BYTES_MAX) {
      throw new IllegalArgumentException(text.length() + " characters, limit " + BYTES_MAX);
    }
    var words = new ArrayList<>(List.of(text.split(" ", -1)));
    if (!words.removeFirst().equals(HEAD)) {
      throw new IllegalArgumentException("it doesn't begin with '" + HEAD + "'");
    }
    var namesShard = words.size() == KEYS.size();
    if (words.size() == KEYS.size() - 1) {
      words.add(SHARD, "shard=0");
    }
    if (words.size() != KEYS.size()) {
      throw new IllegalArgumentException(words.size() + " fields instead of " + KEYS.size());
    }
    var values = new ArrayList<String>();
    for (var i = 0; i < KEYS.size(); i++) {
      var key = KEYS.get(i) + "=";
      if (!words.get(i).startsWith(key)) {
        throw new IllegalArgumentException("'" + KEYS.get(i) + "' expected at field " + (i + 1));
      }
      values.add(words.get(i).substring(key.length()));
    }
    if (namesShard && values.get(SHARD).equals("0")) {
      throw new IllegalArgumentException("shard 0 is named");
    }
    return new Plan(
        values.get(0),
        number(values.get(1)),
        number(values.get(2)),
        number(values.get(3)),
        Math.toIntExact(bounded(values.get(4))),
        Math.toIntExact(bounded(values.get(5))),
        number(values.get(6)),
        Math.toIntExact(bounded(values.get(7))),
        exclusions(values.get(8)));
  }

  private static List<Exclusion> exclusions(String list) {
    var exclusions = new ArrayList<Exclusion>();
    if (!list.isEmpty()) {
      for (var each : list.split(",", -1)) {
        exclusions.add(exclusion(each));
      }
    }
    return exclusions;
  }

  private static Exclusion exclusion(String text) {
    var slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException("'" + text + "' doesn't say from which insert on");
    }
    return new Exclusion(
        number(text.substring(0, slash)), Math.toIntExact(bounded(text.substring(slash + 1))));
  }

  private static long bounded(String digits) {
    var value = number(digits);
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(digits + " is out of range");
    }
    return value;
  }

  private static long number(String digits) {
    var value = Long.parseLong(digits);
    if (!Long.toString(value).equals(digits)) {
      throw new IllegalArgumentException("'" + digits + "' is not written plainly");
    }
    return value;
  }

  private static String cut(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }
}
