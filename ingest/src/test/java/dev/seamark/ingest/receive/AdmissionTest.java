package dev.seamark.ingest.receive;

import static dev.seamark.ingest.receive.OpenDoors.until;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.seamark.block.Block;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.batch.Journal;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.Signal;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.schema.Table;
import dev.seamark.service.ConfigFile;
import dev.seamark.tenant.Credentials;
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.NewKey;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets in through the real ports, and whose rows he may send. */
@Timeout(60)
class AdmissionTest {
  private static final NewKey OF_SHOP = key();
  private static final NewKey OF_TWO = key();
  private static final NewKey OF_ONE = key();
  private static final NewKey OF_OPERATOR = key();
  private static final NewKey OF_READER = key();
  private static final NewKey ELSEWHERE = key();

  private static final String KEYS = """
      tenants:
        shop: {retention-days: 30}
        bank: {}
      keys:
        shop: {hash: "%s", tenant: shop, scopes: [ingest]}
        two: {hash: "%s", tenant: shop, scopes: [ingest], clusters: [eu-1, eu-2]}
        one: {hash: "%s", tenant: shop, scopes: [ingest], clusters: [eu-1], region: eu}
        operator: {hash: "%s", tenant: bank, scopes: [ingest], org-ids: [shop]}
        reader: {hash: "%s", tenant: shop, scopes: [query]}
        elsewhere: {hash: "%s", tenant: shop, scopes: [ingest], region: us}
      """.formatted(
          OF_SHOP.hash(),
          OF_TWO.hash(),
          OF_ONE.hash(),
          OF_OPERATOR.hash(),
          OF_READER.hash(),
          ELSEWHERE.hash());

  /** Carriers of OTLP. */
  enum Way {
    HTTP,
    JSON,
    GRPC
  }

  /** @param code the status of HTTP, or that of gRPC */
  private record Answer(int code, String text, @Nullable String challenge) {}

  private final AtomicReference<KeyRing> ring =
      new AtomicReference<>(KeyRing.parse("keys.yaml", KEYS));

  private Vertx vertx;
  private HttpClient http;
  private HttpClient grpc;
  private OpenDoors doors;

