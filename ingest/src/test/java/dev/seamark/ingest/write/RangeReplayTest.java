package dev.seamark.ingest.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.ingest.write.join.Insert;
import dev.seamark.ingest.write.plan.Event.Failure;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.plan.RangeLimits;
import dev.seamark.ingest.write.turn.OperatorRefused;
import dev.seamark.kafka.BlockHeaders;
import dev.seamark.schema.MetadataRows;
import dev.seamark.schema.Table;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RangeReplayTest {
  private static final TopicPartition PARTITION =
      new TopicPartition(Table.METRICS_METADATA.topic(), 0);
  private static final LogRange RANGE = new LogRange(PARTITION, 10, 20);
  private static final int RECORDS = 40;
  private static final int VERSION = 29_400_000;

  private final Remembering store = new Remembering();
  private Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();

  /** Remembers tokens, refuses one record for ever, and breaks down when told to. */
  private static final class Remembering implements Store {
    private final Map<String, Long> stored = new TreeMap<>();
    private int callsUntilCrash = Integer.MAX_VALUE;
    private int refusedRows = -1;

    @Override
    public void insert(Table table, Insert insert, String token, Instant deadline)
        throws StoreException {
      crashMaybe();
      if (holdsRefused(insert)) {
        throw new StoreException(Failure.REFUSED, "no such rows", new IllegalStateException());
      }
      stored.putIfAbsent(token, insert.rows());
      crashMaybe();
    }

    private void crashMaybe() {
      if (callsUntilCrash-- == 0) {
        throw new IllegalStateException("crash");
      }
    }

    @Override
    public Optional<String> refusal(Table table, Insert insert) {
      crashMaybe();
      return holdsRefused(insert) ? Optional.of("no such rows") : Optional.empty();
    }

    private boolean holdsRefused(Insert insert) {
      return insert.blocks().stream().anyMatch(block -> block.length == refusedRows);
    }

    @Override
    public Set<String> columns(Table table) {
      var names = new HashSet<String>();
      table.newBlock().columns().forEach(named -> names.add(named.name()));
      return names;
    }

    @Override
    public Instant now() {
      return Instant.EPOCH;
    }
  }

  @Test
  void theRangeIsStoredUnderTheVersionAndNothingBesideIt() throws Exception {
    var report = replay(start());

    assertThat(report).isEqualTo(new ReplayReport(10, 145, Map.of()));
    assertThat(store.stored.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(145);
    assertThat(store.stored.keySet())
        .allMatch(token -> token.startsWith(PARTITION.topic() + "@log/0/"))
        .allMatch(token -> token.endsWith("/" + VERSION));
    assertThat(committedState().done()).isTrue();
  }

  @Test
  void aReplayThatBreaksOffAnywhereIsFinishedWithoutStoringAnythingTwice() throws Exception {
    store.refusedRows = value(17).length;
    for (var crash = 0; crash < 30; crash++) {
      store.stored.clear();
      committed = new HashMap<>();
      store.callsUntilCrash = crash;
      var state = start();
      try {
        replay(state);
        assertThat(crash).as("there are steps to crash at").isGreaterThan(10);
        break;
      } catch (IllegalStateException _) {
        store.callsUntilCrash = Integer.MAX_VALUE;
        replay(committed.isEmpty() ? start() : committedState());
      }
      assertThat(store.stored.values().stream().mapToLong(Long::longValue).sum())
          .as("crash at step %d", crash)
          .isEqualTo(145 - 17);
    }
  }

  @Test
  void aRecordThatIsTooNewEndsTheReplayWithItsReason() {
    assertThatThrownBy(() -> replay(start(), 0))
        .isInstanceOf(OperatorRefused.class)
        .hasMessageContaining("schema 1, this writer knows 0");
  }

  private static ReplayState start() {
    return new ReplayState(10, 20, VERSION, false, Plan.empty("log", 10));
  }

  private ReplayState committedState() {
    var commit = committed.get(PARTITION);
    if (commit == null) {
      throw new AssertionError("nothing is committed");
    }
    return ReplayState.read(commit.metadata());
  }

  private ReplayReport replay(ReplayState state) throws Exception {
    return replay(state, 1);
  }

  private ReplayReport replay(ReplayState state, int schemaVersion) throws Exception {
    var shapes = new TableShapes(store);
    var consumer = new MockConsumer<byte[], byte[]>("none");
    consumer.schedulePollTask(() -> {
      consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
      consumer.updateEndOffsets(Map.of(PARTITION, (long) RECORDS));
      consumer.rebalance(List.of(PARTITION));
      for (var offset = 0; offset < RECORDS; offset++) {
        consumer.addRecord(record(offset));
      }
    });
    try {
      return new RangeReplay(
              consumer,
              RANGE,
              "log",
              schemaVersion,
              new RangeLimits(40, 1 << 20, 5, 120, 86_400, 1, 5, 16, 1),
              () -> 1_000_000,
              new Inserter(store, shapes),
              new Examiner(store, shapes),
              new DeletedRows(List.of()),
              state)
          .run();
    } finally {
      committed.putAll(consumer.committed(Set.of(PARTITION)));
    }
  }

  private static ConsumerRecord<byte[], byte[]> record(int offset) {
    var value = value(offset);
    var record = new ConsumerRecord<byte[], byte[]>(PARTITION.topic(), 0, offset, null, value);
    BlockHeaders.of(value, 1, offset, 0, 0, 0).toKafka().forEach(record.headers()::add);
    return record;
  }

  /** A block of as many rows as its offset says. */
  private static byte[] value(int offset) {
    var rows = new MetadataRows();
    for (var row = 0; row < offset; row++) {
      rows.tenant.append("t");
      rows.day.append(20_000);
      rows.metricName.append("m");
      rows.type.append("gauge");
      rows.unit.append("s");
      rows.help.append("x");
      rows.retentionDays.append(30);
    }
    return rows.block().encode();
  }
}
