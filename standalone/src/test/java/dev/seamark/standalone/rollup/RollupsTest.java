package dev.seamark.standalone.rollup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.seamark.block.Block;
import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.clickhouse.InsertBody;
import dev.seamark.ingest.rollup.RollupConfig;
import dev.seamark.ingest.rollup.RollupMetrics;
import dev.seamark.ingest.rollup.Rollups;
import dev.seamark.schema.Database;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SampleRows;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.service.ConfigFile;
import dev.seamark.standalone.engine.EngineFixture;
import dev.seamark.standalone.rollup.RolledUp.Row;
import dev.seamark.standalone.rollup.RolledUp.Sample;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rollups on a real ClickHouse, held against a recomputation. The clock of the tests is hours
 * behind ClickHouse's, and the marks of late samples are set back to it.
 */
class RollupsTest {
  @RegisterExtension
  static final EngineFixture engine = new EngineFixture();

  private static final RollupConfig CONFIG = ConfigFile.defaults(RollupConfig.class);
  private static final long MINUTE = 60_000;
  private static final long HOUR = 60 * MINUTE;
  private static final double STALE = Double.longBitsToDouble(0x7ff0000000000002L);

  private static ClickHouse clickHouse;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final RollupMetrics metrics = new RollupMetrics(registry);
  private final RolledUp expected = new RolledUp(CONFIG.lookBack().toMillis());
  private long base;
  private long now;
  private long clock;

  @BeforeAll
  static void migrate() {
    clickHouse = new ClickHouse(ClickHouseConfig.of(engine.database(), engine.address()));
    Migrations.bundled().apply(Database.over(clickHouse), SchemaOptions.single(engine.database()));
  }

  @AfterAll
  static void close() {
    clickHouse.close();
  }

  @BeforeEach
  void emptyTables() {
    for (String table : List.of(
        "metrics_samples",
        "metrics_rollup_5m",
        "metrics_rollup_1h",
        "metrics_rollup_late",
        "metrics_rollup_progress")) {
      engine.run("TRUNCATE TABLE " + table + " SYNC");
    }
    long real = System.currentTimeMillis();
    base = Math.floorDiv(real, HOUR) * HOUR - 20 * HOUR;
    now = base + 6 * HOUR + 17 * MINUTE;
    clock = base;
  }

  @Test
  void aBucketHoldsWhatItsSamplesComeTo() {
    store(
        at("4:50", 90), // the look-back of the next bucket reaches just here, and not to the third
        at("4:58", 100),
        at("5:00", 110),
        at("5:01", 110.5),
        at("5:02", 3), // began anew
        at("5:03", STALE),
        at("5:04", Double.NaN),
        at("5:04:30", 7));

    rollups().advance(now);

    assertThat(engine.run("""
        SELECT toUnixTimestamp(Bucket) * 1000 - %d, Last, Min, Max, Sum, Count, Increase, RetentionDays
        FROM metrics_rollup_5m FINAL ORDER BY Bucket""".formatted(base)))
        .isEqualTo("""
            %d\t90\t90\t90\t90\t1\t0\t90
            %d\t100\t100\t100\t100\t1\t10\t90
            %d\t7\t3\t110.5\t230.5\t4\t17.5\t90""".formatted(4 * HOUR + 50 * MINUTE, 4 * HOUR + 55 * MINUTE, 5 * HOUR));
    assertThat(engine.run("""
        SELECT toUnixTimestamp(Bucket) * 1000 - %1$d, toUnixTimestamp64Milli(LastTs) - %1$d, Last, Count, Increase, RetentionDays
        FROM metrics_rollup_1h FINAL ORDER BY Bucket""".formatted(base)))
        .isEqualTo("%d\t%d\t100\t2\t10\t400\n%d\t%d\t7\t4\t17.5\t400"
            .formatted(
                4 * HOUR, 4 * HOUR + 58 * MINUTE, 5 * HOUR, 5 * HOUR + 4 * MINUTE + MINUTE / 2));
  }

