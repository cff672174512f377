package dev.seamark.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.DateTimeException;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Topics#DEAD_LETTER} says about a record that couldn't be stored: where it came from,
 * why it was put aside, and when. The record's value and its own headers stand beside it as they
 * came; its key is the letter's {@link #identity}, so that a letter that was written twice is seen
 * to be one.
 *
 * @param origin who put it aside: {@link #WRITER} or {@link #KAFKA_IN}
 * @param topic of the record
 * @param log identity of the topic's log; empty where it isn't known
 * @param kind the kind of reason, a word that metrics count by
 * @param reason for people: what is wrong with it
 * @param time when it was put aside
 */
public record DeadLetter(
    String origin,
    String topic,
    String log,
    int partition,
    long offset,
    String kind,
    String reason,
    Instant time) {
  public static final String WRITER = "writer";
  public static final String KAFKA_IN = "kafka-in";

  /** A reason may quote what it is about; longer ones are cut. */
  private static final int REASON_CHARACTERS_MAX = 2_000;

  private static final String ORIGIN = "seamark-origin";
  private static final String TOPIC = "seamark-topic";
  private static final String LOG = "seamark-log";
  private static final String PARTITION = "seamark-partition";
  private static final String OFFSET = "seamark-offset";
  private static final String KIND = "seamark-kind";
  private static final String REASON = "seamark-reason";
  private static final String TIME = "seamark-time";
  private static final String KEY = "seamark-key";
  private static final String REPLAYED = "seamark-replayed";

  public DeadLetter {
    if (reason.length() > REASON_CHARACTERS_MAX) {
      reason = reason.substring(0, REASON_CHARACTERS_MAX) + "...";
    }
  }

  /** Names the record: {@code topic@log/partition/offset}. */
  public String identity() {
    return topic + (log.isEmpty() ? "" : "@" + log) + "/" + partition + "/" + offset;
  }

  /**
   * The letter as it is sent.
   *
   * @param key the record's own, kept in a header
   * @param headers the record's own
   */
  public ProducerRecord<byte[], byte[]> toKafka(
      byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
    Headers all = new RecordHeaders(headers.toArray());
    put(all, ORIGIN, origin);
    put(all, TOPIC, topic);
    put(all, LOG, log);
    put(all, PARTITION, Integer.toString(partition));
    put(all, OFFSET, Long.toString(offset));
    put(all, KIND, kind);
    put(all, REASON, reason);
    put(all, TIME, time.toString());
    all.remove(KEY);
    if (key != null) {
      all.add(KEY, key);
    }
    return new ProducerRecord<>(
        Topics.DEAD_LETTER, null, null, identity().getBytes(UTF_8), value, all);
  }

  /** Says that a letter's rows were stored later: the letter's key, no value, and the time. */
  public ProducerRecord<byte[], byte[]> replayed(Instant at) {
    Headers headers = new RecordHeaders();
    put(headers, REPLAYED, at.toString());
    return new ProducerRecord<>(
        Topics.DEAD_LETTER, null, null, identity().getBytes(UTF_8), null, headers);
  }

  /** Whether a record of the topic says that the letter of its key was stored later. */
  public static boolean isReplayed(ConsumerRecord<byte[], byte[]> record) {
    return record.headers().lastHeader(REPLAYED) != null;
  }

  /** Reads what a record of the topic says. */
  public static DeadLetter from(ConsumerRecord<byte[], byte[]> record) throws MalformedHeaders {
    Headers headers = record.headers();
    try {
      return new DeadLetter(
          text(headers, ORIGIN),
          text(headers, TOPIC),
          text(headers, LOG),
          Integer.parseInt(text(headers, PARTITION)),
          Long.parseLong(text(headers, OFFSET)),
          text(headers, KIND),
          text(headers, REASON),
          Instant.parse(text(headers, TIME)));
    } catch (NumberFormatException | DateTimeException e) {
      throw new MalformedHeaders(
          "dead letter at offset %d can't be read: %s".formatted(record.offset(), e.getMessage()));
    }
  }

  private static void put(Headers headers, String name, String value) {
    headers.remove(name);
    headers.add(name, value.getBytes(UTF_8));
  }

  private static String text(Headers headers, String name) throws MalformedHeaders {
    Header header = headers.lastHeader(name);
    if (header == null || header.value() == null) {
      throw new MalformedHeaders("record has no header " + name);
    }
    return new String(header.value(), UTF_8);
  }
}
