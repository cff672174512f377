package dev.seamark.ingest.write.turn;

import dev.seamark.kafka.Topics;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A writer's look at the {@link Hold} in force, once a second on a thread of its own. While Kafka
 * doesn't answer the last one counts; whoever holds looks at the writers' commits anyway.
 */
public final class HoldWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HoldWatch.class);
  private static final TopicPartition PARTITION = new TopicPartition(Topics.DEAD_LETTER, 0);
  private static final long EVERY_MS = 1_000;

  /** Until Kafka has answered once, a restore may be under way. */
  private static final Hold UNKNOWN = new Hold(Hold.FOR_EVER, "start");

  private final GroupCommits operators;
  private final Thread thread;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Hold hold = UNKNOWN;
  private boolean told;

  /**
   * @param admin stays the caller's
   * @param writers the writers' group
   */
  public HoldWatch(Admin admin, String writers) {
    this.operators = new GroupCommits(admin, OperatorTurn.group(writers));
    this.thread = Thread.ofPlatform().name("writer-hold").daemon().unstarted(this::run);
  }

  /** Begins to look. */
  public void start() {
    thread.start();
  }

  /** The hold that was seen last. Any thread. */
  public Hold hold() {
    return hold;
  }

  private void run() {
    try {
      do {
        look();
      } while (!closed.await(EVERY_MS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    try {
      var commit = operators.read().get(PARTITION);
      var seen = commit == null ? Hold.NONE : Hold.read(commit.metadata()).orElse(Hold.NONE);
      if (!seen.equals(hold)) {
        if (!hold.equals(UNKNOWN) || !seen.equals(Hold.NONE)) {
          log.info("the writers' hold is now {}", seen.text());
        }
        hold = seen;
      }
      told = false;
    } catch (KafkaException e) {
      if (hold.equals(UNKNOWN) && e instanceof AuthorizationException) {
        hold = Hold.NONE;
      }
      if (!told) {
        log.warn("no backup can hold this writer still, its wish can't be read: {}", e.toString());
        told = true;
      }
    }
  }

  @Override
  public void close() {
    closed.countDown();
    thread.interrupt();
  }
}
