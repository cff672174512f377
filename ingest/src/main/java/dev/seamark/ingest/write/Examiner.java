package dev.seamark.ingest.write;

import dev.seamark.block.Block;
import dev.seamark.ingest.write.join.Insert;
import dev.seamark.ingest.write.join.UnusableBlock;
import dev.seamark.ingest.write.plan.Event.Failure;
import dev.seamark.ingest.write.plan.Exclusion;
import dev.seamark.ingest.write.plan.Refusal;
import dev.seamark.ingest.write.plan.Refusal.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the records of a range that can't be stored, without storing any: it decodes them, and asks
 * ClickHouse about their rows by halves. Thread-safe; runs on the insert threads.
 */
final class Examiner {
  private final Store store;
  private final TableShapes shapes;

  Examiner(Store store, TableShapes shapes) {
    this.store = store;
    this.shapes = shapes;
  }

  /**
   * The records that are refused in one of a range's inserts, by offset; empty if each is taken by
   * itself.
   *
   * @param enough how many are worth finding
   */
  Map<Long, Refusal> refused(RangeRecords range, int insert, int enough) throws StoreException {
    var unusable = allUnusable(range, enough);
    if (!unusable.isEmpty()) {
      return unusable;
    }
    var suspects = new ArrayList<Suspect>();
    rowsOf(range, insert).forEach((index, block) -> {
      if (range.insertsOf(index) > insert) {
        suspects.add(new Suspect(range.sound().get(index).offset(), block));
      }
    });
    var refused = new LinkedHashMap<Long, Refusal>();
    search(range, suspects, enough, refused);
    return refused;
  }

  /** Why a record that a plan excludes was excluded; empty if it is taken now. */
  Optional<Refusal> refusalOf(RangeRecords range, Exclusion excluded) throws StoreException {
    for (var i = 0; i < range.sound().size(); i++) {
      if (range.sound().get(i).offset() == excluded.offset()) {
        var unusable = unusable(range, i);
        if (unusable.isPresent()) {
          return unusable;
        }
        var block = rowsOf(range, excluded.fromInsert()).get(i);
        return block == null
            ? Optional.empty()
            : store
                .refusal(range.table(), insertOf(List.of(block)))
                .map(why -> new Refusal(Kind.CLICKHOUSE, why));
      }
    }
    return Optional.empty();
  }

  private record Suspect(long offset, Block rows) {}

  private Map<Long, Refusal> allUnusable(RangeRecords range, int enough) throws StoreException {
    var unusable = new LinkedHashMap<Long, Refusal>();
    for (var i = 0; i < range.sound().size() && unusable.size() < enough; i++) {
      var offset = range.sound().get(i).offset();
      if (range.insertsOf(i) > 0) {
        unusable(range, i).ifPresent(it -> unusable.put(offset, it));
      }
    }
    return unusable;
  }

  private Optional<Refusal> unusable(RangeRecords range, int index) throws StoreException {
    var value = range.sound().get(index).value();
    var found =
        range.join().unusable(index, value, shapes.columns(range.table())).orElse(null);
    if (found == null) {
      return Optional.empty();
    }
    var why = String.valueOf(found.getMessage());
    if (TableShapes.isColumn(range.table(), found.column())) {
      throw new StoreException(Failure.RETRY, why + "; run the migrations", found);
    }
    return Optional.of(new Refusal(found.column().isEmpty() ? Kind.BLOCK : Kind.COLUMN, why));
  }

  private Map<Integer, Block> rowsOf(RangeRecords range, int insert) throws StoreException {
    try {
      return range
          .join()
          .rowsOf(
              range.values(),
              range::insertsOf,
              range.plan().lateBeforeMs(),
              shapes.columns(range.table()),
              number -> number == insert);
    } catch (UnusableBlock e) {
      throw new StoreException(Failure.RETRY, "the table changed meanwhile: " + e.getMessage(), e);
    }
  }

  /** Halves what is refused until it is one record; few are refused, so few questions are asked. */
  private void search(
      RangeRecords range, List<Suspect> suspects, int enough, Map<Long, Refusal> refused)
      throws StoreException {
    if (suspects.isEmpty() || refused.size() >= enough) {
      return;
    }
    var rows = suspects.stream().map(Suspect::rows).toList();
    var why = store.refusal(range.table(), insertOf(rows)).orElse(null);
    if (why == null) {
      return;
    }
    if (suspects.size() == 1) {
      requireSound();
      if (store.refusal(range.table(), insertOf(rows)).isPresent()) {
        refused.put(suspects.getFirst().offset(), new Refusal(Kind.CLICKHOUSE, why));
      }
      return;
    }
    var half = suspects.size() / 2;
    search(range, suspects.subList(0, half), enough, refused);
    search(range, suspects.subList(half, suspects.size()), enough, refused);
  }

  /**
   * Between two questions about one record a third one, that has no rows: a server that refuses
   * everything, for a while, says nothing of the record.
   */
  private void requireSound() throws StoreException {
    try {
      store.now();
    } catch (StoreException e) {
      throw new StoreException(
          Failure.RETRY, "refused where there are no rows, too: " + e.getMessage(), e);
    }
  }

  private static Insert insertOf(List<Block> blocks) {
    var columns = new LinkedHashSet<String>();
    blocks.forEach(block -> block.columns().forEach(named -> columns.add(named.name())));
    var rows = blocks.stream().mapToLong(Block::rows).sum();
    return new Insert(
        0, "", List.copyOf(columns), blocks.stream().map(Block::encode).toList(), rows);
  }
}
