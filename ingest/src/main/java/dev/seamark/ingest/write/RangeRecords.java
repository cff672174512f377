package dev.seamark.ingest.write;

import dev.seamark.ingest.write.join.RangeJoin;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.schema.Table;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * A plan with all records of its range, those that it excludes too, in the order of the log.
 *
 * @param sound the records whose headers and checksum are right: all that can ever be inserted
 */
record RangeRecords(
    Table table,
    TopicPartition partition,
    Plan plan,
    List<HeldRecord> all,
    List<HeldRecord> sound) {

  static RangeRecords of(
      Table table, TopicPartition partition, Plan plan, List<HeldRecord> records) {
    return new RangeRecords(
        table,
        partition,
        plan,
        records,
        records.stream().filter(HeldRecord::isSound).toList());
  }

  RangeJoin join() {
    return new RangeJoin(table, Plan.PARTITIONS_PER_INSERT);
  }

  List<byte[]> values() {
    return sound.stream().map(HeldRecord::value).toList();
  }

  /** How many of the range's inserts hold the sound record at an index. */
  int insertsOf(int index) {
    return plan.insertsOf(sound.get(index).offset());
  }

  /** The token of the whole range. */
  String token() {
    return plan.token(partition.topic(), partition.partition());
  }

  /** The records that are inserted as a whole. */
  List<HeldRecord> stored() {
    return sound.stream().filter(it -> plan.holds(it.offset())).toList();
  }

  HeldRecord at(long offset) {
    return all.stream()
        .filter(it -> it.offset() == offset)
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("record at offset " + offset + " is not held"));
  }
}
