package dev.seamark.ingest.write.join;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.block.Block;
import dev.seamark.block.MalformedBlock;
import dev.seamark.schema.LogRows;
import dev.seamark.schema.SampleRows;
import dev.seamark.schema.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RangeJoinTest {
  private static final long DAY_MS = 86_400_000L;
  private static final long NOW_MS = 20_000 * DAY_MS + 1_000;

  private record Sample(
      String tenant, String metric, long series, long ts, double value, int days) {}

  private static final Comparator<Sample> TABLE_ORDER = Comparator.comparing(
          (Sample it) -> it.tenant().getBytes(UTF_8), Arrays::compareUnsigned)
      .thenComparing(it -> it.metric().getBytes(UTF_8), Arrays::compareUnsigned)
      .thenComparing(Sample::series, Long::compareUnsigned)
      .thenComparingLong(Sample::ts);

  @Test
  void samplesBecomeOneBlockInTheOrderOfTheTable() throws Exception {
    for (var seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      var sent = new ArrayList<Sample>();
      var values = new ArrayList<byte[]>();
      for (var blocks = 1 + random.nextInt(6); blocks > 0; blocks--) {
        values.add(encode(randomSamples(random, sent)));
      }

      var inserts = samples(20).join(values, 0, columns(Table.METRICS_SAMPLES));

      assertThat(inserts).as("seed %d", seed).hasSize(1);
      assertThat(inserts.getFirst().suffix()).isEmpty();
      assertThat(inserts.getFirst().rows()).isEqualTo(sent.size());
      assertThat(inserts.getFirst().blocks()).hasSize(1);
      sent.sort(TABLE_ORDER); // stable, as the join is
      assertThat(decode(inserts.getFirst())).as("seed %d", seed).isEqualTo(sent);
    }
  }

  @Test
  void manyPairsOfFewRowsAreSortedToo() throws Exception {
    var random = new Random(1);
    var sent = new ArrayList<Sample>();
    for (var i = 0; i < 300; i++) {
      sent.add(new Sample("t" + i, "m" + random.nextInt(1_000), random.nextLong(), NOW_MS, i, 30));
    }
    var inserts = samples(20).join(List.of(encode(sent)), 0, columns(Table.METRICS_SAMPLES));
    sent.sort(TABLE_ORDER);
    assertThat(decode(inserts.getFirst())).isEqualTo(sent);
  }

  @Test
  void otherBlocksGoOneBehindTheOtherAsTheyWereSealed() throws Exception {
    var values = List.of(logs(NOW_MS, 3), logs(NOW_MS, 2));

    var inserts = new RangeJoin(Table.OTEL_LOGS, 20).join(values, 0, columns(Table.OTEL_LOGS));

    assertThat(inserts).hasSize(1);
    assertThat(inserts.getFirst().rows()).isEqualTo(5);
    assertThat(inserts.getFirst().blocks().get(0)).isSameAs(values.get(0));
    assertThat(inserts.getFirst().blocks().get(1)).isSameAs(values.get(1));
  }

  @Test
  void noInsertOpensMorePartitionsThanAllowed() throws Exception {
    var sent = new ArrayList<Sample>();
    for (var i = 0; i < 300; i++) {
      sent.add(new Sample("t", "m", i, NOW_MS - i % 30 * DAY_MS, i, i % 2 == 0 ? 30 : 90));
    }

    var values = List.of(encode(sent.subList(0, 100)), encode(sent.subList(100, 300)));
    var inserts = samples(4).join(values, 0, columns(Table.METRICS_SAMPLES));

    var stored = new ArrayList<Sample>();
    for (var insert : inserts) {
      var rows = decode(insert);
      var partitions = new HashSet<List<Long>>();
      rows.forEach(row -> partitions.add(List.of((long) row.days(), row.ts() / DAY_MS)));
      assertThat(partitions.size()).isBetween(1, 4);
      assertThat(insert.rows()).isEqualTo(rows.size());
      stored.addAll(rows);
    }
    assertThat(inserts).extracting(Insert::suffix).doesNotHaveDuplicates().contains("/0");
    assertThat(stored).containsExactlyInAnyOrderElementsOf(sent);
  }

  @Test
  void lateRowsGoApart() throws Exception {
    var values = List.of(logs(NOW_MS, 3), logs(NOW_MS - 3 * DAY_MS, 2));

    var inserts = new RangeJoin(Table.OTEL_LOGS, 20)
        .join(values, NOW_MS - 2 * DAY_MS, columns(Table.OTEL_LOGS));

    assertThat(inserts).extracting(Insert::rows).containsExactly(3L, 2L);
    assertThat(inserts).extracting(Insert::suffix).containsExactly("/0", "/1");
    assertThat(inserts.get(1).blocks()).containsExactly(values.get(1));
  }

  @Test
  void theSameRangeIsCutTheSameWayEachTime() throws Exception {
    var random = new Random(5);
    var sent = new ArrayList<Sample>();
    for (var i = 0; i < 1_000; i++) {
      var ts = NOW_MS - random.nextInt(60) * DAY_MS;
      sent.add(new Sample("t" + random.nextInt(3), "m", random.nextInt(9), ts, i, 30));
    }
    var values = List.of(encode(sent));
    var columns = columns(Table.METRICS_SAMPLES);

    var first = samples(20).join(values, NOW_MS - 2 * DAY_MS, columns);
    var second = samples(20).join(values, NOW_MS - 2 * DAY_MS, columns);

    assertThat(first).hasSize(4); // 3 fresh days, 57 late ones
    for (var i = 0; i < first.size(); i++) {
      assertThat(second.get(i).suffix()).isEqualTo(first.get(i).suffix());
      assertThat(second.get(i).blocks().getFirst())
          .isEqualTo(first.get(i).blocks().getFirst());
    }
  }

  @Test
  void aRecordThatIsLeftOutChangesNoOtherRowsInsert() throws Exception {
    for (var seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      var values = new ArrayList<byte[]>();
      for (var blocks = 2 + random.nextInt(5); blocks > 0; blocks--) {
        values.add(encode(samplesOfManyDays(random)));
      }
      var late = NOW_MS - random.nextInt(8) * DAY_MS;
      var join = samples(1 + random.nextInt(4));
      var columns = columns(Table.METRICS_SAMPLES);
      var out = random.nextInt(values.size());
      var from = random.nextInt(3);

      var all = bySuffix(join.join(values, late, columns));
      var left = bySuffix(
          join.join(values, index -> index == out ? from : Integer.MAX_VALUE, late, columns));
      var rest = join.rowsOf(
              values, _ -> Integer.MAX_VALUE, late, columns, number -> number >= from)
          .get(out);

      var lost = new ArrayList<Sample>();
      all.forEach((suffix, rows) -> {
        var missing = new ArrayList<>(rows);
        left.getOrDefault(suffix, List.of()).forEach(missing::remove);
        lost.addAll(missing);
      });
      assertThat(all.keySet()).as("seed %d", seed).containsAll(left.keySet());
      assertThat(left.values().stream().mapToInt(List::size).sum() + lost.size())
          .isEqualTo(all.values().stream().mapToInt(List::size).sum());
      assertThat(lost)
          .as("seed %d: what no insert holds is what the dead letter gets", seed)
          .containsExactlyInAnyOrderElementsOf(rest == null ? List.of() : samplesOf(rest));
    }
  }

  @Test
  void aRecordThatIsLeftOutNeedNotBeReadable() throws Exception {
    var values = List.of(logs(NOW_MS, 2), new byte[] {1, 2, 3});

    var inserts = new RangeJoin(Table.OTEL_LOGS, 20)
        .join(values, index -> index == 1 ? 0 : Integer.MAX_VALUE, 0, columns(Table.OTEL_LOGS));

    assertThat(inserts).singleElement().extracting(Insert::rows).isEqualTo(2L);
    assertThat(new RangeJoin(Table.OTEL_LOGS, 20)
            .join(values.subList(1, 2), _ -> 0, 0, columns(Table.OTEL_LOGS)))
        .isEmpty();
  }

  private static Map<String, List<Sample>> bySuffix(List<Insert> inserts) throws MalformedBlock {
    var rows = new TreeMap<String, List<Sample>>();
    for (var insert : inserts) {
      rows.put(insert.suffix(), decode(insert));
    }
    return rows;
  }

  private static List<Sample> samplesOfManyDays(Random random) {
    var samples = new ArrayList<Sample>();
    for (var rows = 1 + random.nextInt(10); rows > 0; rows--) {
      var ts = NOW_MS - random.nextInt(10) * DAY_MS;
      samples.add(new Sample("t", "m", random.nextLong(), ts, random.nextDouble(), 30));
    }
    return samples;
  }

  @Test
  void aColumnThatTheTableLacksIsRefusedByName() {
    var columns = new HashSet<>(columns(Table.OTEL_LOGS));
    columns.remove("EventName");
    var values = List.of(logs(NOW_MS, 1));

    assertThatThrownBy(() -> new RangeJoin(Table.OTEL_LOGS, 20).join(values, 0, columns))
        .isInstanceOf(UnusableBlock.class)
        .hasMessageContaining("no column EventName");
  }

  @Test
  void anUnreadableBlockIsRefusedWithItsPlace() {
    var broken = logs(NOW_MS, 2);
    var values = List.of(logs(NOW_MS, 1), Arrays.copyOf(broken, broken.length - 1));

    assertThatThrownBy(
            () -> new RangeJoin(Table.OTEL_LOGS, 20).join(values, 0, columns(Table.OTEL_LOGS)))
        .isInstanceOfSatisfying(UnusableBlock.class, e -> assertThat(e.index()).isEqualTo(1));
  }

  private static RangeJoin samples(int partitionsMax) {
    return new RangeJoin(Table.METRICS_SAMPLES, partitionsMax);
  }

  private static Set<String> columns(Table table) {
    var names = new HashSet<String>();
    table.newBlock().columns().forEach(named -> names.add(named.name()));
    return names;
  }

  private static List<Sample> randomSamples(Random random, List<Sample> sent) {
    var samples = new ArrayList<Sample>();
    for (var rows = 1 + random.nextInt(60); rows > 0; rows--) {
      // ids whose upper halves are equal, and ids with the highest bit set
      var series = random.nextInt(4) + ((long) (random.nextInt(3) - 1) << 62);
      samples.add(new Sample(
          "tenant" + random.nextInt(2),
          random.nextInt(10) == 0 ? "\u00e9" : "m" + random.nextInt(4),
          series,
          NOW_MS + random.nextInt(20),
          random.nextDouble(),
          30));
    }
    sent.addAll(samples);
    return samples;
  }

  private static byte[] encode(List<Sample> samples) {
    var rows = new SampleRows();
    for (var sample : samples) {
      rows.tenant.append(sample.tenant());
      rows.metricName.append(sample.metric());
      rows.seriesId.append(sample.series());
      rows.ts.append(sample.ts());
      rows.value.append(sample.value());
      rows.retentionDays.append(sample.days());
    }
    return rows.block().encode();
  }

  private static List<Sample> decode(Insert insert) throws MalformedBlock {
    var samples = new ArrayList<Sample>();
    for (var value : insert.blocks()) {
      samples.addAll(samplesOf(Block.decode(value, 0, value.length)));
    }
    return samples;
  }

  private static List<Sample> samplesOf(Block block) {
    var samples = new ArrayList<Sample>();
    var rows = new SampleRows();
    rows.block().append(block, 0, block.rows());
    for (var row = 0; row < block.rows(); row++) {
      samples.add(new Sample(
          rows.tenant.text(row),
          rows.metricName.text(row),
          rows.seriesId.get(row),
          rows.ts.get(row),
          rows.value.get(row),
          rows.retentionDays.get(row)));
    }
    return samples;
  }

  private static byte[] logs(long timeMs, int count) {
    var logs = new LogRows();
    for (var i = 0; i < count; i++) {
      logs.timestamp.append(timeMs * 1_000_000 + i);
      logs.observedTimestamp.append(timeMs * 1_000_000);
      logs.tenant.append("default");
      logs.cluster.append("c");
      logs.retentionDays.append(30);
      logs.traceId.append("");
      logs.spanId.append("");
      logs.traceFlags.append(0);
      logs.severityText.append("INFO");
      logs.severityNumber.append(9);
      logs.serviceName.append("s");
      logs.body.append("line " + i);
      logs.resourceSchemaUrl.append("");
      logs.resourceAttributes.endRow();
      logs.scopeSchemaUrl.append("");
      logs.scopeName.append("");
      logs.scopeVersion.append("");
      logs.scopeAttributes.endRow();
      logs.logAttributes.endRow();
      logs.eventName.append("");
      logs.droppedAttributesCount.append(0);
    }
    return logs.block().encode();
  }
}
