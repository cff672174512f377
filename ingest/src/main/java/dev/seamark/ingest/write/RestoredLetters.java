package dev.seamark.ingest.write;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.ingest.write.turn.OperatorRefused;
import dev.seamark.kafka.DeadLetter;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.MalformedHeaders;
import dev.seamark.kafka.Topics;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Brings the dead letters in line with a ClickHouse that is older than they are.
 *
 * <ul>
 *   <li>Of a record that the writers are going to read again, a letter that waits is void: they
 *       store the record, or write another letter. It gets a mark.
 *   <li>A letter whose rows were stored after the backup waits again: it is written once more.
 * </ul>
 *
 * A second run finds nothing left to do.
 */
public final class RestoredLetters {
  private final KafkaConfig kafka;
  private final Map<TopicPartition, Position> positions;
  private final String backedUpLog;
  private final long backedUpEnd;

  /**
   * Where writers go on.
   *
   * @param log identity of the topic's log
   */
  public record Position(String log, long from) {}

  /** What was done. */
  public record Report(int voided, int revived) {}

  /** @param markedAt offset of the mark, if the letter doesn't wait */
  private record Letter(long offset, @Nullable Long markedAt) {}

  /**
   * @param positions of all partitions of tables' topics
   * @param backedUpLog identity of the log of dead letters when the backup was made
   * @param backedUpEnd the end it had
   */
  public RestoredLetters(
      KafkaConfig kafka,
      Map<TopicPartition, Position> positions,
      String backedUpLog,
      long backedUpEnd) {
    this.kafka = kafka;
    this.positions = Map.copyOf(positions);
    this.backedUpLog = backedUpLog;
    this.backedUpEnd = backedUpEnd;
  }

  /**
   * Writes what is to be written.
   *
   * @param log identity of the log of dead letters now
   */
  public Report run(String log) throws OperatorRefused {
    var markedSince = log.equals(backedUpLog) ? backedUpEnd : 0;
    try (var reader = new LogReader(kafka, new TopicPartition(Topics.DEAD_LETTER, 0));
        var topic = DeadLetterTopic.connect(kafka)) {
      var end = reader.end();
      var letters = letters(reader, end);
      var voided = new ArrayList<ProducerRecord<byte[], byte[]>>();
      var revived = new ArrayList<Long>();
      reader.read(reader.beginning(), end, record -> {
        var letter = letters.get(identity(record));
        if (letter == null || letter.offset() != record.offset()) {
          return;
        }
        var said = said(record);
        var markedAt = letter.markedAt();
        if (said.isPresent() && markedAt == null && isReadAgain(said.get())) {
          voided.add(said.get().replayed(Instant.now()));
        } else if (said.isPresent()
            && markedAt != null
            && markedAt >= markedSince
            && !isReadAgain(said.get())) {
          revived.add(record.offset());
        }
      });
      topic.append(voided);
      revive(reader, topic, new HashSet<>(revived), end);
      return new Report(voided.size(), revived.size());
    }
  }

  /** The last letter of each record, and whether it waits. */
  private Map<String, Letter> letters(LogReader reader, long end) throws OperatorRefused {
    var letters = new LinkedHashMap<String, Letter>();
    reader.read(reader.beginning(), end, record -> {
      var identity = identity(record);
      if (DeadLetter.isReplayed(record)) {
        letters.computeIfPresent(
            identity, (_, letter) -> new Letter(letter.offset(), record.offset()));
      } else {
        letters.put(identity, new Letter(record.offset(), null));
      }
    });
    return letters;
  }

  /** Empty for what no replay could make sense of either. */
  private static Optional<DeadLetter> said(ConsumerRecord<byte[], byte[]> record) {
    try {
      return Optional.of(DeadLetter.from(record));
    } catch (MalformedHeaders _) {
      return Optional.empty();
    }
  }

  /** False for what isn't a writer's letter: nothing in ClickHouse is about it. */
  private boolean isReadAgain(DeadLetter letter) {
    var position = positions.get(new TopicPartition(letter.topic(), letter.partition()));
    return letter.origin().equals(DeadLetter.WRITER)
        && position != null
        && position.log().equals(letter.log())
        && letter.offset() >= position.from();
  }

  private static void revive(LogReader reader, DeadLetterTopic topic, Set<Long> offsets, long end)
      throws OperatorRefused {
    if (offsets.isEmpty()) {
      return;
    }
    var first = offsets.stream().mapToLong(Long::longValue).min().orElseThrow();
    reader.read(first, end, record -> {
      if (offsets.contains(record.offset())) {
        topic.append(List.of(new ProducerRecord<>(
            Topics.DEAD_LETTER, null, null, record.key(), record.value(), record.headers())));
      }
    });
  }

  private static String identity(ConsumerRecord<byte[], byte[]> record) {
    return record.key() == null ? "" : new String(record.key(), UTF_8);
  }
}
