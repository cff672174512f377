package dev.seamark.ingest.write.turn;

import dev.seamark.schema.Table;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The logs of topics as they are now. Calls block and throw KafkaException. */
public final class TopicLogs {
  private TopicLogs() {}

  /**
   * A partition's log.
   *
   * @param id of the topic: one that was deleted and made again has another
   * @param beginning first offset it still holds
   * @param end offset after its last record
   */
  public record Log(String id, long beginning, long end) {}

  /** Of all topics that writers read. */
  public static Map<TopicPartition, Log> ofTables(Admin admin) {
    return of(admin, Arrays.stream(Table.values()).map(Table::topic).toList());
  }

  /** Of all partitions of the topics; one that doesn't exist has none. */
  public static Map<TopicPartition, Log> of(Admin admin, Collection<String> topics) {
    var earliest = new HashMap<TopicPartition, OffsetSpec>();
    var latest = new HashMap<TopicPartition, OffsetSpec>();
    var ids = new HashMap<TopicPartition, String>();
    for (var topic : topics) {
      for (var description : describe(admin, topic)) {
        for (var each : description.partitions()) {
          var partition = new TopicPartition(topic, each.partition());
          ids.put(partition, description.topicId().toString());
          earliest.put(partition, OffsetSpec.earliest());
          latest.put(partition, OffsetSpec.latest());
        }
      }
    }
    var asked = "bounds of logs can't be asked for";
    var beginnings = KafkaAnswers.of(admin.listOffsets(earliest).all(), asked);
    var ends = KafkaAnswers.of(admin.listOffsets(latest).all(), asked);
    var logs = new HashMap<TopicPartition, Log>();
    ids.forEach((partition, id) -> {
      var beginning = beginnings.get(partition);
      var end = ends.get(partition);
      if (beginning != null && end != null) {
        logs.put(partition, new Log(id, beginning.offset(), end.offset()));
      }
    });
    return logs;
  }

  private static Collection<TopicDescription> describe(Admin admin, String topic) {
    try {
      return KafkaAnswers.of(
              admin.describeTopics(List.of(topic)).allTopicNames(),
              "topic %s can't be described".formatted(topic))
          .values();
    } catch (UnknownTopicOrPartitionException _) {
      return List.of();
    }
  }
}
