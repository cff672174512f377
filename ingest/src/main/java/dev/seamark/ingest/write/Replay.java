package dev.seamark.ingest.write;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.ingest.write.deletion.DeletionLog;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.turn.GroupCommits;
import dev.seamark.ingest.write.turn.OperatorRefused;
import dev.seamark.ingest.write.turn.OperatorTurn;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.kafka.Topics;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Stores again what Kafka still has, on an operator's word: what waits in the dead letters, or a
 * range of a partition that was stored before. Writers may run meanwhile. Calls block.
 */
public final class Replay {
  private static final String COMMAND = "replay";

  private final WriterConfig config;
  private final KafkaConfig kafka;
  private final Store store;
  private final TableShapes shapes;
  private final boolean withDeleted;
  private final int schemaVersion = Migrations.bundled().version();

  /**
   * @param config the writers'
   * @param clickHouse with the user and database to insert as and into; stays the caller's
   * @param withDeleted true to store rows too whose tenants were deleted since
   */
  public Replay(
      WriterConfig config,
      KafkaConfig kafka,
      ClickHouse clickHouse,
      SchemaOptions schema,
      boolean withDeleted) {
    this.config = config;
    this.kafka = kafka;
    this.store = new ClickHouseStore(clickHouse, schema);
    this.shapes = new TableShapes(store);
    this.withDeleted = withDeleted;
  }

  /** The group whose commits hold how far replays are. */
  public static String group(WriterConfig config) {
    return config.group() + "-replay";
  }

  /** The last replay of each partition that was ever replayed, as far as Kafka remembers. */
  public static List<PastReplay> past(Admin admin, WriterConfig config) {
    var past = new ArrayList<PastReplay>();
    new GroupCommits(admin, group(config)).read().forEach((partition, commit) -> {
      var state = ReplayState.read(commit.metadata());
      past.add(new PastReplay(
          new LogRange(partition, state.from(), state.to()),
          state.plan().log(),
          state.done(),
          Instant.ofEpochSecond(state.version() * 60L)));
    });
    return past;
  }

  /**
   * Tries to store what waits in the dead letters.
   *
   * @param limit how many letters at most, the oldest first
   * @param dryRun true to count only what would be tried
   */
  public ReplayReport deadLetters(int limit, boolean dryRun) throws OperatorRefused {
    try (var admin = Admin.create(kafka.clientProperties());
        var _ = OperatorTurn.take(kafka, admin, config.group(), COMMAND);
        var topic = new LogReader(kafka, new TopicPartition(Topics.DEAD_LETTER, 0));
        var marks = DeadLetterTopic.connect(kafka)) {
      return new LetterReplay(topic, marks, store, shapes, deleted(), schemaVersion)
          .run(limit, dryRun);
    }
  }

  /** Counts what a replay of the range would store. */
  public ReplayReport dryRun(LogRange range) throws OperatorRefused {
    try (var admin = Admin.create(kafka.clientProperties());
        var reader = new LogReader(kafka, range.partition())) {
      check(range, admin, reader);
      return count(range, reader, WriterService.topicId(admin, range.partition().topic()));
    }
  }

  private ReplayReport count(LogRange range, LogReader reader, String log) throws OperatorRefused {
    var deleted = deleted();
    var counts = new long[2];
    var leftOut = new TreeMap<String, String>();
    reader.read(range.from(), range.to(), record -> {
      var name = range.partition() + " " + record.offset();
      switch (RecordVerdict.of(record, schemaVersion)) {
        case RecordVerdict.Sound(var headers) -> {
          var held = deleted.without(HeldRecord.sound(record, headers), log);
          if (held.rows() < headers.rows()) {
            leftOut.put(name, ofDeletedTenants(headers.rows() - held.rows()));
          }
          counts[0]++;
          counts[1] += held.rows();
        }
        case RecordVerdict.Unusable(var refusal) -> leftOut.put(name, refusal.why());
        case RecordVerdict.TooNew(var why) -> leftOut.put(name, why);
      }
    });
    return new ReplayReport(counts[0], counts[1], leftOut);
  }

  /**
   * Stores the range again. One of the same range that was broken off is finished instead.
   *
   * @param forget true to begin anew where another replay of the partition was broken off
   */
  public ReplayReport range(LogRange range, boolean forget) throws OperatorRefused {
    try (var admin = Admin.create(kafka.clientProperties());
        var _ = OperatorTurn.take(kafka, admin, config.group(), COMMAND);
        var clock = new StoreClock(store)) {
      try (var reader = new LogReader(kafka, range.partition())) {
        check(range, admin, reader);
      }
      var log = WriterService.topicId(admin, range.partition().topic());
      var state = state(range, log, forget, committed(admin, group(config), range.partition()));
      clock.start();
      var inserter = new Inserter(store, shapes);
      try (var consumer = consumer()) {
        return new RangeReplay(
                consumer,
                range,
                log,
                schemaVersion,
                config.limits(range.table(), schemaVersion),
                clock::seconds,
                inserter,
                new Examiner(store, shapes),
                deleted(),
                state)
            .run();
      }
    }
  }

  private DeletedRows deleted() {
    return new DeletedRows(
        withDeleted
            ? List.of()
            : DeletionLog.read(kafka).stream().map(DeletionLog.Entry::deletion).toList());
  }

  static String ofDeletedTenants(int rows) {
    return "%d rows of tenants that were deleted".formatted(rows);
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
    properties.put("group.id", group(config));
    properties.put("group.protocol", "consumer");
    properties.put("client.id", "seamark-replay");
    properties.put("enable.auto.commit", false);
    properties.put("auto.offset.reset", "none");
    return new KafkaConsumer<>(
        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * The range must be in the log, and behind the writers: before it is stored it isn't stored
   * again.
   */
  private void check(LogRange range, Admin admin, LogReader reader) throws OperatorRefused {
    var beginning = reader.beginning();
    if (range.from() < beginning) {
      throw new OperatorRefused("%s: the log begins at offset %d, earlier records are deleted"
          .formatted(range, beginning));
    }
    var stored = committed(admin, config.group(), range.partition());
    if (stored == null || stored.offset() < range.to()) {
      throw new OperatorRefused(
          "%s: the writers (group %s) have stored up to offset %d; what they have yet to store can't be replayed"
              .formatted(range, config.group(), stored == null ? 0 : stored.offset()));
    }
  }

  /** Where the replay begins: anew under a version that wasn't used yet, or where it was left. */
  private ReplayState state(
      LogRange range, String log, boolean forget, @Nullable OffsetAndMetadata committed)
      throws OperatorRefused {
    var last = committed == null ? null : ReplayState.read(committed.metadata());
    if (last != null && !last.done() && !forget && last.plan().log().equals(log)) {
      if (last.from() == range.from() && last.to() == range.to()) {
        return last;
      }
      throw new OperatorRefused(
          "a replay of %s %d-%d was broken off at offset %d: finish it first, by --from %d --to %d, or add --forget"
              .formatted(
                  range.partition(),
                  last.from(),
                  last.to(),
                  last.plan().from(),
                  last.from(),
                  last.to()));
    }
    // minutes go up even where the group's last commit has been forgotten
    var minutes = Math.toIntExact(Instant.now().getEpochSecond() / 60);
    var version = Math.max(minutes, last == null ? 0 : last.version() + 1);
    return new ReplayState(range.from(), range.to(), version, false, Plan.empty(log, range.from()));
  }

  private static @Nullable OffsetAndMetadata committed(
      Admin admin, String group, TopicPartition partition) {
    return new GroupCommits(admin, group).read().get(partition);
  }
}
