package dev.seamark.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpsServerTest {
  private final Metrics metrics = new Metrics();
  private final Health health = new Health();
  private final Vertx vertx = Vertx.vertx();
  private final HttpClient http = HttpClient.newHttpClient();
  private final ServerTls tls = new ServerTls("ops", vertx, Tls.OFF, metrics);
  private final OpsServer server =
      new OpsServer("ops", vertx, "127.0.0.1", 0, new OpsRoutes(metrics, health), tls);

  @BeforeEach
  void start() throws Exception {
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    server.stop(Duration.ofSeconds(5));
    vertx.close().toCompletionStage().toCompletableFuture().get();
    http.close();
  }

  private HttpResponse<String> send(String method, String path) throws Exception {
    URI address = URI.create("http://127.0.0.1:%d%s".formatted(server.port(), path));
    return http.send(
        HttpRequest.newBuilder(address)
            .method(method, BodyPublishers.noBody())
            .timeout(Duration.ofSeconds(10))
            .build(),
        BodyHandlers.ofString());
  }

  @Test
  void metricsAreShownAsText() throws Exception {
    Counter.builder()
        .name("seamark_rows")
        .help("Rows.")
        .register(metrics.registry())
        .inc(7);

    HttpResponse<String> answer = send("GET", "/metrics");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/plain; version=0.0.4");
    assertThat(answer.body())
        .contains("# TYPE seamark_rows_total counter\nseamark_rows_total 7.0\n");
  }

  @Test
  void readinessNamesItsReasonsAndLivenessIsApart() throws Exception {
    var reason = new AtomicReference<>(Optional.of("no answer for 12 s"));
    health.ready("kafka", reason::get);

    assertThat(send("GET", "/healthz").body()).isEqualTo("ok\n");
    HttpResponse<String> away = send("GET", "/readyz");
    assertThat(away.statusCode()).isEqualTo(503);
    assertThat(away.body()).isEqualTo("kafka: no answer for 12 s\n");

    reason.set(Optional.empty());
    assertThat(send("GET", "/readyz").statusCode()).isEqualTo(200);
  }

  @Test
  void aServiceThatIsNotLiveIsNotReady() throws Exception {
    health.live("writer", () -> Optional.of("its thread ended"));

    assertThat(send("GET", "/healthz").statusCode()).isEqualTo(503);
    assertThat(send("GET", "/readyz").body()).isEqualTo("writer: its thread ended\n");
  }

  @Test
  void aCheckThatFailsIsAProblemAndNoSilence() throws Exception {
    health.ready("writer", () -> {
      throw new IllegalStateException("closed");
    });

    HttpResponse<String> answer = send("GET", "/readyz");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body())
        .isEqualTo("writer: its check failed, by a bug: java.lang.IllegalStateException: closed\n");
  }

  @Test
  void aGaugeThatFailsIsAnsweredWithAnError() throws Exception {
    GaugeWithCallback.builder()
        .name("seamark_lag")
        .help("Lag.")
        .callback(gauge -> {
          throw new IllegalStateException("closed");
        })
        .register(metrics.registry());

    HttpResponse<String> answer = send("GET", "/metrics");

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).contains("IllegalStateException: closed");
  }

  @Test
  void aTakenPortIsNamed() {
    var second = new OpsServer(
        "ops", vertx, "127.0.0.1", server.port(), new OpsRoutes(metrics, health), tls);

    assertThatIOException()
        .isThrownBy(second::start)
        .withMessage("port %d on 127.0.0.1 can't be opened: Address already in use"
            .formatted(server.port()));
  }

  @Test
  void thePortSpeaksTlsWhereItIsAskedTo(@TempDir Path folder) throws Exception {
    SelfMadeCertificate pair = SelfMadeCertificate.in(folder, "ops");
    var encrypted = new ServerTls(
        "writer", vertx, new Tls(true, null, pair.certificate(), pair.key()), metrics);
    encrypted.start();
    var second =
        new OpsServer("ops", vertx, "127.0.0.1", 0, new OpsRoutes(metrics, health), encrypted);
    second.start();
    try {
      int status = vertx
          .createHttpClient(
              new HttpClientOptions().setSsl(true).setTrustAll(true).setVerifyHost(false))
          .request(HttpMethod.GET, second.port(), "127.0.0.1", "/healthz")
          .compose(request -> request.send())
          .map(response -> response.statusCode())
          .await();

      assertThat(status).isEqualTo(200);
    } finally {
      second.stop(Duration.ofSeconds(5));
      encrypted.stop();
    }
  }

  @Test
  void otherPathsAndMethodsAreRefused() throws Exception {
    assertThat(send("GET", "/etc").statusCode()).isEqualTo(404);
    assertThat(send("POST", "/metrics").statusCode()).isEqualTo(405);
  }
}
