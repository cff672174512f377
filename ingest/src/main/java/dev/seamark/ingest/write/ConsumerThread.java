package dev.seamark.ingest.write;

import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the writer's consumer thread runs: one {@link ConsumerLoop} after the other. A loop that
 * left the group because of a commit without an answer is followed by one with a consumer of its
 * own, another member of the group. The methods may be called by any thread.
 */
final class ConsumerThread implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(ConsumerThread.class);

  private final Supplier<ConsumerLoop> loops;
  private final WriterMetrics metrics;
  private ConsumerLoop loop;
  private boolean stopped;
  private volatile String failure = "not started";

  /**
   * @param first the loop to begin with
   * @param loops makes those that follow
   */
  ConsumerThread(ConsumerLoop first, Supplier<ConsumerLoop> loops, WriterMetrics metrics) {
    this.loop = first;
    this.loops = loops;
    this.metrics = metrics;
  }

  @Override
  public void run() {
    failure = "";
    try {
      while (loop().run() == ConsumerLoop.Ending.REJOIN && renew()) {
        metrics.rejoins.inc();
      }
    } catch (RuntimeException | Error e) {
      failure = "the consumer thread ended: " + e;
      log.error("writer stops: {}", failure, e);
    }
  }

  /** A new loop, unless the writer is to stop. */
  private synchronized boolean renew() {
    if (!stopped) {
      loop = loops.get();
    }
    return !stopped;
  }

  private synchronized ConsumerLoop loop() {
    return loop;
  }

  /** Ends the thread after what is in flight. */
  synchronized void stop() {
    stopped = true;
    loop.stop();
  }

  /** Ends the thread as a crash would: nothing is finished or committed any more. */
  synchronized void abandon() {
    stopped = true;
    loop.abandon();
  }

  /** Why the thread doesn't run; empty if it does. */
  String failure() {
    return failure;
  }

  /** Stopped partitions and why, as of about a second ago. */
  Map<String, String> stops() {
    return loop().stops();
  }

  /** How far each partition is stored, as of about a second ago. */
  Map<TopicPartition, Stored> stored() {
    return loop().stored();
  }
}
