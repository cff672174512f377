package dev.seamark.ingest.decode;

import dev.seamark.block.ArrayColumn;
import dev.seamark.block.Block;
import dev.seamark.block.ByteColumn;
import dev.seamark.block.Column;
import dev.seamark.block.DoubleColumn;
import dev.seamark.block.IntColumn;
import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.schema.Rows;
import java.util.ArrayList;
import java.util.List;

/** Rows as text, a line each: {@code Column=value Column=value}. */
final class RowText {
  private RowText() {}

  static List<String> of(Rows rows) {
    List<String> lines = new ArrayList<>();
    for (int row = 0; row < rows.rows(); row++) {
      StringBuilder line = new StringBuilder();
      for (Block.Named named : rows.block().columns()) {
        line.append(line.isEmpty() ? "" : " ")
            .append(named.name())
            .append('=')
            .append(cell(named.column(), row));
      }
      lines.add(line.toString());
    }
    return lines;
  }

  static List<String> sorted(Rows rows) {
    return of(rows).stream().sorted().toList();
  }

  private static String cell(Column column, int row) {
    return switch (column) {
      case ByteColumn c -> String.valueOf(c.get(row));
      case ShortColumn c -> String.valueOf(c.get(row));
      case IntColumn c -> String.valueOf(c.get(row));
      case LongColumn c when c.type().equals("UInt64") -> Long.toUnsignedString(c.get(row));
      case LongColumn c -> String.valueOf(c.get(row));
      case DoubleColumn c -> number(c.getLongBits(row));
      case StringColumn c -> c.text(row);
      case LowCardinalityColumn c -> c.text(row);
      case MapColumn<?, ?> c -> map(c, row);
      case ArrayColumn<?> c -> array(c, row);
      default -> throw new IllegalArgumentException(column.type());
    };
  }

  /** NaNs by their bits: a stale marker is not any NaN. */
  static String number(long bits) {
    double value = Double.longBitsToDouble(bits);
    return Double.isNaN(value) ? "NaN:" + Long.toHexString(bits) : Double.toString(value);
  }

  private static String map(MapColumn<?, ?> column, int row) {
    StringBuilder text = new StringBuilder("{");
    for (int i = column.start(row); i < column.start(row + 1); i++) {
      text.append(text.length() > 1 ? "," : "")
          .append(cell(column.keys(), i))
          .append(':')
          .append(cell(column.values(), i));
    }
    return text.append('}').toString();
  }

  private static String array(ArrayColumn<?> column, int row) {
    List<String> elements = new ArrayList<>();
    for (int i = column.start(row); i < column.start(row + 1); i++) {
      elements.add(cell(column.element(), i));
    }
    return elements.toString();
  }
}
