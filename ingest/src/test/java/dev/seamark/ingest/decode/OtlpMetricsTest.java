package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.management.ThreadMXBean;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.LabelSet;
import dev.seamark.labels.NamingOptions;
import dev.seamark.tenant.Sender;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.resource.v1.Resource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OtlpMetricsTest {
  private static final Sender SENDER = new Sender("default", null, 30);

  private static final long NANOS_A_DAY = 86_400_000_000_000L;
  private static final long MIDNIGHT = 20_781 * NANOS_A_DAY;
  private static final long NOON = MIDNIGHT + NANOS_A_DAY / 2;
  private static final AggregationTemporality CUMULATIVE =
      AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE;

  private final SeriesCache cache =
      new SeriesCache(new SeriesLimits(1 << 16, 1 << 16, 1 << 16), 42);
  private final OtlpMetrics metrics =
      new OtlpMetrics(Limits.DEFAULT, NamingOptions.DEFAULTS, cache);
  private final MetricRows rows = new MetricRows();

  @ParameterizedTest
  @ValueSource(strings = {"gauge", "histogram-unpacked", "scattered-attributes"})
  void readsBytesWrittenByHand(String name) throws Exception {
    String hex = resource(name + ".hex")
        .lines()
        .map(line -> line.replaceAll("#.*", "").replace(" ", ""))
        .reduce("", String::concat);

    Decoded decoded = decode(HexFormat.of().parseHex(hex), NOON);

    StringBuilder text = new StringBuilder("Decoded[accepted=%d, rejected=%d, message=%s]\n"
        .formatted(decoded.accepted(), decoded.rejected(), decoded.message()));
    rows.tables()
        .forEach(table -> RowText.of(table)
            .forEach(row ->
                text.append(table.table().table()).append(": ").append(row).append('\n')));
    if (System.getProperty("golden", "").equals("write")) {
      Files.writeString(
          Path.of("src/test/resources/dev/seamark/ingest/decode/metrics", name + ".rows"), text);
    }
    assertThat(text.toString()).isEqualTo(resource(name + ".rows"));
  }

  @Test
  void refusesDeltaAndNamesTheRemedy() throws Malformed, Crowded {
    Metric delta = Metric.newBuilder()
        .setName("requests")
        .setSum(Sum.newBuilder()
            .setIsMonotonic(true)
            .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA)
            .addDataPoints(point(1, "a"))
            .addDataPoints(point(2, "b")))
        .build();
    Metric unspecified = Metric.newBuilder()
        .setName("odd")
        .setHistogram(Histogram.newBuilder().addDataPoints(HistogramDataPoint.newBuilder()))
        .build();

    Decoded decoded = decode(request(delta, unspecified, gauge("kept", point(3, "a"))), NOON);

    assertThat(decoded.accepted()).isEqualTo(1);
    assertThat(decoded.rejected()).isEqualTo(3);
    assertThat(decoded.message())
        .isEqualTo(
            "2 data points have delta temporality, which is not stored (first: metric requests);"
                + " make them cumulative with the Collector's deltatocumulative processor;"
                + " 1 data points have no aggregation temporality (first: metric odd);"
                + " only cumulative ones are stored");
  }

  @Test
  void namesLimitAndSettingOfARefusedPoint() throws Malformed, Crowded {
    Decoded decoded =
        decode(request(gauge("up", point(1, "x".repeat(9_000)), point(1, "fine"))), NOON);

    assertThat(decoded)
        .isEqualTo(new Decoded(
            1,
            1,
            "metric up: bytes of the value of label path is 9000, limit 8192"
                + " (ingest.limits.label-value-bytes-max)"));
  }

  @Test
  void saysWhichExemplarsAreLeftOutOfStoredPoints() throws Malformed, Crowded {
    NumberDataPoint point = point(1, "a").toBuilder()
        .addExemplars(exemplar().addFilteredAttributes(attribute("k".repeat(1_025), "v")))
        .addExemplars(exemplar())
        .addExemplars(exemplar().clearValue())
        .addExemplars(exemplar().setTimeUnixNano(-1))
        .build();
    byte[] body = request(gauge("up", point));

    for (int i = 0; i < 2; i++) { // of unknown series, and of known ones
      assertThat(decode(body, NOON))
          .isEqualTo(new Decoded(
              1,
              0,
              "3 exemplars are left out (first: of metric up: the number of bytes of an attribute"
                  + " key of an exemplar is 1025, limit 1024"
                  + " (ingest.limits.attribute-key-bytes-max))"));
      assertThat(rows.exemplars.rows()).isEqualTo(1);
      rows.announcement().completed();
    }
    assertThat(decode(
                request(gauge(
                    "up",
                    point(1, "a").toBuilder()
                        .addExemplars(exemplar().clearValue())
                        .build())),
                NOON)
            .message())
        .isEqualTo("1 exemplars are left out (first: of metric up: it has no value)");
  }

  @Test
  void anExemplarLargerThanARowIsLeftOut() throws Malformed, Crowded {
    Exemplar.Builder large = exemplar();
    for (int i = 0; i < 17; i++) {
      large.addFilteredAttributes(attribute("k" + i, "v".repeat(256 * 1024)));
    }

    Decoded decoded =
        decode(request(gauge("up", point(1, "a").toBuilder().addExemplars(large).build())), NOON);

    assertThat(decoded.message())
        .isEqualTo("1 exemplars are left out (first: of metric up: the number of bytes of a row is"
            + " 4456685, limit 4194304 (ingest.limits.row-bytes-max))");
    assertThat(decoded.accepted()).isEqualTo(1);
    assertThat(rows.exemplars.rows()).isZero();
  }

  @Test
  void saysThatTargetInfoIsLeftOut() throws Malformed, Crowded {
    Resource.Builder resource =
        Resource.newBuilder().addAttributes(attribute("service.name", "cart"));
    for (int i = 0; i < 64; i++) {
      resource.addAttributes(attribute("k" + i, "v"));
    }
    byte[] body = ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(ResourceMetrics.newBuilder()
            .setResource(resource)
            .addScopeMetrics(ScopeMetrics.newBuilder().addMetrics(gauge("up", point(1, "a")))))
        .build()
        .toByteArray();

    for (int i = 0; i < 2; i++) {
      assertThat(decode(body, NOON))
          .isEqualTo(new Decoded(
              1,
              0,
              "target_info of 1 resources is left out"
                  + " (first: labels is 66, limit 64 (ingest.limits.labels-max))"));
      assertThat(rows.samples.rows()).isEqualTo(1);
      rows.announcement().completed();
    }
  }

  /** A few bytes of a body must not become gigabytes of rows. */
  @Test
  void refusesRequestsThatGrowTooLarge() {
    Limits tight = new Limits(
        1 << 20, 1 << 16, 1 << 15, 32, 256, 99, 99, 9, 9, 64, 99, 99, Duration.ofDays(1));
    OtlpMetrics metrics = new OtlpMetrics(tight, NamingOptions.DEFAULTS, cache);
    byte[] cumulative = {2 << 3, 2};
    byte[] points = new byte[1 << 12]; // of no bytes: a tag and a length of zero each
    for (int i = 0; i < points.length; i += 2) {
      points[i] = 1 << 3 | 2;
    }
    byte[] quantiles = new byte[1 << 13];
    for (int i = 0; i < quantiles.length; i += 2) {
      quantiles[i] = 6 << 3 | 2;
    }

    for (byte[] body : List.of(
        metric(10, join(cumulative, points)),
        metric(9, join(cumulative, points)),
        metric(11, field(1, quantiles)))) {
      rows.clear();
      assertThatThrownBy(() -> metrics.decode(body, 0, body.length, SENDER, null, NOON, rows))
          .isInstanceOf(Malformed.class)
          .hasMessageContaining("limit 65536 (ingest.limits.decoded-bytes-max)");
      assertThat(cache.counts().pending()).isZero();
    }
  }

  @Test
  void theLastMemberOfAOneofWinsAndOnlyItsLastRunIsMerged() throws Malformed, Crowded {
    byte[] one = gauge("up", point(1, "a")).toByteArray();
    byte[] two = gauge("up", point(2, "b")).toByteArray();
    byte[] three = gauge("up", point(3, "c")).toByteArray();
    byte[] sum = Metric.newBuilder()
        .setSum(Sum.newBuilder().addDataPoints(point(4, "d")))
        .build()
        .toByteArray();

    decode(field(1, field(2, field(2, join(one, two, sum, two, three)))), NOON);

    assertThat(rows.samples.rows()).isEqualTo(2);
    assertThat(rows.samples.value.get(0)).isEqualTo(2);
    assertThat(rows.samples.value.get(1)).isEqualTo(3);
  }

  @Test
  void endsTheAnnouncementOfARequestThatBreaks() throws Malformed, Crowded {
    SeriesDirectory broken = new SeriesDirectory() {
      private int remembered;

      @Override
      public long seed() {
        return cache.seed();
      }

      @Override
      public boolean find(long key1, long key2, SeriesRef into) {
        return cache.find(key1, key2, into);
      }

      @Override
      public void remember(long key1, long key2, long id, long @Nullable [] block, int day) {
        if (remembered++ == 1) {
          throw new IllegalStateException("a bug");
        }
      }

      @Override
      public Announcement open(Sender sender, long nowNanos) {
        return cache.open(sender, nowNanos);
      }
    };
    byte[] body = request(gauge("up", point(1, "a"), point(2, "b")));

    assertThatThrownBy(() -> new OtlpMetrics(Limits.DEFAULT, NamingOptions.DEFAULTS, broken)
            .decode(body, 0, body.length, SENDER, null, NOON, rows))
        .hasMessage("a bug");

    assertThat(cache.counts().failed()).isPositive();
    assertThat(cache.counts().pending()).isZero();
  }

  @Test
  void putsARequestOffWhileTooMuchIsPending() throws Malformed, Crowded {
    byte[] first = request(gauge("up", point(1, "/a")));
    decode(first, NOON);
    int claims = (int) cache.counts().claimed();
    SeriesCache tight = new SeriesCache(new SeriesLimits(1 << 10, 1 << 10, claims), 42);
    OtlpMetrics lane = new OtlpMetrics(Limits.DEFAULT, NamingOptions.DEFAULTS, tight);
    decode(lane, first);
    Announcement pending = rows.announcement();

    for (byte[] body : List.of(
        request(gauge("up", point(1, "/a"), point(2, "/b"))),
        request(gauge("down", point(1, "/a"))))) {
      assertThatThrownBy(() -> decode(lane, body))
          .isInstanceOf(Crowded.class)
          .hasMessageContaining("ingest.series.pending-max");
      assertThat(tight.counts().pending()).as("of the first alone").isEqualTo(claims);
    }
    assertThat(decode(lane, first)).as("nothing new").isEqualTo(Decoded.all(1));

    pending.completed();
    assertThat(decode(lane, request(gauge("up", point(2, "/b"))))).isEqualTo(Decoded.all(1));
  }

  @Test
  void refusesForGoodWhatAloneIsTooMuchToBePending() {
    SeriesCache tight = new SeriesCache(new SeriesLimits(1 << 10, 1 << 10, 2), 42);
    OtlpMetrics lane = new OtlpMetrics(Limits.DEFAULT, NamingOptions.DEFAULTS, tight);

    assertThatThrownBy(() -> decode(lane, request(gauge("up", point(1, "/a"), point(2, "/b")))))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("ingest.series.pending-max");
    assertThat(tight.counts().pending()).isZero();
  }

  @Test
  void fillsTheColumnsOfASeriesFromUtf8NamesToo() throws Malformed, Crowded {
    Resource resource = Resource.newBuilder()
        .addAttributes(attribute("k8s.namespace.name", "shop"))
        .addAttributes(attribute("k8s.pod.name", "cart-7"))
        .addAttributes(attribute("k8s.container.name", "app"))
        .addAttributes(attribute("k8s.node.name", "n1"))
        .build();
    byte[] body = ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(ResourceMetrics.newBuilder()
            .setResource(resource)
            .addScopeMetrics(ScopeMetrics.newBuilder().addMetrics(gauge("up", point(1, "/a")))))
        .build()
        .toByteArray();

    for (boolean utf8Names : new boolean[] {false, true}) {
      var options = new NamingOptions(utf8Names, true, false, NamingOptions.PROMOTED);
      var fresh = new SeriesCache(new SeriesLimits(1 << 10, 1 << 10, 1 << 10), 42);
      decode(new OtlpMetrics(Limits.DEFAULT, options, fresh), body);

      assertThat(RowTexts.of(rows.series.block()))
          .singleElement()
          .satisfies(row -> assertThat(row)
              .containsEntry("Namespace", "shop")
              .containsEntry("Pod", "cart-7")
              .containsEntry("Container", "app")
              .containsEntry("Node", "n1"));
    }
  }

  private static Exemplar.Builder exemplar() {
    return Exemplar.newBuilder().setTimeUnixNano(NOON).setAsDouble(1);
  }

  /** A request of one metric, whose data is the given bytes. */
  private static byte[] metric(int number, byte[] data) {
    byte[] metric = join(field(1, "up".getBytes(UTF_8)), field(number, data));
    return field(1, field(2, field(2, metric)));
  }

  private static byte[] field(int number, byte[] value) {
    WireWriter out = new WireWriter(value.length + 16);
    out.bytes(number, value);
    return out.toBytes();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @Test
  void refusesPointsOfAWrongClock() throws Malformed, Crowded {
    long lastNanos = NOON + NANOS_A_DAY;
    NumberDataPoint last = point(1, "a").toBuilder().setTimeUnixNano(lastNanos).build();
    NumberDataPoint beyond = last.toBuilder().setTimeUnixNano(lastNanos + 1).build();
    NumberDataPoint far = last.toBuilder().setTimeUnixNano(-1).build();

    Decoded decoded = decode(request(gauge("up", last, beyond, far, last)), NOON);

    assertThat(decoded)
        .isEqualTo(new Decoded(
            2,
            2,
            "metric up: the number of seconds that the time of a data point lies ahead is 86401,"
                + " limit 86400 (ingest.limits.future-max); metric up: the time of a data point is"
                + " 18446744073709551615 ns, limit 4294967295000000000 (the year 2106, fixed)"));
    assertThat(rows.samples.ts.get(0)).isEqualTo(lastNanos / 1_000_000);
    assertThat(rows.samples.rows()).isEqualTo(3); // and target_info
  }

  @Test
  void givesASeriesTheIdOfItsLabels() throws Malformed, Crowded {
    decode(request(gauge("queue.size", point(1, "/a"))), NOON);

    LabelSet labels = new LabelSet();
    put(labels, "__name__", "queue_size");
    put(labels, "path", "/a");
    put(labels, "job", "shop/cart");
    put(labels, "instance", "cart-1");
    put(labels, "cluster", "eu-1");
    put(labels, "k8s_cluster_name", "eu-1");
    assertThat(rows.series.seriesId.get(0)).isEqualTo(labels.hash().id());
    assertThat(rows.series.seriesHash.get(0)).isEqualTo(labels.hash().hash());
    assertThat(rows.samples.seriesId.get(0)).isEqualTo(labels.hash().id());
  }

  @Test
  void announcesAgainAfterALostAcknowledgement() throws Malformed, Crowded {
    byte[] body = request(gauge("up", point(1, "/a")));
    decode(body, NOON);
    int announced = rows.series.rows();
    rows.announcement().failed(new IllegalStateException("broker away"));

    decode(body, NOON);

    assertThat(announced).isEqualTo(2); // up and target_info
    assertThat(rows.series.rows()).isEqualTo(announced);
    assertThat(rows.labelValues.rows()).isPositive();
  }

  @Test
  void waitsForSeriesThatAnotherRequestAnnounces() throws Malformed, Crowded {
    byte[] body = request(gauge("up", point(1, "/a")));
    decode(body, NOON);
    Announcement first = rows.announcement();
    MetricRows second = new MetricRows();
    new OtlpMetrics(Limits.DEFAULT, NamingOptions.DEFAULTS, cache)
        .decode(body, 0, body.length, SENDER, null, NOON, second);

    AtomicInteger ends = new AtomicInteger();
    second.announcement().whenOthersEnd(lost -> {
      assertThat(lost).isNull();
      ends.incrementAndGet();
    });

    assertThat(second.series.rows()).isZero();
    assertThat(second.samples.rows()).isEqualTo(2);
    assertThat(ends).hasValue(0);
    first.completed();
    assertThat(ends).hasValue(1);
  }

  @Test
  void announcesEachDayOfASampleOnce() throws Malformed, Crowded {
    byte[] body =
        request(gauge("up", point(1, "/a").toBuilder().setTimeUnixNano(0).build()));
    for (long day = 0; day < 3; day++) {
      decode(body, NOON + day * NANOS_A_DAY);
      assertThat(rows.series.rows()).isEqualTo(2);
      assertThat(rows.series.day.get(0)).isEqualTo(20_781 + (int) day);
      rows.announcement().completed();
      decode(body, NOON + day * NANOS_A_DAY);
      assertThat(rows.series.rows()).isZero();
    }

    byte[] late = request(gauge("up", point(1, "/a")));
    decode(late, NOON + 2 * NANOS_A_DAY); // its point is of the first day, known then
    assertThat(rows.series.rows()).isZero();
  }

  @Test
  void spreadsTheNextDayOverTheTwoHoursBeforeMidnight() throws Malformed, Crowded {
    NumberDataPoint[] points = new NumberDataPoint[1_000];
    for (int i = 0; i < points.length; i++) {
      points[i] = point(i, "/" + i).toBuilder().setTimeUnixNano(0).build();
    }
    byte[] body = request(gauge("up", points));
    decode(body, NOON);
    rows.announcement().completed();
    decode(body, NOON);

    List<Integer> ahead = new ArrayList<>();
    for (int minutes : new int[] {121, 119, 60, 30, 1}) {
      decode(body, MIDNIGHT + NANOS_A_DAY - minutes * 60_000_000_000L);
      for (int row = 0; row < rows.series.rows(); row++) {
        assertThat(rows.series.day.get(row)).isEqualTo(20_782);
      }
      ahead.add(rows.series.rows());
      rows.announcement().completed();
    }
    decode(body, MIDNIGHT + NANOS_A_DAY);

    assertThat(ahead.get(0)).isZero();
    assertThat(ahead.get(1)).isLessThan(30);
    assertThat(ahead.get(2)).isBetween(430, 560);
    assertThat(ahead.get(3)).isBetween(190, 310);
    assertThat(rows.series.rows()).isLessThan(30);
    assertThat(ahead.stream().mapToInt(n -> n).sum() + rows.series.rows()).isEqualTo(1_001);
  }

  @Test
  void endsAllSeriesOfAHistogramThatNamesNoBounds() throws Malformed, Crowded {
    HistogramDataPoint live = HistogramDataPoint.newBuilder()
        .setTimeUnixNano(NOON)
        .setCount(3)
        .setSum(1.5)
        .addExplicitBounds(1)
        .addExplicitBounds(2)
        .addAllBucketCounts(List.of(1L, 1L, 1L))
        .build();
    HistogramDataPoint end = HistogramDataPoint.newBuilder()
        .setTimeUnixNano(NOON + 1_000_000)
        .setFlags(1)
        .build();
    for (int i = 0; i < 2; i++) {
      decode(request(histogram(live)), NOON);
      rows.announcement().completed();
    }
    List<Long> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.add(rows.samples.seriesId.get(i));
    }

    decode(request(histogram(end)), NOON);

    for (int i = 0; i < 5; i++) {
      assertThat(rows.samples.seriesId.get(i)).isEqualTo(ids.get(i));
      assertThat(rows.samples.value.getLongBits(i)).isEqualTo(OtlpMetrics.STALE_MARKER);
    }
    assertThat(rows.samples.rows()).isEqualTo(6); // and target_info
  }

  @Test
  void refusesTextThatIsNotUtf8() {
    byte[] body = request(gauge("up", point(1, "/a")));
    int at = new String(body, UTF_8).indexOf("/a");
    body[at] = (byte) 0xFF;

    assertThatThrownBy(() -> decode(body, NOON))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("UTF-8");
    assertThat(cache.counts().pending()).isZero(); // nothing of it is claimed any more
  }

  @Test
  void refusesOrReadsDamagedBodies() {
    Random random = new Random(5);
    for (int seed = 0; seed < 300; seed++) {
      byte[] body = new RandomMetrics(seed).request().toByteArray();
      for (int i = 0; i < 20 && body.length > 0; i++) {
        byte[] damaged = body.clone();
        int length = body.length;
        if (i % 2 == 0) {
          length = random.nextInt(body.length);
        } else {
          damaged[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
        }
        readOrRefuse(damaged, length);
      }
    }
  }

  @FuzzTest(maxDuration = "10s")
  void survivesAnything(byte[] body) {
    readOrRefuse(body, body.length);
  }

  @Test
  void allocatesNothingForKnownPoints() throws Malformed, Crowded {
    NumberDataPoint[] points = new NumberDataPoint[1_000];
    for (int i = 0; i < points.length; i++) {
      points[i] = point(i, "/" + i).toBuilder()
          .addExemplars(Exemplar.newBuilder()
              .setAsDouble(1)
              .addFilteredAttributes(attribute("user", "u" + i)))
          .build();
    }
    HistogramDataPoint live = HistogramDataPoint.newBuilder()
        .setTimeUnixNano(NOON)
        .addExplicitBounds(1)
        .addAllBucketCounts(List.of(1L, 1L))
        .build();
    byte[] body = request(gauge("up", points), histogram(live));
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 300; i++) {
      decode(body, NOON);
      rows.announcement().completed();
    }

    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 100; i++) {
      decode(body, NOON);
    }
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;

    // a request may take a little (its answer, the tenant's bytes), its points nothing
    assertThat(bytes / 100.0).isLessThan(1_000);
  }

  private void readOrRefuse(byte[] body, int length) {
    rows.clear();
    try {
      metrics.decode(body, 0, length, SENDER, null, NOON, rows);
      rows.announcement().completed();
      rows.tables().forEach(table -> assertThat(table.block().encode()).isNotNull());
    } catch (Malformed | Crowded refused) {
      assertThat(refused.getMessage()).isNotEmpty();
    }
    assertThat(cache.counts().pending()).isZero();
  }

  private Decoded decode(OtlpMetrics lane, byte[] body) throws Malformed, Crowded {
    rows.clear();
    return lane.decode(body, 0, body.length, Sender.ANYBODY, null, NOON, rows);
  }

  private Decoded decode(byte[] body, long now) throws Malformed, Crowded {
    rows.clear();
    return metrics.decode(body, 0, body.length, SENDER, null, now, rows);
  }

  private static byte[] request(Metric... all) {
    Resource resource = Resource.newBuilder()
        .addAttributes(attribute("service.name", "cart"))
        .addAttributes(attribute("service.namespace", "shop"))
        .addAttributes(attribute("service.instance.id", "cart-1"))
        .addAttributes(attribute("k8s.cluster.name", "eu-1"))
        .build();
    ScopeMetrics scope = ScopeMetrics.newBuilder().addAllMetrics(List.of(all)).build();
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(
            ResourceMetrics.newBuilder().setResource(resource).addScopeMetrics(scope))
        .build()
        .toByteArray();
  }

  private static Metric gauge(String name, NumberDataPoint... points) {
    return Metric.newBuilder()
        .setName(name)
        .setGauge(Gauge.newBuilder().addAllDataPoints(List.of(points)))
        .build();
  }

  private static Metric histogram(HistogramDataPoint point) {
    return Metric.newBuilder()
        .setName("latency")
        .setUnit("s")
        .setHistogram(
            Histogram.newBuilder().setAggregationTemporality(CUMULATIVE).addDataPoints(point))
        .build();
  }

  private static NumberDataPoint point(double value, String path) {
    return NumberDataPoint.newBuilder()
        .setTimeUnixNano(NOON)
        .setAsDouble(value)
        .addAttributes(attribute("path", path))
        .build();
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private static void put(LabelSet labels, String name, String value) {
    labels.put(name.getBytes(UTF_8), value.getBytes(UTF_8));
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = OtlpMetricsTest.class.getResourceAsStream("metrics/" + name)) {
      assertThat(in).as(name).isNotNull();
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
