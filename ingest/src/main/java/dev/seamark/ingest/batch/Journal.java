package dev.seamark.ingest.batch;

import dev.seamark.kafka.BlockHeaders;
import dev.seamark.schema.Table;
import io.vertx.core.Future;

/** Where sealed blocks are kept until the writers have them: Kafka, or a fake in tests. */
public interface Journal {
  /** A sealed block on its way to one partition of its table's topic. */
  @SuppressWarnings("ArrayRecordComponent") // never compared; a copy of the value would cost
  record Entry(Table table, int partition, BlockHeaders headers, byte[] value) {}

  /**
   * Appends an entry. Returns at once, on any thread.
   *
   * @return succeeds once every in-sync replica has the entry; fails with a {@link NotAcknowledged}
   *     when that is not known within the delivery timeout: the entry may or may not be there then
   */
  Future<Void> append(Entry entry);

  /** Partitions of the table's topic; fixed. */
  int partitions(Table table);

  /** Rows that nobody vouches for: their sender is asked to repeat them. */
  final class NotAcknowledged extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NotAcknowledged(String message, Throwable cause) {
      super(message, cause, false, false);
    }
  }
}
