package dev.seamark.ingest.receive;

import static dev.seamark.ingest.decode.RemoteWriteMessages.labels;
import static dev.seamark.ingest.decode.RemoteWriteMessages.request1;
import static dev.seamark.ingest.decode.RemoteWriteMessages.samples;
import static dev.seamark.ingest.decode.RemoteWriteMessages.series;
import static dev.seamark.ingest.decode.RemoteWriteMessages.snappy;
import static dev.seamark.ingest.decode.RemoteWriteMessages.v1;
import static dev.seamark.ingest.decode.RemoteWriteMessages.v2;
import static dev.seamark.ingest.receive.OpenDoors.MIB;
import static dev.seamark.ingest.receive.OpenDoors.until;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.DynamicMessage;
import dev.seamark.block.Block;
import dev.seamark.block.DoubleColumn;
import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.RemoteWriteMessages.Request2;
import dev.seamark.ingest.decode.RemoteWriteOptions;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.schema.Table;
import dev.seamark.service.Tls;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xerial.snappy.SnappyFramedOutputStream;

/**
 * Prometheus remote write on the wire: each rule that the specifications 1.0 and 2.0 set a receiver
 * with MUST, and what this one promises beyond.
 */
class RemoteWriteHttpTest {
  private static final String PLAIN = "application/x-protobuf";
  private static final String MESSAGE_1 = PLAIN + ";proto=prometheus.WriteRequest";
  private static final String MESSAGE_2 = PLAIN + ";proto=io.prometheus.write.v2.Request";
  private static final long STALE = 0x7ff0000000000002L;
  private static final long NOW = System.currentTimeMillis();
  private static final List<String> UP = List.of("__name__", "up", "job", "node");

  private static HttpClient client;
  private OpenDoors doors;

