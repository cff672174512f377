package dev.seamark.ingest.write.deletion;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.ingest.write.deletion.Deletion.Reach;
import java.time.Instant;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeletionTest {
  private static final TopicPartition LOGS = new TopicPartition("seamark.otel_logs", 3);
  private static final Instant AT = Instant.parse("2026-11-25T10:00:00Z");

  @Test
  void theTextIsReadBack() {
    var deletion = Deletion.of(
        "shop", AT, "alice", "asked = yes,\nby letter", Map.of(LOGS, new Reach("Xb-3_Q", 120)));

    var record = deletion.toKafka();
    assertThat(new String(record.value(), UTF_8)).isEqualTo("""
        seamark-deletion/1
        tenant=shop
        at=2026-11-25T10:00:00Z
        by=alice
        reason=asked = yes, by letter
        reach=seamark.otel_logs@Xb-3_Q/3/120""");
    assertThat(Deletion.from(record(record.key(), record.value()))).isEqualTo(deletion);
  }

  @Test
  void whatWasAcknowledgedBeforeIsMeantAndNothingElse() {
    var deletion = Deletion.of("shop", AT, "", "", Map.of(LOGS, new Reach("a", 120)));

    assertThat(deletion.reaches(LOGS, "a", 119)).isTrue();
    assertThat(deletion.reaches(LOGS, "a", 120)).isFalse();
    assertThat(deletion.reaches(LOGS, "b", 0)).as("a topic that was made anew").isFalse();
    assertThat(deletion.reaches(new TopicPartition("seamark.otel_logs", 2), "a", 0))
        .isFalse();
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "seamark-deletion/2\ntenant=shop",
        "seamark-deletion/1",
        "seamark-deletion/1\ntenant=shop\nreach=seamark.otel_logs/3/120",
        "seamark-deletion/1\ntenant"
      })
  void anotherTextIsRefusedAndNotPassedOver(@Nullable String value) {
    var bytes = value == null ? null : value.getBytes(UTF_8);

    assertThatThrownBy(() -> Deletion.from(record("id".getBytes(UTF_8), bytes)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("record at offset 7 of seamark.deletions is no deletion known here");
  }

  private static ConsumerRecord<byte[], byte[]> record(byte[] key, byte @Nullable [] value) {
    return new ConsumerRecord<>("seamark.deletions", 0, 7, key, value);
  }
}
