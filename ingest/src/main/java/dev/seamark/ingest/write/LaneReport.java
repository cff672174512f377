package dev.seamark.ingest.write;

import dev.seamark.schema.Table;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * How the writer's partitions stand, as of about a second ago: gauges, and what other threads ask
 * for. Kept by the consumer thread.
 */
final class LaneReport {
  private static final long EVERY_MS = 1_000;

  private final Consumer<byte[], byte[]> consumer;
  private final WriterMetrics metrics;
  private long updatedAtMs;
  private volatile Map<String, String> stops = Map.of();
  private volatile Map<TopicPartition, Stored> stored = Map.of();

  LaneReport(Consumer<byte[], byte[]> consumer, WriterMetrics metrics) {
    this.consumer = consumer;
    this.metrics = metrics;
  }

  /** Sets the gauges, if a second has passed since they were set last. */
  void update(Collection<Lane> lanes, long nowMs) {
    if (nowMs - updatedAtMs < EVERY_MS) {
      return;
    }
    updatedAtMs = nowMs;
    var heldRows = new HashMap<Table, Long>();
    var heldBytes = 0L;
    var stopped = new TreeMap<String, String>();
    var positions = new HashMap<TopicPartition, Stored>();
    for (var lane : lanes) {
      if (lane.isOpened()) {
        positions.put(lane.partition, lane.stored());
      }
      heldRows.merge(lane.table, lane.writer.heldRows(), Long::sum);
      heldBytes += lane.writer.heldBytes();
      updateLag(lane);
      if (!lane.stopReason().isEmpty()) {
        stopped.put(lane.partition.toString(), lane.stopReason());
      }
    }
    for (var table : Table.values()) {
      metrics.rowsHeld.labelValues(table.table()).set(heldRows.getOrDefault(table, 0L));
    }
    metrics.bytesHeld.set((double) heldBytes);
    stops = stopped;
    stored = Map.copyOf(positions);
  }

  private void updateLag(Lane lane) {
    var topic = lane.partition.topic();
    var number = Integer.toString(lane.partition.partition());
    var unread = lane.isOpened() ? consumer.currentLag(lane.partition).orElse(0) : 0;
    var wallMs = System.currentTimeMillis();
    metrics.lagRecords.labelValues(topic, number).set((double) (unread + lane.heldRecords()));
    metrics.lagRows.labelValues(topic, number).set(lane.lagRows(unread));
    metrics.lagSeconds.labelValues(topic, number).set(lane.lagSeconds(wallMs, unread > 0));
    metrics.stopped.labelValues(topic, number).set(lane.stopReason().isEmpty() ? 0 : 1);
  }

  /** Takes back the gauges of a partition that isn't ours any more. */
  void forget(Lane lane) {
    var topic = lane.partition.topic();
    var number = Integer.toString(lane.partition.partition());
    metrics.lagRecords.remove(topic, number);
    metrics.lagRows.remove(topic, number);
    metrics.lagSeconds.remove(topic, number);
    metrics.stopped.remove(topic, number);
  }

  /** Stopped partitions and why. Any thread. */
  Map<String, String> stops() {
    return stops;
  }

  /** How far each partition is stored. Any thread. */
  Map<TopicPartition, Stored> stored() {
    return stored;
  }
}
