package dev.seamark.ingest.receive;

import dev.seamark.tenant.Sender;
import java.util.function.LongSupplier;

/**
 * What one request takes of its tenant's allowances: bytes before they are read, what they inflate
 * to, and rows once they are known. A request that is to be repeated gets all of it back, so that a
 * tenant doesn't pay twice. It may pass from thread to thread, and belongs to one at a time.
 */
final class Toll {
  private final Sender sender;
  private final Tolls.Allowances allowances;
  private final LongSupplier nanoTime;
  private final double bytesPerSecond;
  private final double rowsPerSecond;
  private long bytes;
  private long rows;

  Toll(Sender sender, Tolls.Allowances allowances, LongSupplier nanoTime) {
    this.sender = sender;
    this.allowances = allowances;
    this.nanoTime = nanoTime;
    this.bytesPerSecond = (double) sender.limits().bytesPerSecond();
    this.rowsPerSecond = (double) sender.limits().rowsPerSecond();
  }

  Sender sender() {
    return sender;
  }

  /**
   * Takes the bytes of a body that wasn't read yet.
   *
   * @param declared of the body, 0 where nobody knows
   */
  void enter(long declared) throws Refusal {
    long now = nanoTime.getAsLong();
    requirePaid(Reason.ROWS_PER_SECOND, allowances.rows().waitNanos(rowsPerSecond, now));
    bytes(declared);
  }

  /** Takes the bytes of a body so far, which were not expected; those taken before don't count. */
  void received(long size) throws Refusal {
    if (size > bytes) {
      bytes(size - bytes);
    }
  }

  private void bytes(long more) throws Refusal {
    long now = nanoTime.getAsLong();
    requirePaid(
        Reason.BYTES_PER_SECOND, allowances.bytes().takeMore(more, bytes, bytesPerSecond, now));
    bytes += more;
  }

  /** The size of the body turned out, inflated: what is there already is owed if need be. */
  void inflated(long size) {
    if (size > bytes) {
      allowances.bytes().draw(size - bytes, bytesPerSecond, nanoTime.getAsLong());
      bytes = size;
    }
  }

  /** Takes the rows of the decoded body. */
  void rows(int count) throws Refusal {
    requirePaid(
        Reason.ROWS_PER_SECOND, allowances.rows().take(count, rowsPerSecond, nanoTime.getAsLong()));
    rows = count;
  }

  /** Gives everything back: the request is to be repeated. */
  void giveBack() {
    long now = nanoTime.getAsLong();
    allowances.bytes().giveBack(bytes, bytesPerSecond, now);
    allowances.rows().giveBack(rows, rowsPerSecond, now);
    bytes = 0;
    rows = 0;
  }

  private void requirePaid(Reason reason, long waitNanos) throws Refusal {
    if (waitNanos > 0) {
      boolean ofRows = reason == Reason.ROWS_PER_SECOND;
      throw Refusal.putOff(
          reason,
          "tenant %s sends more than %d %s a second (%s of its class in the keys file)"
              .formatted(
                  sender.tenant(),
                  ofRows ? sender.limits().rowsPerSecond() : sender.limits().bytesPerSecond(),
                  ofRows ? "rows" : "bytes",
                  ofRows ? "rows-per-second" : "bytes-per-second"),
          waitNanos);
    }
  }
}
