package dev.seamark.ingest.write.backup;

import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.plan.PlanText;
import dev.seamark.ingest.write.turn.TopicLogs;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * What the writers' group says of each partition, read at one time.
 *
 * <p>A partition is at rest if its commit promises nothing: then everything before its offset is
 * stored and nothing behind it. It stays so until another commit, since nothing is inserted before
 * it was promised. So two looks that find the same, all of it at rest, have a time between them in
 * which no row came.
 *
 * @param rest where the partitions stand that are at rest
 * @param moving why the others aren't, by {@code topic-partition}
 */
record Standstill(Map<TopicPartition, BackupMarks.Mark> rest, Map<String, String> moving) {

  static Standstill of(
      Map<TopicPartition, TopicLogs.Log> logs, Map<TopicPartition, OffsetAndMetadata> commits) {
    var rest = new HashMap<TopicPartition, BackupMarks.Mark>();
    var moving = new TreeMap<String, String>();
    logs.forEach((partition, log) -> {
      var commit = commits.get(partition);
      var why = commit == null ? whyUnknown(log) : why(commit, log);
      if (why.isEmpty()) {
        rest.put(partition, new BackupMarks.Mark(log.id(), commit == null ? 0 : commit.offset()));
      } else {
        moving.put(partition.toString(), why);
      }
    });
    return new Standstill(Map.copyOf(rest), moving);
  }

  /** A writer begins with a commit, so that nothing of the partition is stored without one. */
  private static String whyUnknown(TopicLogs.Log log) {
    return log.beginning() == 0
        ? ""
        : "the group has no commit and the log begins at %d".formatted(log.beginning());
  }

  private static String why(OffsetAndMetadata commit, TopicLogs.Log log) {
    Plan plan;
    try {
      plan = PlanText.read(commit.metadata());
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
    if (!plan.log().equals(log.id())) {
      return "its topic was made anew";
    }
    return plan.isEmpty()
        ? ""
        : "range %d-%d is promised and not known to be stored".formatted(plan.from(), plan.to());
  }

  boolean isComplete() {
    return moving.isEmpty();
  }
}