  @BeforeAll
  static void openClient() {
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterAll
  static void closeClient() {
    client.close();
  }

  @BeforeEach
  void open() {
    SeriesCache cache = new SeriesCache(new SeriesLimits(1 << 16, 1 << 16, 1 << 16), 7);
    doors = new OpenDoors(
        new Lanes(
            Limits.DEFAULT,
            NamingOptions.DEFAULTS,
            RemoteWriteOptions.DEFAULTS,
            cache,
            new ReplicaElection(Duration.ofSeconds(20), 100)),
        64L * MIB,
        Tls.OFF);
  }

  @AfterEach
  void everythingIsGivenBack() {
    until(() -> doors.intake.inFlight() == 0);
    assertThat(doors.budget.held()).as("bytes in flight").isZero();
    assertThat(doors.counter("seamark_ingest_items_received"))
        .isEqualTo(doors.counter("seamark_ingest_items_stored")
            + doors.counter("seamark_ingest_items_refused"));
    assertThat(doors.gauge("seamark_ingest_items_in_flight")).isZero();
    doors.close();
  }

  /** A receiver of 1.0. */
  @Nested
  class Version1 {
    @Test
    void takesTheMessageOfTheSchemaInASnappyBlock() throws Exception {
      HttpResponse<String> response = send1(series(UP, "samples", samples(NOW, 1.5)));

      assertThat(response.statusCode()).isEqualTo(204);
      assertThat(response.body()).isEmpty();
      assertThat(samplesStored()).containsExactly("up " + NOW + " " + hex(1.5));
    }

    @Test
    void refusesTheFramedFormatOfSnappy() throws Exception {
      ByteArrayOutputStream framed = new ByteArrayOutputStream();
      try (var stream = new SnappyFramedOutputStream(framed)) {
        stream.write(request1(series(UP, "samples", samples(NOW, 1.5))));
      }

      HttpResponse<String> response = send(post(PLAIN, framed.toByteArray()));

      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(response.body()).contains("snappy");
    }

    @Test
    void keepsTimestampsAsMillisecondsAndValuesAsDoubles() throws Exception {
      long early = 1_000_000_000_001L;
      double precise = Math.nextUp(0.1);

      assertThat(
              send1(series(UP, "samples", samples(early, precise, NOW, -0.0))).statusCode())
          .isEqualTo(204);

      assertThat(samplesStored())
          .containsExactly("up " + early + " " + hex(precise), "up " + NOW + " 8000000000000000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.1.0", "1.0.0", "1.7.3"})
    void readsEvery1xSender(String version) throws Exception {
      byte[] unknownField = HexFormat.of().parseHex("aa0603616263");
      byte[] message = join(request1(series(UP, "samples", samples(NOW, 1))), unknownField);

      HttpResponse<String> response =
          send(post(PLAIN, snappy(message)).header("X-Prometheus-Remote-Write-Version", version));

      assertThat(response.statusCode()).isEqualTo(204);
      assertThat(samplesStored()).hasSize(1);
    }

    @Test
    void answersARequestWithAnInvalidSampleBy400AndStoresTheValidOnes() throws Exception {
      HttpResponse<String> response = send1(
          series(List.of("__name__", "bad", "job", ""), "samples", samples(NOW, 1, NOW + 1, 2)),
          series(UP, "samples", samples(NOW, 3)));

      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(response.body())
          .isEqualTo("partial write: 2 of 3 samples and histograms are refused:"
              + " metric bad: the label job has no value\n");
      assertThat(samplesStored()).containsExactly("up " + NOW + " " + hex(3));
    }

    @Test
    void refusesRepeatedLabelNames() throws Exception {
      assertRefused(List.of("__name__", "up", "job", "a", "job", "b"), "the label job comes twice");
    }

    @Test
    void refusesLabelsThatAreNotSorted() throws Exception {
      assertRefused(
          List.of("__name__", "up", "job", "a", "instance", "b"),
          "the labels are not sorted: instance stands behind job");
    }

    @Test
    void refusesEmptyLabelNames() throws Exception {
      assertRefused(List.of("", "a", "__name__", "up"), "a label has no name");
    }

    @Test
    void refusesEmptyLabelValues() throws Exception {
      assertRefused(List.of("__name__", "up", "job", ""), "the label job has no value");
    }

    @Test
    void refusesSeriesWithoutAName() throws Exception {
      assertRefused(List.of("job", "a"), "a series has no label __name__");
    }

    @Test
    void takesAnyUtf8AsALabelValueAndNothingElse() throws Exception {
      assertThat(send1(series(
                  List.of("__name__", "up", "path", "/größe/☕\n"), "samples", samples(NOW, 1)))
              .statusCode())
          .isEqualTo(204);
      DynamicMessage latin1 =
          v1("Label", "name", "path", "value", ByteString.copyFrom(new byte[] {(byte) 0xE9}));
      List<DynamicMessage> labels = new ArrayList<>(labels(List.of("__name__", "up")));
      labels.add(latin1);

      HttpResponse<String> response =
          send1(v1("TimeSeries", "labels", labels, "samples", samples(NOW, 1)));

      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(response.body()).contains("the value of the label path is not UTF-8");
    }

    private void assertRefused(List<String> labels, String why) throws Exception {
      HttpResponse<String> response = send1(series(labels, "samples", samples(NOW, 1)));

      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(response.body()).contains(why);
      assertThat(samplesStored()).isEmpty();
    }

    @Test
    void keepsStaleMarkersBitForBit() throws Exception {
      double payload = Double.longBitsToDouble(0x7ff8_0000_dead_beefL);

      send1(series(UP, "samples", samples(NOW, Double.longBitsToDouble(STALE), NOW + 1, payload)));

      assertThat(samplesStored())
          .containsExactly(
              "up " + NOW + " 7ff0000000000002", "up " + (NOW + 1) + " 7ff80000deadbeef");
    }

    @Test
    void keepsSamplesThatAreOutOfOrder() throws Exception {
      assertThat(send1(series(UP, "samples", samples(NOW, 1, NOW - 60_000, 2, NOW - 30_000, 3)))
              .statusCode())
          .isEqualTo(204);
      assertThat(send1(series(UP, "samples", samples(NOW - 90_000, 4))).statusCode())
          .isEqualTo(204);

      assertThat(samplesStored()).hasSize(4);
    }

    @Test
    void answersAFailedWriteBy5xxSoThatItIsRepeated() throws Exception {
      doors.journal.mode(FakeJournal.Mode.FAIL);

      HttpResponse<String> response = send1(series(UP, "samples", samples(NOW, 1)));

      assertThat(response.statusCode()).isEqualTo(503);
      assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
    }

    @Test
    void answersARequestThatCanNeverSucceedBy4xx() throws Exception {
      assertThat(send(post(PLAIN, snappy("no protobuf".getBytes(UTF_8)))).statusCode())
          .isEqualTo(400);
      assertThat(send(post(PLAIN, "no snappy".getBytes(UTF_8))).statusCode()).isEqualTo(400);
      assertThat(send(HttpRequest.newBuilder(uri()).GET()).statusCode()).isEqualTo(405);
    }

    @Test
    void takesMetadataByItself() throws Exception {
      byte[] message = v1(
              "WriteRequest",
              "metadata",
              List.of(v1(
                  "MetricMetadata",
                  "type",
                  1,
                  "metric_family_name",
                  "http_requests_total",
                  "help",
                  "Requests.")))
          .toByteArray();

      assertThat(send(post(PLAIN, snappy(message))).statusCode()).isEqualTo(204);
      assertThat(send(post(PLAIN, snappy(message))).statusCode()).isEqualTo(204);

      assertThat(doors.journal.keptRows(Table.METRICS_METADATA)).isEqualTo(1);
    }

    @Test
    void sendsNoWrittenHeadersWhichOnlySendersOf2Understand() throws Exception {
      HttpResponse<String> response = send1(series(UP, "samples", samples(NOW, 1)));

      assertThat(written(response, "Samples")).isEqualTo("none");
    }

    private HttpResponse<String> send1(DynamicMessage... series) throws Exception {
      return send(post(PLAIN, snappy(request1(series))));
    }
  }

  /** A receiver of 2.0. */
  @Nested
  class Version2 {
    @Test
    void takesTheMessageOfTheSchema() throws Exception {
      HttpResponse<String> response = send2(new Request2()
          .series(UP, "samples", List.of(sample(NOW, 1.5)))
          .series(List.of("__name__", "lag"), "histograms", List.of(histogram(2, 1, 1)))
          .series(
              List.of("__name__", "seen"),
              "samples",
              List.of(sample(NOW, 2)),
              "exemplars",
              List.of(v2("Exemplar", "value", 2.0, "timestamp", NOW))));

      assertThat(response.statusCode()).isEqualTo(204);
      assertThat(response.body()).isEmpty();
      assertWritten(response, 2, 1, 1);
      assertThat(samplesStored())
          .containsExactly("seen " + NOW + " " + hex(2), "up " + NOW + " " + hex(1.5));
      assertThat(doors.journal.keptRows(Table.METRICS_HISTOGRAMS)).isEqualTo(1);
      assertThat(doors.journal.keptRows(Table.METRICS_EXEMPLARS)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          PLAIN,
          MESSAGE_1,
          PLAIN + "; proto=\"prometheus.WriteRequest\"; charset=utf-8",
          "Application/X-Protobuf"
        })
    void knowsTheMessageOf1ByTheContentType(String contentType) throws Exception {
      byte[] message = request1(series(UP, "samples", samples(NOW, 1)));

      assertThat(send(post(contentType, snappy(message))).statusCode()).isEqualTo(204);
      assertThat(samplesStored()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {MESSAGE_2, PLAIN + " ; proto = io.prometheus.write.v2.Request"})
    void knowsTheMessageOf2ByTheContentTypeAlone(String contentType) throws Exception {
      byte[] message =
          new Request2().series(UP, "samples", List.of(sample(NOW, 1))).bytes();

      HttpResponse<String> response = send(
          post(contentType, snappy(message)).header("X-Prometheus-Remote-Write-Version", "0.1.0"));

      assertThat(response.statusCode()).isEqualTo(204);
      assertThat(samplesStored()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "application/json",
          "image/png",
          PLAIN + ";proto=io.prometheus.write.v3.Request",
          "text/plain;proto=io.prometheus.write.v2.Request"
        })
    void answersAnUnsupportedContentTypeBy415(String contentType) throws Exception {
      HttpResponse<String> response = send(post(contentType, new byte[] {1, 2, 3}));

      assertThat(response.statusCode()).isEqualTo(415);
      assertThat(response.body()).contains("io.prometheus.write.v2.Request");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "zstd", "identity"})
    void answersAnUnsupportedContentEncodingBy415(String encoding) throws Exception {
      HttpRequest.Builder request = HttpRequest.newBuilder(uri())
          .header("Content-Type", MESSAGE_2)
          .header("Content-Encoding", encoding)
          .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[] {1, 2, 3}));

      HttpResponse<String> response = send(request);

      assertThat(response.statusCode()).isEqualTo(415);
      assertThat(response.body())
          .isEqualTo("Content-Encoding must be snappy, not \"" + encoding + "\"\n");
    }

