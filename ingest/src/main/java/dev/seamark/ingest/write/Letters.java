package dev.seamark.ingest.write;

import dev.seamark.ingest.write.join.UnusableBlock;
import dev.seamark.ingest.write.plan.Command;
import dev.seamark.ingest.write.plan.Event.Failure;
import dev.seamark.ingest.write.plan.Exclusion;
import dev.seamark.ingest.write.plan.Refusal;
import dev.seamark.ingest.write.plan.Refusal.Kind;
import dev.seamark.kafka.DeadLetter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the dead letters of records that a plan excludes. A letter holds the rows that aren't
 * stored: the record as it came, or what is left of it where some of its range's inserts were taken
 * before one was refused. Thread-safe; runs on the insert threads.
 */
final class Letters {
  private static final Logger log = LoggerFactory.getLogger(Letters.class);

  private final Examiner examiner;
  private final TableShapes shapes;
  private final DeadLetterTopic topic;
  private final InstantSource clock;
  private final WriterMetrics metrics;

  Letters(
      Examiner examiner,
      TableShapes shapes,
      DeadLetterTopic topic,
      InstantSource clock,
      WriterMetrics metrics) {
    this.examiner = examiner;
    this.shapes = shapes;
    this.topic = topic;
    this.clock = clock;
    this.metrics = metrics;
  }

  /** Returns, once every in-sync replica has the letters, how many rows are in each, by offset. */
  Map<Long, Integer> write(RangeRecords range, Command.DeadLetter command) throws StoreException {
    var rows = new HashMap<Long, Integer>();
    var letters = new ArrayList<ProducerRecord<byte[], byte[]>>();
    var reasons = new HashMap<Long, Refusal>();
    for (var each : command.exclusions()) {
      var known = command.refusals().get(each.offset());
      var refusal = known == null ? refusalNow(range, each) : known;
      reasons.put(each.offset(), refusal);
      var unstored = unstored(range, each);
      rows.put(each.offset(), unstored.rows());
      letters.add(letter(range, unstored, refusal));
    }
    try {
      topic.append(letters);
    } catch (KafkaException e) {
      throw new StoreException(Failure.RETRY, "no dead letter could be written: " + e, e);
    }
    reasons.forEach((offset, refusal) -> tell(range, offset, refusal));
    return rows;
  }

  /** An earlier owner excluded the record, and could not say why any more. */
  private Refusal refusalNow(RangeRecords range, Exclusion excluded) throws StoreException {
    return examiner
        .refusalOf(range, excluded)
        .orElseGet(() -> new Refusal(
            Kind.CLICKHOUSE, "refused by ClickHouse before its partition moved, and taken since"));
  }

  /** The rows of an excluded record that no insert of its range holds. */
  private HeldRecord unstored(RangeRecords range, Exclusion excluded) throws StoreException {
    var record = range.at(excluded.offset());
    if (excluded.fromInsert() == 0) {
      return record;
    }
    try {
      var rest = range
          .join()
          .rowsOf(
              range.values(),
              range::insertsOf,
              range.plan().lateBeforeMs(),
              shapes.columns(range.table()),
              number -> number >= excluded.fromInsert())
          .get(range.sound().indexOf(record));
      return rest == null ? record : record.with(rest);
    } catch (UnusableBlock e) {
      throw new StoreException(Failure.RETRY, "the table changed meanwhile: " + e.getMessage(), e);
    }
  }

  private ProducerRecord<byte[], byte[]> letter(
      RangeRecords range, HeldRecord unstored, Refusal refusal) {
    var record = unstored.record();
    return new DeadLetter(
            DeadLetter.WRITER,
            range.partition().topic(),
            range.plan().log(),
            range.partition().partition(),
            record.offset(),
            refusal.kind().word(),
            refusal.why(),
            clock.instant())
        .toKafka(record.key(), record.value(), record.headers());
  }

  private void tell(RangeRecords range, long offset, Refusal refusal) {
    log.error(
        "to the dead letters topic={} partition={} offset={} kind={}: {}",
        range.partition().topic(),
        range.partition().partition(),
        offset,
        refusal.kind().word(),
        refusal.why());
    var table = range.table().table();
    metrics.deadLetters.labelValues(table, refusal.kind().word()).inc();
    metrics.lastDeadLetter.labelValues(table).set(clock.millis() / 1e3);
  }
}
