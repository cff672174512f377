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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rows of a block as plain values, to be compared with those of an oracle. */
final class RowTexts {
  private RowTexts() {}

  static List<Map<String, Object>> of(Block block) {
    var rows = new ArrayList<Map<String, Object>>();
    for (int row = 0; row < block.rows(); row++) {
      var cells = new LinkedHashMap<String, Object>();
      for (Block.Named named : block.columns()) {
        cells.put(named.name(), cell(named.column(), row));
      }
      rows.add(cells);
    }
    return rows;
  }

  private static Object cell(Column column, int row) {
    return switch (column) {
      case ByteColumn c -> (long) (c.get(row) & 0xFF);
      case ShortColumn c -> (long) (c.get(row) & 0xFFFF);
      case IntColumn c -> c.get(row) & 0xFFFF_FFFFL;
      case LongColumn c -> c.get(row);
      case DoubleColumn c -> c.get(row);
      case StringColumn c -> c.text(row);
      case LowCardinalityColumn c -> c.text(row);
      case ArrayColumn<?> c -> {
        var elements = new ArrayList<Object>();
        for (int i = 0; i < c.length(row); i++) {
          elements.add(cell(c.element(), c.start(row) + i));
        }
        yield elements;
      }
      case MapColumn<?, ?> c -> {
        var entries = new ArrayList<String>();
        for (int i = c.start(row); i < c.start(row) + c.length(row); i++) {
          entries.add(cell(c.keys(), i) + "=" + cell(c.values(), i));
        }
        yield entries;
      }
      default -> throw new AssertionError(column.type());
    };
  }
}
