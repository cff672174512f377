package dev.seamark.ingest.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.kafka.BlockHeaders;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** What a writer says of records of other versions, before it looks into them. */
class RecordVerdictTest {
  private static final int KNOWN = 6;
  private static final byte[] VALUE = {1, 2, 3};

  @Test
  void anEarlierSchemaAndThisOneAreSound() {
    assertThat(verdict(BlockHeaders.NATIVE, 1)).isInstanceOf(RecordVerdict.Sound.class);
    assertThat(verdict(BlockHeaders.NATIVE, KNOWN)).isInstanceOf(RecordVerdict.Sound.class);
  }

  @Test
  void aLaterSchemaWaitsForALaterWriter() {
    assertThat(verdict(BlockHeaders.NATIVE, KNOWN + 1))
        .isEqualTo(new RecordVerdict.TooNew("schema 7, this writer knows 6"));
  }

  @Test
  void aLaterFormatOfOursWaitsForALaterWriter() {
    assertThat(verdict("native/2", KNOWN))
        .isEqualTo(new RecordVerdict.TooNew("format native/2, this writer reads native/1"));
  }

  @Test
  void aForeignFormatGoesToTheDeadLetters() {
    assertThat(verdict("avro/1", KNOWN)).isInstanceOf(RecordVerdict.Unusable.class);
  }

  @Test
  void aHeaderThatALaterVersionAddsIsPassedOver() {
    var record = record(BlockHeaders.NATIVE, KNOWN);
    record.headers().add("seamark-later", VALUE);

    assertThat(RecordVerdict.of(record, KNOWN)).isInstanceOf(RecordVerdict.Sound.class);
  }

  private static RecordVerdict verdict(String format, int schema) {
    return RecordVerdict.of(record(format, schema), KNOWN);
  }

  private static ConsumerRecord<byte[], byte[]> record(String format, int schema) {
    var record = new ConsumerRecord<byte[], byte[]>("seamark.otel_logs", 0, 0, null, VALUE);
    new BlockHeaders(format, schema, 1, 0, 0, BlockHeaders.crc(VALUE), 0)
        .toKafka()
        .forEach(record.headers()::add);
    return record;
  }
}
