package dev.seamark.ingest.write.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// A promise about one partition: the records in `[from, to)` are inserted next, as one unit,
/// under one token. It rides in the metadata of the offset commit at `from` (see [PlanText]), so
/// that finishing a range and planning the next one is one atomic, group-fenced commit. A plan
/// with `from == to` is empty: nothing is promised yet.
///
/// **Invariant:** what is inserted is a pure function of the log and the plan. Whoever holds the
/// partition rebuilds the same rows under the same token, and ClickHouse drops what it already
/// has. Under a token only the lease may be renewed, and records may be excluded that ClickHouse
/// refused: an insert that was refused stored nothing, and those before it keep their rows.
///
/// @param log identity of the topic's log: a topic that was deleted and made again counts its
///     offsets from 0 again, and its records must not pass for those that were stored before
/// @param from first offset of the range, and the committed offset
/// @param to offset after the last one of the range
/// @param lateBeforeMs rows with an older time (epoch milliseconds) are inserted apart from the
///     fresh ones
/// @param schema newest record schema the planner could read; a writer that is older than this
///     refuses the plan
/// @param version of the token: a deliberate replay of the range counts it up
/// @param leaseUntil second since the epoch, in ClickHouse's clock, after which ClickHouse refuses
///     inserts of this plan
/// @param shard number of the shard whose tables take the range, from 0; it stays with the plan
///     when partitions are given to other shards
/// @param excluded records of the range that are left out, by ascending offset; they may grow in
///     number while the plan is in force, and never shrink
public record Plan(
    String log,
    long from,
    long to,
    long lateBeforeMs,
    int schema,
    int version,
    long leaseUntil,
    int shard,
    List<Exclusion> excluded) {

  /// Most partitions (retention class and day) that one insert may open. Part of the meaning of a
  /// plan: it decides how a range is cut into inserts, so it can change only together with
  /// [PlanText]'s version.
  public static final int PARTITIONS_PER_INSERT = 20;

  /// Most records a plan may exclude, so that its text stays below the broker's limit for commit
  /// metadata.
  public static final int EXCLUDED_MAX = 128;

  /// @throws IllegalArgumentException if the bounds or exclusions contradict each other
  public Plan {
    excluded = List.copyOf(excluded);
    if (from < 0 || to < from) {
      throw new IllegalArgumentException("range [" + from + ", " + to + ") is not a range");
    }
    if (log.isEmpty() || !log.chars().allMatch(Plan::isNameCharacter)) {
      throw new IllegalArgumentException("log identity '" + log + "' is not a name");
    }
    if (schema < 0 || version < 1 || leaseUntil < 0) {
      throw new IllegalArgumentException(
          "schema " + schema + ", version " + version + " or lease " + leaseUntil + " is negative");
    }
    if (shard < 0) {
      throw new IllegalArgumentException("shard " + shard + " is negative");
    }
    if (excluded.size() > EXCLUDED_MAX) {
      throw new IllegalArgumentException(
          excluded.size() + " records excluded, limit " + EXCLUDED_MAX);
    }
    var last = from - 1;
    for (var each : excluded) {
      if (each.offset() <= last || each.offset() >= to || each.fromInsert() < 0) {
        throw new IllegalArgumentException(
            each + " is out of order or outside [" + from + ", " + to + ")");
      }
      last = each.offset();
    }
  }

  /// The plan that promises nothing: everything before `from` is stored, whatever its shard was.
  public static Plan empty(String log, long from) {
    return new Plan(log, from, from, 0, 0, 1, 0, 0, List.of());
  }

  /// True if no range is promised.
  public boolean isEmpty() {
    return from == to;
  }

  /// True if the record at this offset is inserted as a whole.
  public boolean holds(long offset) {
    return offset >= from && offset < to && insertsOf(offset) == Integer.MAX_VALUE;
  }

  /// How many of the range's inserts, from the first one on, hold the record at this offset: 0 if
  /// it is left out, `Integer.MAX_VALUE` if it isn't.
  public int insertsOf(long offset) {
    for (var each : excluded) {
      if (each.offset() == offset) {
        return each.fromInsert();
      }
    }
    return Integer.MAX_VALUE;
  }

  /// The same promise with a later end of its lease.
  public Plan renewed(long newLeaseUntil) {
    return new Plan(log, from, to, lateBeforeMs, schema, version, newLeaseUntil, shard, excluded);
  }

  /// The same promise without some more of its records.
  ///
  /// @throws IllegalArgumentException if one is excluded already, or they are too many
  public Plan excluding(Collection<Exclusion> more) {
    var all = new ArrayList<>(excluded);
    all.addAll(more);
    all.sort(Comparator.comparingLong(Exclusion::offset));
    return new Plan(log, from, to, lateBeforeMs, schema, version, leaseUntil, shard, all);
  }

  /// The `insert_deduplication_token` of the range: log, partition, bounds and version, and
  /// nothing else.
  public String token(String topic, int partition) {
    return topic + "@" + log + "/" + partition + "/" + from + "-" + to + "/" + version;
  }

  private static boolean isNameCharacter(int c) {
    return c > ' ' && c < 0x7f && c != '=' && c != '/';
  }
}
