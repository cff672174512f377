package dev.seamark.schema;

import java.time.Instant;
import java.util.Map;

/** Settings of inserts whose rows must stand in the tables exactly once. */
public final class Inserts {
  /** What a deadline looks like in {@code log_comment}; the tables' constraint reads it. */
  private static final String DEADLINE = "seamark-deadline=";

  private Inserts() {}

  /**
   * Settings of an insert that may be repeated until it succeeded.
   *
   * <ul>
   *   <li>The token: ClickHouse drops what it already holds under it. The same token must always
   *       carry the same rows.
   *   <li>{@code deduplicate_blocks_in_dependent_materialized_views}: also in the tables that views
   *       fill, so a repeat after a half-done insert completes them and doubles nothing.
   *   <li>{@code async_insert = 0}: the default since 26.x is 1, which answers before it stored.
   *   <li>Squashing to one block a part: which rows form a block must not depend on how they
   *       arrive.
   *   <li>The deadline: after it, in the server's clock, every table refuses the insert (error
   *       469), so an insert that was held up longer than tokens are remembered can't come back.
   * </ul>
   *
   * @param token names the rows, for example a range of offsets
   * @param deadline in the server's clock, kept to the second
   */
  public static Map<String, String> once(String token, Instant deadline) {
    return Map.of(
        "insert_deduplication_token", token,
        "insert_deduplicate", "1",
        "deduplicate_blocks_in_dependent_materialized_views", "1",
        "async_insert", "0",
        "max_insert_threads", "1",
        "min_insert_block_size_rows", "100000000",
        "min_insert_block_size_bytes", "4294967296",
        "log_comment", DEADLINE + deadline.getEpochSecond());
  }
}
