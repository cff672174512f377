package dev.seamark.ingest.write;

import dev.seamark.ingest.write.plan.PartitionWriter;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.plan.RangeLimits;
import dev.seamark.schema.Table;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** One partition's state machine and the records it holds. Owned by the consumer thread. */
final class Lane {
  final TopicPartition partition;
  final Table table;
  final PartitionWriter writer;

  private final ArrayDeque<HeldRecord> held = new ArrayDeque<>();
  private String stopReason = "";
  private boolean opened;
  private long lastReceivedMs;
  private long lastAppendedMs;
  private Stored stored = new Stored(0, 0);
  private long recordsRead;
  private long rowsRead;

  Lane(TopicPartition partition, RangeLimits limits) {
    this.partition = partition;
    this.table = Table.ofTopic(partition.topic());
    this.writer = new PartitionWriter(limits, partition.hashCode());
  }

  void hold(HeldRecord read) {
    held.add(read);
    recordsRead++;
    rowsRead += read.headers().rows();
  }

  /** The records of a plan, in the order of the log. */
  List<HeldRecord> recordsOf(Plan plan) {
    var records = new ArrayList<HeldRecord>();
    for (var each : held) {
      if (each.offset() >= plan.to()) {
        break;
      }
      if (plan.holds(each.offset())) {
        records.add(each);
      }
    }
    return records;
  }

  /** Forgets the records before an offset and returns how many rows they had. */
  long release(long before) {
    var rows = 0L;
    while (!held.isEmpty() && held.getFirst().offset() < before) {
      var record = held.removeFirst();
      rows += record.headers().rows();
      lastReceivedMs = record.headers().receivedMs();
      lastAppendedMs = record.appendedMs();
    }
    return rows;
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
      return Math.max(0, nowMs - held.getFirst().headers().receivedMs()) / 1e3;
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
