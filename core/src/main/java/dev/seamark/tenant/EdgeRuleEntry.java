package dev.seamark.tenant;

import dev.seamark.service.Key;
import dev.seamark.tenant.EdgeRule.Field;
import dev.seamark.tenant.EdgeRule.Telemetry;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A rule as a tenant's section of the keys file writes it. What contradicts itself is refused. */
record EdgeRuleEntry(
    @Key(why = "Names the rule in counters and messages: letters, digits and '-'.")
    String name,

    @Key(why = "Whose rows: logs, traces or metrics.") Telemetry signal,

    @Key(why = "What the rule looks at.") Field field,

    @Key(why = "One attribute; left out = the values of all of them.") @Nullable
    String key,

    @Key(why = "What is done where it matches.") Action action,

    @Key(why = "Regular expression of RE2 that is searched for.") @Nullable
    String match,

    @Key(why = "Instead of match: a well-known pattern.") TextPattern.@Nullable WellKnown pattern,

    @Key(why = "Of rename: the attribute's new name.") @Nullable
    String to,

    @Key(why = "Of redact: what stands in place of each match; [redacted] if left out.") @Nullable
    String replacement) {
  /** The rules that one tenant may have: each is looked at for each of its rows. */
  static final int RULES_MAX = 32;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,62}");
  private static final String REDACTED = "[redacted]";
  private static final int TEXT_LENGTH_MAX = 256;

  enum Action {
    DROP,
    KEEP,
    RENAME,
    REDACT
  }

  EdgeRuleEntry {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name \"%s\" isn't up to 63 letters, digits and '-'".formatted(name));
    }
    requireField(signal, field, key);
    requireAction(signal, field, key, action);
    requireWords(action, match, pattern, to, replacement);
    rule(name, new EdgeRule.Subject(signal, field, key), action, match, pattern, to, replacement);
  }

  private static void requireField(Telemetry signal, Field field, @Nullable String key) {
    Set<Field> fields = switch (signal) {
      case LOGS -> Set.of(Field.BODY, Field.ATTRIBUTE, Field.RESOURCE_ATTRIBUTE, Field.SEVERITY);
      case TRACES ->
        Set.of(Field.SPAN_NAME, Field.STATUS_MESSAGE, Field.ATTRIBUTE, Field.RESOURCE_ATTRIBUTE);
      case METRICS -> Set.of(Field.METRIC_NAME);
    };
    if (!fields.contains(field)) {
      throw new IllegalArgumentException("%s have no field %s; they have %s"
          .formatted(
              word(signal),
              word(field),
              String.join(
                  ", ", fields.stream().map(EdgeRuleEntry::word).sorted().toList())));
    }
    if (key != null && field != Field.ATTRIBUTE && field != Field.RESOURCE_ATTRIBUTE) {
      throw new IllegalArgumentException(
          "field %s has no key; only attributes have".formatted(word(field)));
    }
    if (key != null && (key.isEmpty() || key.length() > TEXT_LENGTH_MAX)) {
      throw new IllegalArgumentException(
          "key must have 1 to %d characters".formatted(TEXT_LENGTH_MAX));
    }
  }

  private static void requireAction(
      Telemetry signal, Field field, @Nullable String key, Action action) {
    if (action == Action.DROP || action == Action.KEEP) {
      return;
    }
    if (signal == Telemetry.METRICS) {
      throw new IllegalArgumentException(
          "metrics can be dropped and kept only: to %s a label makes another series of it"
              .formatted(word(action)));
    }
    if (field == Field.SEVERITY) {
      throw new IllegalArgumentException("severity can be dropped and kept only");
    }
    if (action == Action.RENAME && key == null) {
      throw new IllegalArgumentException(
          "rename needs an attribute: field attribute or resource-attribute, and its key");
    }
  }

  private static void requireWords(
      Action action,
      @Nullable String match,
      TextPattern.@Nullable WellKnown pattern,
      @Nullable String to,
      @Nullable String replacement) {
    if (action == Action.RENAME) {
      if (match != null || pattern != null) {
        throw new IllegalArgumentException("rename takes no match and no pattern");
      }
      if (to == null || to.isEmpty() || to.length() > TEXT_LENGTH_MAX) {
        throw new IllegalArgumentException(
            "rename needs to: the new name, 1 to %d characters".formatted(TEXT_LENGTH_MAX));
      }
    } else if ((match == null) == (pattern == null)) {
      throw new IllegalArgumentException(
          "%s needs either match or pattern".formatted(word(action)));
    } else if (to != null) {
      throw new IllegalArgumentException("to belongs to rename only");
    }
    if (replacement != null && action != Action.REDACT) {
      throw new IllegalArgumentException("replacement belongs to redact only");
    }
    if (replacement != null && replacement.length() > TEXT_LENGTH_MAX) {
      throw new IllegalArgumentException(
          "the number of characters of replacement is %d, limit %d (fixed)"
              .formatted(replacement.length(), TEXT_LENGTH_MAX));
    }
  }

  /** The rules of a tenant, in order; a list that {@code List.copyOf} doesn't copy. */
  static List<EdgeRule> rules(List<EdgeRuleEntry> entries) {
    return List.copyOf(entries.stream().map(EdgeRuleEntry::rule).toList());
  }

  /** Throws IllegalArgumentException where a tenant has too many rules, or two of one name. */
  static void requireDistinct(List<EdgeRuleEntry> entries) {
    if (entries.size() > RULES_MAX) {
      throw new IllegalArgumentException(
          "the number of rules is %d, limit %d (fixed)".formatted(entries.size(), RULES_MAX));
    }
    Set<String> names = new HashSet<>();
    for (EdgeRuleEntry entry : entries) {
      if (!names.add(entry.name)) {
        throw new IllegalArgumentException("two rules have the name " + entry.name);
      }
    }
  }

  EdgeRule rule() {
    return rule(
        name, new EdgeRule.Subject(signal, field, key), action, match, pattern, to, replacement);
  }

  private static EdgeRule rule(
      String name,
      EdgeRule.Subject subject,
      Action action,
      @Nullable String match,
      TextPattern.@Nullable WellKnown pattern,
      @Nullable String to,
      @Nullable String replacement) {
    if (action == Action.RENAME) {
      return new EdgeRule.Rename(name, subject, to == null ? "" : to);
    }
    TextPattern text =
        pattern != null ? pattern.pattern() : TextPattern.of(match == null ? "" : match);
    return switch (action) {
      case DROP -> new EdgeRule.Drop(name, subject, text);
      case KEEP -> new EdgeRule.Keep(name, subject, text);
      case REDACT -> redact(name, subject, text, replacement == null ? REDACTED : replacement);
      case RENAME -> throw new IllegalStateException("a rename has no pattern");
    };
  }

  private static EdgeRule redact(
      String name, EdgeRule.Subject subject, TextPattern match, String replacement) {
    if (match.isIn("")) {
      throw new IllegalArgumentException(
          "pattern \"%s\" matches the empty text: there is nothing to redact"
              .formatted(match.source()));
    }
    if (match.isIn(replacement)) {
      throw new IllegalArgumentException("replacement \"%s\" is itself matched by pattern \"%s\""
          .formatted(replacement, match.source()));
    }
    return new EdgeRule.Redact(name, subject, match, replacement);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
