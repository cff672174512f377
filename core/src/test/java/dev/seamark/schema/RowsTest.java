package dev.seamark.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RowsTest {

  @ParameterizedTest
  @EnumSource
  void aRowBuilderHasOneFieldForEachColumnOfItsBlock(Table table) {
    Rows rows = table.newRows();

    List<String> fields = Arrays.stream(rows.getClass().getDeclaredFields())
        .filter(field -> Modifier.isPublic(field.getModifiers()))
        .map(Field::getName)
        .toList();
    List<String> columns = rows.block().columns().stream()
        .map(column -> column.name().replace(".", ""))
        .map(name -> name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1))
        .toList();

    assertThat(rows.table()).isEqualTo(table);
    assertThat(fields).isEqualTo(columns);
    assertThat(columns).contains("tenant", "retentionDays");
  }

  @ParameterizedTest
  @EnumSource
  void aTopicLeadsBackToItsTable(Table table) {
    assertThat(Table.ofTopic(table.topic())).isEqualTo(table);
    assertThatThrownBy(() -> Table.ofTopic(table.table()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
