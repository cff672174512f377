package dev.seamark.kafka;

import static dev.seamark.kafka.Topics.get;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * What the check at start found about a Kafka: refusals, with which acknowledged records could be
 * lost or no writer could work, and warnings, which an operator should know and may accept.
 */
public record KafkaVerdict(List<String> refusals, List<String> warnings) {
  /** A writer's plan travels in the metadata of its offset commit, up to Kafka's own default. */
  private static final int OFFSET_METADATA_BYTES = 4096;

  private static final int CAUSES_MAX = 8;

  public KafkaVerdict {
    refusals = List.copyOf(refusals);
    warnings = List.copyOf(warnings);
  }

  /** Whether a service may start on it. */
  public boolean acceptable() {
    return refusals.isEmpty();
  }

  /** One line a finding, for the log and the terminal. */
  public String text() {
    if (refusals.isEmpty() && warnings.isEmpty()) {
      return "Kafka is as it should be";
    }
    var lines = new ArrayList<String>();
    refusals.forEach(each -> lines.add("refused: " + each));
    warnings.forEach(each -> lines.add("warning: " + each));
    return String.join("\n", lines);
  }

  /**
   * Looks at the brokers and at each topic, which should have been ensured before. Never throws for
   * what Kafka answers or doesn't: that is a finding. Blocks up to the time given.
   */
  public static KafkaVerdict check(Admin admin, Topics topics, Duration within)
      throws InterruptedException {
    var check = new Check(admin, topics, System.nanoTime() + within.toNanos());
    try {
      check.brokers();
      check.topics();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      check.refusals.add(
          "Kafka can't be checked within %d ms: %s".formatted(within.toMillis(), reason(e)));
    }
    return new KafkaVerdict(check.refusals, check.warnings);
  }

  /** All that is known: "SSL handshake failed" alone doesn't tell which of the files is wrong. */
  private static String reason(Exception e) {
    var reasons = new LinkedHashSet<String>();
    int depth = 0;
    for (Throwable cause = e; cause != null && depth < CAUSES_MAX; cause = cause.getCause()) {
      reasons.add(
          cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage());
      depth++;
    }
    return String.join(": ", reasons);
  }

  private static final class Check {
    private static final Config NOTHING = new Config(List.of());

    final Admin admin;
    final Topics topics;
    final long deadline;
    final List<String> refusals = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();

    Check(Admin admin, Topics topics, long deadline) {
      this.admin = admin;
      this.topics = topics;
      this.deadline = deadline;
    }

    void brokers() throws Exception {
      List<Node> nodes = List.copyOf(get(admin.describeCluster().nodes(), deadline));
      int copies = topics.config().replicationFactor();
      if (nodes.size() < copies) {
        warnings.add("%d brokers answer, fewer than kafka.topics.replication-factor %d"
            .formatted(nodes.size(), copies));
      }
      if (copies == 1) {
        warnings.add(
            "one copy of each record: what a lost broker held is lost, acknowledged or not");
      } else if (topics.config().minInsyncReplicas() == 1) {
        warnings.add(
            "kafka.topics.min-insync-replicas is 1: an acknowledgement may rest on one copy");
      }
      groupProtocol();
      offsetMetadata(nodes.getFirst());
    }

    private void groupProtocol() throws Exception {
      FinalizedVersionRange group = get(admin.describeFeatures().featureMetadata(), deadline)
          .finalizedFeatures()
          .get("group.version");
      if (group == null || group.maxVersionLevel() < 1) {
        refusals.add(
            "brokers lack the consumer group protocol of Kafka 4 (feature group.version is below"
                + " 1), which writers' commits are fenced by");
      }
    }

    private void offsetMetadata(Node node) throws Exception {
      var broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
      ConfigEntry entry = get(admin.describeConfigs(List.of(broker)).all(), deadline)
          .getOrDefault(broker, NOTHING)
          .get("offset.metadata.max.bytes");
      if (entry != null && Integer.parseInt(entry.value()) < OFFSET_METADATA_BYTES) {
        refusals.add("broker %s has offset.metadata.max.bytes %s, a writer's plan needs %d"
            .formatted(node.idString(), entry.value(), OFFSET_METADATA_BYTES));
      }
    }

