package dev.seamark.ingest.write.join;

import dev.seamark.block.Block;
import dev.seamark.block.Column;
import dev.seamark.block.LongColumn;
import dev.seamark.block.MalformedBlock;
import dev.seamark.block.ShortColumn;
import dev.seamark.schema.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/// Joins the blocks of a range into as few inserts as ClickHouse takes well: usually one. Samples
/// become one block in the table's order, which costs the server a third of the work; other blocks
/// stay as the ingester sealed them and go one behind the other.
///
/// **Invariant:** how rows are spread over inserts depends on nothing but the blocks and the
/// plan's late cut-off, and not on which of them are left out, for each insert has a token of its
/// own. A range opens more than one insert
/// if its rows belong to more than `partitionsMax` partitions (retention class and day), or to
/// late ones and fresh ones.
///
/// Every block is decoded here: what can't be read, or has a column that the table lacks
/// (ClickHouse would drop it without an error), is found without inserting it. Stateless; runs on
/// the writer's insert threads.
public final class RangeJoin {
  private static final long DAY_MS = 86_400_000L;
  private static final int RETENTION_DAYS_DEFAULT = 30; // as in the migrations

  private final Table table;
  private final int partitionsMax;

  /// @param partitionsMax most partitions that one insert may open
  public RangeJoin(Table table, int partitionsMax) {
    this.table = table;
    this.partitionsMax = partitionsMax;
  }

  /// The inserts of a range that leaves no record out.
  public List<Insert> join(List<byte[]> values, long lateBeforeMs, Set<String> tableColumns)
      throws UnusableBlock {
    return join(values, _ -> Integer.MAX_VALUE, lateBeforeMs, tableColumns);
  }

  /// The inserts of a range, in the order they are sent. Records that are left out count where rows
  /// are spread over inserts, so that the other rows stay under the tokens they had before.
  ///
  /// @param values Native blocks, one each, in the order of the log
  /// @param insertsOf how many inserts, from the first one on, hold the block at an index;
  ///     a block in none of them need not be readable
  /// @param lateBeforeMs rows of a day before this time (milliseconds since the epoch) go apart
  /// @param tableColumns the columns that the table takes
  public List<Insert> join(
      List<byte[]> values, IntUnaryOperator insertsOf, long lateBeforeMs, Set<String> tableColumns)
      throws UnusableBlock {
    var cut = cut(values, insertsOf, lateBeforeMs, tableColumns);
    var groups = cut.groups();
    if (groups.size() == 1) {
      var insert = whole(cut, insertsOf);
      return insert.rows() == 0 ? List.of() : List.of(insert);
    }
    var inserts = new ArrayList<Insert>();
    for (var i = 0; i < groups.size(); i++) {
      var number = i;
      var insert = pick(cut, index -> insertsOf.applyAsInt(index) > number, groups.get(i), i);
      if (insert.rows() > 0) {
        inserts.add(insert);
      }
    }
    return inserts;
  }

  /// The rows that some inserts of a range hold of each of its blocks, by the block's index; blocks
  /// without such a row, and those that can't be read, aren't among them.
  ///
  /// @param insertsOf as it was when the range was joined
  /// @param inserts which inserts, by number
  public Map<Integer, Block> rowsOf(
      List<byte[]> values,
      IntUnaryOperator insertsOf,
      long lateBeforeMs,
      Set<String> tableColumns,
      IntPredicate inserts)
      throws UnusableBlock {
    var cut = cut(values, insertsOf, lateBeforeMs, tableColumns);
    var partitions = new TreeSet<Long>();
    for (var i = 0; i < cut.groups().size(); i++) {
      if (inserts.test(i)) {
        partitions.addAll(cut.groups().get(i));
      }
    }
    var rows = new TreeMap<Integer, Block>();
    for (var i = 0; i < cut.blocks().size(); i++) {
      var block = cut.blocks().get(i);
      var part = block == null ? null : part(block, cut.partitions().get(i), partitions);
      if (part != null && part.rows() > 0) {
        rows.put(i, part);
      }
    }
    return rows;
  }

  /// Why a block can never be inserted; empty if nothing is known against it.
  public Optional<UnusableBlock> unusable(int index, byte[] value, Set<String> tableColumns) {
    try {
      read(index, value, tableColumns);
      return Optional.empty();
    } catch (UnusableBlock e) {
      return Optional.of(e);
    }
  }

  /// A range's blocks, the partition of each row, and the partitions of each insert.
  private record Cut(
      List<@Nullable Block> blocks,
      List<byte[]> values,
      List<long[]> partitions,
      List<Set<Long>> groups) {}

  private Cut cut(
      List<byte[]> values, IntUnaryOperator insertsOf, long lateBeforeMs, Set<String> tableColumns)
      throws UnusableBlock {
    var blocks = new ArrayList<@Nullable Block>(values.size());
    for (var i = 0; i < values.size(); i++) {
      blocks.add(
          insertsOf.applyAsInt(i) == 0
              ? readOrNull(values.get(i))
              : read(i, values.get(i), tableColumns));
    }
    var partitions = new ArrayList<long[]>(blocks.size());
    var groups = group(blocks, partitions, Math.floorDiv(lateBeforeMs, DAY_MS));
    return new Cut(blocks, values, partitions, groups);
  }

