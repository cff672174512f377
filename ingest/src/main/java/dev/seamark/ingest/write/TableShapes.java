package dev.seamark.ingest.write;

import dev.seamark.block.Block;
import dev.seamark.ingest.write.plan.Event.Failure;
import dev.seamark.schema.Table;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The columns of each table as they were when they were last asked for. Thread-safe. */
final class TableShapes {
  private final Store store;
  private final Map<Table, Set<String>> columns = new ConcurrentHashMap<>();

  TableShapes(Store store) {
    this.store = store;
  }

  /** The columns that a table takes, asked for once. */
  Set<String> columns(Table table) throws StoreException {
    var known = columns.get(table);
    return known == null ? columnsNow(table) : known;
  }

  /** The columns that a table takes now. */
  Set<String> columnsNow(Table table) throws StoreException {
    var found = store.columns(table);
    if (found.isEmpty()) {
      throw new StoreException(
          Failure.RETRY, "table " + table.table() + " doesn't exist", new IllegalStateException());
    }
    columns.put(table, found);
    return found;
  }

  /** True if some version of the table that this build knows has the column. */
  static boolean isColumn(Table table, String name) {
    return table.newBlock().columns().stream().map(Block.Named::name).anyMatch(name::equals);
  }
}