    void topics() throws Exception {
      List<Topics.Declaration> wanted = topics.declarations();
      Map<String, KafkaFuture<TopicDescription>> described = admin
          .describeTopics(wanted.stream().map(Topics.Declaration::topic).toList())
          .topicNameValues();
      var found = new HashMap<String, TopicDescription>();
      for (Topics.Declaration each : wanted) {
        try {
          found.put(
              each.topic(), get(Objects.requireNonNull(described.get(each.topic())), deadline));
        } catch (UnknownTopicOrPartitionException _) {
          refusals.add("topic %s doesn't exist".formatted(each.topic()));
        }
      }
      List<ConfigResource> resources =
          found.keySet().stream().map(Check::resource).toList();
      Map<ConfigResource, Config> settings =
          get(admin.describeConfigs(resources).all(), deadline);
      for (Topics.Declaration each : wanted) {
        TopicDescription description = found.get(each.topic());
        if (description != null) {
          layout(each, description);
          settings(each, settings.getOrDefault(resource(each.topic()), NOTHING));
        }
      }
    }

    private static ConfigResource resource(String topic) {
      return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }

    private void layout(Topics.Declaration wanted, TopicDescription found) {
      if (found.partitions().size() != wanted.partitions()) {
        refusals.add(
            "topic %s has %d partitions, kafka.topics.partitions asks for %d: the number is fixed,"
                    .formatted(wanted.topic(), found.partitions().size(), wanted.partitions())
                + " since a series' partition is a function of it");
      }
      int copies = found.partitions().stream()
          .mapToInt(each -> each.replicas().size())
          .min()
          .orElse(0);
      if (copies < wanted.copies()) {
        refusals.add(
            "topic %s has replication factor %d, kafka.topics.replication-factor asks for %d"
                .formatted(wanted.topic(), copies, wanted.copies()));
      }
      long leaderless = found.partitions().stream()
          .filter(each -> each.leader() == null || each.leader().isEmpty())
          .count();
      if (leaderless > 0) {
        warnings.add(
            "topic %s has %d partitions without a leader".formatted(wanted.topic(), leaderless));
      }
    }

    private void settings(Topics.Declaration wanted, Config found) {
      String topic = wanted.topic();
      if (found.get("unclean.leader.election.enable").value().equals("true")) {
        refusals.add(
            "topic %s has unclean.leader.election.enable=true: a broker that lags could become"
                    .formatted(topic)
                + " leader and lose acknowledged records");
      }
      cleanup(topic, text(wanted, "cleanup.policy"), found.get("cleanup.policy").value());
      if (wanted.settings().containsKey("message.timestamp.type")
          && !found.get("message.timestamp.type").value().equals("LogAppendTime")) {
        warnings.add(
            "topic %s has message.timestamp.type %s, should be LogAppendTime: its watermark counts"
                    .formatted(topic, found.get("message.timestamp.type").value())
                + " by the clocks of the ingesters");
      }
      if (number(found, "min.insync.replicas") < number(wanted, "min.insync.replicas")) {
        refusals.add(
            "topic %s has min.insync.replicas %d, kafka.topics.min-insync-replicas asks for %d"
                .formatted(
                    topic,
                    number(found, "min.insync.replicas"),
                    number(wanted, "min.insync.replicas")));
      }
      if (number(found, "max.message.bytes") < number(wanted, "max.message.bytes")) {
        refusals.add("topic %s has max.message.bytes %d, records are up to %d"
            .formatted(
                topic, number(found, "max.message.bytes"), number(wanted, "max.message.bytes")));
      }
      if (wanted.settings().containsKey("retention.ms")) {
        retention(topic, number(wanted, "retention.ms"), number(found, "retention.ms"));
      }
    }

    private void cleanup(String topic, String wanted, String found) {
      if (!found.equals(wanted)) {
        refusals.add("topic %s has cleanup.policy %s, must be %s: %s"
            .formatted(
                topic,
                found,
                wanted,
                wanted.equals("delete")
                    ? "compaction drops records"
                    : "the last record of each key must stay"));
      }
    }

    private void retention(String topic, long wantedMs, long foundMs) {
      if (foundMs >= 0 && foundMs < wantedMs) {
        var setting = topic.equals(Topics.DEAD_LETTER) ? "dead-letter-retention" : "retention";
        warnings.add("topic %s has retention.ms %d, kafka.topics.%s asks for %d"
            .formatted(topic, foundMs, setting, wantedMs));
      }
    }

    private static long number(Config config, String setting) {
      return Long.parseLong(config.get(setting).value());
    }

    private static long number(Topics.Declaration declaration, String setting) {
      return Long.parseLong(text(declaration, setting));
    }

    private static String text(Topics.Declaration declaration, String setting) {
      return String.valueOf(declaration.settings().get(setting));
    }
  }
}
