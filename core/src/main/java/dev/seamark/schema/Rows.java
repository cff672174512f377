package dev.seamark.schema;

import dev.seamark.block.Block;

/**
 * A block of one table with a typed field for each of its columns.
 *
 * <p>A row is complete once every column has been appended to exactly once; {@link #rows()} counts
 * by the block, so it is only meaningful between rows. Columns that ClickHouse computes itself
 * (materialised ones) have no field. Not thread-safe: owned by one thread.
 */
public sealed interface Rows
    permits ExemplarRows,
        HistogramRows,
        KubernetesAuditRows,
        KubernetesEventRows,
        LabelValueRows,
        LogRows,
        MetadataRows,
        SampleRows,
        SeriesRows,
        SpanRows {

  /** The table these rows belong to. */
  Table table();

  /** The columns under their ClickHouse names, in the order of the fields. */
  Block block();

  /** Complete rows so far. */
  default int rows() {
    return block().rows();
  }

  /** Drops all rows and keeps the memory. */
  default void clear() {
    block().clear();
  }

  /** Drops rows from the end until {@code rows} are left, half-appended ones included. */
  default void truncate(int rows) {
    block().truncate(rows);
  }
}
