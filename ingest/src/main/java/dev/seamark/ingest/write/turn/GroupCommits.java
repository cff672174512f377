package dev.seamark.ingest.write.turn;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/**
 * What a consumer group has committed, seen and set from outside of it. Calls block and throw
 * KafkaException.
 *
 * @param admin stays the caller's
 */
public record GroupCommits(Admin admin, String group) {
  /** The last commit of each partition that has one. */
  public Map<TopicPartition, OffsetAndMetadata> read() {
    try {
      var commits = KafkaAnswers.of(
          admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(),
          "commits of group %s can't be read".formatted(group));
      commits.values().removeIf(commit -> commit == null);
      return commits;
    } catch (GroupIdNotFoundException _) {
      return Map.of();
    }
  }

  /** Who is in the group now, as {@code client at host}. */
  public List<String> members() {
    try {
      return KafkaAnswers.of(
              admin.describeConsumerGroups(List.of(group)).all(),
              "group %s can't be described".formatted(group))
          .values()
          .stream()
          .flatMap(it -> it.members().stream())
          .map(GroupCommits::text)
          .toList();
    } catch (GroupIdNotFoundException _) {
      return List.of();
    }
  }

  private static String text(MemberDescription member) {
    return "%s at %s".formatted(member.clientId(), member.host().replaceFirst("^/", ""));
  }

  /** Commits in the group's name. Kafka refuses it while the group has members. */
  public void write(Map<TopicPartition, OffsetAndMetadata> commits) {
    KafkaAnswers.of(
        admin.alterConsumerGroupOffsets(group, commits).all(),
        "commits of group %s can't be set".formatted(group));
  }

  /** Forgets the group and all it has committed. Kafka refuses it while the group has members. */
  public void forget() {
    try {
      KafkaAnswers.of(
          admin.deleteConsumerGroups(List.of(group)).all(),
          "group %s can't be deleted".formatted(group));
    } catch (GroupIdNotFoundException _) {
      // it never was
    }
  }
}
