package dev.seamark.ingest.write;

import dev.seamark.ingest.write.join.RangeJoin;
import dev.seamark.ingest.write.join.UnusableBlock;
import dev.seamark.ingest.write.plan.Event;
import dev.seamark.ingest.write.plan.Event.Failure;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.schema.Table;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Carries out one attempt to insert a plan: joins the records, sends the inserts, says how it
 * ended. Thread-safe; runs on the insert threads.
 */
final class Inserter {
  private final Store store;
  private final Map<Table, Set<String>> columns = new ConcurrentHashMap<>();

  Inserter(Store store) {
    this.store = store;
  }

  /**
   * Inserts the records of a plan, all that the plan holds and in the order of the log.
   *
   * @param topic and partition name the log in the token
   */
  Event insert(
      Table table,
      String topic,
      int partition,
      int epoch,
      int attempt,
      Plan plan,
      List<HeldRecord> records) {
    try {
      if (!records.isEmpty()) {
        send(table, plan, plan.token(topic, partition), records);
      }
      return new Event.Inserted(epoch, attempt);
    } catch (StoreException e) {
      return new Event.InsertFailed(epoch, attempt, e.failure(), String.valueOf(e.getMessage()));
    } catch (UnusableBlock e) {
      var why = "record at offset " + records.get(e.index()).offset() + ": " + e.getMessage();
      return new Event.InsertFailed(epoch, attempt, Failure.REFUSED, why);
    }
  }

  private void send(Table table, Plan plan, String token, List<HeldRecord> records)
      throws StoreException, UnusableBlock {
    var join = new RangeJoin(table, Plan.PARTITIONS_PER_INSERT);
    var values = records.stream().map(HeldRecord::value).toList();
    var known = columns.get(table);
    if (known == null || known.isEmpty()) {
      known = learnColumns(table);
    }
    List<dev.seamark.ingest.write.join.Insert> inserts;
    try {
      inserts = join.join(values, plan.lateBeforeMs(), known);
    } catch (UnusableBlock _) {
      // a migration may have added the column since the table was looked at
      inserts = join.join(values, plan.lateBeforeMs(), learnColumns(table));
    }
    for (var insert : inserts) {
      store.insert(
          table, insert, token + insert.suffix(), Instant.ofEpochSecond(plan.leaseUntil()));
    }
  }

  private Set<String> learnColumns(Table table) throws StoreException {
    var found = store.columns(table);
    if (found.isEmpty()) {
      throw new StoreException(
          Failure.RETRY, "table " + table.table() + " doesn't exist", new IllegalStateException());
    }
    columns.put(table, found);
    return found;
  }
}
