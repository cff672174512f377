package dev.seamark.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class DeadLetterTest {
  private static final DeadLetter LETTER = new DeadLetter(
      DeadLetter.WRITER,
      "seamark.otel_logs",
      "Xb3",
      3,
      1_234,
      "clickhouse",
      "code 691: unknown element 'a\u00e9' of the enum",
      Instant.parse("2026-11-25T05:20:00.5Z"));

  @Test
  void aLetterTellsWhereItCameFromWhyAndWhen() throws Exception {
    var headers = new RecordHeaders();
    headers.add("seamark-rows", "7".getBytes(UTF_8));

    var sent = LETTER.toKafka("k".getBytes(UTF_8), "rows".getBytes(UTF_8), headers);

    assertThat(sent.topic()).isEqualTo(Topics.DEAD_LETTER);
    assertThat(new String(sent.key(), UTF_8)).isEqualTo("seamark.otel_logs@Xb3/3/1234");
    assertThat(sent.value()).isEqualTo("rows".getBytes(UTF_8));
    assertThat(sent.headers().lastHeader("seamark-rows").value()).isEqualTo("7".getBytes(UTF_8));
    assertThat(sent.headers().lastHeader("seamark-key").value()).isEqualTo("k".getBytes(UTF_8));
    assertThat(headers).as("the record's own headers are left alone").hasSize(1);
    var read = received(sent);
    assertThat(DeadLetter.from(read)).isEqualTo(LETTER);
    assertThat(DeadLetter.isReplayed(read)).isFalse();
  }

  @Test
  void theMarkOfAReplayHasTheLettersKeyAndNoValue() {
    var mark = LETTER.replayed(Instant.EPOCH);

    assertThat(new String(mark.key(), UTF_8)).isEqualTo(LETTER.identity());
    assertThat(mark.value()).isNull();
    assertThat(DeadLetter.isReplayed(received(mark))).isTrue();
  }

  @Test
  void aLongReasonIsCut() {
    var letter =
        new DeadLetter("writer", "t", "", 0, 0, "block", "x".repeat(1 << 20), Instant.EPOCH);

    assertThat(letter.reason()).hasSize(2_003).endsWith("...");
    assertThat(letter.identity()).isEqualTo("t/0/0");
  }

  @Test
  void whatIsNoLetterIsSaidToBeNone() {
    var sent = LETTER.toKafka(null, null, new RecordHeaders());
    sent.headers().remove("seamark-time").add("seamark-time", "today".getBytes(UTF_8));
    assertThatThrownBy(() -> DeadLetter.from(received(sent)))
        .isInstanceOf(MalformedHeaders.class)
        .hasMessageContaining("today");
    sent.headers().remove("seamark-origin");
    assertThatThrownBy(() -> DeadLetter.from(received(sent)))
        .isInstanceOf(MalformedHeaders.class)
        .hasMessageContaining("seamark-origin");
  }

  private static ConsumerRecord<byte[], byte[]> received(ProducerRecord<byte[], byte[]> sent) {
    return new ConsumerRecord<>(
        sent.topic(),
        0,
        9,
        0,
        TimestampType.CREATE_TIME,
        0,
        0,
        sent.key(),
        sent.value(),
        sent.headers(),
        Optional.empty());
  }
}
