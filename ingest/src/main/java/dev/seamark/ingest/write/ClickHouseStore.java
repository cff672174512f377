package dev.seamark.ingest.write;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseException;
import dev.seamark.clickhouse.InsertBody;
import dev.seamark.clickhouse.TableColumns;
import dev.seamark.ingest.write.join.Insert;
import dev.seamark.ingest.write.plan.Event.Failure;
import dev.seamark.schema.Inserts;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.Table;
import java.time.Instant;
import java.util.Set;

/** The tables of a ClickHouse, as the migrations made them. */
final class ClickHouseStore implements Store {
  private static final int UNKNOWN_TABLE = 60;
  private static final int UNKNOWN_DATABASE = 81;
  private static final int VIOLATED_CONSTRAINT = 469; // the only constraint of a table is its fence

  private final ClickHouse clickHouse;
  private final SchemaOptions schema;

  ClickHouseStore(ClickHouse clickHouse, SchemaOptions schema) {
    this.clickHouse = clickHouse;
    this.schema = schema;
  }

  @Override
  public void insert(Table table, Insert insert, String token, Instant deadline)
      throws StoreException {
    try {
      clickHouse.insert(
          schema.insertName(table),
          insert.columns(),
          InsertBody.of(insert.blocks().toArray(byte[][]::new)),
          Inserts.once(token, deadline));
    } catch (ClickHouseException e) {
      throw failed(e);
    }
  }

  @Override
  public Set<String> columns(Table table) throws StoreException {
    try {
      return TableColumns.of(clickHouse, schema.insertName(table)).types().keySet();
    } catch (ClickHouseException e) {
      throw failed(e);
    }
  }

  @Override
  public Instant now() throws StoreException {
    try {
      return clickHouse.now();
    } catch (ClickHouseException e) {
      throw failed(e);
    }
  }

  /** A table that isn't there yet is a matter of order at the first start, not of the rows. */
  private static StoreException failed(ClickHouseException e) {
    var failure = switch (e.code()) {
      case VIOLATED_CONSTRAINT -> Failure.EXPIRED;
      case UNKNOWN_TABLE, UNKNOWN_DATABASE -> Failure.RETRY;
      default -> e.retryable() ? Failure.RETRY : Failure.REFUSED;
    };
    return new StoreException(failure, String.valueOf(e.getMessage()), e);
  }
}
