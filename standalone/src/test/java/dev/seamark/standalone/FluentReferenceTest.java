package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.decode.FluentMapping;
import dev.seamark.ingest.decode.FluentMapping.Field;
import dev.seamark.ingest.decode.FluentMapping.Role;
import dev.seamark.ingest.decode.Severities;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tables of the Fluent page are those of the code. */
class FluentReferenceTest {
  private final ReferencePage page = ReferencePage.of("reference/fluent.md");

  @Test
  void theFieldsAreThoseOfTheMapping() {
    List<String> expected = Stream.concat(
            FluentMapping.RECORD.stream(), FluentMapping.NESTED.stream())
        .map(field -> field.name() + " -> " + becomes(field))
        .toList();

    List<String> documented = page.rows().stream()
        .filter(row -> row.size() == 3
            && expected.stream().anyMatch(line -> line.startsWith(code(row.getFirst()) + " -> ")))
        .map(row -> code(row.getFirst()) + " -> " + row.get(1))
        .toList();

    assertThat(documented).isEqualTo(expected);
  }

  private static String becomes(Field field) {
    boolean inRecord = FluentMapping.RECORD.contains(field);
    String attribute = (inRecord ? "resource attribute " : "") + "`" + field.as() + "`";
    return switch (field.role()) {
      case BODY -> "`Body`";
      case SEVERITY -> "`SeverityText`, `SeverityNumber`";
      case SEVERITY_NUMBER -> "`SeverityNumber`";
      case TRACE_ID -> "`TraceId`";
      case SPAN_ID -> "`SpanId`";
      case TRACE_FLAGS -> "`TraceFlags`";
      case ATTRIBUTE -> "log attribute `" + field.as() + "`";
      case CLUSTER -> "`Cluster`, " + attribute;
      case RESOURCE -> attribute;
      case NESTED -> "resource attributes, by the next table";
      case PREFIXED ->
        attribute + " and the " + (field.name().contains("label") ? "label" : "annotation")
            + "'s name";
      case IMAGE -> attribute + ", and its tag as `container.image.tags`";
    };
  }

  @Test
  void theOrderOfServiceNamesIsThatOfTheMapping() {
    List<String> documented = page.text()
        .lines()
        .filter(line -> line.matches("\\d\\. `.*`"))
        .map(line -> code(line.substring(3)))
        .toList();

    assertThat(documented).isEqualTo(FluentMapping.SERVICE);
  }

  @Test
  void theSeveritiesAreThoseOfTheCode() {
    Map<String, Integer> documented = new HashMap<>();
    for (List<String> row : page.rows()) {
      if (row.size() == 3 && row.get(1).matches("\\d+")) {
        ReferencePage.codes(row.getFirst())
            .forEach(name -> documented.put(name, Integer.parseInt(row.get(1))));
      }
    }
    assertThat(documented).isEqualTo(Severities.NAMES);

    List<String> digits = new ArrayList<>();
    for (List<Integer> numbers : List.of(Severities.SYSLOG, Severities.BUNYAN)) {
      digits.add(numbers.stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }
    assertThat(page.rows().stream()
            .filter(row -> row.getFirst().contains("` to `"))
            .map(row -> row.get(1)))
        .containsExactlyElementsOf(digits);
  }

  @Test
  void everyRoleIsInUse() {
    assertThat(Stream.concat(FluentMapping.RECORD.stream(), FluentMapping.NESTED.stream())
            .map(Field::role))
        .contains(Role.values());
  }

  private static String code(String cell) {
    return cell.replace("`", "");
  }
}