    @Test
    void answersAPartialWriteBy400AndCountsWhatIsWritten() throws Exception {
      HttpResponse<String> response = send2(new Request2()
          .series(List.of("job", "nameless"), "samples", List.of(sample(NOW, 1)))
          .series(UP, "samples", List.of(sample(NOW, 2), sample(-5, 2)))
          .series(
              List.of("__name__", "lag"),
              "histograms",
              List.of(histogram(7, 1, 1), histogram(2, 1, 1))));

      assertThat(response.statusCode()).isEqualTo(400);
      assertWritten(response, 1, 1, 0);
      assertThat(response.body())
          .isEqualTo(
              "partial write: 3 of 5 samples and histograms are refused: metric (unnamed): a series"
                  + " has no label __name__; metric up: the time of a sample is -5 ms since 1970,"
                  + " limit 0 to 4294967295000 (the year 2106, fixed);"
                  + " metric lag: a histogram counts 7, its buckets 2\n");
      assertThat(samplesStored()).containsExactly("up " + NOW + " " + hex(2));
    }

    @Test
    void answersALostExemplarByNoSuccess() throws Exception {
      HttpResponse<String> response = send2(new Request2()
          .series(
              UP,
              "samples",
              List.of(sample(NOW, 1)),
              "exemplars",
              List.of(v2("Exemplar", "value", 1.0))));

      assertThat(response.statusCode()).isEqualTo(400);
      assertWritten(response, 1, 0, 0);
      assertThat(response.body()).contains("1 exemplars are left out").contains("no timestamp");
    }

