package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.tenant.Credentials;
import dev.seamark.tenant.EdgeRule;
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.NewKey;
import dev.seamark.tenant.Scope;
import dev.seamark.tenant.TextPattern;
import dev.seamark.tenant.Verdict;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The page of rules shows an example that holds, and every field and pattern there is. */
class EdgeRulesReferenceTest {
  private final ReferencePage page = ReferencePage.of("reference/edge-rules.md");

  @Test
  void theExampleHolds() {
    NewKey key = NewKey.from(new SecureRandom());
    KeyRing ring =
        KeyRing.parse("edge-rules.md", page.blocks("yaml").getFirst() + """
        keys:
          shop-1: {tenant: shop, scopes: [ingest], hash: "%s"}
        """.formatted(key.hash()));

    var admitted =
        (Verdict.Admitted) ring.judge(Credentials.ofSecret(key.secret().reveal()), Scope.INGEST);

    assertThat(admitted.sender().rules())
        .extracting(EdgeRule::name)
        .containsExactly("no-probes", "no-debug", "mail", "tokens", "full-url", "ours");
  }

  @Test
  void everyFieldAndPatternIsDescribed() {
    List<String> described = page.rows().stream()
        .flatMap(row -> ReferencePage.codes(row.getFirst()).stream())
        .toList();

    assertThat(described)
        .containsAll(words(EdgeRule.Field.values()))
        .containsAll(words(TextPattern.WellKnown.values()));
  }

  private static List<String> words(Enum<?>[] constants) {
    return Arrays.stream(constants)
        .map(each -> each.name().toLowerCase(Locale.ROOT).replace('_', '-'))
        .toList();
  }
}
