package dev.seamark.query;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.service.Secret;
import dev.seamark.service.Tls;
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.NewKey;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.SelfSignedCertificate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The gateway before a server that writes down what it was asked. */
@Timeout(60)
class QueryServiceTest {
  private static final QueryConfig CONFIG =
      new QueryConfig("127.0.0.1", 0, 0, Tls.OFF, 4, 4, Duration.ofSeconds(1));

  private final Vertx vertx = Vertx.vertx();
  private final Metrics metrics = new Metrics();
  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicReference<KeyRing> ring = new AtomicReference<>(KeyRing.OPEN);
  private final AtomicLong written = new AtomicLong();
  private final CompletableFuture<Void> asked = new CompletableFuture<>();
  private final CompletableFuture<Void> cancelled = new CompletableFuture<>();
  private HttpServer clickhouse;
  private QueryService service;

  @BeforeEach
  void start() throws Exception {
    clickhouse = vertx
        .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0))
        .requestHandler(this::clickhouse)
        .listen()
        .toCompletionStage()
        .toCompletableFuture()
        .get();
    service = service(metrics, List.of(address(freePort()), address(clickhouse.actualPort())));
    service.start();
  }

  @AfterEach
  void stop() throws Exception {
    service.stop(Duration.ofSeconds(5));
    vertx.close().toCompletionStage().toCompletableFuture().get();
    http.shutdownNow();
  }

  private QueryService service(Metrics metrics, List<URI> addresses) {
    var upstream = new ClickHouseConfig(
        addresses,
        "reader",
        new Secret("pw"),
        "seamark",
        Tls.OFF,
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        4,
        1 << 20,
        false);
    return new QueryService(vertx, CONFIG, upstream, ring::get, metrics, new Health());
  }

  private static URI address(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void clickhouse(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    switch (String.valueOf(request.getHeader("X-Case"))) {
      case "error" ->
        response
            .setStatusCode(404)
            .putHeader("X-ClickHouse-Exception-Code", "60")
            .end("Code: 60. DB::Exception: Table seamark.nope does not exist. (UNKNOWN_TABLE)\n");
      case "endless" -> {
        response.setChunked(true);
        response.closeHandler(_ -> cancelled.complete(null));
        pour(response);
      }
      case "silent" -> asked.complete(null);
      case "broken" ->
        response
            .setChunked(true)
            .write("half")
            .onComplete(_ -> request.connection().close());
      default ->
        request
            .body()
            .onSuccess(body -> response
                .putHeader("X-ClickHouse-Format", "TabSeparated")
                .end("%s %s\nuser=%s key=%s\nbody=%s"
                    .formatted(
                        request.method(),
                        request.uri(),
                        request.getHeader("X-ClickHouse-User"),
                        request.getHeader("X-ClickHouse-Key"),
                        body.length() > 100 ? body.length() : body)));
    }
  }

  /** Writes as fast as the gateway takes it, for ever. */
  private void pour(HttpServerResponse response) {
    var chunk = Buffer.buffer(new byte[64 << 10]);
    while (!response.closed() && !response.writeQueueFull()) {
      written.addAndGet(chunk.length());
      response.write(chunk);
    }
    response.drainHandler(_ -> pour(response));
  }

  private HttpRequest.Builder request(String uri) {
    return HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:%d%s".formatted(service.sqlPort(), uri)));
  }

  @Test
  void aReadGoesThroughAsTheGatewaysOwnUserInItsOwnDatabase() throws Exception {
    HttpResponse<String> answer = http.send(
        request("/?database=system&readonly=0&user=admin&password=x&max_threads=2&param_a=%26b")
            .header("X-ClickHouse-User", "admin")
            .header("X-ClickHouse-Database", "system")
            .POST(BodyPublishers.ofString("SELECT 1"))
            .build(),
        BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("X-ClickHouse-Format")).contains("TabSeparated");
    assertThat(answer.body()).isEqualTo("""
            POST /?max_threads=2&param_a=%26b&database=seamark&cancel_http_readonly_queries_on_client_close=1&readonly=1
            user=reader key=pw
            body=SELECT 1""");
  }

  @Test
  void aQueryInTheAddressBecomesAPostSoThatReadonlyCanBeSet() throws Exception {
    HttpResponse<String> answer =
        http.send(request("/?query=SELECT%201%2B1").build(), BodyHandlers.ofString());

    assertThat(answer.body())
        .startsWith(
            "POST /?query=SELECT%201%2B1&database=seamark&cancel_http_readonly_queries_on_client_close=1&readonly=1");
  }

  @Test
  void errorsArriveAsClickHouseWroteThem() throws Exception {
    HttpResponse<String> answer = http.send(
        request("/?query=SELECT").header("X-Case", "error").build(), BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.headers().firstValue("X-ClickHouse-Exception-Code")).contains("60");
    assertThat(answer.body()).contains("UNKNOWN_TABLE");
    assertThat(metrics.text()).contains("seamark_sql_answers_total{status=\"404\"} 1.0");
  }

  @Test
  void largeBodiesGoThrough() throws Exception {
    HttpResponse<String> answer = http.send(
        request("/").POST(BodyPublishers.ofByteArray(new byte[20 << 20])).build(),
        BodyHandlers.ofString());

    assertThat(answer.body()).endsWith("body=" + (20 << 20));
  }

  @Test
  void aSlowClientSlowsClickHouseAndOneThatLeavesCancelsItsQuery() throws Exception {
    HttpResponse<InputStream> answer = http.send(
        request("/?query=x").header("X-Case", "endless").build(), BodyHandlers.ofInputStream());
    try (InputStream body = answer.body()) {
      assertThat(body.readNBytes(1 << 20)).hasSize(1 << 20);

      assertThat(settled()).isLessThan(64 << 20); // socket buffers, not a growing queue
    }

    cancelled.get(10, TimeUnit.SECONDS);
  }

  /** Bytes written once the flow stands still. */
  private long settled() throws Exception {
    long before = -1;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (written.get() != before && System.nanoTime() < deadline) {
      before = written.get();
      CompletableFuture<Void> pause = new CompletableFuture<>();
      vertx.setTimer(300, _ -> pause.complete(null));
      pause.get();
    }
    return before;
  }

  @Test
  void halfAnAnswerDoesNotLookLikeAWholeOne() {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> http.send(
            request("/?query=x").header("X-Case", "broken").build(), BodyHandlers.ofString()));
  }

  @Test
  void aClickHouseThatIsAwayIsA502() throws Exception {
    service.stop(Duration.ofSeconds(5));
    service = service(new Metrics(), List.of(address(freePort())));
    service.start();

    HttpResponse<String> answer = http.send(request("/?query=x").build(), BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.body()).startsWith("ClickHouse gave no answer: Connection refused");
  }

  @Test
  void pingPathsAndMethods() throws Exception {
    assertThat(http.send(request("/ping").build(), BodyHandlers.ofString()).body())
        .startsWith("GET /ping");
    assertThat(http.send(request("/play").build(), BodyHandlers.ofString()).statusCode())
        .isEqualTo(404);
    assertThat(http.send(request("/").DELETE().build(), BodyHandlers.ofString()).statusCode())
        .isEqualTo(405);
  }

  /** A ring of one tenant's keys: one with all of SQL's scopes, one without admin, one to send. */
  private List<NewKey> closeThePorts() {
    List<NewKey> keys =
        Stream.generate(() -> NewKey.from(new SecureRandom())).limit(3).toList();
    ring.set(KeyRing.parse("keys.yaml", """
        tenants: {shop: {}}
        keys:
          operator: {hash: "%s", tenant: shop, scopes: [sql, admin]}
          analyst: {hash: "%s", tenant: shop, scopes: [sql]}
          agent: {hash: "%s", tenant: shop, scopes: [ingest]}
        """.formatted(
            keys.get(0).hash(), keys.get(1).hash(), keys.get(2).hash())));
    return keys;
  }

  @Test
  void aKeyIsShownAsClickHousesClientsShowAPassword() throws Exception {
    String secret = closeThePorts().getFirst().secret().reveal();
    String basic = Base64.getEncoder().encodeToString(("any:" + secret).getBytes(UTF_8));

    for (HttpRequest.Builder each : List.of(
        request("/?query=x").header("Authorization", "Basic " + basic),
        request("/?query=x").header("Authorization", "Bearer " + secret),
        request("/?query=x").header("X-ClickHouse-User", "any").header("X-ClickHouse-Key", secret),
        request("/?query=x&user=any&password=" + secret))) {
      HttpResponse<String> answer = http.send(each.build(), BodyHandlers.ofString());

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body())
          .as("ClickHouse gets the gateway's own login")
          .contains("user=reader key=pw")
          .doesNotContain(secret);
    }
  }

  @Test
  void withoutAKnownKeyNobodyReads() throws Exception {
    closeThePorts();

    for (HttpRequest.Builder each : List.of(
        request("/?query=x"),
        request("/?query=x").header("Authorization", "Basic OnB3"),
        request("/?query=x").header("X-ClickHouse-Key", "sm_guess"),
        request("/?query=x&user=reader&password=pw"),
        request("/").POST(BodyPublishers.ofByteArray(new byte[1 << 20])))) {
      HttpResponse<String> answer = http.send(each.build(), BodyHandlers.ofString());

      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.headers().firstValue("X-ClickHouse-Exception-Code")).contains("516");
      assertThat(answer.headers().firstValue("WWW-Authenticate")).isPresent();
      assertThat(answer.body())
          .startsWith("Code: 516. DB::Exception: ")
          .endsWith("(AUTHENTICATION_FAILED)\n");
    }
    assertThat(http.send(request("/ping").build(), BodyHandlers.ofString()).body())
        .startsWith("GET /ping");
  }

  @Test
  void aKeyThatIsNotTheOperatorsDoesNotReadSqlSinceItWouldSeeEveryTenant() throws Exception {
    List<NewKey> keys = closeThePorts();

    HttpResponse<String> analyst = asked(keys.get(1));
    HttpResponse<String> agent = asked(keys.get(2));

    assertThat(analyst.statusCode()).isEqualTo(403);
    assertThat(analyst.headers().firstValue("X-ClickHouse-Exception-Code")).contains("497");
    assertThat(analyst.body()).contains("key analyst needs the scope admin too");
    assertThat(agent.statusCode()).isEqualTo(403);
    assertThat(agent.body()).contains("key agent has no scope sql, but ingest");
  }

  private HttpResponse<String> asked(NewKey key) throws Exception {
    return http.send(
        request("/?query=x").header("X-ClickHouse-Key", key.secret().reveal()).build(),
        BodyHandlers.ofString());
  }

  @Test
  void theRootWithoutAQueryIsAPing() throws Exception {
    assertThat(http.send(request("/").build(), BodyHandlers.ofString()).body())
        .startsWith("GET /ping");
  }

  @Test
  void anAddressThatCannotBeDecodedIsRefusedNotForgotten() throws Exception {
    int port = service.sqlPort();
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write("GET /?query=%zz HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII));

      assertThat(new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII))
              .readLine())
          .isEqualTo("HTTP/1.1 400 Bad Request");
    }
    assertThat(metrics.text()).contains("seamark_sql_running 0.0");
  }

  @Test
  void aSemicolonBelongsToTheQuery() throws Exception {
    assertThat(http.send(
                request("/?query=SELECT%20splitByChar(';','a')&max_threads=1").build(),
                BodyHandlers.ofString())
            .body())
        .startsWith("POST /?query=SELECT%20splitByChar%28%27%3B%27%2C%27a%27%29&max_threads=1&");
  }

  @Test
  void whatIsMoreThanMayRunAndWaitIsRefusedByItsSettings() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      answers.add(http.sendAsync(
          request("/?query=x").header("X-Case", "silent").build(), BodyHandlers.ofString()));
    }

    HttpResponse<?> refused =
        (HttpResponse<?>) CompletableFuture.anyOf(answers.toArray(CompletableFuture[]::new))
            .get(20, TimeUnit.SECONDS);

    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.body().toString())
        .contains("query.sql-concurrency-max", "query.sql-waiting-max");
  }

  @Test
  void aQueryThatDoesNotEndKeepsNoPortOpenBeyondTheDeadline() throws Exception {
    service.stop(Duration.ofSeconds(5));
    service = service(new Metrics(), List.of(address(clickhouse.actualPort())));
    service.start();
    var answer = http.sendAsync(
        request("/?query=x").header("X-Case", "silent").build(), BodyHandlers.ofString());
    asked.get(10, TimeUnit.SECONDS);
    int port = service.httpPort();

    service.stop(Duration.ofMillis(500));

    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> answer.get(10, TimeUnit.SECONDS));
    assertThatExceptionOfType(ConnectException.class)
        .isThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close());
  }

  @Test
  void bothPortsSpeakTls() throws Exception {
    SelfSignedCertificate certificate = SelfSignedCertificate.create("localhost");
    var tls = new Tls(
        true, null, Path.of(certificate.certificatePath()), Path.of(certificate.privateKeyPath()));
    service.stop(Duration.ofSeconds(5));
    service = new QueryService(
        vertx,
        new QueryConfig("127.0.0.1", 0, 0, tls, 4, 4, Duration.ofSeconds(1)),
        ClickHouseConfig.of("seamark", address(clickhouse.actualPort())),
        ring::get,
        new Metrics(),
        new Health());
    service.start();
    var client = vertx.createHttpClient(
        new HttpClientOptions().setSsl(true).setTrustAll(true).setVerifyHost(false));

    for (var port :
        Map.of(service.sqlPort(), "/ping", service.httpPort(), "/healthz").entrySet()) {
      int status = client
          .request(HttpMethod.GET, port.getKey(), "127.0.0.1", port.getValue())
          .compose(request -> request.send())
          .map(response -> response.statusCode())
          .await();

      assertThat(status).as(port.getValue()).isEqualTo(200);
    }
    assertThatExceptionOfType(IOException.class)
        .as("in clear")
        .isThrownBy(() -> http.send(request("/ping").build(), BodyHandlers.ofString()));
  }

  @Test
  void theOperatorsEndpointsAreOnTheHttpPort() throws Exception {
    URI ready = URI.create("http://127.0.0.1:%d/readyz".formatted(service.httpPort()));

    assertThat(http.send(HttpRequest.newBuilder(ready).build(), BodyHandlers.ofString())
            .body())
        .isEqualTo("ok\n");
  }
}