    @Test
    void countsNothingWrittenWhereAllIsRefused() throws Exception {
      assertWritten(send(post(MESSAGE_2, snappy("no protobuf".getBytes(UTF_8)))), 0, 0, 0);

      doors.journal.mode(FakeJournal.Mode.FAIL);
      HttpResponse<String> response =
          send2(new Request2().series(UP, "samples", List.of(sample(NOW, 1))));

      assertThat(response.statusCode()).isEqualTo(503);
      assertWritten(response, 0, 0, 0);
    }

    @Test
    void storesARepeatedRequestAsTheSameSamples() throws Exception {
      Request2 request = new Request2().series(UP, "samples", List.of(sample(NOW, 1)));
      doors.journal.mode(FakeJournal.Mode.FAIL);
      assertThat(send2(request).statusCode()).isEqualTo(503);
      doors.journal.mode(FakeJournal.Mode.ACKNOWLEDGE);

      assertThat(send2(request).statusCode()).isEqualTo(204);
      assertThat(send2(request).statusCode()).isEqualTo(204);

      assertThat(samplesStored()).hasSize(2);
      assertThat(samplesStored().stream().distinct()).as("one identity").hasSize(1);
      assertThat(seriesIds().stream().distinct()).hasSize(1);
    }

    @Test
    void readsEvery2xSender() throws Exception {
      byte[] unknownField = HexFormat.of().parseHex("aa0603616263");
      byte[] message =
          join(new Request2().series(UP, "samples", List.of(sample(NOW, 1))).bytes(), unknownField);

      assertThat(send(post(MESSAGE_2, snappy(message))).statusCode()).isEqualTo(204);
      assertThat(samplesStored()).hasSize(1);
    }

