package dev.seamark.ingest.write;

import dev.seamark.block.Block;
import dev.seamark.kafka.BlockHeaders;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * A record that was read and isn't stored yet: a sound one, or one that waits for its dead letter.
 * Nobody changes its value.
 */
final class HeldRecord {
  private final ConsumerRecord<byte[], byte[]> record;
  private final @Nullable BlockHeaders headers;

  private HeldRecord(ConsumerRecord<byte[], byte[]> record, @Nullable BlockHeaders headers) {
    this.record = record;
    this.headers = headers;
  }

  static HeldRecord sound(ConsumerRecord<byte[], byte[]> record, BlockHeaders headers) {
    return new HeldRecord(record, headers);
  }

  static HeldRecord unusable(ConsumerRecord<byte[], byte[]> record) {
    return new HeldRecord(record, null);
  }

  /** True if its headers and checksum were found right. */
  boolean isSound() {
    return headers != null;
  }

  long offset() {
    return record.offset();
  }

  /** Rows of a sound record. */
  int rows() {
    return headers == null ? 0 : headers.rows();
  }

  /** When its first row came in, by the ingester's clock. */
  long receivedMs() {
    return headers == null ? record.timestamp() : headers.receivedMs();
  }

  /** The headers of a sound record. */
  BlockHeaders headers() {
    if (headers == null) {
      throw new IllegalStateException("record at offset " + offset() + " isn't sound");
    }
    return headers;
  }

  byte[] value() {
    return record.value();
  }

  /** Length of its value. */
  int bytes() {
    return record.value() == null ? 0 : record.value().length;
  }

  ConsumerRecord<byte[], byte[]> record() {
    return record;
  }

  /** The same record with some of its rows only. */
  HeldRecord with(Block rows) {
    var old = headers();
    var value = rows.encode();
    var now = BlockHeaders.of(
        value, old.schemaVersion(), rows.rows(), old.minMs(), old.maxMs(), old.receivedMs());
    var kept = new RecordHeaders(record.headers().toArray());
    for (var header : now.toKafka()) {
      kept.remove(header.key()).add(header);
    }
    return new HeldRecord(
        new ConsumerRecord<>(
            record.topic(),
            record.partition(),
            record.offset(),
            record.timestamp(),
            record.timestampType(),
            record.serializedKeySize(),
            value.length,
            record.key(),
            value,
            kept,
            record.leaderEpoch()),
        now);
  }

  /** When it was appended to the log, in the broker's clock. */
  long appendedMs() {
    return record.timestamp();
  }
}
