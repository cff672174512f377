package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.OtlpResponse;
import dev.seamark.ingest.decode.Signal;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/**
 * OTLP/HTTP: {@code POST /v1/logs}, {@code /v1/metrics}, {@code /v1/traces} with protobuf or JSON,
 * answered in the format that came in. By the OTLP specification, section "OTLP/HTTP".
 */
final class OtlpHttp extends HttpPush {
  private static final String PROTOBUF = "application/x-protobuf";
  private static final String JSON = "application/json";

  private final Signal signal;

  OtlpHttp(Signal signal, Vertx vertx, Intake intake, DecodeLane lane, ReceiveConfig config) {
    super(vertx, intake, lane, config);
    this.signal = signal;
  }

  @Override
  Signal signal(HttpServerRequest request) {
    return signal;
  }

  @Override
  Head head(HttpServerRequest request) throws Refusal {
    Format format = format(request);
    if (format == null) {
      throw new Refusal(
          Reason.MEDIA_TYPE,
          "Content-Type must be %s or %s, not %s"
              .formatted(PROTOBUF, JSON, quoted(request.getHeader("Content-Type"))));
    }
    return new Head(format, encoding(request));
  }

  private static @Nullable Format format(HttpServerRequest request) {
    return switch (mediaType(request.getHeader("Content-Type"))) {
      case PROTOBUF, "application/protobuf" -> Format.OTLP_PROTOBUF;
      case JSON -> Format.OTLP_JSON;
      default -> null;
    };
  }

  @Override
  void write(HttpServerRequest request, HttpServerResponse response, Outcome outcome) {
    boolean json = format(request) == Format.OTLP_JSON;
    response.putHeader("Content-Type", json ? JSON : PROTOBUF);
    byte[] answer = switch (outcome) {
      case Outcome.Stored(var decoded) ->
        json ? OtlpResponse.exportJson(signal, decoded) : OtlpResponse.export(decoded);
      case Outcome.Refused(var reason, var message, var retryAfter) ->
        json
            ? OtlpResponse.statusJson(reason.grpcStatus(), message, retryAfter)
            : OtlpResponse.status(reason.grpcStatus(), message, retryAfter);
    };
    response.end(Buffer.buffer(answer));
  }
}
