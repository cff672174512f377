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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The tables of a ClickHouse, as the migrations made them. */
final class ClickHouseStore implements Store {
  /**
   * Refusals that say nothing of the rows, which wait in Kafka until an operator or time has mended
   * it: an answer that isn't ClickHouse's (0: a proxy), a table or database that isn't there yet
   * (60, 81), files or object storage (74, 75, 76, 499), a user or password that is unknown or may
   * not insert (164, 192, 193, 194, 497, 516), memory (173), a quota (201), an exception of a
   * library, such as one of the file system (1000, 1001, 1002).
   */
  private static final Set<Integer> NOT_THE_ROWS =
      Set.of(0, 60, 74, 75, 76, 81, 164, 173, 192, 193, 194, 201, 497, 499, 516, 1000, 1001, 1002);

  private static final int ACCESS_DENIED = 497;
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

  /**
   * Through the table function {@code null}, with the table's columns: ClickHouse reads the rows
   * and makes the table's types of them, as it does before it writes, and then forgets them.
   */
  @Override
  public Optional<String> refusal(Table table, Insert insert) throws StoreException {
    try {
      clickHouse.insert(
          "FUNCTION null('" + structure(table) + "')",
          insert.columns(),
          InsertBody.of(insert.blocks().toArray(byte[][]::new)),
          Map.of("async_insert", "0"));
      return Optional.empty();
    } catch (ClickHouseException e) {
      var failure = failed(e);
      if (e.code() == ACCESS_DENIED) {
        throw new StoreException(
            Failure.REFUSED,
            "refused rows can't be examined, grant the writer CREATE TEMPORARY TABLE: "
                + e.getMessage(),
            e);
      }
      if (failure.failure() != Failure.REFUSED) {
        throw failure;
      }
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private String structure(Table table) {
    var types = TableColumns.of(clickHouse, schema.insertName(table)).types();
    return types.entrySet().stream()
        .map(it -> "`" + it.getKey() + "` " + it.getValue())
        .collect(Collectors.joining(", "))
        .replace("\\", "\\\\")
        .replace("'", "\\'");
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

  private static StoreException failed(ClickHouseException e) {
    Failure failure;
    if (e.code() == VIOLATED_CONSTRAINT) {
      failure = Failure.EXPIRED;
    } else {
      failure = e.retryable() || NOT_THE_ROWS.contains(e.code()) ? Failure.RETRY : Failure.REFUSED;
    }
    return new StoreException(failure, String.valueOf(e.getMessage()), e);
  }
}
