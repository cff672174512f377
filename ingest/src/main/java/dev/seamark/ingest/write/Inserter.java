package dev.seamark.ingest.write;

import dev.seamark.ingest.write.join.Insert;
import dev.seamark.ingest.write.join.UnusableBlock;
import dev.seamark.ingest.write.plan.Event;
import dev.seamark.ingest.write.plan.Event.Failure;
import java.time.Instant;
import java.util.List;

/**
 * Carries out one attempt to insert a plan: joins the records, sends the inserts, says how it
 * ended. Thread-safe; runs on the insert threads.
 */
final class Inserter {
  private final Store store;
  private final TableShapes shapes;

  Inserter(Store store, TableShapes shapes) {
    this.store = store;
    this.shapes = shapes;
  }

  /** Inserts the records of a plan that it doesn't exclude. */
  Event insert(int epoch, int attempt, RangeRecords range) {
    List<Insert> inserts;
    try {
      inserts = join(range);
    } catch (UnusableBlock e) {
      var why = "record at offset " + range.sound().get(e.index()).offset() + ": " + e.getMessage();
      return TableShapes.isColumn(range.table(), e.column())
          ? new Event.InsertFailed(epoch, attempt, Failure.RETRY, why + "; run the migrations")
          : new Event.InsertRefused(epoch, attempt, 0, why);
    } catch (StoreException e) {
      return new Event.InsertFailed(epoch, attempt, e.failure(), String.valueOf(e.getMessage()));
    }
    for (var insert : inserts) {
      try {
        store.insert(
            range.table(),
            insert,
            range.token() + insert.suffix(),
            Instant.ofEpochSecond(range.plan().leaseUntil()));
      } catch (StoreException e) {
        var why = String.valueOf(e.getMessage());
        return e.failure() == Failure.REFUSED
            ? new Event.InsertRefused(epoch, attempt, insert.number(), why)
            : new Event.InsertFailed(epoch, attempt, e.failure(), why);
      }
    }
    return new Event.Inserted(epoch, attempt);
  }

  private List<Insert> join(RangeRecords range) throws StoreException, UnusableBlock {
    if (range.sound().isEmpty()) {
      return List.of();
    }
    var lateBeforeMs = range.plan().lateBeforeMs();
    var columns = shapes.columns(range.table());
    try {
      return range.join().join(range.values(), range::insertsOf, lateBeforeMs, columns);
    } catch (UnusableBlock _) {
      // a migration may have added the column since the table was looked at
      var now = shapes.columnsNow(range.table());
      return range.join().join(range.values(), range::insertsOf, lateBeforeMs, now);
    }
  }
}