  private static NewKey key() {
    return NewKey.from(new SecureRandom());
  }

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    http = vertx.createHttpClient();
    grpc = vertx.createHttpClient(new HttpClientOptions()
        .setProtocolVersion(HttpVersion.HTTP_2)
        .setHttp2ClearTextUpgrade(false));
    ReceiveConfig config = ConfigFile.parse(
        "receive.yaml",
        "{http-port: 0, grpc-port: 0, event-loops: 1, region: eu}",
        ReceiveConfig.class,
        Map.of());
    var lanes = new Lanes(
        Limits.DEFAULT, NamingOptions.DEFAULTS, new SeriesCache(SeriesLimits.DEFAULT, 42));
    doors = new OpenDoors(lanes, 64L * OpenDoors.MIB, config, ring::get);
  }

  @AfterEach
  void everythingIsGivenBack() {
    until(() -> doors.intake.inFlight() == 0);
    assertThat(doors.budget.held()).as("bytes in flight").isZero();
    doors.close();
    vertx.close().await();
  }

  private static Map<String, String> bearer(NewKey key) {
    return Map.of("Authorization", "Bearer " + key.secret().reveal());
  }

  private Answer send(
      Way way, Signal signal, Map<String, String> headers, @Nullable String cluster) {
    return switch (way) {
      case HTTP ->
        http(signal, headers, "application/x-protobuf", request(signal, cluster).toByteArray());
      case JSON ->
        http(signal, headers, "application/json", json(signal, cluster).getBytes(UTF_8));
      case GRPC -> grpc(signal, headers, request(signal, cluster).toByteArray());
    };
  }

  private Answer http(Signal signal, Map<String, String> headers, String type, byte[] body) {
    String path = switch (signal) {
      case LOGS -> "/v1/logs";
      case METRICS -> "/v1/metrics";
      case TRACES -> "/v1/traces";
    };
    return post(path, headers, type, body);
  }

  private Answer post(String path, Map<String, String> headers, String type, byte[] body) {
    return onLoop(() -> http.request(HttpMethod.POST, doors.httpPort(), "127.0.0.1", path)
        .compose(request -> {
          headers.forEach(request::putHeader);
          return request.putHeader("Content-Type", type).send(Buffer.buffer(body));
        })
        .compose(response -> response
            .body()
            .map(text -> new Answer(
                response.statusCode(),
                text.toString(UTF_8),
                response.getHeader("WWW-Authenticate")))));
  }

  /**
   * An exchange on one event loop: what comes back at once, as a refusal does, could be over before
   * another thread has said who takes the body.
   */
  private Answer onLoop(Supplier<Future<Answer>> exchange) {
    Promise<Answer> answer = Promise.promise();
    vertx.runOnContext(_ -> exchange.get().onComplete(answer));
    return answer.future().await();
  }

  private Answer grpc(Signal signal, Map<String, String> headers, byte[] body) {
    String service = switch (signal) {
      case LOGS -> "logs.v1.LogsService";
      case METRICS -> "metrics.v1.MetricsService";
      case TRACES -> "trace.v1.TraceService";
    };
    return onLoop(() -> grpc.request(
            HttpMethod.POST,
            doors.grpcPort(),
            "127.0.0.1",
            "/opentelemetry.proto.collector." + service + "/Export")
        .compose(request -> {
          headers.forEach(request::putHeader);
          return request
              .putHeader("Content-Type", "application/grpc")
              .putHeader("TE", "trailers")
              .send(Buffer.buffer().appendByte((byte) 0).appendInt(body.length).appendBytes(body));
        })
        .compose(response -> response.end().map(_ -> {
          String inHead = response.getHeader("grpc-status");
          return new Answer(
              Integer.parseInt(
                  inHead == null ? String.valueOf(response.getTrailer("grpc-status")) : inHead),
              String.valueOf(response.getHeader("grpc-message")),
              null);
        })));
  }

  /** One row of a cluster; null = the resource names none. */
  private static MessageLite request(Signal signal, @Nullable String cluster) {
    Resource.Builder resource = Resource.newBuilder();
    if (cluster != null) {
      resource.addAttributes(KeyValue.newBuilder()
          .setKey("k8s.cluster.name")
          .setValue(AnyValue.newBuilder().setStringValue(cluster)));
    }
    return switch (signal) {
      case LOGS ->
        ExportLogsServiceRequest.newBuilder()
            .addResourceLogs(ResourceLogs.newBuilder()
                .setResource(resource)
                .addScopeLogs(ScopeLogs.newBuilder().addLogRecords(LogRecord.getDefaultInstance())))
            .build();
      case METRICS ->
        ExportMetricsServiceRequest.newBuilder()
            .addResourceMetrics(ResourceMetrics.newBuilder()
                .setResource(resource)
                .addScopeMetrics(ScopeMetrics.newBuilder()
                    .addMetrics(Metric.newBuilder()
                        .setName("up")
                        .setGauge(Gauge.newBuilder()
                            .addDataPoints(NumberDataPoint.newBuilder().setAsDouble(1))))))
            .build();
      case TRACES ->
        ExportTraceServiceRequest.newBuilder()
            .addResourceSpans(ResourceSpans.newBuilder()
                .setResource(resource)
                .addScopeSpans(ScopeSpans.newBuilder()
                    .addSpans(Span.newBuilder()
                        .setTraceId(ByteString.copyFrom(new byte[15])
                            .concat(ByteString.copyFrom(new byte[] {1})))
                        .setSpanId(ByteString.copyFrom(new byte[] {0, 0, 0, 0, 0, 0, 0, 1}))
                        .setStartTimeUnixNano(1))))
            .build();
    };
  }

  private static String json(Signal signal, @Nullable String cluster) {
    String resource = cluster == null
        ? "{}"
        : "{\"attributes\":[{\"key\":\"k8s.cluster.name\",\"value\":{\"stringValue\":\"%s\"}}]}"
            .formatted(cluster);
    return switch (signal) {
      case LOGS ->
        "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{}]}],\"resource\":%s}]}"
            .formatted(resource);
      case METRICS ->
        ("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"up\",\"gauge\":"
                + "{\"dataPoints\":[{\"asDouble\":1}]}}]}],\"resource\":%s}]}")
            .formatted(resource);
      case TRACES ->
        ("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                + "\"00000000000000000000000000000001\",\"spanId\":\"0000000000000001\","
                + "\"startTimeUnixNano\":\"1\"}]}],\"resource\":%s}]}")
            .formatted(resource);
    };
  }

  private static int stored(Way way) {
    return way == Way.GRPC ? 0 : 200;
  }

  private static int unauthenticated(Way way) {
    return way == Way.GRPC ? 16 : 401;
  }

  private static int forbidden(Way way) {
    return way == Way.GRPC ? 7 : 403;
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void withoutAKnownKeyNobodyGetsIn(Way way) {
    for (Map<String, String> headers : List.of(
        Map.<String, String>of(),
        Map.of("Authorization", "Bearer sm_guess"),
        Map.of("Authorization", "Basic " + base64("shop:wrong")),
        Map.of("X-Scope-OrgID", "shop"),
        Map.of("X-Seamark-Tenant", "shop"))) {
      Answer answer = send(way, Signal.LOGS, headers, null);

      assertThat(answer.code).as(headers.toString()).isEqualTo(unauthenticated(way));
      assertThat(answer.challenge)
          .isEqualTo(way == Way.GRPC ? null : "Bearer realm=\"seamark\", Basic realm=\"seamark\"");
    }
    assertThat(doors.journal.kept()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/logs",
        "/v1/metrics",
        "/v1/traces",
        "/api/v1/write",
        "/loki/api/v1/push",
        "/fluentbit",
        "/_bulk",
        "/index/_bulk"
      })
  void everyPathAsksForAKeyBeforeAnythingElse(String path) {
    Map<String, String> spoofed = new HashMap<>(bearer(OF_SHOP));
    spoofed.put("X-Scope-OrgID", "bank");

    assertThat(posted(path, Map.of()).code).as("none").isEqualTo(401);
    assertThat(posted(path, Map.of("X-Scope-OrgID", "shop")).code)
        .as("a header")
        .isEqualTo(401);
    assertThat(posted(path, bearer(OF_READER)).code).as("one for reading").isEqualTo(403);
    assertThat(posted(path, bearer(ELSEWHERE)).code).as("another region's").isEqualTo(403);
    assertThat(posted(path, spoofed).code).as("another tenant").isEqualTo(403);
    assertThat(posted(path, bearer(OF_SHOP)).code).as("its own").isNotIn(401, 403);
  }

  /** A body that no protocol takes. */
  private Answer posted(String path, Map<String, String> headers) {
    return post(path, headers, "text/x-nonsense", "nonsense".getBytes(UTF_8));
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aKeyGetsInByBearerAndByBasic(Way way) {
    String pair = base64("anybody:" + OF_SHOP.secret().reveal());

    assertThat(send(way, Signal.LOGS, bearer(OF_SHOP), null).code).isEqualTo(stored(way));
    assertThat(send(way, Signal.LOGS, Map.of("Authorization", "Basic " + pair), null).code)
        .isEqualTo(stored(way));

    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void theTenantIsThatOfTheKeyWhateverHeadersSay(Way way) {
    send(way, Signal.LOGS, bearer(OF_SHOP), null);
    Map<String, String> named = new HashMap<>(bearer(OF_SHOP));
    named.put("X-Scope-OrgID", "bank");

    Answer spoofed = send(way, Signal.LOGS, named, null);

    assertThat(spoofed.code).isEqualTo(forbidden(way));
    assertThat(spoofed.text)
        .contains("key shop may not choose tenant")
        .contains("bank")
        .contains("X-Scope-OrgID");
    assertThat(tenants()).containsExactly("shop");
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aKeyThatMayChoosesItsTenantByHeader(Way way) {
    Map<String, String> chosen = new HashMap<>(bearer(OF_OPERATOR));
    chosen.put("X-Scope-OrgID", "shop");

    assertThat(send(way, Signal.LOGS, chosen, null).code).isEqualTo(stored(way));
    assertThat(tenants()).containsExactly("shop");
    assertThat(send(way, Signal.LOGS, bearer(OF_OPERATOR), null).code).isEqualTo(stored(way));
    assertThat(tenants()).containsExactly("shop", "bank");
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aKeyForReadingDoesNotSend(Way way) {
    Answer answer = send(way, Signal.LOGS, bearer(OF_READER), null);

    assertThat(answer.code).isEqualTo(forbidden(way));
    assertThat(answer.text).contains("key reader has no scope ingest, but query");
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aKeyOfAnotherRegionIsRefusedAndBothAreNamed(Way way) {
    Answer answer = send(way, Signal.LOGS, bearer(ELSEWHERE), null);

    assertThat(answer.code).isEqualTo(forbidden(way));
    assertThat(answer.text)
        .contains("key elsewhere is bound to region us, but this ingester is in region eu");
    assertThat(send(way, Signal.LOGS, bearer(OF_ONE), null).code)
        .as("of this region")
        .isEqualTo(stored(way));
  }

  @Test
  void anIngesterWithoutARegionTakesNoKeyThatHasOne() throws Refusal {
    var nowhere = new Admission(ring::get, null);

    assertThatExceptionOfType(Refusal.class)
        .isThrownBy(() -> nowhere.admit(Credentials.ofSecret(ELSEWHERE.secret().reveal())))
        .withMessageContaining("bound to region us, but this ingester is in no region");
    assertThat(nowhere.admit(Credentials.ofSecret(OF_SHOP.secret().reveal())).tenant())
        .isEqualTo("shop");
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP, LOGS", "HTTP, METRICS", "HTTP, TRACES",
    "JSON, LOGS", "JSON, METRICS", "JSON, TRACES",
    "GRPC, LOGS", "GRPC, METRICS", "GRPC, TRACES"
  })
  void aKeyBoundToClustersSendsNoOthers(Way way, Signal signal) {
    assertThat(send(way, signal, bearer(OF_TWO), "eu-2").code).isEqualTo(stored(way));
    long rows = rows();

    Answer other = send(way, signal, bearer(OF_TWO), "us-1");
    Answer none = send(way, signal, bearer(OF_TWO), null);

    assertThat(other.code).isEqualTo(forbidden(way));
    assertThat(other.text.replace("\\\"", "\""))
        .contains("rows are of cluster \"us-1\", but key two is bound to eu-1, eu-2");
    assertThat(none.code).isEqualTo(forbidden(way));
    assertThat(none.text).contains("rows name no cluster, but key two is bound to several");
    assertThat(rows()).as("nothing of a refused request is stored").isEqualTo(rows);
  }

  @ParameterizedTest
  @EnumSource(Signal.class)
  void aClusterKnownToTheCacheByAnotherKeyIsStillRefused(Signal signal) {
    for (int i = 0; i < 2; i++) {
      assertThat(send(Way.HTTP, signal, bearer(OF_SHOP), "us-1").code).isEqualTo(200);
      assertThat(send(Way.HTTP, signal, bearer(OF_TWO), "eu-2").code).isEqualTo(200);
    }

    assertThat(send(Way.HTTP, signal, bearer(OF_TWO), "us-1").code).isEqualTo(403);
    assertThat(send(Way.HTTP, signal, bearer(OF_ONE), "eu-2").code).isEqualTo(403);
    assertThat(send(Way.HTTP, signal, bearer(OF_SHOP), "us-1").code).isEqualTo(200);
  }

  @ParameterizedTest
  @EnumSource(Signal.class)
  void oneForeignResourceRefusesTheWholeRequest(Signal signal) {
    byte[] own = request(signal, "eu-1").toByteArray();
    byte[] foreign = request(signal, "us-1").toByteArray();

    Answer answer = http(
        signal,
        bearer(OF_ONE),
        "application/x-protobuf",
        Buffer.buffer(own).appendBytes(foreign).getBytes());

    assertThat(answer.code).isEqualTo(403);
    assertThat(doors.journal.kept()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Signal.class)
  void rowsWithoutAClusterGetTheOnlyOneOfTheirKeyOrThatOfTheHeader(Signal signal) {
    Map<String, String> allowed = new HashMap<>(bearer(OF_TWO));
    allowed.put("X-Seamark-Cluster", "eu-2");
    Map<String, String> foreign = new HashMap<>(bearer(OF_ONE));
    foreign.put("X-Seamark-Cluster", "us-1");

    assertThat(send(Way.HTTP, signal, bearer(OF_ONE), null).code).isEqualTo(200);
    assertThat(send(Way.HTTP, signal, allowed, null).code).isEqualTo(200);
    assertThat(send(Way.HTTP, signal, foreign, null).code).isEqualTo(403);
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aKeyThatWasTakenAwayEndsWithItsNextRequestOnTheSameConnection(Way way) {
    assertThat(send(way, Signal.LOGS, bearer(OF_ONE), null).code).isEqualTo(stored(way));
    ring.set(KeyRing.parse("keys.yaml", KEYS.replace("  one:", "  # one:")));

    assertThat(send(way, Signal.LOGS, bearer(OF_ONE), null).code).isEqualTo(unauthenticated(way));
    assertThat(send(way, Signal.LOGS, bearer(OF_SHOP), null).code).isEqualTo(stored(way));
  }

  @Test
  void theOperatorsPagesAreOpen() {
    for (String path : List.of("/metrics", "/healthz", "/readyz")) {
      int status = http.request(HttpMethod.GET, doors.httpPort(), "127.0.0.1", path)
          .compose(request -> request.send())
          .map(response -> response.statusCode())
          .await();

      assertThat(status).as(path).isEqualTo(200);
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  /** Tenants of the log rows, in the order of their requests. */
  private List<String> tenants() {
    List<String> tenants = new ArrayList<>();
    for (Journal.Entry entry : doors.journal.kept()) {
      Block block = FakeJournal.blockOf(entry);
      for (int row = 0; row < block.rows(); row++) {
        tenants.add(((LowCardinalityColumn) block.column("Tenant")).text(row));
      }
    }
    return tenants;
  }

  private long rows() {
    long rows = 0;
    for (Table table : Table.values()) {
      rows += doors.journal.keptRows(table);
    }
    return rows;
  }
}
