package dev.seamark.ingest.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.Block;
import dev.seamark.block.LongColumn;
import dev.seamark.schema.SampleRows;
import dev.seamark.schema.Table;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BatcherTest {
  private static final int PARTITIONS = 4;
  private static final int MIB = 1024 * 1024;
  private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);

  private final FakeJournal journal = new FakeJournal(PARTITIONS);
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final List<Runnable> timers = new ArrayList<>();

  @Test
  void rowsOfSeveralRequestsShareABlockThatTheLingerSeals() {
    Batcher batcher = batcher(1000, MIB, MIB);

    Future<Void> first = batcher.append(Table.METRICS_SAMPLES, 1, samples(1, 2).block());
    Future<Void> second = batcher.append(Table.METRICS_SAMPLES, 1, samples(3).block());
    assertThat(journal.kept()).isEmpty();
    assertThat(first.isComplete()).isFalse();
    assertThat(timers).as("one linger a block").hasSize(1);
    timers.getFirst().run();

    assertThat(first.succeeded()).isTrue();
    assertThat(second.succeeded()).isTrue();
    assertThat(journal.kept()).singleElement().satisfies(entry -> {
      assertThat(entry.table()).isEqualTo(Table.METRICS_SAMPLES);
      assertThat(entry.partition()).isEqualTo(1);
      assertThat(seriesIds(entry)).containsExactly(1L, 2L, 3L);
    });
  }

  @Test
  void headersSayWhatTheValueHolds() {
    Batcher batcher = batcher(1000, MIB, MIB);
    batcher.append(Table.METRICS_SAMPLES, 0, samples(7, 5, 6).block());

    timers.getFirst().run();

    Journal.Entry entry = journal.kept().getFirst();
    assertThat(entry.headers().rows()).isEqualTo(3);
    assertThat(entry.headers().schemaVersion()).isEqualTo(9);
    assertThat(entry.headers().minMs()).isEqualTo(5);
    assertThat(entry.headers().maxMs()).isEqualTo(7);
    assertThat(entry.headers().receivedMs()).isEqualTo(NOW.toEpochMilli());
    assertThat(entry.headers().matches(entry.value())).isTrue();
  }

  @Test
  void aBlockIsSealedByRowsWithoutWaiting() {
    Batcher batcher = batcher(10, MIB, MIB);

    Future<Void> acked = batcher.append(
        Table.METRICS_SAMPLES, 0, samples(LongStream.range(0, 25)).block());

    assertThat(journal.kept()).extracting(entry -> entry.headers().rows()).containsExactly(10, 10);
    assertThat(acked.isComplete()).as("five rows are still open").isFalse();
    timers.getLast().run();
    assertThat(acked.succeeded()).isTrue();
    assertThat(allSeriesIds())
        .containsExactlyElementsOf(LongStream.range(0, 25).boxed().toList());
  }

  @Test
  void aBlockIsSealedByBytes() {
    Batcher batcher = batcher(1_000_000, 64 * 1024, MIB);

    batcher.append(
        Table.METRICS_SAMPLES, 0, samples(LongStream.range(0, 20_000)).block());
    batcher.drain();

    assertThat(journal.kept().size()).isBetween(8, 12);
    assertThat(journal.kept())
        .allSatisfy(entry -> assertThat(entry.value().length).isLessThan(68 * 1024));
    assertThat(allSeriesIds()).hasSize(20_000).doesNotHaveDuplicates();
  }

  @Test
  void aBlockLargerThanARecordIsSplitByRows() {
    Batcher batcher = batcher(1_000_000, MIB, 20_000);

    Future<Void> acked = batcher.append(
        Table.METRICS_SAMPLES, 2, samples(LongStream.range(0, 5_000)).block());
    batcher.drain();

    assertThat(acked.succeeded()).isTrue();
    assertThat(journal.kept()).hasSizeGreaterThan(5).allSatisfy(entry -> {
      assertThat(entry.value().length).isLessThanOrEqualTo(20_000);
      assertThat(entry.headers().matches(entry.value())).isTrue();
    });
    assertThat(allSeriesIds())
        .containsExactlyElementsOf(LongStream.range(0, 5_000).boxed().toList());
  }

  @Test
  void aRowLargerThanARecordFailsItsSendersOnly() {
    Batcher batcher = batcher(1_000_000, MIB, 100);

    Future<Void> acked = batcher.append(Table.METRICS_SAMPLES, 2, samples(1).block());
    batcher.drain();

    assertThat(acked.failed()).isTrue();
    assertThat(acked.cause()).hasMessageContaining("row of table metrics_samples");
  }

  @Test
  void rowsAreScatteredToTheirPartitions() {
    Batcher batcher = batcher(1000, MIB, MIB);
    SampleRows rows = samples(LongStream.range(0, 100));

    Future<Void> acked = batcher.scatter(
        Table.METRICS_SAMPLES, rows.block(), new Partitioner().bySeries(rows.seriesId, PARTITIONS));
    batcher.drain();

    assertThat(acked.succeeded()).isTrue();
    assertThat(journal.kept())
        .hasSize(PARTITIONS)
        .allSatisfy(entry -> assertThat(seriesIds(entry))
            .hasSize(25)
            .isSorted()
            .allMatch(id -> id % PARTITIONS == entry.partition()));
  }

  @Test
  void rowsOfOnePartitionGoOverAsOneRange() {
    Batcher batcher = batcher(1000, MIB, MIB);

    batcher.scatter(Table.METRICS_SAMPLES, samples(8, 4).block(), new int[] {3, 3, 99});
    batcher.drain();

    assertThat(journal.kept()).singleElement().satisfies(entry -> {
      assertThat(entry.partition()).isEqualTo(3);
      assertThat(seriesIds(entry)).containsExactly(8L, 4L);
    });
  }

  @Test
  void aSenderWaitsForEveryBlockThatHoldsItsRows() {
    journal.mode(FakeJournal.Mode.HOLD);
    Batcher batcher = batcher(1000, MIB, MIB);

    Future<Void> acked =
        batcher.scatter(Table.METRICS_SAMPLES, samples(0, 1).block(), new int[] {0, 1});
    batcher.drain();
    assertThat(journal.heldCount()).isEqualTo(2);
    assertThat(acked.isComplete()).isFalse();

    journal.acknowledgeHeld();

    assertThat(acked.succeeded()).isTrue();
  }

  @Test
  void aLostBlockFailsAllWhoseRowsItHeldAndTheNextBlockIsFresh() {
    journal.mode(FakeJournal.Mode.HOLD);
    Batcher batcher = batcher(1000, MIB, MIB);
    Future<Void> lost = batcher.append(Table.METRICS_SAMPLES, 0, samples(1).block());
    Future<Void> lostToo = batcher.append(Table.METRICS_SAMPLES, 0, samples(2).block());
    timers.getFirst().run();

    journal.loseHeld();
    journal.mode(FakeJournal.Mode.ACKNOWLEDGE);
    Future<Void> kept = batcher.append(Table.METRICS_SAMPLES, 0, samples(3).block());
    batcher.drain();

    assertThat(lost.cause()).isInstanceOf(Journal.NotAcknowledged.class);
    assertThat(lostToo.cause()).isInstanceOf(Journal.NotAcknowledged.class);
    assertThat(kept.succeeded()).isTrue();
    assertThat(allSeriesIds()).containsExactly(3L);
  }

  @Test
  void sendersHearOfABlockThatThereWasNoMemoryFor() {
    journal.mode(FakeJournal.Mode.EXHAUST);
    Batcher batcher = batcher(1000, MIB, MIB);

    Future<Void> acked = batcher.append(Table.METRICS_SAMPLES, 0, samples(1).block());
    timers.getFirst().run();

    assertThat(acked.cause())
        .isInstanceOf(Journal.NotAcknowledged.class)
        .hasMessage("no memory to encode a block of metrics_samples");
    assertThat(gauge("seamark_batch_rows_in_flight")).isZero();
  }

  @Test
  void drainWaitsForBlocksOnTheirWay() {
    journal.mode(FakeJournal.Mode.HOLD);
    Batcher batcher = batcher(1000, MIB, MIB);
    batcher.append(Table.METRICS_SAMPLES, 0, samples(1).block());

    Future<Void> drained = batcher.drain();
    assertThat(drained.isComplete()).isFalse();
    journal.acknowledgeHeld();

    assertThat(drained.succeeded()).isTrue();
  }

  @Test
  void appendedIsAcknowledgedPlusFailedPlusInFlight() {
    Batcher batcher = batcher(1000, MIB, MIB);
    batcher.append(Table.METRICS_SAMPLES, 0, samples(1, 2).block());
    batcher.drain();
    journal.mode(FakeJournal.Mode.FAIL);
    batcher.append(Table.METRICS_SAMPLES, 0, samples(3, 4, 5).block());
    batcher.drain();
    journal.mode(FakeJournal.Mode.HOLD);
    batcher.append(Table.METRICS_SAMPLES, 0, samples(6).block());
    batcher.drain();
    batcher.append(Table.METRICS_SAMPLES, 1, samples(7).block());

    assertThat(counter("seamark_batch_rows_appended")).isEqualTo(7);
    assertThat(counter("seamark_batch_rows_acknowledged")).isEqualTo(2);
    assertThat(counter("seamark_batch_rows_failed")).isEqualTo(3);
    assertThat(gauge("seamark_batch_rows_in_flight")).isEqualTo(2);
  }

  @Test
  void threadsShareBlocksWithoutLosingRows() throws Exception {
    Batcher batcher = batcher(500, MIB, MIB);
    int threads = 4;
    int requests = 200;
    CountDownLatch done = new CountDownLatch(threads);

    for (int thread = 0; thread < threads; thread++) {
      long first = thread * 100_000L;
      Thread.ofPlatform().start(() -> {
        for (int i = 0; i < requests; i++) {
          SampleRows rows = samples(LongStream.range(first + i * 10L, first + i * 10L + 10));
          batcher.scatter(
              Table.METRICS_SAMPLES,
              rows.block(),
              new Partitioner().bySeries(rows.seriesId, PARTITIONS));
        }
        done.countDown();
      });
    }
    done.await();
    batcher.drain();

    assertThat(allSeriesIds()).hasSize(threads * requests * 10).doesNotHaveDuplicates();
  }

  private Batcher batcher(int rowsMax, int bytesMax, int recordBytesMax) {
    return new Batcher(
        journal,
        9,
        new BatchConfig(Duration.ofMillis(50), rowsMax, bytesMax, MIB, Duration.ofSeconds(8)),
        recordBytesMax,
        (_, task) -> {
          synchronized (timers) {
            timers.add(task);
          }
        },
        Clock.fixed(NOW, ZoneOffset.UTC),
        registry);
  }

  private static SampleRows samples(long... ids) {
    return samples(LongStream.of(ids));
  }

  private static SampleRows samples(LongStream ids) {
    SampleRows rows = new SampleRows();
    ids.forEach(id -> {
      rows.tenant.append("default");
      rows.metricName.append("up");
      rows.seriesId.append(id);
      rows.ts.append(id);
      rows.value.append(id * 0.5);
      rows.retentionDays.append(30);
    });
    return rows;
  }

  private List<Long> allSeriesIds() {
    return journal.kept().stream().flatMap(entry -> seriesIds(entry).stream()).toList();
  }

  private static List<Long> seriesIds(Journal.Entry entry) {
    Block block = FakeJournal.blockOf(entry);
    LongColumn ids = (LongColumn) block.column("SeriesId");
    return LongStream.range(0, ids.rows()).mapToObj(row -> ids.get((int) row)).toList();
  }

  private double counter(String name) {
    return registry.scrape().stream()
        .filter(metric -> metric.getMetadata().getName().equals(name))
        .flatMap(metric -> ((CounterSnapshot) metric).getDataPoints().stream())
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  private double gauge(String name) {
    return registry.scrape().stream()
        .filter(metric -> metric.getMetadata().getName().equals(name))
        .flatMap(metric -> ((GaugeSnapshot) metric).getDataPoints().stream())
        .mapToDouble(GaugeSnapshot.GaugeDataPointSnapshot::getValue)
        .sum();
  }
}
