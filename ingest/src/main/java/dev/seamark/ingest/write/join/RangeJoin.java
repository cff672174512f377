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
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Joins the blocks of a range into as few inserts as ClickHouse takes well: usually one. Samples
/// become one block in the table's order, which costs the server a third of the work; other blocks
/// stay as the ingester sealed them and go one behind the other.
///
/// **Invariant:** how rows are spread over inserts depends on nothing but the blocks and the
/// plan's late cut-off, for each insert has a token of its own. A range opens more than one insert
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

  /// The inserts of a range, in the order they are sent.
  ///
  /// @param values Native blocks, one each, in the order of the log
  /// @param lateBeforeMs rows of a day before this time (milliseconds since the epoch) go apart
  /// @param tableColumns the columns that the table takes
  public List<Insert> join(List<byte[]> values, long lateBeforeMs, Set<String> tableColumns)
      throws UnusableBlock {
    var blocks = new ArrayList<Block>(values.size());
    for (var i = 0; i < values.size(); i++) {
      blocks.add(read(i, values.get(i), tableColumns));
    }
    var partitions = new ArrayList<long[]>(blocks.size());
    var groups = group(blocks, partitions, Math.floorDiv(lateBeforeMs, DAY_MS));
    if (groups.size() == 1) {
      var rows = blocks.stream().mapToLong(Block::rows).sum();
      return List.of(new Insert("", columns(blocks), body(blocks, values), rows));
    }
    var inserts = new ArrayList<Insert>();
    for (var i = 0; i < groups.size(); i++) {
      inserts.add(pick(blocks, values, partitions, groups.get(i), "/" + i));
    }
    return inserts;
  }

  private static Block read(int index, byte[] value, Set<String> tableColumns)
      throws UnusableBlock {
    Block block;
    try {
      block = Block.decode(value, 0, value.length);
    } catch (MalformedBlock e) {
      throw new UnusableBlock(index, "not a readable block: " + e.getMessage());
    }
    for (var named : block.columns()) {
      if (!tableColumns.contains(named.name())) {
        throw new UnusableBlock(
            index, "the table has no column " + named.name() + ", its values would be dropped");
      }
    }
    return block;
  }

  /// The partitions of each insert, fresh ones first; `partitions` gets the partition of each row
  /// of each block.
  private List<Set<Long>> group(List<Block> blocks, List<long[]> partitions, long lateBeforeDay) {
    var fresh = new TreeSet<Long>();
    var late = new TreeSet<Long>();
    for (var block : blocks) {
      var ofRow = partitions(block);
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

  /// The rows of some partitions; rare, so it may copy.
  private Insert pick(
      List<Block> blocks,
      List<byte[]> values,
      List<long[]> partitions,
      Set<Long> group,
      String suffix) {
    var picked = new ArrayList<Block>();
    var pickedValues = new ArrayList<byte[]>();
    var total = 0L;
    for (var i = 0; i < blocks.size(); i++) {
      var block = blocks.get(i);
      var rows = new int[block.rows()];
      var count = 0;
      for (var row = 0; row < rows.length; row++) {
        if (group.contains(partitions.get(i)[row])) {
          rows[count++] = row;
        }
      }
      if (count == rows.length && count > 0) {
        picked.add(block);
        pickedValues.add(values.get(i));
      } else if (count > 0) {
        var part = block.emptyCopy();
        part.append(block, rows, 0, count);
        picked.add(part);
        pickedValues.add(part.encode());
      }
      total += count;
    }
    return new Insert(suffix, columns(picked), body(picked, pickedValues), total);
  }
}
