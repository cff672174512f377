package dev.seamark.ingest.write;

import dev.seamark.ingest.write.plan.Event;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.plan.PlanText;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The offset commits that came up and wait to be sent; those of several partitions travel together.
 * Each is sent once, since the client's own repetitions could come into force over later ones. One
 * that the group refuses is tried again: whether the partition is lost is what the rebalance
 * callbacks say. Owned by the consumer thread.
 */
final class PlannedCommits {
  private static final Logger log = LoggerFactory.getLogger(PlannedCommits.class);

  private final Consumer<byte[], byte[]> consumer;
  private final BiConsumer<Lane, Event> tell;
  private final WriterMetrics metrics;
  private final Map<Lane, PlannedCommit> waiting = new HashMap<>();

  private record PlannedCommit(int epoch, Plan plan) {}

  /** @param tell takes what became of a lane's commit */
  PlannedCommits(
      Consumer<byte[], byte[]> consumer, BiConsumer<Lane, Event> tell, WriterMetrics metrics) {
    this.consumer = consumer;
    this.tell = tell;
    this.metrics = metrics;
  }

  void add(Lane lane, Plan plan) {
    waiting.put(lane, new PlannedCommit(lane.writer.epoch(), plan));
  }

  void forget(Lane lane) {
    waiting.remove(lane);
  }

  /** Sends what came up, all in one request; the answer comes in a later poll. */
  void send() {
    if (waiting.isEmpty()) {
      return;
    }
    var sent = Map.copyOf(waiting);
    waiting.clear();
    consumer.commitAsync(offsets(sent), (_, failed) -> answered(sent, failed));
  }

  /** Sends what came up, and waits for its answer and for those of commits under way. */
  void sendAndWait(Duration within) {
    send();
    try {
      consumer.commitSync(Map.of(), within);
    } catch (KafkaException e) {
      log.warn("commits under way have no answer within {}: {}", within, e.toString());
    }
  }

  private static Map<TopicPartition, OffsetAndMetadata> offsets(Map<Lane, PlannedCommit> sent) {
    var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
    sent.forEach((lane, commit) -> offsets.put(
        lane.partition,
        new OffsetAndMetadata(commit.plan().from(), PlanText.write(commit.plan()))));
    return offsets;
  }

  private void answered(Map<Lane, PlannedCommit> sent, @Nullable Exception failed) {
    metrics.commits.labelValues(failed == null ? "ok" : "failed").inc(sent.size());
    if (failed != null) {
      log.warn("commit of {} partitions failed: {}", sent.size(), failed.toString());
    }
    sent.forEach((lane, commit) -> tell.accept(
        lane,
        failed == null
            ? new Event.Committed(commit.epoch())
            : new Event.CommitFailed(commit.epoch(), CommitAnswer.of(failed), failed.toString())));
  }
}
