package dev.seamark.tenant;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.seamark.service.ConfigException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The keys file and what it makes of credentials. */
class KeyRingTest {
  private static final String SHOP = "sm_shop";
  private static final String OPERATOR = "sm_operator";

  private static final String FILE = """
      classes:
        standard: {bytes-per-second: 2MiB, rows-per-second: 1000, active-series: 50_000, weight: 10}
      tenants:
        shop: {limits: standard, retention-days: 30}
        bank: {}
        lab: {}
      keys:
        shop-eu:
          hash: %s
          tenant: shop
          scopes: [ingest]
          clusters: [eu-1]
          region: eu
        operator:
          hash: %s
          tenant: bank
          scopes: [ingest, query, sql, admin]
          org-ids: [shop]
        agent:
          subject: CN=agent, O=Example Ltd
          tenant: bank
          scopes: [ingest]
      """.formatted(Fingerprint.of(SHOP), Fingerprint.of(OPERATOR));

  private final KeyRing ring = KeyRing.parse("keys.yaml", FILE);

  private static Credentials bearer(String secret) {
    return new Credentials("Bearer " + secret, null, null);
  }

  private static Credentials basic(String pair) {
    return new Credentials(
        "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8)), null, null);
  }

  private static Credentials certificate(String subject) {
    return new Credentials(null, null, new X500Principal(subject));
  }

  private Sender sender(Credentials credentials) {
    return ((Verdict.Admitted) ring.judge(credentials, Scope.INGEST)).sender();
  }

  private Verdict.Refused refusal(Credentials credentials, Scope scope) {
    return (Verdict.Refused) ring.judge(credentials, scope);
  }

  @Test
  void aSenderIsWhatItsKeyAndItsTenantSay() {
    assertThat(sender(bearer(SHOP)))
        .isEqualTo(new Sender(
            "shop",
            "eu-1",
            30,
            "shop-eu",
            Clusters.of(List.of("eu-1")),
            new TenantLimits(2 << 20, 1000, 50_000, 0, 0, 10)));
    assertThat(sender(bearer(OPERATOR)))
        .isEqualTo(new Sender("bank", null, 0, "operator", Clusters.ANY, TenantLimits.NONE));
    assertThat(ring.size()).isEqualTo(3);
    assertThat(ring.isOpen()).isFalse();
  }

  @Test
  void theRulesOfATenantAreThoseOfEachOfItsSenders() {
    KeyRing ruled = KeyRing.parse(
        "keys.yaml",
        FILE.replace(
            "  shop: {limits: standard, retention-days: 30}",
            "  shop: {rules: [{name: mail, signal: logs, field: body, pattern: email,"
                + " action: redact}]}"));
    Sender own = ((Verdict.Admitted) ruled.judge(bearer(SHOP), Scope.INGEST)).sender();
    Credentials asShop = new Credentials("Bearer " + OPERATOR, "shop", null);
    Sender other = ((Verdict.Admitted) ruled.judge(asShop, Scope.INGEST)).sender();

    assertThat(own.rules()).singleElement().extracting(EdgeRule::name).isEqualTo("mail");
    assertThat(other.rules()).as("one list, so that it is compiled once").isSameAs(own.rules());
    assertThat(sender(bearer(OPERATOR)).rules()).isEmpty();
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(
            () -> KeyRing.parse(
                "keys.yaml",
                FILE.replace(
                    "  lab: {}",
                    "  lab: {rules: [{name: a, signal: logs, field: body, match: '(', action: drop}]}")))
        .withMessageStartingWith("keys.yaml:6: tenants.lab.rules[0]: ")
        .withMessageContaining("is no RE2 expression");
  }

  @ParameterizedTest
  @ValueSource(strings = {"anything", "shop-eu", ""})
  void basicTakesTheSecretAsThePasswordOfAnyUser(String user) {
    assertThat(sender(basic(user + ":" + SHOP)).tenant()).isEqualTo("shop");
  }

  @Test
  void apiKeyTakesTheSecretBehindAnyId() {
    String pair = Base64.getEncoder().encodeToString(("vector:" + SHOP).getBytes(UTF_8));

    assertThat(sender(new Credentials("ApiKey " + pair, null, null)).tenant()).isEqualTo("shop");
  }

  @Test
  void schemesAreReadInAnyCase() {
    assertThat(sender(new Credentials("bearer  " + SHOP, null, null)).tenant()).isEqualTo("shop");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"CN=agent,O=Example Ltd", "cn=agent, o=example ltd", "CN=Agent,O=Example  Ltd"})
  void aCertificateIsKnownByItsSubjectHoweverItIsWritten(String subject) {
    assertThat(sender(certificate(subject)).key()).isEqualTo("agent");
  }

