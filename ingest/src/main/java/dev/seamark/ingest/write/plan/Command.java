package dev.seamark.ingest.write.plan;

/// Something the shell has to do for one partition; what a [PartitionWriter] wants.
public sealed interface Command {
  /// Read the log from this offset on.
  record Seek(long offset) implements Command {}

  /// Commit the plan's `from` with the plan as metadata, fenced by the group; answer with
  /// `Committed` or `CommitFailed`.
  record Commit(Plan plan) implements Command {}

  /// Insert the plan's records under its token and lease; answer with `Inserted` or `InsertFailed`
  /// of the same attempt.
  record Insert(Plan plan, int attempt) implements Command {}

  /// Forget held records before this offset.
  record Release(long before) implements Command {}

  /// Read nothing more of this partition and raise an alarm: somebody has to look.
  record Stop(String why) implements Command {}
}
