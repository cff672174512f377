package dev.seamark.ingest.receive;

import static dev.seamark.ingest.receive.OpenDoors.until;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.schema.Table;
import dev.seamark.service.Tls;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.util.Base64;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What senders of new series see while too many wait for their announcement. */
class CrowdedSeriesTest {
  private static final int CLAIMS_OF_ONE_POINT = 3; // metadata, series, value of its label

  private record Answer(int status, String retryAfter, String grpcStatus, String text) {}

  private Vertx vertx;
  private HttpClient http;
  private HttpClient grpc;
  private SeriesCache series;
  private OpenDoors doors;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    http = vertx.createHttpClient();
    grpc = vertx.createHttpClient(new HttpClientOptions()
        .setProtocolVersion(HttpVersion.HTTP_2)
        .setHttp2ClearTextUpgrade(false));
    series = new SeriesCache(new SeriesLimits(1 << 10, 1 << 10, CLAIMS_OF_ONE_POINT), 1);
    doors = new OpenDoors(
        new Lanes(Limits.DEFAULT, NamingOptions.DEFAULTS, series), 64L * OpenDoors.MIB, Tls.OFF);
  }

  @AfterEach
  void everythingIsGivenBack() {
    until(() -> doors.intake.inFlight() == 0);
    assertThat(doors.budget.held()).as("bytes in flight").isZero();
    assertThat(series.counts().pending()).isZero();
    doors.close();
    vertx.close().await();
  }

  @Test
  void theWholeRequestIsPutOffAndTakenOnceThereIsRoom() {
    doors.journal.mode(FakeJournal.Mode.HOLD);
    Future<Answer> first = http(points("/a"));
    until(() -> doors.journal.heldCount() > 0 && series.counts().pending() == CLAIMS_OF_ONE_POINT);

    Answer putOff = http(points("/a", "/b")).await();
    Answer putOffByGrpc = grpc(points("/a", "/b")).await();
    assertThat(series.counts().pending()).isEqualTo(CLAIMS_OF_ONE_POINT);
    doors.journal.mode(FakeJournal.Mode.ACKNOWLEDGE);
    acknowledgeUntilDone(first);

    assertThat(putOff.status).isEqualTo(429);
    assertThat(putOff.retryAfter).isEqualTo("1");
    assertThat(putOff.text).contains("ingest.series.pending-max").contains("RetryInfo");
    assertThat(putOffByGrpc.grpcStatus).as("RESOURCE_EXHAUSTED").isEqualTo("8");
    assertThat(putOffByGrpc.text).contains("google.rpc.RetryInfo");
    assertThat(first.await().status).isEqualTo(200);
    assertThat(doors.journal.keptRows(Table.METRICS_SAMPLES)).as("of the first").isEqualTo(1);

    assertThat(http(points("/a", "/b")).await().status).as("repeated").isEqualTo(200);
    assertThat(doors.journal.keptRows(Table.METRICS_SAMPLES)).isEqualTo(3);
    assertThat(doors.journal.keptRows(Table.METRICS_SERIES)).isEqualTo(2);
  }

  @Test
  void aRequestThatNeverHasRoomIsNotToBeRepeated() {
    Answer refused = http(points("/a", "/b", "/c")).await();

    assertThat(refused.status).isEqualTo(400);
    assertThat(refused.text).contains("ingest.series.pending-max");
    assertThat(doors.journal.kept()).isEmpty();
  }

  private void acknowledgeUntilDone(Future<?> answer) {
    until(() -> {
      doors.journal.acknowledgeHeld();
      return answer.isComplete();
    });
  }

  /**
   * A whole exchange on one event loop: elsewhere a fast answer is over before it is listened to.
   */
  private Future<Answer> onLoop(Supplier<Future<Answer>> exchange) {
    Promise<Answer> answer = Promise.promise();
    vertx.getOrCreateContext().runOnContext(_ -> exchange.get().onComplete(answer));
    return answer.future();
  }

  private Future<Answer> http(byte[] body) {
    return onLoop(() -> post(body));
  }

  private Future<Answer> post(byte[] body) {
    return http.request(HttpMethod.POST, doors.httpPort(), "127.0.0.1", "/v1/metrics")
        .compose(request ->
            request.putHeader("Content-Type", "application/x-protobuf").send(Buffer.buffer(body)))
        .compose(response -> response
            .body()
            .map(text -> new Answer(
                response.statusCode(),
                String.valueOf(response.getHeader("Retry-After")),
                "",
                text.toString(UTF_8))));
  }

  private Future<Answer> grpc(byte[] body) {
    return onLoop(() -> call(body));
  }

  private Future<Answer> call(byte[] body) {
    return grpc.request(
            HttpMethod.POST,
            doors.grpcPort(),
            "127.0.0.1",
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
        .compose(request -> request
            .putHeader("Content-Type", "application/grpc")
            .putHeader("TE", "trailers")
            .send(Buffer.buffer().appendByte((byte) 0).appendInt(body.length).appendBytes(body)))
        .compose(response -> response.end().map(_ -> {
          String status = response.getHeader("grpc-status");
          boolean inHead = status != null;
          String details = inHead
              ? response.getHeader("grpc-status-details-bin")
              : response.getTrailer("grpc-status-details-bin");
          return new Answer(
              response.statusCode(),
              "",
              String.valueOf(inHead ? status : response.getTrailer("grpc-status")),
              new String(Base64.getDecoder().decode(String.valueOf(details)), UTF_8));
        }));
  }

  /** A request of one metric without a resource. */
  private static byte[] points(String... paths) {
    Gauge.Builder gauge = Gauge.newBuilder();
    for (String path : paths) {
      gauge.addDataPoints(NumberDataPoint.newBuilder()
          .setAsDouble(1)
          .addAttributes(KeyValue.newBuilder()
              .setKey("path")
              .setValue(AnyValue.newBuilder().setStringValue(path))));
    }
    Metric metric = Metric.newBuilder().setName("up").setGauge(gauge).build();
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(ResourceMetrics.newBuilder()
            .addScopeMetrics(ScopeMetrics.newBuilder().addMetrics(metric)))
        .build()
        .toByteArray();
  }
}
