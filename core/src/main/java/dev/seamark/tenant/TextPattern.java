package dev.seamark.tenant;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A regular expression of RE2's syntax, which takes time in proportion to the text and never more:
 * rules are given by tenants. Immutable.
 *
 * @param source as it was written, or the name of a well-known one
 * @param compiled makes matchers; one of these serves one thread
 * @param needles texts of which any match holds at least one, so that most rows cost a search only;
 *     empty where that is not known
 */
public record TextPattern(String source, Pattern compiled, List<String> needles) {
  private static final int LENGTH_MAX = 1_000;
  private static final int STEPS_MAX = 10_000;

  public TextPattern {
    needles = List.copyOf(needles);
  }

  /** A pattern; throws IllegalArgumentException that says what is wrong with it. */
  public static TextPattern of(String regularExpression) {
    if (regularExpression.isEmpty() || regularExpression.length() > LENGTH_MAX) {
      throw new IllegalArgumentException(
          "the number of characters of a pattern is %d, limit 1 to %d (fixed)"
              .formatted(regularExpression.length(), LENGTH_MAX));
    }
    long steps = PatternSize.of(regularExpression);
    if (steps > STEPS_MAX) {
      throw new IllegalArgumentException(
          "the number of steps of pattern \"%s\", its repetitions written out, is %d, limit %d (fixed)"
              .formatted(regularExpression, steps, STEPS_MAX));
    }
    try {
      return new TextPattern(regularExpression, Pattern.compile(regularExpression), List.of());
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "pattern \"%s\" is no RE2 expression: %s"
              .formatted(regularExpression, e.getDescription()),
          e);
    }
  }

  /** Whether there is a match in a text. */
  public boolean isIn(String text) {
    return compiled.matcher(text.getBytes(UTF_8)).find();
  }

  /** Well-known secrets and personal data, to be used by name. */
  public enum WellKnown {
    /** An e-mail address. */
    EMAIL("[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*\\.[A-Za-z]{2,}", "@"),

    /** What an Authorization header holds behind {@code Bearer}, that word included. */
    BEARER_TOKEN("(?:[Bb]earer|BEARER)\\s+[A-Za-z0-9._~+/-]{8,}=*", "Bearer", "bearer", "BEARER"),

    /** Access key ids of AWS, and a secret key with its usual name before it. */
    AWS_KEY(
        "\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b"
            + "|(?:aws_secret_access_key|AWS_SECRET_ACCESS_KEY|SecretAccessKey)"
            + "[\"']?\\s*[=:]\\s*[\"']?[A-Za-z0-9/+]{40}",
        "AKIA",
        "ASIA",
        "aws_secret_access_key",
        "AWS_SECRET_ACCESS_KEY",
        "SecretAccessKey"),

    /** A private key in PEM; where its end is missing, all that follows. */
    PRIVATE_KEY(
        "(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----"
            + ".*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\\z)",
        "PRIVATE KEY-----"),

    /** A signed JSON web token. */
    JWT("\\beyJ[A-Za-z0-9_-]{5,}\\.eyJ[A-Za-z0-9_-]{5,}\\.[A-Za-z0-9_-]*", "eyJ"),

    /** Numbers in the form of a payment card's; check digits aren't looked at. */
    CREDIT_CARD("\\b(?:(?:4\\d{3}|5[1-5]\\d{2}|2[2-7]\\d{2}|6(?:011|5\\d{2}))"
        + "[ -]?\\d{4}[ -]?\\d{4}[ -]?\\d{4}|3[47]\\d{2}[ -]?\\d{6}[ -]?\\d{5})\\b");

    @SuppressWarnings("ImmutableEnumChecker") // nobody changes a compiled expression
    private final TextPattern pattern;

    WellKnown(String regularExpression, String... needles) {
      this.pattern = new TextPattern(
          name().toLowerCase(Locale.ROOT).replace('_', '-'),
          Pattern.compile(regularExpression),
          Arrays.asList(needles));
    }

    public TextPattern pattern() {
      return pattern;
    }
  }
}
