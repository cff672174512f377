package dev.seamark.kafka;

import dev.seamark.schema.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * The topics that Seamark needs and how each is declared: one a table, the dead letters, the
 * watermarks and the deletions.
 */
public final class Topics {
  /** The largest record, and so the largest sealed block with its headers. */
  public static final int RECORD_BYTES_MAX = 16 << 20;

  /** Where records stand that can't be stored, for an operator to look at ({@link DeadLetter}). */
  public static final String DEAD_LETTER = "seamark.dead-letter";

  /** Up to when each partition's rows can be seen in ClickHouse: the last {@link Watermark}s. */
  public static final String WATERMARKS = "seamark.watermarks";

  /**
   * Which tenants' rows were deleted on purpose, and up to which offsets: what a replay must leave
   * out. Kept for ever.
   */
  public static final String DELETIONS = "seamark.deletions";

  private static final Duration COMPACT_EVERY = Duration.ofMinutes(10);

  private final TopicsConfig config;

  public Topics(TopicsConfig config) {
    this.config = config;
  }

  /** What a topic must be like. */
  record Declaration(String topic, int partitions, short copies, Map<String, String> settings) {
    NewTopic toNewTopic() {
      return new NewTopic(topic, partitions, copies).configs(settings);
    }
  }

  List<Declaration> declarations() {
    var all = new ArrayList<Declaration>();
    for (Table table : Table.values()) {
      // a watermark counts by when a record was appended, in one clock for all senders
      all.add(log(
          table.topic(),
          config.partitions(),
          config.retention(),
          Map.of("message.timestamp.type", "LogAppendTime")));
    }
    all.add(log(DEAD_LETTER, 1, config.deadLetterRetention(), Map.of()));
    all.add(declaration(
        WATERMARKS,
        1,
        Map.of(
            "cleanup.policy",
            "compact",
            "min.cleanable.dirty.ratio",
            "0.1",
            "segment.ms",
            Long.toString(COMPACT_EVERY.toMillis()))));
    all.add(declaration(DELETIONS, 1, Map.of("cleanup.policy", "compact")));
    return all;
  }

  private Declaration log(
      String topic, int partitions, Duration retention, Map<String, String> more) {
    var settings = new TreeMap<>(more);
    settings.put("cleanup.policy", "delete");
    settings.put("retention.ms", Long.toString(retention.toMillis()));
    return declaration(topic, partitions, settings);
  }

  private Declaration declaration(String topic, int partitions, Map<String, String> more) {
    var settings = new TreeMap<>(more);
    // as the producer chose it: the broker must not spend CPU on compressing again
    settings.put("compression.type", "producer");
    settings.put("max.message.bytes", Integer.toString(RECORD_BYTES_MAX));
    settings.put("min.insync.replicas", Integer.toString(config.minInsyncReplicas()));
    settings.put("unclean.leader.election.enable", "false");
    return new Declaration(topic, partitions, (short) config.replicationFactor(), settings);
  }

  TopicsConfig config() {
    return config;
  }

  /**
   * Creates the topics that don't exist and leaves the others as they are; returns the names of
   * those created. Several processes may call this at once. Blocks up to the time given.
   */
  public List<String> ensure(Admin admin, Duration within) throws Exception {
    long deadline = System.nanoTime() + within.toNanos();
    Set<String> existing = get(admin.listTopics().names(), deadline);
    List<NewTopic> missing = declarations().stream()
        .filter(each -> !existing.contains(each.topic()))
        .map(Declaration::toNewTopic)
        .toList();
    var created = new ArrayList<String>();
    for (var answer : admin.createTopics(missing).values().entrySet()) {
      try {
        get(answer.getValue(), deadline);
        created.add(answer.getKey());
      } catch (TopicExistsException _) {
        // another process was faster
      }
    }
    return created;
  }

  /** The future's value by a deadline in nanoTime; throws Kafka's own exception, unwrapped. */
  static <T> T get(KafkaFuture<T> future, long deadline) throws Exception {
    try {
      return future.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } catch (TimeoutException e) {
      throw new TimeoutException("Kafka gave no answer in time");
    }
  }
}