  /** X500Principal folds letters that only look alike, or become alike when they change case. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "CN=\uFF41gent,O=Example Ltd",
        "CN=agent,O=E\u24E7ample Ltd",
        "CN=agent,O=\u212Fxample Ltd"
      })
  void aSubjectOfOtherLettersIsAnotherOne(String subject) {
    assertThat(refusal(certificate(subject), Scope.INGEST).cause())
        .isEqualTo(Verdict.Cause.UNKNOWN);
  }

  @Test
  void aSecretCountsBeforeACertificate() {
    var both = new Credentials("Bearer " + SHOP, null, new X500Principal("CN=agent,O=Example Ltd"));
    var wrong = new Credentials("Bearer no", null, new X500Principal("CN=agent,O=Example Ltd"));

    assertThat(sender(both).key()).isEqualTo("shop-eu");
    assertThat(refusal(wrong, Scope.INGEST).cause()).isEqualTo(Verdict.Cause.UNKNOWN);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      Bearer sm_nobody        | the key is not known
      Bearer                  | the key is not known
      Basic c21fc2hvcA==      | Authorization: Basic is no base64 of user:password
      Basic ***               | Authorization: Basic is no base64 of user:password
      ApiKey c21fc2hvcA==     | Authorization: ApiKey is no base64 of id:secret
      Digest username="x"     | Authorization must be Bearer, Basic or ApiKey
      sm_shop                 | Authorization must be Bearer, Basic or ApiKey
      """)
  void whatNobodyIsKnownByIsUnknown(String authorization, String why) {
    assertThat(refusal(new Credentials(authorization, null, null), Scope.INGEST))
        .isEqualTo(new Verdict.Refused(Verdict.Cause.UNKNOWN, why));
  }

  @Test
  void noCredentialsAndForeignCertificatesAreUnknown() {
    assertThat(refusal(Credentials.NONE, Scope.INGEST).why()).startsWith("a key is needed: ");
    assertThat(refusal(certificate("CN=other"), Scope.INGEST))
        .isEqualTo(new Verdict.Refused(
            Verdict.Cause.UNKNOWN, "no key has the certificate's subject \"CN=other\""));
  }

  @Test
  void neitherTheHashNorThePrefixOfASecretIsASecret() {
    String hash = Fingerprint.of(SHOP).toString();

    for (String guess : List.of(hash, hash.substring("sha256:".length()), "sm_sho", "sm_shopp")) {
      assertThat(refusal(bearer(guess), Scope.INGEST).cause()).isEqualTo(Verdict.Cause.UNKNOWN);
    }
  }

  @ParameterizedTest
  @EnumSource(Scope.class)
  void aKeyIsGoodForItsScopesOnly(Scope scope) {
    assertThat(ring.judge(bearer(OPERATOR), scope)).isInstanceOf(Verdict.Admitted.class);
    if (scope != Scope.INGEST) {
      assertThat(refusal(bearer(SHOP), scope))
          .isEqualTo(new Verdict.Refused(
              Verdict.Cause.FORBIDDEN,
              "key shop-eu has no scope %s, but ingest".formatted(scope.text())));
    }
  }

  @Test
  void aTenantIsChosenByHeaderOnlyWhereTheKeySaysSo() {
    assertThat(sender(new Credentials("Bearer " + OPERATOR, "shop", null)))
        .isEqualTo(new Sender(
            "shop",
            null,
            30,
            "operator",
            Clusters.ANY,
            new TenantLimits(2 << 20, 1000, 50_000, 0, 0, 10)));
    assertThat(sender(new Credentials("Bearer " + OPERATOR, "bank", null)).tenant())
        .isEqualTo("bank");
    assertThat(sender(new Credentials("Bearer " + OPERATOR, "", null)).tenant()).isEqualTo("bank");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bank", "lab", "nobody", "shop|bank", "SHOP", "shop "})
  void aHeaderMakesNobodyAnotherTenant(String orgId) {
    assertThat(refusal(new Credentials("Bearer " + SHOP, orgId, null), Scope.INGEST))
        .as("whether there is such a tenant doesn't show")
        .isEqualTo(new Verdict.Refused(
            Verdict.Cause.FORBIDDEN,
            "key shop-eu may not choose tenant \"%s\" by X-Scope-OrgID".formatted(orgId)));
  }

  @Test
  void withoutAKeysFileEverybodyIsTheSameSenderWhateverHeSays() {
    for (Credentials each :
        List.of(Credentials.NONE, bearer("x"), new Credentials(null, "b", null))) {
      assertThat(KeyRing.OPEN.judge(each, Scope.ADMIN))
          .asInstanceOf(type(Verdict.Admitted.class))
          .extracting(Verdict.Admitted::sender)
          .isSameAs(Sender.ANYBODY);
    }
  }

  @Test
  void credentialsDoNotShowTheirSecret() {
    assertThat(bearer(SHOP).toString()).doesNotContain(SHOP);
  }

  @Test
  void aNewKeyIsInWithItsSecretAndNothingElse() {
    NewKey key = NewKey.from(new SecureRandom());
    KeyRing one = KeyRing.parse("keys.yaml", """
        tenants: {t: {}}
        keys: {k: {hash: "%s", tenant: t, scopes: [ingest]}}
        """.formatted(key.hash()));

    assertThat(key.secret().reveal()).matches("sm_[A-Za-z0-9_-]{43}");
    assertThat(key.toString()).doesNotContain(key.secret().reveal());
    assertThat(NewKey.from(new SecureRandom()).secret()).isNotEqualTo(key.secret());
    assertThat(one.judge(bearer(key.secret().reveal()), Scope.INGEST))
        .isInstanceOf(Verdict.Admitted.class);
    assertThat(one.judge(bearer(SHOP), Scope.INGEST)).isInstanceOf(Verdict.Refused.class);
  }

  @Test
  void theHashIsThatOfSha256sum() {
    assertThat(Fingerprint.of("abc").toString()) // FIPS 180-2, appendix B.1
        .isEqualTo("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void scopesMayBeGivenTwice() {
    KeyRing twice = KeyRing.parse("keys.yaml", """
        tenants: {t: {}}
        keys: {k: {hash: "%s", tenant: t, scopes: [ingest, ingest]}}
        """.formatted(Fingerprint.of(SHOP)));

    assertThat(twice.judge(bearer(SHOP), Scope.INGEST))
        .asInstanceOf(type(Verdict.Admitted.class))
        .extracting(admitted -> admitted.key().scopes())
        .isEqualTo(Set.of(Scope.INGEST));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
      key: {}                                       | keys.yaml:1: unknown key key in the file; the nearest known key is keys
      tenants: {t: {}}                              | keys.yaml:1: keys must be given
      keys: {}                                      | keys.yaml:1: tenants must be given
      tenants: {t: {}}\\nkeys: {}                   | keys.yaml:1: the file: there are no keys: nobody could send or ask anything
      @keys:\\n  k:\\n    hahs: x                   | keys.yaml:4: unknown key hahs in keys.k; the nearest known key is hash
      @keys:\\n  k: {tenant: t, scopes: [ingest]}   | keys.yaml:3: keys.k: a key has either a hash or a subject
      @keys:\\n  k: {hash: H, subject: CN=a, tenant: t, scopes: [ingest]} | keys.yaml:3: keys.k: a key has either a hash or a subject
      @keys:\\n  k: {hash: H, tenant: t}            | keys.yaml:3: keys.k.scopes must be given
      @keys:\\n  k: {hash: H, tenant: t, scopes: []} | keys.yaml:3: keys.k: scopes is empty: the key is good for nothing
      @keys:\\n  k: {hash: H, tenant: t, scopes: [write]} | keys.yaml:3: keys.k.scopes[0] is write, but must be one of ingest, query, sql, admin
      @keys:\\n  k: {hash: H, scopes: [ingest]}     | keys.yaml:3: keys.k.tenant must be given
      @keys:\\n\\n  k:\\n    hash: H\\n    tenant: s\\n    scopes: [ingest] | keys.yaml:4: keys.k.tenant: there is no tenant s; tenants are t
      @keys:\\n  k: {hash: H, tenant: t, scopes: [ingest], org-ids: [t, u]} | keys.yaml:3: keys.k.org-ids: there is no tenant u; tenants are t
      @keys:\\n  k: {hash: md5:0, tenant: t, scopes: [ingest]} | keys.yaml:3: keys.k: hash must be sha256: and 64 hex digits, as `seamark keys new` prints it
      @keys:\\n  k: {hash: sm_secret, tenant: t, scopes: [ingest]} | keys.yaml:3: keys.k: hash must be sha256: and 64 hex digits, as `seamark keys new` prints it
      @keys:\\n  k:\\n    tenant: t\\n    hash: "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"\\n    scopes: [ingest] | keys.yaml:3: keys.k: hash is that of an empty secret; make one by `seamark keys new`
      @keys:\\n  k: {subject: agent, tenant: t, scopes: [ingest]} | keys.yaml:3: keys.k: subject is "agent", but must be a distinguished name such as CN=agent,O=Example
      @keys:\\n  k: {hash: H, tenant: t, scopes: [ingest], clusters: [a, ""]} | keys.yaml:3: keys.k: clusters has an empty name
      @keys:\\n  k: {hash: H, tenant: t, scopes: [ingest], region: ""} | keys.yaml:3: keys.k: region is empty; leave it out for all regions
      @keys:\\n  k: {hash: H, tenant: t, scopes: [ingest]}\\n  k: {} | keys.yaml:4: key k is given twice, first in line 3
      @keys:\\n  k: {hash: H, tenant: t, scopes: [ingest]}\\n  l: {hash: H, tenant: t, scopes: [ingest]} | keys.yaml:4: keys.l proves itself like keys.k
      @keys:\\n  k: {subject: CN=a, tenant: t, scopes: [ingest]}\\n  l: {subject: cn=A, tenant: t, scopes: [ingest]} | keys.yaml:4: keys.l proves itself like keys.k
      tenants:\\n  t: {limits: gold}\\nkeys:\\n  k: {hash: H, tenant: t, scopes: [ingest]} | keys.yaml:2: tenants.t.limits: there is no class gold; there are no classes
      classes:\\n  a: {rows-per-second: -1}\\ntenants: {t: {}} | keys.yaml:2: classes.a.rows-per-second is -1, but must be at least 0
      classes:\\n  a: {bytes-per-second: 5MB}\\ntenants: {t: {}} | keys.yaml:2: classes.a.bytes-per-second is 5MB, but must be a size such as 512KiB or 64MiB
      tenants:\\n  t: {retention-days: 36501}       | keys.yaml:2: tenants.t.retention-days is 36501, but must be at most 36500
      tenants:\\n  't t': {}\\nkeys:\\n  k: {hash: H, tenant: t t, scopes: [ingest]} | keys.yaml:1: the file: tenant t t has a name that isn't up to 63 letters, digits, '.', '_' and '-', the first of them a letter or a digit
      keys: [                                       | keys.yaml:1: not YAML: expected the node content, but found '<stream end>'
      """)
  void mistakesAreRefusedWithTheirLine(String yaml, String message) {
    String text = yaml.replace("@", "tenants: {t: {}}\n")
        .replace("\\n", "\n")
        .replace(" H,", " \"" + Fingerprint.of(SHOP) + "\",")
        .replace("hash: H\n", "hash: " + Fingerprint.of(SHOP) + "\n");

    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> KeyRing.parse("keys.yaml", text))
        .withMessage(message);
  }

  @Test
  void aReferenceToTheEnvironmentIsTextLikeAnyOther() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> KeyRing.parse("keys.yaml", """
            tenants: {t: {}}
            keys: {k: {hash: "%s", tenant: "${T}", scopes: [ingest]}}
            """.formatted(Fingerprint.of(SHOP))))
        .withMessage("keys.yaml:2: keys.k.tenant: there is no tenant ${T}; tenants are t");
  }
}
