package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.re2j.Matcher;
import dev.seamark.labels.Utf8;
import dev.seamark.tenant.EdgeRule;
import dev.seamark.tenant.EdgeRule.Drop;
import dev.seamark.tenant.EdgeRule.Keep;
import dev.seamark.tenant.EdgeRule.Redact;
import dev.seamark.tenant.EdgeRule.Rename;
import dev.seamark.tenant.EdgeRule.Subject;
import dev.seamark.tenant.TextPattern;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A rule as one thread carries it out, with a matcher of its own and a count of what it has
 * dropped. Texts are bytes in UTF-8; what isn't is read as if its wrong bytes were U+FFFD. Not
 * thread-safe.
 */
final class RuleStep {
  /** Texts on both sides of a replacement may make another match; more rounds give up. */
  private static final int ROUNDS_MAX = 3;

  /**
   * A text that replacements would make larger than twice its size and a little becomes the
   * replacement as a whole: a row must stay smaller than a record.
   */
  private static final int GROWTH_FREE = 1024;

  private static final int GROWN_MAX = 1024 * 1024;

  private final EdgeRule rule;
  private final @Nullable Matcher matcher; // a rename has none
  private final Needle[] needles;
  private final byte[] text; // a replacement, or a new name
  private final byte @Nullable [] key;
  private int dropped;

  RuleStep(EdgeRule rule) {
    this.rule = rule;
    TextPattern pattern = switch (rule) {
      case Drop(var _, var _, TextPattern match) -> match;
      case Keep(var _, var _, TextPattern match) -> match;
      case Redact(var _, var _, TextPattern match, var _) -> match;
      case Rename _ -> null;
    };
    this.matcher = pattern == null ? null : pattern.compiled().matcher(new byte[0]);
    this.needles = pattern == null
        ? new Needle[0]
        : pattern.needles().stream()
            .map(needle -> new Needle(needle.getBytes(UTF_8)))
            .toArray(Needle[]::new);
    this.text = (switch (rule) {
          case Redact redact -> redact.replacement();
          case Rename rename -> rename.to();
          case Drop _, Keep _ -> "";
        })
        .getBytes(UTF_8);
    String key = rule.subject().key();
    this.key = key == null ? null : key.getBytes(UTF_8);
  }

  String name() {
    return rule.name();
  }

  int dropped() {
    return dropped;
  }

  void drop(int items) {
    dropped += items;
  }

  void clear() {
    dropped = 0;
  }

  /** Changes a row as the rule says; false if the row is to be dropped. */
  boolean holds(RowEdit row) {
    return switch (rule) {
      case Drop _ -> !isIn(row);
      case Keep _ -> isIn(row);
      case Redact _ -> {
        redact(row);
        yield true;
      }
      case Rename _ -> {
        rename(row);
        yield true;
      }
    };
  }

  /** Whether a row with this only text holds; for rules that drop or keep. */
  boolean holds(byte[] onlyText) {
    return (rule instanceof Keep) == isIn(onlyText);
  }

  private boolean isIn(RowEdit row) {
    Subject subject = rule.subject();
    AttributeEdit attributes = row.attributes(subject.field());
    if (attributes == null) {
      return isIn(row.text(subject.field()));
    }
    if (key != null) {
      int entry = attributes.find(key);
      return entry >= 0 && isIn(attributes.value(entry));
    }
    for (int entry = 0; entry < attributes.size(); entry++) {
      if (isIn(attributes.value(entry))) {
        return true;
      }
    }
    return false;
  }

  private boolean isIn(byte[] text) {
    return mayBeIn(text) && matcher(wellFormed(text)).find();
  }

  private void redact(RowEdit row) {
    Subject subject = rule.subject();
    AttributeEdit attributes = row.attributes(subject.field());
    if (attributes == null) {
      byte[] redacted = redacted(row.text(subject.field()));
      if (redacted != null) {
        row.replace(subject.field(), redacted);
      }
      return;
    }
    redact(attributes);
    if (subject.field() == EdgeRule.Field.ATTRIBUTE) {
      for (AttributeEdit more : row.moreAttributes()) {
        redact(more);
      }
    }
  }

  private void redact(AttributeEdit attributes) {
    int from = 0;
    int to = attributes.size();
    if (key != null) {
      from = attributes.find(key);
      to = from + 1;
    }
    for (int entry = Math.max(0, from); entry < to; entry++) {
      byte[] redacted = redacted(attributes.value(entry));
      if (redacted != null) {
        attributes.replace(entry, redacted);
      }
    }
  }

  private void rename(RowEdit row) {
    AttributeEdit attributes = row.attributes(rule.subject().field());
    if (attributes == null || key == null) {
      return;
    }
    attributes.rename(key, text);
    if (rule.subject().field() == EdgeRule.Field.ATTRIBUTE) {
      for (AttributeEdit more : row.moreAttributes()) {
        more.rename(key, text);
      }
    }
  }

  /** The text with each match replaced, or null if there is none; it never holds a match. */
  private byte @Nullable [] redacted(byte[] original) {
    if (!mayBeIn(original)) {
      return null;
    }
    byte[] now = wellFormed(original);
    byte[] next = replaced(now);
    if (next == null) {
      return null;
    }
    for (int round = 1; round < ROUNDS_MAX; round++) {
      byte[] again = replaced(next);
      if (again == null) {
        return next;
      }
      next = again;
    }
    return replaced(next) == null ? next : text;
  }

  private byte @Nullable [] replaced(byte[] source) {
    Matcher found = matcher(source);
    byte[] out = {};
    int size = 0;
    int copied = 0;
    long sizeMax = Math.max(source.length, Math.min(2L * source.length + GROWTH_FREE, GROWN_MAX));
    while (found.find()) {
      if (found.end() == found.start()) {
        continue; // nothing to replace
      }
      int gap = found.start() - copied;
      long need = (long) size + gap + text.length + (source.length - found.end());
      if (need > sizeMax) {
        return text;
      }
      if (need > out.length) {
        out = Arrays.copyOf(out, (int) Math.max(need, Math.min(sizeMax, 2L * out.length)));
      }
      System.arraycopy(source, copied, out, size, gap);
      System.arraycopy(text, 0, out, size + gap, text.length);
      size += gap + text.length;
      copied = found.end();
    }
    if (copied == 0) {
      return null;
    }
    System.arraycopy(source, copied, out, size, source.length - copied);
    return Arrays.copyOf(out, size + source.length - copied);
  }

  private boolean mayBeIn(byte[] text) {
    for (Needle needle : needles) {
      if (needle.isIn(text, 0, text.length)) {
        return true;
      }
    }
    return needles.length == 0;
  }

  /** The engine takes a byte that isn't UTF-8 for the end of the text. */
  private static byte[] wellFormed(byte[] text) {
    return Utf8.invalidAt(text, 0, text.length) < 0
        ? text
        : new String(text, UTF_8).getBytes(UTF_8);
  }

  private Matcher matcher(byte[] source) {
    if (matcher == null) {
      throw new IllegalStateException("rule " + rule.name() + " has no pattern");
    }
    return matcher.reset(source);
  }
}
