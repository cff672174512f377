package dev.seamark.ingest.write.plan;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Something that happened to one partition; what a [PartitionWriter] learns.
public sealed interface Event {
  /// The partition is ours from now on, under a new assignment epoch.
  ///
  /// @param epoch number of the assignment, larger than every earlier one in this process
  /// @param log identity of the topic's log as it is now
  /// @param beginning first offset the log still holds
  /// @param committed what the group's last commit says, null if it never committed
  record Assigned(
      int epoch, String log, long beginning, @Nullable Commit committed) implements Event {}

  /// An offset commit: the offset and the text of its metadata.
  record Commit(long offset, String metadata) {}

  /// A sound record came out of the log and is held by the shell.
  ///
  /// @param bytes length of its value
  record Arrived(long offset, int rows, int bytes) implements Event {}

  /// A record came out of the log that can never be inserted; the shell holds it for its dead
  /// letter.
  ///
  /// @param bytes length of its value
  record Unusable(long offset, int bytes, Refusal refusal) implements Event {}

  /// A record came out of the log that a newer writer may understand. The partition stops at it.
  record TooNew(long offset, String why) implements Event {}

  /// The log doesn't hold the offset that comes next.
  record OutOfRange(String why) implements Event {}

  /// Time went on.
  ///
  /// @param nowMs a clock of this process that never goes back, milliseconds
  /// @param serverSeconds clock of the shard that [PartitionWriter#shard] names, seconds since
  ///     the epoch; 0 if it isn't known yet
  record Tick(long nowMs, long serverSeconds) implements Event {}

  /// The commit that was asked for last is in force.
  record Committed(int epoch) implements Event {}

  /// The commit that was asked for last isn't known to be in force.
  record CommitFailed(int epoch, CommitFailure failure, String why) implements Event {}

  /// What is known of a commit that isn't known to be in force.
  enum CommitFailure {
    /// The group says that the partition isn't ours.
    FENCED,
    /// The group has answered: it isn't in force, or it is and stands before every later commit.
    REFUSED,
    /// There was no answer. It may still come into force at any time, after a later commit too,
    /// for as long as we are the member of the group that sent it.
    LOST
  }

  /// ClickHouse has the rows of the plan (now, or since an earlier attempt).
  record Inserted(int epoch, int attempt) implements Event {}

  /// ClickHouse will never take an insert of the plan as it is; it stored those before it and
  /// nothing of this one.
  ///
  /// @param insert number of the insert
  record InsertRefused(int epoch, int attempt, int insert, String why) implements Event {}

  /// What an examination found: the records, by offset, that ClickHouse refuses in the insert.
  record Examined(int epoch, int attempt, Map<Long, Refusal> refused) implements Event {}

  /// The dead letters are in the log and acknowledged.
  record DeadLettered(int epoch, int attempt) implements Event {}

  /// An attempt to insert, to examine or to write dead letters came to no end.
  record InsertFailed(int epoch, int attempt, Failure failure, String why) implements Event {}

  /// Why an attempt to insert ended.
  enum Failure {
    /// Away, busy, or no answer: the rows may be stored or not. The same range is tried again.
    RETRY,
    /// ClickHouse refused the insert because its lease is over. It is renewed by a commit, then
    /// the range is tried again.
    EXPIRED,
    /// It would fail each time, and not by the rows. The partition stops.
    REFUSED
  }

  /// Somebody copies what is stored, and needs it to be exactly what is before the committed
  /// offsets: finish and settle what is promised, and promise nothing more for a while.
  ///
  /// @param untilSeconds in ClickHouse's clock, seconds since the epoch; 0 ends it
  record Hold(long untilSeconds) implements Event {}

  /// Finish what is in flight and plan nothing more.
  record Drain() implements Event {}

  /// The partition isn't ours any more.
  record Revoked() implements Event {}
}
