package dev.seamark.ingest.write.plan;

import java.util.List;

/// A promise about one partition: the records in `[from, to)` are inserted next, as one unit,
/// under one token. It rides in the metadata of the offset commit at `from` (see [PlanText]), so
/// that finishing a range and planning the next one is one atomic, group-fenced commit. A plan
/// with `from == to` is empty: nothing is promised yet.
///
/// **Invariant:** what is inserted is a pure function of the log and the plan. Whoever holds the
/// partition rebuilds the same rows under the same token, and ClickHouse drops what it already
/// has. Only the lease may be renewed under a token.
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
/// @param excluded offsets of the range that are left out, ascending
public record Plan(
    String log,
    long from,
    long to,
    long lateBeforeMs,
    int schema,
    int version,
    long leaseUntil,
    List<Long> excluded) {

  /// Most partitions (retention class and day) that one insert may open. Part of the meaning of a
  /// plan: it decides how a range is cut into inserts, so it can change only together with
  /// [PlanText]'s version.
  public static final int PARTITIONS_PER_INSERT = 20;

  /// Most offsets a plan may exclude, so that its text stays below the broker's limit for commit
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
    if (excluded.size() > EXCLUDED_MAX) {
      throw new IllegalArgumentException(
          excluded.size() + " offsets excluded, limit " + EXCLUDED_MAX);
    }
    var last = from - 1;
    for (long offset : excluded) {
      if (offset <= last || offset >= to) {
        throw new IllegalArgumentException(
            "excluded offset " + offset + " is out of order or outside [" + from + ", " + to + ")");
      }
      last = offset;
    }
  }

  /// The plan that promises nothing: everything before `from` is stored.
  public static Plan empty(String log, long from) {
    return new Plan(log, from, from, 0, 0, 1, 0, List.of());
  }

  /// True if no range is promised.
  public boolean isEmpty() {
    return from == to;
  }

  /// True if the record at this offset is part of what is inserted.
  public boolean holds(long offset) {
    return offset >= from && offset < to && !excluded.contains(offset);
  }

  /// The same promise with a later end of its lease.
  public Plan renewed(long newLeaseUntil) {
    return new Plan(log, from, to, lateBeforeMs, schema, version, newLeaseUntil, excluded);
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
