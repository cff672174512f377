package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.decode.Limits;
import dev.seamark.labels.MetricKind;
import dev.seamark.labels.MetricNaming;
import dev.seamark.labels.NamingOptions;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** What the OTLP page says in tables that the code can answer for. */
class OtlpReferenceTest {
  private final ReferencePage page = ReferencePage.of("reference/otlp.md");

  @Test
  void theExamplesOfNamesAreNamedSo() {
    var naming = new MetricNaming(NamingOptions.DEFAULTS);
    List<List<String>> examples = page.rows().stream()
        .filter(row -> row.size() >= 4 && isKind(row.get(2)))
        .toList();

    assertThat(examples).hasSizeGreaterThan(5);
    for (List<String> example : examples) {
      String name = code(example.getFirst());
      String unit = code(example.get(1));
      MetricKind kind = MetricKind.valueOf(example.get(2).toUpperCase(Locale.ROOT));
      assertThat(naming.name(name, unit, kind)).isEqualTo(code(example.get(3)));
    }
  }

  @Test
  void everyLimitIsNamed() throws IllegalAccessException {
    for (var field : Limits.class.getFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getType() == String.class) {
        assertThat(page.text()).contains("`" + field.get(null) + "`");
      }
    }
  }

  private static boolean isKind(String cell) {
    return Arrays.stream(MetricKind.values())
        .anyMatch(kind -> kind.name().toLowerCase(Locale.ROOT).equals(cell));
  }

  private static String code(String cell) {
    return cell.replace("`", "");
  }
}