    @Test
    void refusesSeriesWithoutLabels() throws Exception {
      assertRefused(
          new Request2().seriesOfRefs(List.of(), "samples", List.of(sample(NOW, 1))),
          "a series has no label __name__");
    }

    @Test
    void refusesSeriesWithSamplesAndHistograms() throws Exception {
      assertRefused(
          new Request2()
              .series(
                  UP,
                  "samples",
                  List.of(sample(NOW, 1)),
                  "histograms",
                  List.of(histogram(2, 1, 1))),
          "a series has both samples and histograms");
    }

    @Test
    void refusesARequestWithoutSymbols() throws Exception {
      byte[] message = v2(
              "Request",
              "timeseries",
              List.of(v2("TimeSeries", "samples", List.of(sample(NOW, 1)))))
          .toByteArray();

      HttpResponse<String> response = send(post(MESSAGE_2, snappy(message)));

      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(response.body()).contains("the request has series and no symbols");
    }

    @Test
    void refusesARequestWhoseFirstSymbolIsNotEmpty() throws Exception {
      byte[] message = v2(
              "Request",
              "symbols",
              List.of("__name__", "up"),
              "timeseries",
              List.of(v2(
                  "TimeSeries", "labels_refs", List.of(0, 1), "samples", List.of(sample(NOW, 1)))))
          .toByteArray();

      HttpResponse<String> response = send(post(MESSAGE_2, snappy(message)));

      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(response.body())
          .contains("the first symbol of the request is not the empty string");
      assertThat(samplesStored()).isEmpty();
    }

    @Test
    void refusesReferencesToNoSymbol() throws Exception {
      Request2 request = new Request2();
      int name = request.symbol("__name__");

      assertRefused(
          request.seriesOfRefs(List.of(name, 99), "samples", List.of(sample(NOW, 1))),
          "a label refers to symbol 99 of 2");
    }

    @Test
    void refusesAnOddNumberOfReferences() throws Exception {
      Request2 request = new Request2();
      int name = request.symbol("__name__");

      assertRefused(
          request.seriesOfRefs(List.of(name), "samples", List.of(sample(NOW, 1))),
          "a label has a name and no value: 1 references");
    }

    @Test
    void refusesRepeatedLabelNames() throws Exception {
      assertRefused(
          new Request2()
              .series(
                  List.of("__name__", "up", "job", "a", "job", "b"),
                  "samples",
                  List.of(sample(NOW, 1))),
          "the label job comes twice");
    }

    @Test
    void refusesEmptyLabelNamesAndValues() throws Exception {
      assertRefused(
          new Request2()
              .series(List.of("", "a", "__name__", "up"), "samples", List.of(sample(NOW, 1))),
          "a label has no name");
      assertRefused(
          new Request2()
              .series(List.of("__name__", "up", "job", ""), "samples", List.of(sample(NOW, 1))),
          "the label job has no value");
    }

    /** What is invalid is the receiver's choice; the order says nothing that sorting can't mend. */
    @Test
    void takesLabelsInAnyOrderForTheSameSeries() throws Exception {
      send2(new Request2().series(UP, "samples", List.of(sample(NOW, 1))));
      send2(new Request2()
          .series(List.of("job", "node", "__name__", "up"), "samples", List.of(sample(NOW, 1))));

      assertThat(samplesStored()).hasSize(2);
      assertThat(seriesIds().stream().distinct()).hasSize(1);
    }