  @Test
  void aWatermarkThatStandsStillLeavesBucketsAlone() {
    store(at("1:00", 1), at("1:07", 2));

    rollups().advance(base + HOUR + 15 * MINUTE - 1);
    assertThat(engine.run("SELECT count() FROM metrics_rollup_5m")).isEqualTo("0");

    rollups().advance(base + HOUR + 15 * MINUTE);
    rollups().advance(base + HOUR + 15 * MINUTE);
    assertThat(engine.run("SELECT groupArray(Last) FROM metrics_rollup_5m")).isEqualTo("[1]");

    rollups().advance(base + HOUR + 20 * MINUTE);
    assertThat(engine.run(
            "SELECT groupArray(Last) FROM (SELECT * FROM metrics_rollup_5m ORDER BY Bucket)"))
        .isEqualTo("[1,2]");
    assertThat(engine.run("SELECT count() FROM metrics_rollup_1h")).isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void rollupsAreWhatARecomputationComesTo(long seed) {
    var random = new Random(seed);
    var samples = samples(random);
    var late = new ArrayList<Sample>();
    long watermark = base;
    int next = 0;
    while (watermark < now) {
      watermark = Math.min(now, watermark + random.nextLong(1, 90) * MINUTE);
      var arriving = new ArrayList<Sample>();
      for (; next < samples.size() && samples.get(next).ms() <= watermark; next++) {
        (random.nextInt(20) == 0 ? late : arriving).add(samples.get(next));
        if (random.nextInt(10) == 0) {
          arriving.add(samples.get(next)); // the sender repeats itself
        }
      }
      clock = watermark;
      store(arriving);
      rollups().advance(watermark);
      if (random.nextInt(3) == 0) {
        crashedBeforeItsProgressWasWritten(random);
      }
    }
    clock = now + 1;
    store(late.subList(0, late.size() / 2));
    rollups().advance(now + HOUR);
    clock = now + HOUR + 1;
    store(late.subList(late.size() / 2, late.size()));
    rollups().advance(now + 2 * HOUR);

    assertRolledUp(now + 2 * HOUR);
    assertThat(buckets("5m", "late")).isPositive();
  }

  private void crashedBeforeItsProgressWasWritten(Random random) {
    String rollup = random.nextBoolean() ? "5m" : "1h";
    engine.run("ALTER TABLE metrics_rollup_progress DELETE WHERE Rollup = '%s' AND Watermark ="
            .formatted(rollup)
        + " (SELECT max(Watermark) FROM metrics_rollup_progress WHERE Rollup = '%s')"
            .formatted(rollup)
        + " SETTINGS mutations_sync = 1");
  }

  @Test
  void aLateSampleChangesTheBucketsThatLookBackAtIt() {
    store(at("2:01", 10), at("2:05:10", 30));
    rollups().advance(now);
    assertThat(increases()).isEqualTo("[0,20]");

    clock = now + 1;
    store(at("2:04:50", 5));
    rollups().advance(now + HOUR);

    assertThat(increases()).isEqualTo("[5,25]");
    assertThat(buckets("5m", "late")).isEqualTo(2);
    assertRolledUp(now + HOUR);
  }

  private String increases() {
    return engine.run(
        "SELECT groupArray(Increase) FROM (SELECT * FROM metrics_rollup_5m FINAL ORDER BY Bucket)");
  }

  @Test
  void otherMetricsAreNotReadForALateSample() {
    store(at("2:01", 10), new Sample("shop", "other", 8, base + 2 * HOUR + MINUTE, 1));
    rollups().advance(now);

    clock = now + 1;
    store(at("2:02", 11));
    rollups().advance(now + HOUR);

    assertThat(engine.run(
            "SELECT uniqExact(Version) FROM metrics_rollup_5m WHERE MetricName = 'other'"))
        .isEqualTo("1");
    assertThat(engine.run("SELECT max(Version) > min(Version) FROM metrics_rollup_5m"))
        .isEqualTo("1");
  }

  @Test
  void aBucketIsLeftAloneOnceItsSamplesMayBeGone() {
    long day = 24 * HOUR;
    long gone = Math.floorDiv(System.currentTimeMillis(), day) * day - 3 * day + HOUR;
    insert(List.of(new Sample("shop", "orders_total", 7, gone, 1)), 3);
    insert(List.of(new Sample("shop", "orders_total", 7, gone - 60 * day, 1)), 0);
    rollups().advance(now);
    assertThat(engine.run("SELECT count(), groupArray(RetentionDays) FROM metrics_rollup_5m FINAL"))
        .as("of 3 days' retention on the third day, when the day before is dropped")
        .isEqualTo("1\t[0]");

    clock = now + 1;
    insert(List.of(new Sample("shop", "orders_total", 7, gone + day, 1)), 3);
    rollups().advance(now + HOUR);
    assertThat(engine.run("SELECT count() FROM metrics_rollup_5m FINAL")).isEqualTo("2");
  }

  @Test
  void aRollupStaysForAtLeastAsLongAsItsSamples() {
    insert(List.of(new Sample("shop", "a", 7, base, 1)), 0);
    insert(List.of(new Sample("shop", "b", 7, base, 1)), 30);
    insert(List.of(new Sample("shop", "c", 7, base, 1)), 1000);

    rollups().advance(now);

    assertThat(
            engine.run(
                "SELECT groupArray((MetricName, RetentionDays)) FROM (SELECT * FROM metrics_rollup_5m ORDER BY MetricName)"))
        .isEqualTo("[('a',0),('b',90),('c',1000)]");
    assertThat(
            engine.run(
                "SELECT groupArray((MetricName, RetentionDays)) FROM (SELECT * FROM metrics_rollup_1h ORDER BY MetricName)"))
        .isEqualTo("[('a',0),('b',400),('c',1000)]");
  }

  @Test
  void whatNeedsTooMuchMemoryIsComputedByParts() {
    engine.run("""
        INSERT INTO metrics_samples (Tenant, MetricName, SeriesId, Ts, Value)
        SELECT 'shop', 'm', cityHash64(number %% 40000), fromUnixTimestamp64Milli(%d + intDiv(number, 40000) * 10000), number
        FROM numbers(2000000)""".formatted(base));
    var little = new RollupConfig(true, CONFIG.lateness(), CONFIG.lookBack(), 90, 400, 24 << 20);

    new Rollups(clickHouse, SchemaOptions.single(engine.database()), little, metrics).advance(now);

    assertThat(engine.run("SELECT sum(Count), uniqExact(SeriesId) FROM metrics_rollup_5m FINAL"))
        .isEqualTo("2000000\t40000");
    assertThat(engine.run("SELECT sum(Count) FROM metrics_rollup_1h FINAL")).isEqualTo("2000000");
  }

  private Rollups rollups() {
    return new Rollups(clickHouse, SchemaOptions.single(engine.database()), CONFIG, metrics);
  }

  private Sample at(String time, double value) {
    String[] parts = time.split(":", -1);
    long ms = Long.parseLong(parts[0]) * HOUR + Long.parseLong(parts[1]) * MINUTE;
    ms += parts.length > 2 ? Long.parseLong(parts[2]) * 1000 : 0;
    return new Sample("shop", "orders_total", 7, base + ms, value);
  }

  /** Counters and gauges at different intervals, with gaps, resets, NaNs; in order of time. */
  private List<Sample> samples(Random random) {
    var samples = new ArrayList<Sample>();
    for (int series = 0; series < 12; series++) {
      String tenant = "tenant" + series % 2;
      String metric = "metric" + series % 3;
      long id = random.nextLong();
      long interval = List.of(15_000L, 60_000L, 7 * MINUTE).get(random.nextInt(3));
      boolean counter = random.nextBoolean();
      double value = random.nextInt(1000);
      for (long ms = base + random.nextLong(interval); ms < now; ms += interval) {
        if (random.nextInt(100) == 0) {
          ms += random.nextLong(40 * MINUTE);
        }
        if (counter) {
          value = random.nextInt(50) == 0 ? 0 : value + random.nextInt(5) / 4.0;
        } else {
          value = random.nextGaussian() * 1000;
        }
        double sent = random.nextInt(40) == 0 ? (random.nextBoolean() ? STALE : Double.NaN) : value;
        samples.add(new Sample(tenant, metric, id, ms + random.nextInt(3), sent));
      }
    }
    samples.sort(java.util.Comparator.comparingLong(Sample::ms));
    return samples;
  }

  private void store(Sample... samples) {
    store(List.of(samples));
  }

  private void store(List<Sample> samples) {
    insert(samples, 30);
    samples.forEach(expected::add);
  }

  /** As if ClickHouse's clock were that of the test. */
  private void setMarksBack() {
    long realFrom = now + 4 * HOUR;
    engine.run("""
        INSERT INTO metrics_rollup_late
        SELECT fromUnixTimestamp64Milli(%d), Bucket, Tenant, MetricName FROM metrics_rollup_late
        WHERE At > fromUnixTimestamp64Milli(%d) AND Bucket < toDateTime(%d)""".formatted(clock, realFrom, (clock - MINUTE) / 1000));
    engine.run(
        "ALTER TABLE metrics_rollup_late DELETE WHERE At > fromUnixTimestamp64Milli(%d) SETTINGS mutations_sync = 1"
            .formatted(realFrom));
  }

  private void insert(List<Sample> samples, int retentionDays) {
    if (samples.isEmpty()) {
      return;
    }
    var rows = new SampleRows();
    for (Sample sample : samples) {
      rows.tenant.append(sample.tenant());
      rows.metricName.append(sample.metric());
      rows.seriesId.append(sample.seriesId());
      rows.ts.append(sample.ms());
      rows.value.append(sample.value());
      rows.retentionDays.append((short) retentionDays);
    }
    clickHouse.insert(
        "metrics_samples",
        rows.block().columns().stream().map(Block.Named::name).toList(),
        InsertBody.of(rows.block().encode()),
        Map.of());
    setMarksBack();
  }

  private void assertRolledUp(long watermark) {
    var computed = watermark - CONFIG.lateness().toMillis();
    for (var each : Map.of("5m", 5 * MINUTE, "1h", HOUR).entrySet()) {
      long end = Math.floorDiv(computed, each.getValue()) * each.getValue();
      assertSame(each.getKey(), stored(each.getKey()), expected.rows(each.getValue(), end));
    }
  }

  private static void assertSame(
      String rollup, Map<String, List<Row>> stored, Map<String, List<Row>> expected) {
    assertThat(stored.keySet()).as(rollup).isEqualTo(expected.keySet());
    for (var series : expected.entrySet()) {
      var its = stored.get(series.getKey());
      assertThat(its).as(rollup + " " + series.getKey()).hasSameSizeAs(series.getValue());
      for (int i = 0; i < its.size(); i++) {
        assertSame(rollup + " " + series.getKey(), its.get(i), series.getValue().get(i));
      }
    }
  }

  /** Sums differ in the last bits by the order in which they are added up. */
  private static void assertSame(String series, Row stored, Row expected) {
    var rounded = new Row(
        stored.bucketMs(),
        stored.lastMs(),
        stored.last(),
        stored.min(),
        stored.max(),
        expected.sum(),
        stored.count(),
        expected.increase());
    assertThat(rounded).as(series).isEqualTo(expected);
    double error = 1e-9 * stored.count() * Math.max(Math.abs(stored.min()), Math.abs(stored.max()));
    assertThat(stored.sum()).as(series).isCloseTo(expected.sum(), within(error));
    assertThat(stored.increase()).as(series).isCloseTo(expected.increase(), within(2 * error));
  }

  private static Map<String, List<Row>> stored(String rollup) {
    var rows = new TreeMap<String, List<Row>>();
    String answer = engine.run("""
        SELECT concat(Tenant, '/', MetricName, '/', toString(SeriesId)), toUnixTimestamp(Bucket) * 1000,
            toUnixTimestamp64Milli(LastTs), Last, Min, Max, Sum, Count, Increase
        FROM metrics_rollup_%s FINAL ORDER BY Tenant, MetricName, SeriesId, Bucket""".formatted(rollup));
    answer
        .lines()
        .map(line -> line.split("\t", -1))
        .forEach(cells -> rows.computeIfAbsent(cells[0], _ -> new ArrayList<>())
            .add(new Row(
                Long.parseLong(cells[1]),
                Long.parseLong(cells[2]),
                Double.parseDouble(cells[3]),
                Double.parseDouble(cells[4]),
                Double.parseDouble(cells[5]),
                Double.parseDouble(cells[6]),
                Long.parseLong(cells[7]),
                Double.parseDouble(cells[8]))));
    return rows;
  }

  private double buckets(String rollup, String cause) {
    for (var snapshot : registry.scrape()) {
      if (snapshot instanceof CounterSnapshot counters
          && counters.getMetadata().getName().equals("seamark_rollup_buckets")) {
        return counters.getDataPoints().stream()
            .filter(point -> rollup.equals(point.getLabels().get("rollup"))
                && cause.equals(point.getLabels().get("cause")))
            .findFirst()
            .orElseThrow()
            .getValue();
      }
    }
    throw new AssertionError("no seamark_rollup_buckets");
  }
}
