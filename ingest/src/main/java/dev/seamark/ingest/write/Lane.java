package dev.seamark.ingest.write;

import dev.seamark.ingest.write.plan.PartitionWriter;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.plan.RangeLimits;
import dev.seamark.schema.Table;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** One partition's state machine and the records it holds. Owned by the consumer thread. */
final class Lane {
  final TopicPartition partition;
  final Table table;
  final PartitionWriter writer;

  private final ArrayDeque<HeldRecord> held = new ArrayDeque<>();
  private final Map<Long, Integer> buriedRows = new HashMap<>();
  private String stopReason = "";
  private boolean opened;
  private long holdUntil;
  private long lastReceivedMs;
  private long lastAppendedMs;
  private Stored stored = new Stored(0, 0);
  private long recordsRead;
  private long rowsRead;

  Lane(TopicPartition partition, RangeLimits limits) {
    this(partition, limits, 1);
  }

  /** @param version of its tokens */
  Lane(TopicPartition partition, RangeLimits limits, int version) {
    this.partition = partition;
    this.table = Table.ofTopic(partition.topic());
    this.writer = new PartitionWriter(limits, partition.hashCode(), version);
  }

  void hold(HeldRecord read) {
    held.add(read);
    recordsRead++;
    rowsRead += read.rows();
  }

  /** A plan and the held records of its range. */
  RangeRecords recordsOf(Plan plan) {
    var records = new ArrayList<HeldRecord>();
    for (var each : held) {
      if (each.offset() >= plan.to()) {
        break;
      }
      if (each.offset() >= plan.from()) {
        records.add(each);
      }
    }
    return RangeRecords.of(table, partition, plan, records);
  }

  /** @param rows in the dead letters that were written, by offset */
  void buried(Map<Long, Integer> rows) {
    buriedRows.putAll(rows);
  }

  /**
   * Rows of records that were let go.
   *
   * @param buried of them, rows in dead letters
   */
  record Released(long rows, long buried) {}

  /** Forgets the records before an offset. */
  Released release(long before) {
    var rows = 0L;
    var buried = 0L;
    while (!held.isEmpty() && held.getFirst().offset() < before) {
      var record = held.removeFirst();
      rows += record.rows();
      buried += buriedRows.getOrDefault(record.offset(), 0);
      lastReceivedMs = record.receivedMs();
      lastAppendedMs = record.appendedMs();
    }
    buriedRows.keySet().removeIf(offset -> offset < before);
    return new Released(rows, buried);
  }

  /** Notes that all before an offset is in ClickHouse; its records were released before. */
  void stored(long before) {
    stored = new Stored(before, lastAppendedMs);
  }

  /** How far the partition is stored. */
  Stored stored() {
    return stored;
  }

  /**
   * Age of the oldest row that isn't stored, in seconds; `behind` says that unread records wait.
   */
  double lagSeconds(long nowMs, boolean behind) {
    if (!held.isEmpty()) {
      return Math.max(0, nowMs - held.getFirst().receivedMs()) / 1e3;
    }
    return behind && lastReceivedMs > 0 ? Math.max(0, nowMs - lastReceivedMs) / 1e3 : 0;
  }

  /** Rows not stored yet: those held, and unread records as large as those read so far. */
  double lagRows(long unreadRecords) {
    var rowsPerRecord = recordsRead == 0 ? 1 : (double) rowsRead / recordsRead;
    return writer.heldRows() + unreadRecords * rowsPerRecord;
  }

  int heldRecords() {
    return held.size();
  }

  /** True if the state machine wasn't told yet that the partition is held until a time. */
  boolean isNews(long holdUntilSeconds) {
    var news = holdUntilSeconds != holdUntil;
    holdUntil = holdUntilSeconds;
    return news;
  }

  /** True once the state machine was told where the partition stands. */
  boolean isOpened() {
    return opened;
  }

  void opened(boolean now) {
    opened = now;
    if (now) {
      stopReason = "";
    }
  }

  void stopped(String why) {
    stopReason = why;
  }

  /** Why the partition waits for an operator; empty if it doesn't. */
  String stopReason() {
    return stopReason;
  }
}
