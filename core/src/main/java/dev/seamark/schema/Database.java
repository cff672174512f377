package dev.seamark.schema;

import dev.seamark.block.Block;
import dev.seamark.block.StringColumn;
import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseException;
import java.util.ArrayList;
import java.util.List;

/**
 * The ClickHouse that migrations run on, whichever way it is reached. Every table is named with its
 * database, which need not exist yet. Calls block and throw {@link ClickHouseException}.
 */
public interface Database {
  /** Runs a statement that has no result. */
  void execute(String sql);

  /** The rows of a query whose columns are all of type String. */
  List<List<String>> rows(String sql);

  /** Through the client that services have open anyway. */
  static Database over(ClickHouse clickHouse) {
    return new OpenClient(clickHouse.inDatabase("default"));
  }

  /** Over HTTP, with blocks as answers. */
  record OpenClient(ClickHouse clickHouse) implements Database {
    @Override
    public void execute(String sql) {
      clickHouse.execute(sql);
    }

    @Override
    public List<List<String>> rows(String sql) {
      List<List<String>> rows = new ArrayList<>();
      for (Block block : clickHouse.query(sql)) {
        for (int row = 0; row < block.rows(); row++) {
          List<String> texts = new ArrayList<>();
          for (Block.Named named : block.columns()) {
            texts.add(((StringColumn) named.column()).text(row));
          }
          rows.add(texts);
        }
      }
      return rows;
    }
  }
}
