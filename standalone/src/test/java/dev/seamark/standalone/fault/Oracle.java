package dev.seamark.standalone.fault;

import dev.seamark.ingest.write.WriterService;
import dev.seamark.ingest.write.plan.PlanText;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.Topics;
import dev.seamark.standalone.fault.Senders.Signal;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * Judges what is stored by sender and sequence: each acknowledged attempt whole and once, of the
 * others no row twice. And by the writers' ledger: each partition is settled up to the end of its
 * log, with nothing in the dead letters.
 */
final class Oracle {
  private static final String GROUP = "seamark-writer";

  private final URI sql;
  private final KafkaConfig kafka;

  /** Rows of an attempt, and different ones among them. */
  private record Count(long rows, long distinct) {}

  Oracle(Fleet fleet) {
    this(fleet.sql(), fleet.brokerPort());
  }

  /**
   * Of an engine and a broker.
   *
   * @param engine where the database is {@code seamark}
   */
  Oracle(URI engine, int brokerPort) {
    this.sql = URI.create(engine + "/?database=seamark");
    this.kafka = KafkaConfig.loopback(brokerPort);
  }

  /** Waits until the writers' ledger has come to the end of each log, then judges. */
  void judge(Senders senders, Duration within) throws InterruptedException {
    var deadline = System.nanoTime() + within.toNanos();
    var behind = behind();
    while (!behind.isEmpty()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not settled within " + within + ": " + behind);
      }
      LockSupport.parkNanos(100_000_000);
      behind = behind();
    }
    var letters = deadLetters();
    if (letters > 0) {
      throw new AssertionError(letters + " records are in the dead letters, no row is wrong");
    }
    for (var signal : Signal.values()) {
      judge(signal, senders);
    }
  }

  private long deadLetters() throws InterruptedException {
    try (var admin = Admin.create(kafka.clientProperties())) {
      var topic =
          admin.describeTopics(List.of(Topics.DEAD_LETTER)).allTopicNames().get();
      var ends = new HashMap<TopicPartition, OffsetSpec>();
      topic
          .get(Topics.DEAD_LETTER)
          .partitions()
          .forEach(it -> ends.put(
              new TopicPartition(Topics.DEAD_LETTER, it.partition()), OffsetSpec.latest()));
      return admin.listOffsets(ends).all().get().values().stream()
          .mapToLong(it -> it.offset())
          .sum();
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  private void judge(Signal signal, Senders senders) throws InterruptedException {
    var stored = stored(signal);
    var lost = new TreeMap<Long, Count>();
    for (var attempt : senders.acknowledged(signal)) {
      var count = stored.getOrDefault(attempt, new Count(0, 0));
      if (count.distinct() < Senders.ROWS) {
        lost.put(attempt, count);
      }
    }
    var doubled = new TreeMap<Long, Count>();
    stored.forEach((attempt, count) -> {
      if (count.rows() != count.distinct()) {
        doubled.put(attempt, count);
      }
    });
    if (!lost.isEmpty() || !doubled.isEmpty()) {
      throw new AssertionError(signal + ": attempts with lost rows " + lost + ", with doubled rows "
          + doubled + ", of " + senders.acknowledged(signal).size() + " acknowledged");
    }
  }

  private Map<Long, Count> stored(Signal signal) throws InterruptedException {
    var select = switch (signal) {
      case LOGS ->
        "SELECT LogAttributes['attempt'] AS a, count(), uniqExact(Body) FROM otel_logs GROUP BY a";
      case TRACES ->
        "SELECT SpanAttributes['attempt'] AS a, count(), uniqExact(SpanId) FROM otel_traces"
            + " GROUP BY a";
      case METRICS ->
        "SELECT intDiv(toUInt64(Value), %d) AS a, count(), uniqExact(Value) FROM metrics_samples WHERE MetricName = 'fault' GROUP BY a"
            .formatted(Senders.ROWS);
    };
    var counts = new HashMap<Long, Count>();
    ask(select).lines().forEach(line -> {
      var cells = line.split("\t", -1);
      counts.put(
          Long.parseLong(cells[0]), new Count(Long.parseLong(cells[1]), Long.parseLong(cells[2])));
    });
    return counts;
  }

  private String ask(String select) throws InterruptedException {
    try (var http = HttpClient.newHttpClient()) {
      var answer = http.send(
          HttpRequest.newBuilder(sql)
              .POST(HttpRequest.BodyPublishers.ofString(select))
              .build(),
          HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new AssertionError(select + "\n" + answer.body());
      }
      return answer.body();
    } catch (IOException e) {
      throw new AssertionError(select, e);
    }
  }

  /** Partitions that aren't settled up to the end of their log, and why. */
  private Map<TopicPartition, String> behind() throws InterruptedException {
    var behind = new HashMap<TopicPartition, String>();
    try (var admin = Admin.create(kafka.clientProperties())) {
      var committed =
          admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata().get();
      var ends = new HashMap<TopicPartition, OffsetSpec>();
      for (var topic : WriterService.topics()) {
        for (var number = 0; number < 4; number++) {
          ends.put(new TopicPartition(topic, number), OffsetSpec.latest());
        }
      }
      admin.listOffsets(ends).all().get().forEach((partition, end) -> {
        var commit = committed.get(partition);
        if (commit == null) {
          behind.put(partition, "never committed");
        } else if (commit.offset() != end.offset()
            || !PlanText.read(commit.metadata()).isEmpty()) {
          behind.put(partition, commit + ", the log ends at " + end.offset());
        }
      });
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
    return behind;
  }
}
