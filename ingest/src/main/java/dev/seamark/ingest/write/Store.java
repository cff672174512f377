package dev.seamark.ingest.write;

import dev.seamark.ingest.write.join.Insert;
import dev.seamark.schema.Table;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** Where the rows go: what the writer needs of ClickHouse. Thread-safe; calls block. */
interface Store {
  /** Stores the rows unless it has them under this token already; refuses after the deadline. */
  void insert(Table table, Insert insert, String token, Instant deadline) throws StoreException;

  /**
   * Why the store would never take these rows; empty if it would. Stores nothing. A StoreException
   * says that it can't be told now ({@code RETRY}) or at all ({@code REFUSED}).
   */
  Optional<String> refusal(Table table, Insert insert) throws StoreException;

  /** The columns that the table takes; empty if there is no such table. */
  Set<String> columns(Table table) throws StoreException;

  /** The store's clock, which deadlines are measured by. */
  Instant now() throws StoreException;
}