    @Test
    void takesAnyUtf8InNames() throws Exception {
      HttpResponse<String> response = send2(new Request2()
          .series(
              List.of("__name__", "größe in ☕", "http.route", "/"),
              "samples",
              List.of(sample(NOW, 1))));

      assertThat(response.statusCode()).isEqualTo(204);
      assertThat(samplesStored()).containsExactly("größe in ☕ " + NOW + " " + hex(1));
    }

    @Test
    void takesAStartOfZeroForNone() throws Exception {
      send2(new Request2()
          .series(List.of("__name__", "lag"), "histograms", List.of(histogram(2, 1, 1))));

      Block block = blocks(Table.METRICS_HISTOGRAMS).getFirst();
      assertThat(((LongColumn) block.column("StartTs")).get(0)).isZero();
    }

    @Test
    void keepsStaleMarkersBitForBit() throws Exception {
      send2(new Request2()
          .series(UP, "samples", List.of(sample(NOW, Double.longBitsToDouble(STALE)))));

      assertThat(samplesStored()).containsExactly("up " + NOW + " 7ff0000000000002");
    }

    /** So the specification's own tests of receivers want it. */
    @Test
    void takesSeriesThatHaveOnlyMetadataOrExemplars() throws Exception {
      Request2 request = new Request2();
      int help = request.symbol("Help.");
      HttpResponse<String> response = send2(request
          .series(UP, "metadata", v2("Metadata", "type", 2, "help_ref", help))
          .series(
              List.of("__name__", "seen"),
              "exemplars",
              List.of(v2("Exemplar", "value", 2.0, "timestamp", NOW))));

      assertThat(response.statusCode()).isEqualTo(204);
      assertWritten(response, 0, 0, 1);
      assertThat(doors.journal.keptRows(Table.METRICS_METADATA)).isEqualTo(1);
      assertThat(doors.journal.keptRows(Table.METRICS_SERIES))
          .as("of the exemplar")
          .isEqualTo(1);
    }

    private void assertRefused(Request2 request, String why) throws Exception {
      HttpResponse<String> response = send2(request);

      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(response.body()).contains(why);
      assertWritten(response, 0, 0, 0);
      assertThat(samplesStored()).isEmpty();
    }

    private HttpResponse<String> send2(Request2 request) throws Exception {
      return send(post(MESSAGE_2, snappy(request.bytes())));
    }

    private static DynamicMessage sample(long millis, double value) {
      return v2("Sample", "timestamp", millis, "value", value);
    }

    private static DynamicMessage histogram(long count, long first, long second) {
      return v2(
          "Histogram",
          "count_int",
          count,
          "sum",
          3.5,
          "schema",
          2,
          "positive_spans",
          List.of(v2("BucketSpan", "offset", 1, "length", 2)),
          "positive_deltas",
          List.of(first, second - first),
          "timestamp",
          NOW);
    }

