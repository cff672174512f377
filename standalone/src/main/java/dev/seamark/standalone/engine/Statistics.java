package dev.seamark.standalone.engine;

/**
 * What a statement read and wrote so far: the {@code X-ClickHouse-Summary} header. Owned by one
 * thread.
 */
final class Statistics {
  private final long startedNs = System.nanoTime();
  private long readRows;
  private long readBytes;
  private long writtenRows;
  private long writtenBytes;

  void read(long rows, long bytes) {
    readRows += rows;
    readBytes += bytes;
  }

  void written(long rows, long bytes) {
    writtenRows += rows;
    writtenBytes += bytes;
  }

  /** JSON with numbers as texts, as ClickHouse writes it. */
  String summary() {
    return ("{\"read_rows\":\"%d\",\"read_bytes\":\"%d\",\"written_rows\":\"%d\",\"written_bytes\":\"%d\","
            + "\"total_rows_to_read\":\"0\",\"result_rows\":\"%d\",\"result_bytes\":\"%d\",\"elapsed_ns\":\"%d\"}")
        .formatted(
            readRows,
            readBytes,
            writtenRows,
            writtenBytes,
            writtenRows,
            writtenBytes,
            System.nanoTime() - startedNs);
  }
}
