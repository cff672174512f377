package dev.seamark.query.sql;

import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.tenant.KeyRing;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ClickHouse's HTTP interface for JDBC, Grafana and curl, passed through for reading: bodies stream
 * both ways at the speed of the slower side, and answers, errors included, arrive as ClickHouse
 * wrote them. Runs on the event loop.
 *
 * <p>There is no SQL parser: {@code readonly=1} lets ClickHouse itself refuse what isn't a read.
 * {@link SqlAccess} says who may come in.
 */
public final class SqlGateway implements Handler<HttpServerRequest> {
  private static final Logger log = LoggerFactory.getLogger(SqlGateway.class);

  /** Of one connection only (RFC 9110 section 7.6.1), or of the gateway's own login. */
  private static final Set<String> NOT_FORWARDED = Set.of(
      "connection",
      "keep-alive",
      "proxy-connection",
      "te",
      "trailer",
      "transfer-encoding",
      "upgrade",
      "expect",
      "host",
      "authorization",
      "x-clickhouse-user",
      "x-clickhouse-key",
      "x-clickhouse-database",
      "x-clickhouse-ssl-certificate-auth");

  private static final Set<HttpMethod> METHODS =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST);

  private final HttpClient client;
  private final ClickHouseConfig upstream;
  private final SqlAccess access;
  private final Counter answers;
  private final Gauge running;

  public SqlGateway(
      HttpClient client,
      ClickHouseConfig upstream,
      Supplier<KeyRing> keys,
      PrometheusRegistry registry) {
    this.client = client;
    this.upstream = upstream;
    this.access = new SqlAccess(keys);
    this.answers = Counter.builder()
        .name("seamark_sql_answers")
        .help("Answers of the SQL gateway by HTTP status; status 0 = cut off on the way.")
        .labelNames("status")
        .register(registry);
    this.running = Gauge.builder()
        .name("seamark_sql_running")
        .help("Requests to the SQL gateway that are under way.")
        .register(registry);
  }

  @Override
  public void handle(HttpServerRequest request) {
    if (!METHODS.contains(request.method())) {
      refuse(request, 405, "method %s; GET and POST are known".formatted(request.method()));
      return;
    }
    if (!"/".equals(request.path()) && !"/ping".equals(request.path())) {
      refuse(request, 404, "no such path; queries go to /");
      return;
    }
    String uri;
    try {
      uri = isPing(request) ? "/ping" : ForwardedQuery.of(request.uri(), upstream.database());
    } catch (IllegalArgumentException e) {
      refuse(request, 400, "the address can't be decoded: " + e.getMessage());
      return;
    }
    SqlAccess.Refused refused = "/ping".equals(uri) ? null : access.refusal(request);
    if (refused != null) {
      refuse(request, refused);
      return;
    }
    running.inc();
    request.pause(); // until ClickHouse takes the body
    connect(request, uri, upstream.addresses())
        .compose(forwarded -> exchange(request, forwarded))
        .onFailure(cause -> fail(request, cause))
        .onComplete(_ -> running.dec());
  }

  /** Of /ping, or of the root as monitors ask for it: nothing to run. */
  private static boolean isPing(HttpServerRequest request) {
    return "/ping".equals(request.path())
        || ("/".equals(request.uri()) && !request.method().equals(HttpMethod.POST));
  }

  /** A request to the first address that takes a connection. */
  private Future<HttpClientRequest> connect(
      HttpServerRequest request, String uri, List<URI> addresses) {
    Future<HttpClientRequest> first = client.request(options(request, uri, addresses.getFirst()));
    if (addresses.size() == 1) {
      return first;
    }
    return first.recover(refused -> {
      if (refused instanceof ConnectionPoolTooBusyException) {
        return Future.failedFuture(refused); // there are too many queries, wherever they go
      }
      log.warn(
          "ClickHouse address away, asking the next address={} reason={}",
          addresses.getFirst(),
          refused.toString());
      return connect(request, uri, addresses.subList(1, addresses.size()));
    });
  }

  private RequestOptions options(HttpServerRequest request, String uri, URI address) {
    boolean tls = "https".equals(address.getScheme());
    var options = new RequestOptions()
        // ClickHouse lets a GET read only, by readonly=2, which can't be tightened any more
        .setMethod("/ping".equals(uri) ? HttpMethod.GET : HttpMethod.POST)
        .setHost(address.getHost())
        .setPort(address.getPort() >= 0 ? address.getPort() : tls ? 8443 : 8123)
        .setSsl(tls)
        .setURI(uri);
    copy(request.headers(), options);
    options.putHeader("X-ClickHouse-User", upstream.user());
    if (!upstream.password().isEmpty()) {
      options.putHeader("X-ClickHouse-Key", upstream.password().reveal());
    }
    if (!request.method().equals(HttpMethod.POST)) {
      options.getHeaders().remove(HttpHeaders.CONTENT_LENGTH);
    }
    return options;
  }

  private static void copy(MultiMap from, RequestOptions to) {
    for (Map.Entry<String, String> header : from) {
      if (!NOT_FORWARDED.contains(header.getKey().toLowerCase(Locale.ROOT))) {
        to.addHeader(header.getKey(), header.getValue());
      }
    }
  }

  private Future<Void> exchange(HttpServerRequest request, HttpClientRequest forwarded) {
    HttpServerResponse response = request.response();
    // a client that went away must not leave its query running
    response.exceptionHandler(_ -> forwarded.reset());
    response.closeHandler(_ -> forwarded.reset());
    Future<HttpClientResponse> answer = forwarded.response();
    send(request, forwarded);
    return answer.compose(head -> answer(response, request.method(), head));
  }

  /** The client's body, if it has one; a failure on the way shows in the answer's future. */
  private static void send(HttpServerRequest request, HttpClientRequest forwarded) {
    if (!request.method().equals(HttpMethod.POST)) {
      request.resume();
      forwarded.end();
      return;
    }
    if (!forwarded.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
      forwarded.setChunked(true);
    }
    request.pipe().endOnFailure(false).to(forwarded).onFailure(_ -> forwarded.reset());
  }

  private Future<Void> answer(
      HttpServerResponse response, HttpMethod method, HttpClientResponse from) {
    answers.labelValues(Integer.toString(from.statusCode())).inc();
    response.setStatusCode(from.statusCode()).setStatusMessage(from.statusMessage());
    for (Map.Entry<String, String> header : from.headers()) {
      if (!NOT_FORWARDED.contains(header.getKey().toLowerCase(Locale.ROOT))) {
        response.headers().add(header.getKey(), header.getValue());
      }
    }
    if (method.equals(HttpMethod.HEAD)) {
      from.resume();
      return response.end();
    }
    if (!response.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
      response.setChunked(true);
    }
    return from.pipe().endOnFailure(false).to(response);
  }

  private void fail(HttpServerRequest request, Throwable cause) {
    HttpServerResponse response = request.response();
    boolean busy = cause instanceof ConnectionPoolTooBusyException;
    answers
        .labelValues(response.headWritten() || response.closed() ? "0" : busy ? "503" : "502")
        .inc();
    if (response.closed()) {
      return; // the client went first
    }
    if (response.headWritten()) {
      response.reset(); // half an answer must not look like a whole one
      return;
    }
    if (busy) {
      unavailable(
          response,
          503,
          "too many queries run and wait, limits query.sql-concurrency-max and query.sql-waiting-max");
      return;
    }
    log.warn(
        "ClickHouse gave no answer addresses={} reason={}", upstream.addresses(), cause.toString());
    unavailable(response, 502, "ClickHouse gave no answer: " + cause.getMessage());
  }

  private static void unavailable(HttpServerResponse response, int status, String why) {
    response
        .setStatusCode(status)
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .putHeader("Retry-After", "1")
        .end(why + "\n");
  }

  private void refuse(HttpServerRequest request, SqlAccess.Refused refused) {
    request
        .response()
        .putHeader("X-ClickHouse-Exception-Code", Integer.toString(refused.clickHouseCode()));
    if (refused.status() == 401) {
      request.response().putHeader("WWW-Authenticate", "Basic realm=\"seamark\"");
    }
    refuse(request, refused.status(), refused.message());
  }

  private void refuse(HttpServerRequest request, int status, String why) {
    answers.labelValues(Integer.toString(status)).inc();
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .end(why + "\n");
  }
}