    private static void assertWritten(
        HttpResponse<String> response, int samples, int histograms, int exemplars) {
      assertThat(List.of(
              written(response, "Samples"),
              written(response, "Histograms"),
              written(response, "Exemplars")))
          .containsExactly("" + samples, "" + histograms, "" + exemplars);
    }
  }

  /** What the specifications leave open. */
  @Nested
  class Beyond {
    @Test
    void aSenderWithoutAContentTypeIsOneOf1() throws Exception {
      HttpRequest.Builder request = HttpRequest.newBuilder(uri())
          .header("Content-Encoding", "snappy")
          .POST(HttpRequest.BodyPublishers.ofByteArray(
              snappy(request1(series(UP, "samples", samples(NOW, 1))))));

      assertThat(send(request).statusCode()).isEqualTo(204);
    }

    @Test
    void aBodyWithoutItsEncodingIsRefused() throws Exception {
      HttpRequest.Builder request = HttpRequest.newBuilder(uri())
          .header("Content-Type", PLAIN)
          .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[] {1}));

      HttpResponse<String> response = send(request);

      assertThat(response.statusCode()).isEqualTo(415);
      assertThat(response.body()).isEqualTo("Content-Encoding must be snappy, not none\n");
    }

    @Test
    void aLyingLengthIsRefusedAndATooLargeBodyToo() throws Exception {
      HttpResponse<String> liar = send(post(PLAIN, HexFormat.of().parseHex("ffffffff0f0061")));
      assertThat(liar.statusCode()).isEqualTo(400);
      assertThat(liar.body()).contains("it declares 4294967295 bytes, more than 7 compressed ones");

      HttpResponse<String> bomb = send(post(PLAIN, snappy(new byte[64 * MIB])));
      assertThat(bomb.statusCode()).isEqualTo(413);
      assertThat(bomb.body()).contains("ingest.limits.body-bytes-max");
    }

    @Test
    void aLargeRequestIsDecodedOffTheLoop() throws Exception {
      List<DynamicMessage> many = new ArrayList<>();
      for (int i = 0; i < 3_000; i++) {
        many.add(series(
            List.of("__name__", "up", "filler", "x".repeat(400), "number", "" + i),
            "samples",
            samples(NOW, i)));
      }

      HttpResponse<String> response =
          send(post(PLAIN, snappy(request1(many.toArray(DynamicMessage[]::new)))));

      assertThat(response.statusCode()).isEqualTo(204);
      assertThat(samplesStored()).hasSize(3_000);
    }

    @Test
    void theClusterOfTheHeaderIsThatOfSeriesWithoutOne() throws Exception {
      DynamicMessage without = series(UP, "samples", samples(NOW, 1));
      DynamicMessage with = series(
          List.of("__name__", "up", "cluster", "east", "job", "node"), "samples", samples(NOW, 1));

      send(post(PLAIN, snappy(request1(without))).header("X-Seamark-Cluster", "east"));
      send(post(PLAIN, snappy(request1(with))).header("X-Seamark-Cluster", "west"));

      assertThat(seriesIds().stream().distinct()).as("one series").hasSize(1);
    }

    @Test
    void ofAPairOneReplicaIsStoredAndTheOtherOneAnsweredLikeIt() throws Exception {
      HttpResponse<String> elected = send(post(PLAIN, snappy(request1(ofReplica("a")))));
      HttpResponse<String> other = send(post(PLAIN, snappy(request1(ofReplica("b")))));
      HttpResponse<String> again = send(post(PLAIN, snappy(request1(ofReplica("a")))));
      Request2 request = new Request2()
          .series(
              List.of("__name__", "up", "__replica__", "b", "cluster", "east"),
              "samples",
              List.of(v2("Sample", "timestamp", NOW, "value", 1.0)));
      HttpResponse<String> otherBy2 = send(post(MESSAGE_2, snappy(request.bytes())));

      assertThat(List.of(
              elected.statusCode(), other.statusCode(), again.statusCode(), otherBy2.statusCode()))
          .containsExactly(204, 202, 204, 202);
      assertThat(written(otherBy2, "Samples")).as("else it counts as lost").isEqualTo("1");
      assertThat(samplesStored()).hasSize(4);
      assertThat(refused("replica")).isEqualTo(3);
    }

    @Test
    void theOtherOneOfAPairTakesOverWithin30SecondsOfSilence() throws Exception {
      assertThat(statusOf("a")).isEqualTo(204);
      doors.advance(Duration.ofSeconds(15));
      assertThat(statusOf("b")).isEqualTo(202);
      doors.advance(Duration.ofSeconds(15));
      assertThat(statusOf("b")).isEqualTo(204);
      assertThat(statusOf("a")).isEqualTo(202);
    }

    @Test
    void anElectedOneOfWhichNothingCanBeStoredIsRelievedToo() throws Exception {
      List<String> unsorted = List.of("__name__", "up", "cluster", "east", "__replica__", "a");
      for (int i = 0; i < 3; i++) {
        HttpResponse<String> refused =
            send(post(PLAIN, snappy(request1(series(unsorted, "samples", samples(NOW, 1))))));
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
        doors.advance(Duration.ofSeconds(10));
      }

      assertThat(statusOf("b")).isEqualTo(204);
      assertThat(samplesStored()).isNotEmpty();
    }

    @Test
    void anElectedOneThatIsNeverAcknowledgedIsRelievedToo() throws Exception {
      doors.journal.mode(FakeJournal.Mode.FAIL);
      assertThat(statusOf("a")).isEqualTo(503);
      doors.advance(Duration.ofSeconds(15));
      assertThat(statusOf("a")).isEqualTo(503);
      assertThat(statusOf("b")).isEqualTo(202);
      doors.journal.mode(FakeJournal.Mode.ACKNOWLEDGE);
      doors.advance(Duration.ofSeconds(5));
      assertThat(statusOf("b")).isEqualTo(204);
    }

    private int statusOf(String replica) throws Exception {
      return send(post(PLAIN, snappy(request1(ofReplica(replica))))).statusCode();
    }

    private static DynamicMessage ofReplica(String replica) {
      return series(
          List.of("__name__", "up", "__replica__", replica, "cluster", "east"),
          "samples",
          samples(NOW, 1, NOW + 1, 2));
    }
  }

  private double refused(String reason) {
    String line = "reason=\"" + reason + "\"";
    return doors
        .metrics
        .text()
        .lines()
        .filter(
            text -> text.startsWith("seamark_ingest_items_refused_total{") && text.contains(line))
        .mapToDouble(text -> Double.parseDouble(text.substring(text.lastIndexOf(' '))))
        .sum();
  }

  private static String written(HttpResponse<String> response, String what) {
    return response
        .headers()
        .firstValue("X-Prometheus-Remote-Write-" + what + "-Written")
        .orElse("none");
  }

  /** What the journal keeps of samples: metric, time and the bits of the value, sorted. */
  private List<String> samplesStored() {
    List<String> samples = new ArrayList<>();
    for (Block block : blocks(Table.METRICS_SAMPLES)) {
      for (int row = 0; row < block.rows(); row++) {
        samples.add("%s %d %016x"
            .formatted(
                ((LowCardinalityColumn) block.column("MetricName")).text(row),
                ((LongColumn) block.column("Ts")).get(row),
                ((DoubleColumn) block.column("Value")).getLongBits(row)));
      }
    }
    return samples.stream().sorted().toList();
  }

  private List<Long> seriesIds() {
    List<Long> ids = new ArrayList<>();
    for (Block block : blocks(Table.METRICS_SAMPLES)) {
      for (int row = 0; row < block.rows(); row++) {
        ids.add(((LongColumn) block.column("SeriesId")).get(row));
      }
    }
    return ids;
  }

  private List<Block> blocks(Table table) {
    return doors.journal.kept().stream()
        .filter(entry -> entry.table() == table)
        .map(FakeJournal::blockOf)
        .toList();
  }

  private static String hex(double value) {
    return "%016x".formatted(Double.doubleToRawLongBits(value));
  }

  private HttpRequest.Builder post(String contentType, byte[] body) {
    return HttpRequest.newBuilder(uri())
        .header("Content-Type", contentType)
        .header("Content-Encoding", "snappy")
        .header("User-Agent", "test/1")
        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private URI uri() {
    return URI.create("http://127.0.0.1:" + doors.httpPort() + "/api/v1/write");
  }

  private static byte[] join(byte[] first, byte[] second) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    joined.writeBytes(first);
    joined.writeBytes(second);
    return joined.toByteArray();
  }
}
