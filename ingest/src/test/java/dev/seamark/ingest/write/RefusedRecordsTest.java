package dev.seamark.ingest.write;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.block.Block;
import dev.seamark.block.Column;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MalformedBlock;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.ingest.write.join.Insert;
import dev.seamark.ingest.write.plan.Command;
import dev.seamark.ingest.write.plan.Event;
import dev.seamark.ingest.write.plan.Event.Failure;
import dev.seamark.ingest.write.plan.Exclusion;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.plan.Refusal;
import dev.seamark.ingest.write.plan.Refusal.Kind;
import dev.seamark.kafka.BlockHeaders;
import dev.seamark.kafka.DeadLetter;
import dev.seamark.schema.MetadataRows;
import dev.seamark.schema.Table;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** What becomes of records that can't be stored, between the state machine and its stores. */
class RefusedRecordsTest {
  private static final Table TABLE = Table.METRICS_METADATA;
  private static final TopicPartition PARTITION = new TopicPartition(TABLE.topic(), 3);
  private static final int TODAY = 20_000;
  private static final Instant NOW = Instant.parse("2026-11-25T05:20:00Z");

  private final PickyStore store = new PickyStore();
  private final TableShapes shapes = new TableShapes(store);
  private final Inserter inserter = new Inserter(store, shapes);
  private final Examiner examiner = new Examiner(store, shapes);
  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final WriterMetrics metrics = new WriterMetrics(new PrometheusRegistry());
  private final Letters letters = new Letters(
      examiner, shapes, new DeadLetterTopic(producer), InstantSource.fixed(NOW), metrics);
  private final List<HeldRecord> records = new ArrayList<>();

  /** Takes every row but those whose unit is "poison". */
  private static final class PickyStore implements Store {
    private final Map<String, List<String>> stored = new TreeMap<>();
    private final Set<String> columns = new HashSet<>();
    private boolean away;
    private boolean refusesNothingToo;
    private int refusalsOfAnything; // so many questions are refused whatever they hold
    private int questions;

    PickyStore() {
      TABLE.newBlock().columns().forEach(named -> columns.add(named.name()));
    }

    @Override
    public void insert(Table table, Insert insert, String token, Instant deadline)
        throws StoreException {
      var units = units(insert);
      if (units.contains("poison")) {
        throw new StoreException(Failure.REFUSED, "no poison", new IllegalStateException());
      }
      stored.putIfAbsent(token, units);
    }

    @Override
    public Optional<String> refusal(Table table, Insert insert) throws StoreException {
      questions++;
      if (away) {
        throw new StoreException(Failure.RETRY, "away", new IllegalStateException());
      }
      if (refusalsOfAnything-- > 0) {
        return Optional.of("a bad moment");
      }
      return units(insert).contains("poison") ? Optional.of("no poison") : Optional.empty();
    }

    private static List<String> units(Insert insert) {
      var units = new ArrayList<String>();
      for (var body : insert.blocks()) {
        units.addAll(RefusedRecordsTest.units(body));
      }
      return units;
    }

    @Override
    public Set<String> columns(Table table) {
      return Set.copyOf(columns);
    }

    @Override
    public Instant now() throws StoreException {
      if (refusesNothingToo) {
        throw new StoreException(Failure.REFUSED, "a bad day", new IllegalStateException());
      }
      return NOW;
    }
  }

  @Test
  void aServerThatRefusesEverythingSaysNothingOfTheRecords() {
    sound(10, row(TODAY, "s"));
    sound(11, row(TODAY, "m"));
    store.refusalsOfAnything = Integer.MAX_VALUE;
    store.refusesNothingToo = true;

    assertThatThrownBy(() -> examiner.refused(range(plan(10, 12)), 0, 10))
        .isInstanceOfSatisfying(StoreException.class, e -> {
          assertThat(e.failure()).isEqualTo(Failure.RETRY);
          assertThat(e).hasMessage("refused where there are no rows, too: a bad day");
        });
  }

  @Test
  void aRecordIsRefusedTwiceBeforeItIsExcluded() throws Exception {
    sound(10, row(TODAY, "s"));
    sound(11, row(TODAY, "m"));
    store.refusalsOfAnything = 2; // of both, and of the first one

    assertThat(examiner.refused(range(plan(10, 12)), 0, 10)).isEmpty();
  }

  @Test
  void theRestOfARangeIsStoredUnderTheTokenItHad() {
    sound(10, row(TODAY, "s"));
    sound(11, row(TODAY, "poison"));
    sound(12, row(TODAY, "m"));

    var plan = plan(10, 13);
    assertThat(inserter.insert(1, 1, range(plan)))
        .isEqualTo(new Event.InsertRefused(1, 1, 0, "no poison"));
    var without = plan.excluding(List.of(Exclusion.whole(11)));
    assertThat(inserter.insert(1, 2, range(without))).isEqualTo(new Event.Inserted(1, 2));

    assertThat(store.stored)
        .containsExactly(Map.entry(plan.token(PARTITION.topic(), 3), List.of("s", "m")));
  }

