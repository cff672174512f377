package dev.seamark.query;

import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.query.sql.SqlGateway;
import dev.seamark.service.Door;
import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.service.OpsRoutes;
import dev.seamark.service.OpsServer;
import dev.seamark.service.Part;
import dev.seamark.service.ServerTls;
import dev.seamark.service.Tls;
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.Reach;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The query service: the SQL port, and the operator's endpoints on the HTTP port. */
public final class QueryService implements Part {
  /** Queries may come in the address; ClickHouse's own limit ({@code http_max_uri_size}). */
  private static final int REQUEST_LINE_BYTES_MAX = 1 << 20;

  private static final Duration DRAIN_MAX = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final QueryConfig config;
  private final ClickHouseConfig upstream;
  private final Supplier<KeyRing> keys;
  private final ServerTls tls;
  private final Metrics metrics;
  private final OpsServer ops;
  private @Nullable HttpServer sqlServer;
  private @Nullable HttpClient client;

  public QueryService(
      Vertx vertx,
      QueryConfig config,
      ClickHouseConfig upstream,
      Supplier<KeyRing> keys,
      Metrics metrics,
      Health health) {
    this.vertx = vertx;
    this.config = config;
    this.upstream = upstream;
    this.keys = keys;
    this.tls = new ServerTls("query", vertx, config.tls(), metrics);
    this.metrics = metrics;
    var routes = new OpsRoutes(metrics, health);
    this.ops = new OpsServer("query ops", vertx, config.bind(), config.httpPort(), routes, tls);
  }

  @Override
  public String name() {
    return "query";
  }

  @Override
  public void start() throws Exception {
    Reach.require(keys.get(), "query", config.bind(), config.tls(), "read");
    tls.start();
    var pool = new PoolOptions()
        .setHttp1MaxSize(config.sqlConcurrencyMax())
        .setMaxWaitQueueSize(config.sqlWaitingMax());
    client = vertx.createHttpClient(clientOptions(), pool);
    var options = new HttpServerOptions()
        .setHost(config.bind())
        .setPort(config.sqlPort())
        .setHandle100ContinueAutomatically(true)
        .setMaxInitialLineLength(REQUEST_LINE_BYTES_MAX);
    var gateway = new SqlGateway(client, upstream, keys, metrics.registry());
    sqlServer = tls.renew(Door.open(vertx, tls.encrypt(options), gateway::handle));
    ops.start();
  }

  private HttpClientOptions clientOptions() {
    Tls upstreamTls = upstream.tls();
    var options = new HttpClientOptions()
        .setConnectTimeout((int) config.sqlConnectTimeout().toMillis())
        .setMaxInitialLineLength(REQUEST_LINE_BYTES_MAX)
        .setVerifyHost(true);
    if (upstreamTls.ca() != null) {
      options.setTrustOptions(new PemTrustOptions().addCertPath(upstreamTls.ca().toString()));
    }
    if (upstreamTls.certificate() != null && upstreamTls.key() != null) {
      options.setKeyCertOptions(new PemKeyCertOptions()
          .addCertPath(upstreamTls.certificate().toString())
          .addKeyPath(upstreamTls.key().toString()));
    }
    return options;
  }

  /** The SQL port in use, which port 0 leaves to the system. */
  public int sqlPort() {
    return sqlServer == null ? config.sqlPort() : sqlServer.actualPort();
  }

  /** The HTTP port in use. */
  public int httpPort() {
    return ops.port();
  }

  /**
   * Takes no new queries, lets those under way finish for a while, then cuts them: the parts below,
   * which hold data, need the rest of the time more.
   */
  @Override
  public void stop(Duration within) throws Exception {
    tls.stop();
    Duration half = within.dividedBy(2);
    Duration drain = half.compareTo(DRAIN_MAX) < 0 ? half : DRAIN_MAX;
    if (sqlServer != null) {
      await(sqlServer.shutdown(drain.toMillis(), TimeUnit.MILLISECONDS), within);
    }
    if (client != null) {
      await(client.close(), within);
    }
    ops.stop(within);
  }

  private static <T> T await(Future<T> future, Duration within) throws Exception {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .get(within.toMillis(), TimeUnit.MILLISECONDS);
  }
}
