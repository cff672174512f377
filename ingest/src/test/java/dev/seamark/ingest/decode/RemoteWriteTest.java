package dev.seamark.ingest.decode;

import static dev.seamark.ingest.decode.RemoteWriteMessages.request1;
import static dev.seamark.ingest.decode.RemoteWriteMessages.samples;
import static dev.seamark.ingest.decode.RemoteWriteMessages.series;
import static dev.seamark.ingest.decode.RemoteWriteMessages.v1;
import static dev.seamark.ingest.decode.RemoteWriteMessages.v2;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.DynamicMessage;
import com.sun.management.ThreadMXBean;
import dev.seamark.ingest.decode.RemoteWriteMessages.Request2;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.LabelSet;
import dev.seamark.labels.NamingOptions;
import dev.seamark.tenant.Clusters;
import dev.seamark.tenant.EdgeRule;
import dev.seamark.tenant.Sender;
import dev.seamark.tenant.TenantLimits;
import dev.seamark.tenant.TextPattern;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.resource.v1.Resource;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteWriteTest {
  private static final Sender SENDER = new Sender("default", null, 30);
  private static final long MILLIS_A_DAY = 86_400_000;
  private static final long NOON = 20_781 * MILLIS_A_DAY + MILLIS_A_DAY / 2;

  private final SeriesCache cache =
      new SeriesCache(new SeriesLimits(1 << 20, 1 << 20, 1 << 20), 42);
  private final MetricDecoder one = decoder1(Replicas.ALL);
  private final MetricDecoder two = decoder2(Replicas.ALL);
  private final MetricRows rows = new MetricRows();

  private MetricDecoder decoder1(Replicas replicas) {
    return new RemoteWrite1(
        Limits.DEFAULT, NamingOptions.DEFAULTS, RemoteWriteOptions.DEFAULTS, cache, replicas);
  }

  private MetricDecoder decoder2(Replicas replicas) {
    return new RemoteWrite2(
        Limits.DEFAULT, NamingOptions.DEFAULTS, RemoteWriteOptions.DEFAULTS, cache, replicas);
  }

  @Test
  void readsBytesWrittenByHand() throws Malformed, Crowded {
    String hex = """
        0a 2c                               # timeseries
          0a 0e                             #   label
            0a 08 5f5f6e616d655f5f          #     __name__
            12 02 7570                      #     up
          0a 08                             #   label
            0a 03 6a6f62                    #     job
            12 01 61                        #     a
          12 10                             #   sample
            09 000000000000f83f             #     1.5
            10 e8cbe2e1c133                 #     1,770,000,000,488
        """.lines()
        .map(line -> line.replaceAll("#.*", "").replace(" ", ""))
        .reduce("", String::concat);

    Decoded decoded = decode(one, HexFormat.of().parseHex(hex), 1_770_000_001_000L);

    assertThat(decoded.accepted()).isEqualTo(1);
    long id = id("__name__", "up", "job", "a");
    assertThat(RowText.of(rows.samples))
        .containsExactly("Tenant=default MetricName=up SeriesId=" + Long.toUnsignedString(id)
            + " Ts=1770000000488 Value=1.5 RetentionDays=30");
    assertThat(RowText.of(rows.series)).hasSize(1).first().asString().contains("Labels={job:a}");
  }

  @Test
  void theSameLabelsAreTheSameSeriesWhicheverProtocolTheyComeBy() throws Malformed, Crowded {
    List<String> labels = List.of(
        "__name__", "queue", "cluster", "east", "instance", "i-1", "job", "shop/cart", "q", "main");
    ExportMetricsServiceRequest otlp = ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(ResourceMetrics.newBuilder()
            .setResource(Resource.newBuilder()
                .addAttributes(attribute("service.name", "cart"))
                .addAttributes(attribute("service.namespace", "shop"))
                .addAttributes(attribute("service.instance.id", "i-1"))
                .addAttributes(attribute("k8s.cluster.name", "east")))
            .addScopeMetrics(ScopeMetrics.newBuilder()
                .addMetrics(Metric.newBuilder()
                    .setName("queue")
                    .setGauge(Gauge.newBuilder()
                        .addDataPoints(NumberDataPoint.newBuilder()
                            .setAsDouble(1)
                            .setTimeUnixNano(NOON * 1_000_000)
                            .addAttributes(attribute("q", "main")))))))
        .build();
    NamingOptions unpromoted = new NamingOptions(false, true, false, List.of());

    decode(new OtlpMetrics(Limits.DEFAULT, unpromoted, cache), otlp.toByteArray(), NOON);
    long byOtlp = rows.samples.seriesId.get(0);
    decode(one, request1(series(labels, "samples", samples(NOON, 1))), NOON);
    long by1 = rows.samples.seriesId.get(0);
    decode(
        two, new Request2().series(labels, "samples", List.of(sample2(NOON, 1))).bytes(), NOON);
    long by2 = rows.samples.seriesId.get(0);

    assertThat(List.of(byOtlp, by1, by2)).containsOnly(id(labels.toArray(String[]::new)));
    assertThat(Long.toUnsignedString(by1)).as("for ever").isEqualTo("11340276632951903578");
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  @Test
  void aKnownSeriesAllocatesNothing() throws Malformed, Crowded {
    List<DynamicMessage> many = many(200);
    byte[] inOrder = request1(many.toArray(DynamicMessage[]::new));
    byte[][] shuffled = new byte[20][];
    for (int i = 0; i < shuffled.length; i++) {
      Collections.shuffle(many, new Random(i));
      shuffled[i] = request1(many.toArray(DynamicMessage[]::new));
    }
    Request2 request2 = new Request2();
    int help = request2.symbol("Help.");
    for (int i = 0; i < 200; i++) {
      request2.series(
          labels(i),
          "samples",
          List.of(sample2(NOON, i)),
          "metadata",
          v2("Metadata", "type", 1, "help_ref", help));
    }
    byte[] by2 = request2.bytes();
    for (int i = 0; i < 3; i++) {
      for (byte[] body : shuffled) {
        decode(one, body, NOON);
        rows.announcement().completed();
      }
      decode(one, inOrder, NOON);
      rows.announcement().completed();
      decode(two, by2, NOON);
      rows.announcement().completed();
    }

    assertThat(allocated(() -> decode(one, inOrder, NOON))).isLessThan(1_000);
    assertThat(allocated(() -> decode(one, shuffled[7], NOON))).isLessThan(1_000);
    assertThat(allocated(() -> decode(two, by2, NOON))).isLessThan(1_000);
  }

  private interface Decoding {
    void run() throws Malformed, Crowded;
  }

  /** Bytes of the cheapest of some runs of 200 samples each: others may pay for compilation. */
  private static long allocated(Decoding decoding) throws Malformed, Crowded {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 50; i++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      decoding.run();
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    return least;
  }

  /** More series than the trail remembers are found the long way, and nothing else changes. */
  @Test
  void moreSeriesThanTheTrailHolds() throws Malformed, Crowded {
    byte[][] bodies = new byte[7][];
    for (int i = 0; i < bodies.length; i++) {
      DynamicMessage[] part = new DynamicMessage[10_000];
      for (int k = 0; k < part.length; k++) {
        part[k] = series(labels(10_000 * i + k), "samples", samples(NOON, k));
      }
      bodies[i] = request1(part);
    }
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < bodies.length; i++) {
        assertThat(decode(one, bodies[i], NOON).accepted()).isEqualTo(10_000);
        assertThat(rows.samples.seriesId.get(77)).isEqualTo(id(10_000 * i + 77));
        assertThat(rows.samples.seriesId.get(9_999)).isEqualTo(id(10_000 * i + 9_999));
        assertThat(rows.samples.value.get(9_999)).isEqualTo(9_999);
        assertThat(rows.samples.metricName.text(9_999)).isEqualTo("requests_9");
        assertThat(rows.series.rows()).isEqualTo(round == 0 ? 10_000 : 0);
        rows.announcement().completed();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void whatATenantSentDecidesNothingForAnother(int version) throws Malformed, Crowded {
    MetricDecoder decoder = version == 1 ? one : two;
    byte[] body = up(version, NOON);
    for (int i = 0; i < 3; i++) {
      decode(decoder, body, NOON);
      rows.announcement().completed();
    }
    rows.clear();

    decoder.decode(
        body, 0, body.length, new Sender("other", null, 7), null, NOON * 1_000_000, rows);

    assertThat(rows.samples.tenant.text(0)).isEqualTo("other");
    assertThat(rows.samples.retentionDays.get(0)).isEqualTo(7);
    assertThat(rows.series.rows()).isEqualTo(1);
    rows.announcement().completed();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aKeyOfOtherClustersIsRefusedWhateverIsKnown(int version) throws Malformed, Crowded {
    MetricDecoder decoder = version == 1 ? one : two;
    List<String> labels = List.of("__name__", "up", "cluster", "east");
    byte[] body = version == 1
        ? request1(series(labels, "samples", samples(NOON, 1)))
        : new Request2().series(labels, "samples", List.of(sample2(NOON, 1))).bytes();
    for (int i = 0; i < 3; i++) {
      decode(decoder, body, NOON);
      rows.announcement().completed();
    }
    Sender west =
        new Sender("default", "west", 30, "key", Clusters.of(List.of("west")), TenantLimits.NONE);
    rows.clear();

    assertThatThrownBy(
            () -> decoder.decode(body, 0, body.length, west, null, NOON * 1_000_000, rows))
        .isInstanceOf(Forbidden.class)
        .hasMessageContaining("east");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aSeriesIsAnnouncedForEachDayOfItsSamples(int version) throws Malformed, Crowded {
    MetricDecoder decoder = version == 1 ? one : two;
    for (int i = 0; i < 2; i++) {
      decode(decoder, up(version, NOON, NOON - MILLIS_A_DAY), NOON);
      assertThat(rows.samples.rows()).isEqualTo(2);
      assertThat(rows.series.rows()).isEqualTo(i == 0 ? 2 : 0);
      rows.announcement().completed();
    }
    decode(decoder, up(version, NOON + MILLIS_A_DAY), NOON + MILLIS_A_DAY);
    assertThat(rows.series.rows()).isEqualTo(1);
    rows.announcement().completed();
  }

  @Test
  void shortlyBeforeMidnightSeriesAreAnnouncedForTheNextDayToo() throws Malformed, Crowded {
    long late = NOON + MILLIS_A_DAY / 2 - 60_000; // a minute before
    byte[] body = request1(many(200).toArray(DynamicMessage[]::new));
    decode(one, body, NOON);
    rows.announcement().completed();
    int ahead = 0;
    for (int i = 0; i < 3; i++) {
      decode(one, body, late);
      ahead += rows.series.rows();
      rows.announcement().completed();
    }

    decode(one, body, late);
    assertThat(rows.series.rows()).as("known").isZero();
    assertThat(ahead).isBetween(180, 200);
  }

  @Test
  void theReplicaIsNoLabelOfTheSeries() throws Malformed, Crowded {
    decode(one, pair("a", NOON), NOON);
    assertThat(rows.samples.seriesId.get(0)).isEqualTo(id("__name__", "up", "cluster", "east"));
    rows.announcement().completed();
    decode(one, pair("b", NOON), NOON);
    assertThat(rows.samples.seriesId.get(0)).isEqualTo(id("__name__", "up", "cluster", "east"));
    rows.announcement().completed();
  }

  @Test
  void aReplicaOfNoClusterIsALabelAsOthersAre() throws Malformed, Crowded {
    MetricDecoder decoder = decoder1(new Electing(_ -> {
      throw new AssertionError("nobody to elect");
    }));

    decode(
        decoder,
        request1(
            series(List.of("__name__", "up", "__replica__", "a"), "samples", samples(NOON, 1))),
        NOON);

    assertThat(rows.samples.seriesId.get(0)).isEqualTo(id("__name__", "up", "__replica__", "a"));
  }

  @Test
  void theClusterOfTheHeaderMakesAPairToo() throws Malformed, Crowded {
    List<String> heard = new ArrayList<>();
    MetricDecoder decoder = decoder1(new Electing(replica -> {
      heard.add(replica.tenant() + " " + replica.cluster() + " " + replica.name());
      return true;
    }));
    byte[] body = request1(
        series(List.of("__name__", "up", "__replica__", "a"), "samples", samples(NOON, 1)));
    rows.clear();

    decoder.decode(body, 0, body.length, SENDER, "east", NOON * 1_000_000, rows);

    assertThat(heard).containsExactly("default east a");
    assertThat(rows.samples.seriesId.get(0)).isEqualTo(id("__name__", "up", "cluster", "east"));
  }

  /** The turn changes while everything is known: nothing is remembered of who was elected. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aFailoverTakesEffectAtOnce(int version) throws Malformed, Crowded {
    String[] elected = {"a"};
    Replicas replicas = new Electing(replica -> replica.name().equals(elected[0]));
    MetricDecoder decoder = version == 1 ? decoder1(replicas) : decoder2(replicas);
    for (int i = 0; i < 12; i++) {
      elected[0] = i / 4 % 2 == 0 ? "a" : "b";
      for (String replica : List.of("a", "b")) {
        List<String> labels = List.of("__name__", "up", "__replica__", replica, "cluster", "east");
        byte[] body = version == 1
            ? pair(replica, NOON)
            : new Request2()
                .series(labels, "samples", List.of(sample2(NOON, 1)))
                .bytes();
        Decoded decoded = decode(decoder, body, NOON);
        boolean stored = replica.equals(elected[0]);
        assertThat(rows.samples.rows()).as("%d %s", i, replica).isEqualTo(stored ? 1 : 0);
        assertThat(decoded.written().samples()).isEqualTo(1);
        assertThat(decoded.written().ofOtherReplica()).isEqualTo(stored ? 0 : 1);
        rows.announcement().completed();
      }
    }
  }

  /** An agent may forward the series of many servers in one request. */
  @Test
  void eachSeriesOfARequestIsOfItsOwnReplica() throws Malformed, Crowded {
    MetricDecoder decoder =
        decoder1(new Electing(it -> it.name().equals(it.cluster().equals("east") ? "a" : "b")));
    byte[] body = request1(
        ofReplica("east", "a", 1),
        ofReplica("east", "b", 2),
        ofReplica("west", "a", 3),
        ofReplica("west", "b", 4),
        series(List.of("__name__", "up", "cluster", "north"), "samples", samples(NOON, 5)));
    for (int i = 0; i < 4; i++) {
      Decoded decoded = decode(decoder, body, NOON);

      assertThat(decoded.accepted()).isEqualTo(3);
      assertThat(decoded.written().ofOtherReplica()).isEqualTo(2);
      assertThat(List.of(
              rows.samples.value.get(0), rows.samples.value.get(1), rows.samples.value.get(2)))
          .containsExactly(1.0, 4.0, 5.0);
      rows.announcement().completed();
    }
  }

  private static DynamicMessage ofReplica(String cluster, String replica, double value) {
    return series(
        List.of("__name__", "up", "__replica__", replica, "cluster", cluster),
        "samples",
        samples(NOON, value));
  }

  private static byte[] pair(String replica, long millis) {
    return request1(series(
        List.of("__name__", "up", "__replica__", replica, "cluster", "east"),
        "samples",
        samples(millis, 1)));
  }

  /** Protobuf lets a sender write a field in pieces, and fields in any order. */
  @Test
  void labelsInPiecesAreTheSameSeries() throws Malformed, Crowded {
    byte[] name = label("__name__", "up");
    byte[] job = label("job", "a");
    byte[] sample = field(2, samples(NOON, 1).getFirst().toByteArray());
    for (int i = 0; i < 3; i++) {
      for (byte[] body : List.of(
          field(1, join(name, job, sample)),
          field(1, join(name, sample, job)),
          field(1, join(sample, name, job)),
          field(1, join(name, job, sample, sample)))) {
        decode(one, body, NOON);
        assertThat(rows.samples.seriesId.get(0)).isEqualTo(id("__name__", "up", "job", "a"));
        rows.announcement().completed();
      }
    }
  }

  /** A series whose labels begin as another's is another one. */
  @Test
  void aLongerSeriesIsNotTakenForAShorterOne() throws Malformed, Crowded {
    byte[] shorter =
        request1(series(List.of("__name__", "up", "job", "a"), "samples", samples(NOON, 1)));
    byte[] longer = request1(
        series(List.of("__name__", "up", "job", "a", "pod", "p"), "samples", samples(NOON, 1)));
    for (int i = 0; i < 4; i++) {
      decode(one, shorter, NOON);
      assertThat(rows.samples.seriesId.get(0)).isEqualTo(id("__name__", "up", "job", "a"));
      rows.announcement().completed();
      decode(one, longer, NOON);
      assertThat(rows.samples.seriesId.get(0))
          .isEqualTo(id("__name__", "up", "job", "a", "pod", "p"));
      rows.announcement().completed();
      decode(one, shorter, NOON);
      rows.announcement().completed();
    }
  }

  @Test
  void symbolsCountAsMemory() {
    Limits tight = new Limits(
        1 << 20, 1 << 16, 1 << 15, 32, 256, 99, 99, 9, 9, 64, 99, 99, Duration.ofDays(1));
    MetricDecoder decoder = new RemoteWrite2(
        tight, NamingOptions.DEFAULTS, RemoteWriteOptions.DEFAULTS, cache, Replicas.ALL);
    byte[] symbols = new byte[1 << 14]; // of no bytes: a tag and a length of zero each
    for (int i = 0; i < symbols.length; i += 2) {
      symbols[i] = 4 << 3 | 2;
    }

    assertThatThrownBy(() -> decode(decoder, symbols, NOON))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("limit 65536 (ingest.limits.decoded-bytes-max)");
  }

  @Test
  void aHistogramOfTooManyBucketsIsRefusedBeforeItIsMade() throws Malformed, Crowded {
    DynamicMessage wide = v1(
        "Histogram",
        "count_int",
        2L,
        "positive_spans",
        List.of(
            v1("BucketSpan", "length", 1),
            v1("BucketSpan", "offset", Integer.MAX_VALUE - 9, "length", 1)),
        "positive_deltas",
        List.of(1L, 0L),
        "timestamp",
        NOON);

    Decoded decoded = decode(
        one, request1(series(List.of("__name__", "lag"), "histograms", List.of(wide))), NOON);

    assertThat(decoded.rejected()).isEqualTo(1);
    assertThat(decoded.message())
        .isEqualTo("metric lag: bytes of the buckets of a histogram is 17179869120, limit 4194304"
            + " (ingest.limits.row-bytes-max)");
    assertThat(rows.histograms.rows()).isZero();
    assertThat(rows.histograms.block().bytes()).isLessThan(10_000);
  }

  @Test
  void bucketsOfPrometheusMoveToThoseOfOtlp() throws Malformed, Crowded {
    DynamicMessage histogram = v1(
        "Histogram",
        "count_int",
        6L,
        "sum",
        9.0,
        "schema",
        0,
        "positive_spans",
        List.of(
            v1("BucketSpan", "offset", 1, "length", 2), v1("BucketSpan", "offset", 1, "length", 1)),
        "positive_deltas",
        List.of(1L, 1L, 1L),
        "timestamp",
        NOON);

    decode(
        one, request1(series(List.of("__name__", "lag"), "histograms", List.of(histogram))), NOON);

    // bucket 1 of Prometheus is (1, 2], as is bucket 0 of OTLP
    assertThat(RowText.of(rows.histograms).getFirst())
        .contains("PositiveOffset=0 PositiveCounts=[1, 2, 0, 3]")
        .contains("Count=6 Sum=9.0 HasSum=1");
    assertThat(rows.series.type.text(0)).isEqualTo("exponential_histogram");
  }

  @Test
  void theStartOfASeriesByTheThirdCandidateIsThatOfItsHistograms() throws Malformed, Crowded {
    decode(
        two,
        new Request2()
            .series(
                List.of("__name__", "lag"),
                "histograms",
                List.of(v2("Histogram", "count_int", 0L, "timestamp", NOON)),
                "created_timestamp",
                NOON - 5)
            .bytes(),
        NOON);

    assertThat(rows.histograms.startTs.get(0)).isEqualTo(NOON - 5);
  }

  @Test
  void metadataNamesTheMetricOfClassicSeries() throws Malformed, Crowded {
    Request2 request = new Request2();
    int help = request.symbol("Latency.");
    int unit = request.symbol("seconds");
    DynamicMessage metadata = v2("Metadata", "type", 3, "help_ref", help, "unit_ref", unit);
    for (String name : List.of("lag_bucket", "lag_count", "lag_sum")) {
      request.series(
          List.of("__name__", name), "samples", List.of(sample2(NOON, 1)), "metadata", metadata);
    }

    decode(two, request.bytes(), NOON);

    assertThat(RowText.of(rows.metadata))
        .containsExactly("Tenant=default Day=20781 MetricName=lag Type=histogram Unit=seconds"
            + " Help=Latency. RetentionDays=30");
    assertThat(rows.series.type.text(0)).isEqualTo("histogram");
    assertThat(rows.series.unit.text(0)).isEqualTo("seconds");
  }

  private static List<DynamicMessage> many(int count) {
    List<DynamicMessage> many = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      many.add(series(labels(i), "samples", samples(NOON, i)));
    }
    return many;
  }

  private static List<String> labels(int i) {
    return List.of("__name__", "requests_" + i % 10, "job", "cart", "number", "n" + i);
  }

  private static long id(int i) {
    return id(labels(i).toArray(String[]::new));
  }

  private static long id(String... labels) {
    LabelSet set = new LabelSet();
    for (int i = 0; i < labels.length; i += 2) {
      set.put(labels[i].getBytes(UTF_8), labels[i + 1].getBytes(UTF_8));
    }
    return set.hash().id();
  }

  private static byte[] up(int version, long... times) {
    List<String> labels = List.of("__name__", "up");
    List<DynamicMessage> samples = new ArrayList<>();
    for (long time : times) {
      samples.add(version == 1 ? samples(time, 1).getFirst() : sample2(time, 1));
    }
    return version == 1
        ? request1(series(labels, "samples", samples))
        : new Request2().series(labels, "samples", samples).bytes();
  }

  private static DynamicMessage sample2(long millis, double value) {
    return v2("Sample", "timestamp", millis, "value", value);
  }

  private static byte[] label(String name, String value) {
    return field(1, v1("Label", "name", name, "value", value).toByteArray());
  }

  private static byte[] field(int number, byte[] content) {
    assertThat(content.length).isLessThan(128);
    return join(new byte[] {(byte) (number << 3 | 2), (byte) content.length}, content);
  }

  private static byte[] join(byte[]... parts) {
    java.io.ByteArrayOutputStream joined = new java.io.ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aSeriesThatARuleDropsIsAcceptedAndNeitherStoredNorAnnounced(int version)
      throws Malformed, Crowded {
    rows.rules()
        .request(List.of(new EdgeRule.Drop(
            "debug",
            new EdgeRule.Subject(EdgeRule.Telemetry.METRICS, EdgeRule.Field.METRIC_NAME, null),
            TextPattern.of("^debug_"))));
    List<String> dropped = List.of("__name__", "debug_queue", "job", "a");
    List<String> kept = List.of("__name__", "up", "job", "a");
    byte[] body = version == 1
        ? request1(
            series(dropped, "samples", samples(NOON, 1, NOON + 1, 2)),
            series(dropped, "samples", samples(NOON + 2, 1)),
            series(kept, "samples", samples(NOON, 1)))
        : new Request2()
            .series(dropped, "samples", List.of(sample2(NOON, 1), sample2(NOON + 1, 2)))
            .series(dropped, "samples", List.of(sample2(NOON + 2, 1)))
            .series(kept, "samples", List.of(sample2(NOON, 1)))
            .bytes();

    Decoded decoded = decode(version == 1 ? one : two, body, NOON);

    assertThat(decoded.accepted()).isEqualTo(4);
    assertThat(decoded.written().samples()).isEqualTo(4);
    List<String> counted = new ArrayList<>();
    rows.rules().tell((rule, items) -> counted.add(rule + " " + items));
    assertThat(counted).containsExactly("debug 3");
    assertThat(RowText.of(rows.samples)).singleElement().asString().contains("MetricName=up");
    assertThat(RowText.of(rows.series)).singleElement().asString().contains("MetricName=up");
  }

  private Decoded decode(MetricDecoder decoder, byte[] body, long nowMillis)
      throws Malformed, Crowded {
    rows.clear();
    return decoder.decode(body, 0, body.length, SENDER, null, nowMillis * 1_000_000, rows);
  }
}
