package dev.seamark.kafka;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatermarksTest {
  private static final String TOPIC = "seamark.otel_logs";

  private final Watermarks watermarks = new Watermarks(2);

  @Test
  void aTopicIsAsLateAsItsLatestPartition() {
    watermarks.accept(new Watermark(new TopicPartition(TOPIC, 0), 1_000));
    watermarks.accept(new Watermark(new TopicPartition(TOPIC, 1), 3_000));

    assertThat(watermarks.visibleUpToMs(TOPIC)).hasValue(1_000);
  }

  @Test
  void aTopicIsNotVisibleAtAllAsLongAsAPartitionNeverHadAWriter() {
    watermarks.accept(new Watermark(new TopicPartition(TOPIC, 1), 3_000));

    assertThat(watermarks.visibleUpToMs(TOPIC)).isEmpty();
    assertThat(watermarks.visibleUpToMs("another")).isEmpty();
  }

  @Test
  void whatWasSeenOnceStaysSeenWhoeverSaysLessLater() {
    watermarks.accept(new Watermark(new TopicPartition(TOPIC, 0), 2_000));
    watermarks.accept(new Watermark(new TopicPartition(TOPIC, 1), 2_000));
    watermarks.accept(new Watermark(new TopicPartition(TOPIC, 0), 500));

    assertThat(watermarks.visibleUpToMs(TOPIC)).hasValue(2_000);
  }

  @Test
  void aWatermarkComesOutOfKafkaAsItWentIn() {
    var watermark = new Watermark(new TopicPartition(TOPIC, 11), 1_764_000_000_123L);
    var sent = watermark.toKafka();

    assertThat(sent.key()).asString(US_ASCII).isEqualTo("seamark.otel_logs/11");
    assertThat(Watermark.from(new ConsumerRecord<>(sent.topic(), 0, 5, sent.key(), sent.value())))
        .isEqualTo(watermark);
  }

  @ParameterizedTest
  @CsvSource({"seamark.otel_logs,1", "/1,1", "seamark.otel_logs/x,1", "seamark.otel_logs/1,soon"})
  void anythingElseIsRefusedByItsOffset(String key, String value) {
    var record =
        new ConsumerRecord<>(Topics.WATERMARKS, 0, 5, key.getBytes(UTF_8), value.getBytes(UTF_8));

    assertThatThrownBy(() -> Watermark.from(record))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("record at offset 5 of seamark.watermarks is no watermark");
  }

  @Test
  void aRecordWithoutAValueIsRefused() {
    var record = new ConsumerRecord<byte[], byte[]>(Topics.WATERMARKS, 0, 5, new byte[] {1}, null);

    assertThatThrownBy(() -> Watermark.from(record)).hasMessageContaining("lacks its key or value");
  }
}
