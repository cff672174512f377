package dev.seamark.ingest.receive;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * What clients of Elasticsearch ask before they send: {@code GET /}, which version it is, and
 * {@code GET /_cluster/health}. Vector asks both, its Loki sink the first one. The version is one
 * whose bulk requests name no type. Nothing here says anything of the ingester's state, nor needs a
 * key.
 */
final class BulkWelcome implements Handler<HttpServerRequest> {
  static final String ROOT = "/";
  static final String HEALTH = "/_cluster/health";

  private static final String VERSION = """
      {"name":"seamark","cluster_name":"seamark","cluster_uuid":"seamark",\
      "version":{"number":"8.17.0","build_flavor":"default","lucene_version":"9.12.0"},\
      "tagline":"Seamark takes _bulk requests"}
      """;

  private static final String GREEN = """
      {"cluster_name":"seamark","status":"green","timed_out":false,"number_of_nodes":1,\
      "number_of_data_nodes":1,"active_shards_percent_as_number":100.0}
      """;

  @Override
  public void handle(HttpServerRequest request) {
    HttpServerResponse response =
        request.response().putHeader(BulkHttp.PRODUCT_HEADER, BulkHttp.PRODUCT);
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      response.setStatusCode(405).putHeader("Allow", "GET, HEAD").end();
      return;
    }
    String body = ROOT.equals(request.path()) ? VERSION : GREEN;
    response.putHeader("Content-Type", BulkHttp.JSON);
    if (request.method().equals(HttpMethod.HEAD)) {
      response.putHeader("Content-Length", Integer.toString(body.length())).end();
    } else {
      response.end(body);
    }
  }
}
