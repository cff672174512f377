package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.BulkResponse;
import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.Signal;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Elasticsearch's {@code /_bulk} and {@code /{index}/_bulk}, answered item by item with 200 once
 * everything that can be a row is stored. A refused request gets an error in Elasticsearch's words
 * and with its status: clients repeat one after 429 and 5xx.
 */
final class BulkHttp extends HttpPush {
  /** Elastic's clients talk to nobody who doesn't send this. */
  static final String PRODUCT_HEADER = "X-Elastic-Product";

  static final String PRODUCT = "Elasticsearch";
  static final String JSON = "application/json";

  /** Ends the paths. */
  static final String PATH = "/_bulk";

  private static final List<HttpMethod> METHODS = List.of(HttpMethod.POST, HttpMethod.PUT);

  BulkHttp(Vertx vertx, Intake intake, DecodeLane lane, ReceiveConfig config) {
    super(vertx, intake, lane, config);
  }

  @Override
  List<HttpMethod> methods() {
    return METHODS;
  }

  @Override
  Signal signal(HttpServerRequest request) {
    return Signal.LOGS;
  }

  @Override
  Head head(HttpServerRequest request) throws Refusal {
    String type = request.getHeader("Content-Type");
    return switch (mediaType(type)) {
      case "application/x-ndjson",
          JSON,
          "application/vnd.elasticsearch+x-ndjson",
          "application/vnd.elasticsearch+json" ->
        new Head(Format.BULK_NDJSON, encodingOrSnappy(request), index(request.path()));
      default ->
        throw new Refusal(
            Reason.MEDIA_TYPE,
            "Content-Type must be application/x-ndjson or application/json, not " + quoted(type));
    };
  }

  /** The index that the path names, where it does: older clients name a type behind it. */
  private static @Nullable String index(@Nullable String path) throws Refusal {
    if (path == null || path.length() == PATH.length()) {
      return null;
    }
    String index = path.substring(1, path.indexOf('/', 1));
    try {
      return URLDecoder.decode(index.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new Refusal(Reason.MALFORMED, "the index in the path: " + e.getMessage());
    }
  }

  @Override
  void write(HttpServerRequest request, HttpServerResponse response, Outcome outcome) {
    response.putHeader(PRODUCT_HEADER, PRODUCT).putHeader("Content-Type", JSON);
    response.end(Buffer.buffer(
        switch (outcome) {
          case Outcome.Stored(Decoded decoded) -> BulkResponse.items(decoded.items());
          case Outcome.Refused(Reason reason, String message, var _) ->
            BulkResponse.error(reason.httpStatus(), errorType(reason.httpStatus()), message);
        }));
  }

  private static String errorType(int status) {
    return switch (status) {
      case 401, 403 -> "security_exception";
      case 413 -> "content_too_long_exception";
      case 415 -> "media_type_header_exception";
      case 429 -> "es_rejected_execution_exception";
      case 503 -> "cluster_block_exception";
      case 500 -> "exception";
      default -> "illegal_argument_exception";
    };
  }
}
