package dev.seamark.ingest.write.deletion;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.kafka.Topics;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The decision that a tenant's rows are to be gone, as {@link Topics#DELETIONS} keeps it: they were
 * acknowledged before the offsets in it.
 *
 * <p>In Kafka the key is the id and the value lines of UTF-8 text: {@code seamark-deletion/1}, then
 * {@code name=value} each.
 *
 * @param at when it was decided, in ClickHouse's clock
 * @param by who decided it: the user of the operating system
 * @param reason in the operator's words; without line breaks
 * @param reaches for each partition, up to where its log is meant
 */
public record Deletion(
    String id,
    String tenant,
    Instant at,
    String by,
    String reason,
    Map<TopicPartition, Reach> reaches) {
  private static final String HEAD = "seamark-deletion/1";
  private static final Pattern REACH = Pattern.compile("(.+)@(.+)/(\\d{1,10})/(\\d{1,19})");

  /**
   * A place in a log.
   *
   * @param log identity of the topic's log
   * @param offset everything before it is meant
   */
  public record Reach(String log, long offset) {}

  public Deletion {
    reason = reason.replaceAll("\\p{Cntrl}+", " ").strip();
    reaches = Map.copyOf(reaches);
  }

  /** A new one. */
  public static Deletion of(
      String tenant, Instant at, String by, String reason, Map<TopicPartition, Reach> reaches) {
    return new Deletion(UUID.randomUUID().toString(), tenant, at, by, reason, reaches);
  }

  /** Whether a record at this place was acknowledged before. */
  public boolean reaches(TopicPartition partition, String log, long offset) {
    var reach = reaches.get(partition);
    return reach != null && reach.log().equals(log) && offset < reach.offset();
  }

  /** The record of it. */
  ProducerRecord<byte[], byte[]> toKafka() {
    var lines = new ArrayList<String>();
    lines.add(HEAD);
    lines.add("tenant=" + tenant);
    lines.add("at=" + at);
    lines.add("by=" + by);
    lines.add("reason=" + reason);
    places().forEach((place, offset) -> lines.add("reach=" + place + "/" + offset));
    return new ProducerRecord<>(
        Topics.DELETIONS, 0, id.getBytes(UTF_8), String.join("\n", lines).getBytes(UTF_8));
  }

  /** The offsets by {@code topic@log/partition}. */
  Map<String, Long> places() {
    var places = new TreeMap<String, Long>();
    reaches.forEach((partition, reach) -> places.put(
        partition.topic() + "@" + reach.log() + "/" + partition.partition(), reach.offset()));
    return places;
  }

  /**
   * Reads a record of the topic.
   *
   * @throws IllegalArgumentException if it is none of this version: what it means isn't known here,
   *     and must not be passed over
   */
  static Deletion from(ConsumerRecord<byte[], byte[]> record) {
    var lines =
        record.value() == null ? new String[0] : new String(record.value(), UTF_8).split("\n", -1);
    if (record.key() == null || lines.length == 0 || !lines[0].equals(HEAD)) {
      throw unknown(record, "it doesn't begin with " + HEAD);
    }
    var values = new HashMap<String, String>();
    var reaches = new HashMap<TopicPartition, Reach>();
    for (var i = 1; i < lines.length; i++) {
      var sign = lines[i].indexOf('=');
      if (sign < 0) {
        throw unknown(record, "line %d has no name".formatted(i + 1));
      }
      var name = lines[i].substring(0, sign);
      var value = lines[i].substring(sign + 1);
      Matcher reach = REACH.matcher(value);
      if (!name.equals("reach")) {
        values.put(name, value);
      } else if (reach.matches()) {
        reaches.put(
            new TopicPartition(reach.group(1), Integer.parseInt(reach.group(3))),
            new Reach(reach.group(2), Long.parseLong(reach.group(4))));
      } else {
        throw unknown(record, value + " is no place in a log");
      }
    }
    var tenant = values.get("tenant");
    if (tenant == null) {
      throw unknown(record, "it names no tenant");
    }
    return new Deletion(
        new String(record.key(), UTF_8),
        tenant,
        Instant.parse(values.getOrDefault("at", Instant.EPOCH.toString())),
        values.getOrDefault("by", ""),
        values.getOrDefault("reason", ""),
        reaches);
  }

  private static IllegalArgumentException unknown(
      ConsumerRecord<byte[], byte[]> record, String why) {
    return new IllegalArgumentException("record at offset %d of %s is no deletion known here: %s"
        .formatted(record.offset(), record.topic(), why));
  }
}
