package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.service.Key;
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.Scope;
import dev.seamark.tenant.TenantLimits;
import java.lang.reflect.RecordComponent;
import java.util.Locale;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The page of the keys file: its example is one, and its tables name what there is. */
class KeysReferenceTest {
  private final ReferencePage page = ReferencePage.of("reference/keys.md");

  @Test
  void everyExampleIsAKeysFile() {
    assertThat(page.blocks("yaml")).isNotEmpty();
    for (String yaml : page.blocks("yaml")) {
      assertThat(KeyRing.parse("keys.md", yaml).size()).isPositive();
    }
  }

  @Test
  void everyLimitStandsThereWithItsDefault() {
    var limits = new TreeMap<String, String>();
    for (RecordComponent component : TenantLimits.class.getRecordComponents()) {
      String key =
          component.getName().replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
      limits.put(key, "`" + component.getAnnotation(Key.class).fallback() + "`");
    }

    var documented = new TreeMap<String, String>();
    page.rows().stream()
        .filter(row -> limits.containsKey(row.getFirst().replace("`", "")))
        .forEach(row -> documented.put(row.getFirst().replace("`", ""), row.get(1)));

    assertThat(documented).isEqualTo(limits);
  }

  @Test
  void everyScopeStandsThere() {
    for (Scope scope : Scope.values()) {
      assertThat(page.rows()).anyMatch(row -> row.getFirst().equals("`" + scope.text() + "`"));
    }
  }
}