  private static Block read(int index, byte[] value, Set<String> tableColumns)
      throws UnusableBlock {
    Block block;
    try {
      block = Block.decode(value, 0, value.length);
    } catch (MalformedBlock e) {
      throw UnusableBlock.unreadable(index, String.valueOf(e.getMessage()));
    }
    for (var named : block.columns()) {
      if (!tableColumns.contains(named.name())) {
        throw UnusableBlock.unknownColumn(index, named.name());
      }
    }
    return block;
  }

  private static @Nullable Block readOrNull(byte[] value) {
    try {
      return Block.decode(value, 0, value.length);
    } catch (MalformedBlock _) {
      return null; // no writer could read it: it never counted
    }
  }

  /// The partitions of each insert, fresh ones first; `partitions` gets the partition of each row
  /// of each block.
  private List<Set<Long>> group(
      List<@Nullable Block> blocks, List<long[]> partitions, long lateBeforeDay) {
    var fresh = new TreeSet<Long>();
    var late = new TreeSet<Long>();
    for (var block : blocks) {
      var ofRow = block == null ? new long[0] : partitions(block);
      partitions.add(ofRow);
      for (var row = 0; row < ofRow.length; row++) {
        if (row == 0 || ofRow[row] != ofRow[row - 1]) {
          (day(ofRow[row]) < lateBeforeDay ? late : fresh).add(ofRow[row]);
        }
      }
    }
    var groups = new ArrayList<Set<Long>>();
    split(fresh, groups);
    split(late, groups);
    return groups;
  }

  private void split(Set<Long> partitions, List<Set<Long>> groups) {
    Set<Long> group = Set.of();
    for (var partition : partitions) {
      if (group.isEmpty() || group.size() == partitionsMax) {
        group = new TreeSet<>();
        groups.add(group);
      }
      group.add(partition);
    }
  }

  /// The partition of each row: day in the upper bits, retention class in the lower sixteen.
  private long[] partitions(Block block) {
    var partitions = new long[block.rows()];
    var retention = columnOf(block, "RetentionDays");
    var time = columnOf(block, table.timeColumn());
    for (var row = 0; row < partitions.length; row++) {
      var days =
          retention instanceof ShortColumn classes ? classes.get(row) : RETENTION_DAYS_DEFAULT;
      partitions[row] = day(time, row) << 16 | days;
    }
    return partitions;
  }

  private static @Nullable Column columnOf(Block block, String name) {
    for (var named : block.columns()) {
      if (named.name().equals(name)) {
        return named.column();
      }
    }
    return null;
  }

  private static long day(@Nullable Column time, int row) {
    return switch (time) {
      case ShortColumn days -> days.get(row);
      case LongColumn ticks ->
        Math.floorDiv(
            ticks.get(row), ticks.type().equals("DateTime64(9)") ? DAY_MS * 1_000_000 : DAY_MS);
      case null, default -> 0;
    };
  }

  private static long day(long partition) {
    return partition >> 16;
  }

  private static List<String> columns(List<Block> blocks) {
    var names = new LinkedHashSet<String>();
    blocks.forEach(block -> block.columns().forEach(named -> names.add(named.name())));
    return List.copyOf(names);
  }

  private List<byte[]> body(List<Block> blocks, List<byte[]> values) {
    if (table == Table.METRICS_SAMPLES && haveSameColumns(blocks)) {
      return List.of(SampleSort.sorted(blocks).encode());
    }
    return List.copyOf(values);
  }

  private static boolean haveSameColumns(List<Block> blocks) {
    var first = shape(blocks.getFirst());
    return blocks.stream().allMatch(block -> shape(block).equals(first));
  }

  private static Map<String, String> shape(Block block) {
    var shape = new HashMap<String, String>();
    block.columns().forEach(named -> shape.put(named.name(), named.column().type()));
    return shape;
  }

  private Insert whole(Cut cut, IntUnaryOperator insertsOf) {
    var blocks = new ArrayList<Block>();
    var values = new ArrayList<byte[]>();
    var rows = 0L;
    for (var i = 0; i < cut.blocks().size(); i++) {
      var block = cut.blocks().get(i);
      if (block != null && block.rows() > 0 && insertsOf.applyAsInt(i) > 0) {
        blocks.add(block);
        values.add(cut.values().get(i));
        rows += block.rows();
      }
    }
    return new Insert(0, "", columns(blocks), rows == 0 ? List.of() : body(blocks, values), rows);
  }

  /// The rows of some partitions; rare, so it may copy.
  private Insert pick(Cut cut, IntPredicate held, Set<Long> group, int number) {
    var picked = new ArrayList<Block>();
    var values = new ArrayList<byte[]>();
    var rows = 0L;
    for (var i = 0; i < cut.blocks().size(); i++) {
      var block = cut.blocks().get(i);
      if (block == null || !held.test(i)) {
        continue;
      }
      var part = part(block, cut.partitions().get(i), group);
      if (part.rows() > 0) {
        picked.add(part);
        values.add(part == block ? cut.values().get(i) : part.encode());
        rows += part.rows();
      }
    }
    var body = rows == 0 ? List.<byte[]>of() : body(picked, values);
    return new Insert(number, "/" + number, columns(picked), body, rows);
  }

  /// The rows of a block that belong to some partitions; the block itself if all do.
  private static Block part(Block block, long[] partitions, Set<Long> of) {
    var rows = new int[partitions.length];
    var count = 0;
    for (var row = 0; row < rows.length; row++) {
      if (of.contains(partitions[row])) {
        rows[count++] = row;
      }
    }
    if (count == rows.length) {
      return block;
    }
    var part = block.emptyCopy();
    part.append(block, rows, 0, count);
    return part;
  }
}
