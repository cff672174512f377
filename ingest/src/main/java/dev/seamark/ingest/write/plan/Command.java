package dev.seamark.ingest.write.plan;

import java.util.List;
import java.util.Map;

/// Something the shell has to do for one partition; what a [PartitionWriter] wants.
public sealed interface Command {
  /// Read the log from this offset on.
  record Seek(long offset) implements Command {}

  /// Commit the plan's `from` with the plan as metadata, fenced by the group; answer with
  /// `Committed` or `CommitFailed`.
  record Commit(Plan plan) implements Command {}

  /// Insert the plan's records under its token and lease; answer with `Inserted`,
  /// `InsertRefused` or `InsertFailed` of the same attempt.
  record Insert(Plan plan, int attempt) implements Command {}

  /// Find out which of the plan's records ClickHouse refuses in one of its inserts, without
  /// inserting; answer with `Examined` or `InsertFailed` of the same attempt.
  ///
  /// @param insert number of the insert
  /// @param enough how many such records are worth finding
  record Examine(Plan plan, int attempt, int insert, int enough) implements Command {}

  /// Write dead letters of records that the plan in force excludes; answer with `DeadLettered` or
  /// `InsertFailed` of the same attempt.
  ///
  /// @param refusals why, by offset; a record that was excluded by an earlier owner isn't among
  ///     them
  record DeadLetter(Plan plan, int attempt, List<Exclusion> exclusions, Map<Long, Refusal> refusals)
      implements Command {}

  /// Forget held records before this offset.
  record Release(long before) implements Command {}

  /// Leave the group and join it as another member, so that the group refuses what the member of
  /// now has sent: a commit without an answer, that could come into force over a later one. Until
  /// the partition is revoked, nothing more is asked for.
  record Rejoin(String why) implements Command {}

  /// Read nothing more of this partition and raise an alarm: somebody has to look.
  record Stop(String why) implements Command {}
}