  @Test
  void insertsBeforeTheRefusedOneKeepTheirRowsAndTheLetterGetsTheOthers() throws Exception {
    sound(10, row(TODAY, "fresh"), row(TODAY - 9, "late"));
    sound(11, row(TODAY, "fresh too"), row(TODAY - 9, "poison"), row(TODAY - 9, "beside it"));

    var plan = plan(10, 12);
    assertThat(inserter.insert(1, 1, range(plan)))
        .isEqualTo(new Event.InsertRefused(1, 1, 1, "no poison"));
    var refused = examiner.refused(range(plan), 1, 9);
    var exclusion = new Exclusion(11, 1);
    var without = plan.excluding(List.of(exclusion));
    letters.write(range(without), new Command.DeadLetter(without, 2, List.of(exclusion), refused));
    inserter.insert(1, 3, range(without));

    var token = plan.token(PARTITION.topic(), 3);
    assertThat(store.stored)
        .containsExactly(
            Map.entry(token + "/0", List.of("fresh", "fresh too")),
            Map.entry(token + "/1", List.of("late")));
    var letter = producer.history().getFirst();
    assertThat(units(letter.value())).containsExactly("poison", "beside it");
    var headers = BlockHeaders.from(letter.headers());
    assertThat(headers.rows()).isEqualTo(2);
    assertThat(headers.matches(letter.value())).isTrue();
  }

  @Test
  void refusedRecordsAreFoundByHalves() throws Exception {
    for (var offset = 0; offset < 200; offset++) {
      sound(offset, row(TODAY, offset == 7 || offset == 150 ? "poison" : "s"));
    }

    var refused = examiner.refused(range(plan(0, 200)), 0, 9);

    var why = new Refusal(Kind.CLICKHOUSE, "no poison");
    assertThat(refused).containsExactly(Map.entry(7L, why), Map.entry(150L, why));
    assertThat(store.questions).isLessThan(40);
  }

  @Test
  void noMoreAreLookedForThanMayBeExcluded() throws Exception {
    for (var offset = 0; offset < 64; offset++) {
      sound(offset, row(TODAY, "poison"));
    }
    assertThat(examiner.refused(range(plan(0, 64)), 0, 3)).hasSize(3);
    assertThat(store.questions).isLessThan(16);
  }

  @Test
  void anUnreadableBlockIsFoundWithoutAskingClickHouse() throws Exception {
    sound(10, row(TODAY, "s"));
    sealed(11, new byte[] {1, 2, 3});

    var plan = plan(10, 12);
    assertThat(inserter.insert(1, 1, range(plan))).isInstanceOf(Event.InsertRefused.class);
    assertThat(examiner.refused(range(plan), 0, 9))
        .containsOnlyKeys(11L)
        .extractingByKey(11L)
        .extracting(Refusal::kind)
        .isEqualTo(Kind.BLOCK);
    assertThat(store.questions).isZero();
  }

  @Test
  void aColumnOfThisBuildThatTheTableLacksWaitsForItsMigration() {
    sound(10, row(TODAY, "s"));
    store.columns.remove("Unit");

    assertThat(inserter.insert(1, 1, range(plan(10, 11))))
        .isInstanceOfSatisfying(Event.InsertFailed.class, failed -> {
          assertThat(failed.failure()).isEqualTo(Failure.RETRY);
          assertThat(failed.why()).contains("Unit", "migrations");
        });
  }

  @Test
  void aColumnThatNobodyKnowsIsTheRecordsFault() throws Exception {
    sound(10, row(TODAY, "s"));
    var strange = new StringColumn();
    strange.append("x");
    sealed(11, new Block(List.of(new Block.Named("Strange", strange))).encode());

    assertThat(inserter.insert(1, 1, range(plan(10, 12)))).isInstanceOf(Event.InsertRefused.class);
    assertThat(examiner.refused(range(plan(10, 12)), 0, 9))
        .containsOnlyKeys(11L)
        .extractingByKey(11L)
        .extracting(Refusal::kind)
        .isEqualTo(Kind.COLUMN);
  }

