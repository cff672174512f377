package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.Signal;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * Loki's {@code POST /loki/api/v1/push} with protobuf, which is compressed by snappy unless the
 * head says otherwise, or JSON.
 *
 * <p>All stored is 204, errors are text. Promtail and Alloy repeat a push after 429 and 5xx only,
 * Fluent Bit after everything but 400: so whatever is wrong with the body itself is 400. Entries
 * that were left out are told of by 400 too, as Loki does; the others are stored.
 */
final class LokiHttp extends HttpPush {
  private static final String PROTOBUF = "application/x-protobuf";
  private static final String JSON = "application/json";
  private static final int BAD_REQUEST = 400;

  LokiHttp(Vertx vertx, Intake intake, DecodeLane lane, ReceiveConfig config) {
    super(vertx, intake, lane, config);
  }

  @Override
  Signal signal(HttpServerRequest request) {
    return Signal.LOGS;
  }

  @Override
  Head head(HttpServerRequest request) throws Refusal {
    return switch (mediaType(request.getHeader("Content-Type"))) {
      case PROTOBUF, "application/protobuf", "" -> new Head(Format.LOKI_PROTOBUF, snappy(request));
      case JSON -> new Head(Format.LOKI_JSON, encodingOrSnappy(request));
      default ->
        throw new Refusal(
            Reason.MEDIA_TYPE,
            "Content-Type must be %s or %s, not %s"
                .formatted(PROTOBUF, JSON, quoted(request.getHeader("Content-Type"))));
    };
  }

  private static Encoding snappy(HttpServerRequest request) throws Refusal {
    String header = request.getHeader("Content-Encoding");
    return header == null || header.isEmpty() ? Encoding.SNAPPY : encodingOrSnappy(request);
  }

  @Override
  void write(HttpServerRequest request, HttpServerResponse response, Outcome outcome) {
    switch (outcome) {
      case Outcome.Stored(Decoded decoded) -> {
        if (decoded.rejected() == 0) {
          response.setStatusCode(204).end();
        } else {
          response.setStatusCode(BAD_REQUEST);
          end(
              response,
              "%d of %d entries are left out, the others are stored: %s"
                  .formatted(
                      decoded.rejected(),
                      decoded.rejected() + decoded.accepted(),
                      decoded.message()));
        }
      }
      case Outcome.Refused(Reason reason, String message, var _) -> {
        if (reason == Reason.TOO_LARGE || reason == Reason.MEDIA_TYPE) {
          response.setStatusCode(BAD_REQUEST);
        }
        end(response, message);
      }
    }
  }

  private static void end(HttpServerResponse response, String message) {
    response.putHeader("Content-Type", "text/plain; charset=utf-8").end(message + "\n");
  }
}
