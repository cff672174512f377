package dev.seamark.ingest.write;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.ingest.write.join.RangeJoin;
import dev.seamark.ingest.write.join.UnusableBlock;
import dev.seamark.ingest.write.plan.Event.Failure;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.turn.OperatorRefused;
import dev.seamark.kafka.DeadLetter;
import dev.seamark.kafka.MalformedHeaders;
import dev.seamark.schema.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Tries to store what waits in the dead letters. A letter's rows go in under a token made of its
 * identity, always the same, so that a repeat after a crash stores nothing twice; then a mark
 * behind it in the topic says that it waits no longer. What is refused again stays.
 */
final class LetterReplay {
  private static final int LETTERS_MAX = 1_000_000;
  private static final Duration LEASE = Duration.ofMinutes(2);

  private final LogReader topic;
  private final DeadLetterTopic marks;
  private final Store store;
  private final TableShapes shapes;
  private final DeletedRows deleted;
  private final int schemaVersion;

  private final Map<String, String> leftOut = new LinkedHashMap<>();
  private long records;
  private long rows;

  LetterReplay(
      LogReader topic,
      DeadLetterTopic marks,
      Store store,
      TableShapes shapes,
      DeletedRows deleted,
      int schemaVersion) {
    this.topic = topic;
    this.marks = marks;
    this.store = store;
    this.shapes = shapes;
    this.deleted = deleted;
    this.schemaVersion = schemaVersion;
  }

  /**
   * Tries the letters that wait, the oldest first.
   *
   * @param limit how many at most
   * @param dryRun true to look only: what is stored then is what could be tried
   */
  ReplayReport run(int limit, boolean dryRun) throws OperatorRefused {
    var end = topic.end();
    var waiting = waiting(topic.beginning(), end);
    var chosen = new HashSet<>(waiting.values().stream().limit(limit).toList());
    if (!chosen.isEmpty()) {
      var first = chosen.stream().mapToLong(Long::longValue).min().orElseThrow();
      topic.read(first, end, record -> {
        if (chosen.contains(record.offset())) {
          attempt(record, dryRun);
        }
      });
    }
    return new ReplayReport(records, rows, leftOut);
  }

  /** Offsets of the letters without a mark, by their identity. */
  private Map<String, Long> waiting(long from, long to) throws OperatorRefused {
    var waiting = new LinkedHashMap<String, Long>();
    topic.read(from, to, record -> {
      var identity = record.key() == null ? "" : new String(record.key(), UTF_8);
      if (DeadLetter.isReplayed(record)) {
        waiting.remove(identity);
      } else {
        waiting.putIfAbsent(identity, record.offset());
      }
      if (waiting.size() > LETTERS_MAX) {
        throw new OperatorRefused(
            "more than %d dead letters wait, this many can be kept in mind".formatted(LETTERS_MAX));
      }
    });
    return waiting;
  }

  private void attempt(ConsumerRecord<byte[], byte[]> record, boolean dryRun)
      throws OperatorRefused {
    DeadLetter letter;
    try {
      letter = DeadLetter.from(record);
    } catch (MalformedHeaders e) {
      leftOut.put("letter " + record.offset(), String.valueOf(e.getMessage()));
      return;
    }
    if (!letter.origin().equals(DeadLetter.WRITER)) {
      leftOut.put(
          letter.identity(),
          "came by " + letter.origin() + ", is no rows of a table: " + letter.reason());
      return;
    }
    switch (RecordVerdict.of(record, schemaVersion)) {
      case RecordVerdict.Sound(var headers) -> {
        var held = deleted.without(
            HeldRecord.sound(record, headers),
            new TopicPartition(letter.topic(), letter.partition()),
            letter.log(),
            letter.offset());
        if (held.rows() < headers.rows()) {
          leftOut.put(letter.identity(), Replay.ofDeletedTenants(headers.rows() - held.rows()));
        }
        if (dryRun ? held.rows() > 0 : store(letter, held)) {
          records++;
          rows += held.rows();
        }
      }
      case RecordVerdict.Unusable(var refusal) -> leftOut.put(letter.identity(), refusal.why());
      case RecordVerdict.TooNew(var why) -> leftOut.put(letter.identity(), why);
    }
  }

  private boolean store(DeadLetter letter, HeldRecord record) throws OperatorRefused {
    if (record.rows() == 0) { // it has nothing left to wait for
      marks.append(List.of(letter.replayed(Instant.now())));
      return false;
    }
    var table = Table.ofTopic(letter.topic());
    var join = new RangeJoin(table, Plan.PARTITIONS_PER_INSERT);
    try {
      Set<String> columns = shapes.columns(table);
      for (var insert : join.join(List.of(record.value()), 0, columns)) {
        var token = letter.identity() + "/dead-letter" + insert.suffix();
        store.insert(table, insert, token, store.now().plus(LEASE));
      }
    } catch (UnusableBlock e) {
      leftOut.put(letter.identity(), String.valueOf(e.getMessage()));
      return false;
    } catch (StoreException e) {
      if (e.failure() == Failure.REFUSED) {
        leftOut.put(letter.identity(), String.valueOf(e.getMessage()));
        return false;
      }
      throw new OperatorRefused(
          "%d dead letters were stored, then ClickHouse gave up at %s: %s; run it again"
              .formatted(records, letter.identity(), e.getMessage()));
    }
    marks.append(List.of(letter.replayed(Instant.now())));
    return true;
  }
}
