package dev.seamark.query.sql;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.QueryStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The parameters of a query as ClickHouse gets them: those of the client, without the ones that
 * decide who asks and what may be done, which the gateway sets itself.
 */
final class ForwardedQuery {
  /** Without it ClickHouse works on for a client that went away. */
  private static final String CANCEL = "cancel_http_readonly_queries_on_client_close";

  private static final Set<String> OURS =
      Set.of("user", "password", "database", "readonly", CANCEL);

  private ForwardedQuery() {}

  /**
   * Returns path and parameters.
   *
   * <p>{@code readonly=1} comes last and alone: ClickHouse then refuses everything that isn't
   * reading, however the text is written, and any change of a setting in the text.
   *
   * @throws IllegalArgumentException if the address can't be decoded
   */
  static String of(String uri, String database) {
    // not limited here: the server's own limit on the request line came first; a semicolon is SQL
    var client = new QueryStringDecoder(uri, StandardCharsets.UTF_8, true, 65_536, true);
    var forwarded = new QueryStringEncoder(client.path());
    for (Map.Entry<String, List<String>> parameter : client.parameters().entrySet()) {
      if (!OURS.contains(parameter.getKey())) {
        parameter.getValue().forEach(value -> forwarded.addParam(parameter.getKey(), value));
      }
    }
    forwarded.addParam("database", database);
    forwarded.addParam(CANCEL, "1");
    forwarded.addParam("readonly", "1");
    return forwarded.toString();
  }
}
