package dev.seamark.clickhouse;

import dev.seamark.block.Block;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The columns of a table that an insert may fill, by their types.
 *
 * <p>ClickHouse drops a Native block's column that the table lacks without an error: a writer asks
 * {@link #refusal} first, so that a record of a newer schema waits for its migration instead.
 */
public record TableColumns(String table, Map<String, String> types) {
  public TableColumns {
    types = Map.copyOf(types);
  }

  /**
   * Asks for the columns of a table in the client's database; without any if it doesn't exist.
   *
   * @throws ClickHouseException also if the table is Distributed: it takes an insert before the
   *     rows are stored, and drops what a fence refuses then
   */
  public static TableColumns of(ClickHouse clickHouse, String table) {
    List<Block> answer =
        clickHouse.query("""
            SELECT toString(name) AS Name, toString(type) AS Type,
                ifNull((SELECT any(engine) FROM system.tables
                    WHERE database = {database:String} AND name = {table:String}), '') AS Engine
            FROM system.columns
            WHERE database = {database:String} AND table = {table:String}
                AND default_kind NOT IN ('MATERIALIZED', 'ALIAS')
            ORDER BY position""", Map.of("database", clickHouse.database(), "table", table), Map.of());
    Map<String, String> types = new LinkedHashMap<>();
    for (Block block : answer) {
      Texts names = new Texts(block.column("Name"));
      Texts columnTypes = new Texts(block.column("Type"));
      if (block.rows() > 0 && new Texts(block.column("Engine")).at(0).equals("Distributed")) {
        throw ClickHouseException.misplaced(
            "table %s is Distributed, inserts go to the local tables behind it: name the cluster (schema.cluster)"
                .formatted(table));
      }
      for (int row = 0; row < block.rows(); row++) {
        types.put(names.at(row), columnTypes.at(row));
      }
    }
    return new TableColumns(table, types);
  }

  /** Why a block must not be inserted into this table; empty if it may. */
  public Optional<String> refusal(Block block) {
    if (types.isEmpty()) {
      return Optional.of("table %s doesn't exist: run the migrations".formatted(table));
    }
    List<String> unknown = block.columns().stream()
        .map(Block.Named::name)
        .filter(name -> !types.containsKey(name))
        .toList();
    return unknown.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "table %s lacks %s, ClickHouse would drop them silently: run the migrations of the newer version"
                .formatted(table, String.join(", ", unknown)));
  }
}
