package dev.seamark.clickhouse;

import dev.seamark.block.Column;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.StringColumn;

/** A column of an answer that is text, whichever of the two ways it came in. */
record Texts(Column column) {
  String at(int row) {
    return switch (column) {
      case StringColumn text -> text.text(row);
      case LowCardinalityColumn text -> text.text(row);
      default -> throw new IllegalStateException("a text was expected, not " + column.type());
    };
  }
}
