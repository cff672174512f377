package dev.seamark.ingest.write.backup;

import dev.seamark.ingest.write.backup.BackupMarks.Mark;
import dev.seamark.ingest.write.turn.TopicLogs;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/**
 * How writers get from a restored backup to now: where each partition goes on, and what no log
 * holds any more.
 *
 * @param from first offset to store, by partition
 * @param records how many are in the logs from there on
 * @param gone what can't be had back, by {@code topic-partition}: records that Kafka has deleted
 * @param goneRecords how many offsets that are; what a topic that was made anew held before isn't
 *     known and not in it
 */
public record CatchUp(
    Map<TopicPartition, Long> from, long records, Map<String, String> gone, long goneRecords) {
  public CatchUp {
    from = Map.copyOf(from);
    gone = Collections.unmodifiableSortedMap(new TreeMap<>(gone));
  }

  static CatchUp of(Map<TopicPartition, Mark> marks, Map<TopicPartition, TopicLogs.Log> logs) {
    var from = new HashMap<TopicPartition, Long>();
    var gone = new TreeMap<String, String>();
    var records = 0L;
    var goneRecords = 0L;
    for (var each : logs.entrySet()) {
      var log = each.getValue();
      var mark = marks.get(each.getKey());
      var stored = mark != null && mark.log().equals(log.id()) ? mark.offset() : 0;
      var next = Math.min(Math.max(stored, log.beginning()), log.end());
      from.put(each.getKey(), next);
      records += log.end() - next;
      goneRecords += Math.max(0, log.beginning() - stored);
      var why = (mark == null || mark.log().equals(log.id()) ? "" : anew(mark)) + gap(stored, log);
      if (!why.isEmpty()) {
        gone.put(each.getKey().toString(), why);
      }
    }
    marks.forEach((partition, mark) -> {
      if (!logs.containsKey(partition)) {
        gone.put(
            partition.toString(),
            "all behind offset %d, its topic is gone".formatted(mark.offset()));
      }
    });
    return new CatchUp(from, records, gone, goneRecords);
  }

  private static String anew(Mark mark) {
    return "all behind offset %d of a topic that was made anew since; ".formatted(mark.offset());
  }

  private static String gap(long stored, TopicLogs.Log log) {
    if (log.beginning() > stored) {
      return "%d records, from offset %d to where the log begins, %d"
          .formatted(log.beginning() - stored, stored, log.beginning());
    }
    return log.end() < stored
        ? "what the log held up to the backup's offset %d, it ends at %d"
            .formatted(stored, log.end())
        : "";
  }
}
