package dev.seamark.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.service.ConfigException;
import dev.seamark.service.ConfigFile;
import dev.seamark.service.Key;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules as YAML: what they become, and what is refused with its line. */
class EdgeRuleEntryTest {
  /** A tenant's section, as far as it is about rules. */
  record Rules(@Key(fallback = "[]", why = "Rules.") List<EdgeRuleEntry> rules) {
    Rules {
      EdgeRuleEntry.requireDistinct(rules);
    }
  }

  @Test
  void rulesInTheirOrder() {
    List<EdgeRule> rules = EdgeRuleEntry.rules(read("""
        rules:
          - {name: no-probes, signal: logs, field: body, match: 'GET /healthz', action: drop}
          - {name: mail, signal: logs, field: attribute, pattern: email, action: redact}
          - {name: old-name, signal: traces, field: attribute, key: http.url, action: rename, to: url.full}
          - {name: only-ours, signal: metrics, field: metric-name, match: '^shop_', action: keep}
        """).rules());

    assertThat(rules).hasSize(4);
    assertThat(rules.get(0))
        .isEqualTo(new EdgeRule.Drop(
            "no-probes",
            new EdgeRule.Subject(EdgeRule.Telemetry.LOGS, EdgeRule.Field.BODY, null),
            TextPattern.of("GET /healthz")));
    assertThat(rules.get(1)).isInstanceOfSatisfying(EdgeRule.Redact.class, redact -> {
      assertThat(redact.match().source()).isEqualTo("email");
      assertThat(redact.replacement()).isEqualTo("[redacted]");
    });
    assertThat(rules.get(2))
        .isEqualTo(new EdgeRule.Rename(
            "old-name",
            new EdgeRule.Subject(EdgeRule.Telemetry.TRACES, EdgeRule.Field.ATTRIBUTE, "http.url"),
            "url.full"));
    assertThat(rules.get(3)).isInstanceOf(EdgeRule.Keep.class);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      name: a, signal: logs, field: body, match: '(', action: drop                       | pattern "(" is no RE2 expression: missing closing )
      name: a, signal: logs, field: body, match: '(?=x)', action: drop                   | is no RE2 expression
      name: a, signal: logs, field: body, match: '((a{500}){500}){500}', action: drop    | its repetitions written out, is 125
      name: a, signal: logs, field: body, action: drop                                   | drop needs either match or pattern
      name: a, signal: logs, field: body, match: x, pattern: jwt, action: drop           | drop needs either match or pattern
      name: a, signal: logs, field: body, match: 'x*', action: redact                    | matches the empty text
      name: a, signal: logs, field: body, match: 'x', action: redact, replacement: axa   | replacement "axa" is itself matched by pattern "x"
      name: a, signal: logs, field: body, match: x, action: drop, replacement: y         | replacement belongs to redact only
      name: a, signal: logs, field: body, match: x, action: drop, to: y                  | to belongs to rename only
      name: a, signal: logs, field: span-name, match: x, action: drop                    | logs have no field span-name; they have attribute, body, resource-attribute, severity
      name: a, signal: traces, field: body, match: x, action: drop                       | traces have no field body
      name: a, signal: metrics, field: attribute, match: x, action: drop                 | metrics have no field attribute
      name: a, signal: metrics, field: metric-name, match: x, action: redact             | metrics can be dropped and kept only: to redact a label makes another series of it
      name: a, signal: logs, field: severity, match: x, action: redact                   | severity can be dropped and kept only
      name: a, signal: logs, field: body, key: x, match: x, action: drop                 | field body has no key; only attributes have
      name: a, signal: logs, field: attribute, action: rename, to: y                     | rename needs an attribute
      name: a, signal: logs, field: attribute, key: x, action: rename                    | rename needs to: the new name
      name: a, signal: logs, field: attribute, key: x, match: x, action: rename, to: y   | rename takes no match and no pattern
      name: 'a b', signal: logs, field: body, match: x, action: drop                     | name "a b" isn't up to 63 letters
      name: a, signal: logs, field: body, pattern: passport, action: drop                | must be one of email, bearer-token, aws-key, private-key, jwt, credit-card
      """)
  void whatContradictsItselfIsRefusedWithItsLine(String rule, String why) {
    assertThatThrownBy(() -> read("rules:\n  - {%s}\n".formatted(rule.strip())))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("keys.yaml:2: rules[0]")
        .hasMessageContaining(why.strip());
  }

  @Test
  void aTenantHasFewRulesOfDifferentNames() {
    String rule = "  - {name: %s, signal: logs, field: body, match: x, action: drop}\n";
    StringBuilder many = new StringBuilder("rules:\n");
    IntStream.range(0, 33).forEach(i -> many.append(rule.formatted("r" + i)));

    assertThatThrownBy(() -> read(many.toString()))
        .hasMessageContaining("the number of rules is 33, limit 32 (fixed)");
    assertThatThrownBy(() -> read("rules:\n" + rule.formatted("a") + rule.formatted("a")))
        .hasMessageContaining("two rules have the name a");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      EMAIL        | mail from jane.doe+x@shop.example.org now     | true
      EMAIL        | user@host and @handle                         | false
      BEARER_TOKEN | Authorization: Bearer abc.DEF-123_456==       | true
      BEARER_TOKEN | the bearer of this                            | false
      AWS_KEY      | key AKIAIOSFODNN7EXAMPLE used                 | true
      AWS_KEY      | aws_secret_access_key=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYab | true
      AWS_KEY      | AKIAshort                                     | false
      JWT          | t=eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSMeKKF2Q  | true
      JWT          | eyJ only                                      | false
      CREDIT_CARD  | card 4111 1111 1111 1111                      | true
      CREDIT_CARD  | card 378282246310005                          | true
      CREDIT_CARD  | at 1795595400000000000                        | false
      """)
  void wellKnownPatterns(TextPattern.WellKnown pattern, String text, boolean found) {
    assertThat(pattern.pattern().isIn(text)).isEqualTo(found);
    if (found && !pattern.pattern().needles().isEmpty()) {
      assertThat(pattern.pattern().needles())
          .anySatisfy(each -> assertThat(text).contains(each));
    }
  }

  @Test
  void aPrivateKeyGoesToItsEndOrToThatOfTheText() {
    TextPattern key = TextPattern.WellKnown.PRIVATE_KEY.pattern();
    String whole = "a -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- b";

    assertThat(key.compiled().matcher(whole).replaceAll("x")).isEqualTo("a x b");
    assertThat(key.compiled().matcher(whole.substring(0, 40)).replaceAll("x")).isEqualTo("a x");
  }

  private static Rules read(String yaml) {
    return ConfigFile.parse("keys.yaml", yaml, Rules.class, Map.of());
  }
}