  @Test
  void aClickHouseThatIsAwayRefusesNothing() {
    sound(10, row(TODAY, "poison"));
    store.away = true;
    assertThatThrownBy(() -> examiner.refused(range(plan(10, 11)), 0, 9))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.RETRY));
  }

  @Test
  void aLetterHoldsTheRecordAsItCameWithReasonOriginAndTime() throws Exception {
    records.add(HeldRecord.unusable(record(11, "rubbish".getBytes(UTF_8))));

    var plan = plan(11, 12).excluding(List.of(Exclusion.whole(11)));
    var why = new Refusal(Kind.HEADERS, "record has no header seamark-rows");
    letters.write(range(plan), new Command.DeadLetter(plan, 1, plan.excluded(), Map.of(11L, why)));

    var sent = producer.history().getFirst();
    assertThat(new String(sent.key(), UTF_8)).isEqualTo(TABLE.topic() + "@log/3/11");
    assertThat(sent.value()).isEqualTo("rubbish".getBytes(UTF_8));
    assertThat(DeadLetter.from(received(sent)))
        .isEqualTo(
            new DeadLetter("writer", TABLE.topic(), "log", 3, 11, "headers", why.why(), NOW));
    assertThat(metrics.deadLetters.labelValues(TABLE.table(), "headers").get()).isEqualTo(1);
  }

  @Test
  void theReasonOfAnExclusionThatWasTakenOverIsFoundAgain() throws Exception {
    sound(10, row(TODAY, "s"));
    sound(11, row(TODAY, "poison"));
    sound(12, row(TODAY, "mended"));

    var plan = plan(10, 13).excluding(List.of(Exclusion.whole(11), Exclusion.whole(12)));
    letters.write(range(plan), new Command.DeadLetter(plan, 1, plan.excluded(), Map.of()));

    assertThat(DeadLetter.from(received(producer.history().get(0))).reason())
        .isEqualTo("no poison");
    assertThat(DeadLetter.from(received(producer.history().get(1))).reason())
        .contains("taken since");
  }

  @Test
  void aLetterThatKafkaDoesNotTakeIsTriedAgain() {
    sound(10, row(TODAY, "poison"));
    producer.sendException = new TimeoutException("no broker");
    var plan = plan(10, 11).excluding(List.of(Exclusion.whole(10)));

    assertThatThrownBy(() ->
            letters.write(range(plan), new Command.DeadLetter(plan, 1, plan.excluded(), Map.of())))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.RETRY))
        .hasMessageContaining("no broker");
  }

  private record Row(int day, String unit) {}

  private static Row row(int day, String unit) {
    return new Row(day, unit);
  }

  private void sound(long offset, Row... rows) {
    var block = new MetadataRows();
    for (var row : rows) {
      block.block().columns().forEach(named -> append(named, row));
    }
    sealed(offset, block.block().encode());
  }

  private static void append(Block.Named named, Row row) {
    switch (named.column()) {
      case ShortColumn shorts -> shorts.append(named.name().equals("Day") ? row.day() : 30);
      case StringColumn texts -> texts.append(row.unit());
      case LowCardinalityColumn texts -> texts.append(row.unit());
      default -> throw new IllegalArgumentException(named.name());
    }
  }

  private void sealed(long offset, byte[] value) {
    var headers = BlockHeaders.of(value, 1, 1, 0, 0, 0);
    var record = record(offset, value);
    headers.toKafka().forEach(record.headers()::add);
    records.add(HeldRecord.sound(record, headers));
  }

  private static ConsumerRecord<byte[], byte[]> record(long offset, byte[] value) {
    return new ConsumerRecord<>(PARTITION.topic(), PARTITION.partition(), offset, null, value);
  }

  private static ConsumerRecord<byte[], byte[]> received(ProducerRecord<byte[], byte[]> sent) {
    return new ConsumerRecord<>(
        sent.topic(),
        0,
        0,
        0,
        TimestampType.CREATE_TIME,
        0,
        0,
        sent.key(),
        sent.value(),
        sent.headers(),
        Optional.empty());
  }

  private static Plan plan(long from, long to) {
    return new Plan("log", from, to, (TODAY - 2) * 86_400_000L, 1, 1, 0, 0, List.of());
  }

  private RangeRecords range(Plan plan) {
    return RangeRecords.of(TABLE, PARTITION, plan, records);
  }

  private static List<String> units(byte[] body) {
    try {
      var block = Block.decode(body, 0, body.length);
      var units = new ArrayList<String>();
      for (var row = 0; row < block.rows(); row++) {
        units.add(text(block.column("Unit"), row));
      }
      return units;
    } catch (MalformedBlock e) {
      throw new AssertionError(e);
    }
  }

  private static String text(Column column, int row) {
    return switch (column) {
      case StringColumn texts -> texts.text(row);
      case LowCardinalityColumn texts -> texts.text(row);
      default -> throw new IllegalArgumentException(column.type());
    };
  }
}
