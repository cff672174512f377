package dev.seamark.ingest.write.turn;

import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.Topics;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The turn of one command that works on what is stored: a replay, a backup, a restore, a deletion.
 * It is a membership of the group {@code <writers' group>-operator}, in which Kafka gives the only
 * partition of {@link Topics#WATERMARKS} to one member at a time. With it goes the right to have
 * the writers {@link #hold} still; only the member that has the partition can commit that.
 *
 * <p>Belongs to one thread.
 */
public final class OperatorTurn implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OperatorTurn.class);
  private static final TopicPartition PARTITION = new TopicPartition(Topics.DEAD_LETTER, 0);
  private static final Duration POLL = Duration.ofMillis(100);

  /** One that crashed has its turn until its session is over: 45 s by default. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration TELL_AFTER = Duration.ofSeconds(5);
  private static final Duration WORK_MAX = Duration.ofDays(7);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final GroupCommits group;
  private final String command;
  private boolean ours;
  private Hold inForce = Hold.NONE;

  private OperatorTurn(KafkaConfig kafka, Admin admin, String writers, String command) {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("group.id", group(writers));
    properties.put("group.protocol", "consumer");
    properties.put("client.id", "seamark-" + command);
    properties.put("enable.auto.commit", false);
    properties.put("auto.offset.reset", "earliest");
    properties.put("max.poll.interval.ms", (int) WORK_MAX.toMillis());
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.group = new GroupCommits(admin, group(writers));
    this.command = command;
  }

  /** The group in which commands take turns. */
  public static String group(String writers) {
    return writers + "-operator";
  }

  /**
   * Waits for the turn.
   *
   * @param writers the writers' group
   * @param command who asks, a word
   * @throws OperatorRefused if another command has it for longer than the wait, or a restore broke
   *     off
   */
  public static OperatorTurn take(KafkaConfig kafka, Admin admin, String writers, String command)
      throws OperatorRefused {
    var turn = new OperatorTurn(kafka, admin, writers, command);
    try {
      turn.await();
      turn.requireNothingBroken();
      return turn;
    } catch (OperatorRefused | RuntimeException e) {
      turn.close();
      throw e;
    }
  }

  private void await() throws OperatorRefused {
    consumer.subscribe(List.of(Topics.DEAD_LETTER), new Assignment());
    var begun = System.nanoTime();
    var told = false;
    while (!ours) {
      consumer.poll(POLL);
      var waited = Duration.ofNanos(System.nanoTime() - begun);
      if (!told && waited.compareTo(TELL_AFTER) > 0) {
        log.info("waits for its turn; in group {} are {}", group.group(), group.members());
        told = true;
      }
      if (!ours && waited.compareTo(PATIENCE) > 0) {
        throw new OperatorRefused(
            "another command works on what is stored (in group %s are %s): wait until it is through"
                .formatted(group.group(), group.members()));
      }
    }
  }

  /** What a restore left half-done is nothing to work on, and its hold must stay. */
  private void requireNothingBroken() throws OperatorRefused {
    var commit = consumer.committed(Set.of(PARTITION), ANSWER).get(PARTITION);
    var hold = commit == null ? Hold.NONE : Hold.read(commit.metadata()).orElse(Hold.NONE);
    if (hold.untilSeconds() == Hold.FOR_EVER && !hold.by().equals(command)) {
      throw new OperatorRefused(
          "a %s isn't through: run it again to its end, or with --abandon".formatted(hold.by()));
    }
  }

  /**
   * Has the writers stand still until a time, or go on.
   *
   * <p>They learn of it within seconds, each by itself: look at their commits before you rely on
   * it, and again afterwards.
   *
   * @param untilSeconds in ClickHouse's clock; 0 lets them go on
   * @throws OperatorRefused if the turn is another's by now
   */
  public void hold(long untilSeconds) throws OperatorRefused {
    keep();
    var hold = untilSeconds == 0 ? Hold.NONE : new Hold(untilSeconds, command);
    try {
      consumer.commitSync(Map.of(PARTITION, new OffsetAndMetadata(0, hold.text())), ANSWER);
      inForce = hold;
    } catch (CommitFailedException | RebalanceInProgressException e) {
      log.debug("the group changes", e);
      throw lost();
    }
  }

  /** What this turn wishes of the writers. */
  public Hold inForce() {
    return inForce;
  }

  /** Tells Kafka that the work goes on; throws if the turn is another's by now. */
  public void keep() throws OperatorRefused {
    consumer.poll(Duration.ZERO);
    if (!ours) {
      throw lost();
    }
  }

  private OperatorRefused lost() {
    return new OperatorRefused("Kafka gave the turn in group %s away meanwhile: run the %s again"
        .formatted(group.group(), command));
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(ANSWER));
  }

  private final class Assignment implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      consumer.pause(partitions); // what the topic says is of no concern here
      ours |= partitions.contains(PARTITION);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      ours &= !partitions.contains(PARTITION);
    }
  }
}
