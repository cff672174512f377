package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.Signal;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;

/**
 * Fluent Bit's HTTP output at {@code /fluentbit}, in its formats json, json_lines, json_stream and
 * msgpack. The tag is the header {@code FLUENT-TAG}, where {@code header_tag} is set to that.
 *
 * <p>Fluent Bit takes 200 to 205 for stored, repeats a request after 408, 429 and everything that
 * isn't 4xx, and drops it after any other 4xx. Stored is 201, without a body unless records were
 * left out, since it logs what it is told.
 */
final class FluentBitHttp extends HttpPush {
  private static final String TAG_HEADER = "FLUENT-TAG";
  private static final List<HttpMethod> METHODS = List.of(HttpMethod.POST, HttpMethod.PUT);
  private static final int CREATED = 201;
  private static final int BAD_REQUEST = 400;

  FluentBitHttp(Vertx vertx, Intake intake, DecodeLane lane, ReceiveConfig config) {
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
    Format format = switch (mediaType(type)) {
      case "application/json", "application/x-ndjson", "application/x-json-stream" ->
        Format.RECORDS_JSON;
      case "application/msgpack", "application/x-msgpack" -> Format.FLUENT_MSGPACK;
      default ->
        throw new Refusal(
            Reason.MEDIA_TYPE,
            "Content-Type must be application/json, application/x-ndjson or application/msgpack,"
                + " not " + quoted(type));
    };
    return new Head(format, encodingOrSnappy(request), request.getHeader(TAG_HEADER));
  }

  @Override
  void write(HttpServerRequest request, HttpServerResponse response, Outcome outcome) {
    switch (outcome) {
      case Outcome.Stored(Decoded decoded) -> {
        response.setStatusCode(
            decoded.accepted() == 0 && decoded.rejected() > 0 ? BAD_REQUEST : CREATED);
        if (decoded.rejected() == 0) {
          response.end();
        } else {
          end(
              response,
              "%d of %d records are left out: %s"
                  .formatted(
                      decoded.rejected(),
                      decoded.rejected() + decoded.accepted(),
                      decoded.message()));
        }
      }
      case Outcome.Refused(var _, String message, var _) -> end(response, message);
    }
  }

  private static void end(HttpServerResponse response, String message) {
    response.putHeader("Content-Type", "text/plain; charset=utf-8").end(message + "\n");
  }
}
