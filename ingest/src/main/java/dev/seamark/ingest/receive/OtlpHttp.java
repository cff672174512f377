package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.OtlpResponse;
import dev.seamark.ingest.decode.Signal;
import dev.seamark.tenant.Sender;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * OTLP/HTTP: {@code POST /v1/logs}, {@code /v1/metrics}, {@code /v1/traces} with protobuf or JSON.
 * Reads the body, hands it to the {@link Intake}, and answers what became of it. Runs on the event
 * loop.
 */
final class OtlpHttp implements Handler<HttpServerRequest> {
  static final String CLUSTER_HEADER = "X-Seamark-Cluster";

  private final Vertx vertx;
  private final Intake intake;
  private final DecodeLane lane;
  private final ReceiveConfig config;
  private final Handler<HttpServerRequest> others;

  /**
   * @param lane of this event loop
   * @param others takes the requests that are not OTLP
   */
  OtlpHttp(
      Vertx vertx,
      Intake intake,
      DecodeLane lane,
      ReceiveConfig config,
      Handler<HttpServerRequest> others) {
    this.vertx = vertx;
    this.intake = intake;
    this.lane = lane;
    this.config = config;
    this.others = others;
  }

  @Override
  public void handle(HttpServerRequest request) {
    Signal signal = signalOf(request.path());
    if (signal == null) {
      others.handle(request);
      return;
    }
    Format format = Format.of(request.getHeader("Content-Type"));
    Call call = new HttpCall(request, signal, format == null ? Format.PROTOBUF : format);
    try {
      receive(call, format);
    } catch (Refusal refusal) {
      call.answer(Outcome.Refused.of(refusal));
    }
  }

  static @Nullable Signal signalOf(@Nullable String path) {
    return switch (path) {
      case "/v1/logs" -> Signal.LOGS;
      case "/v1/metrics" -> Signal.METRICS;
      case "/v1/traces" -> Signal.TRACES;
      case null, default -> null;
    };
  }

  private void receive(Call call, @Nullable Format format) throws Refusal {
    HttpServerRequest request = call.request();
    if (!request.method().equals(HttpMethod.POST)) {
      throw new Refusal(
          Reason.METHOD, "%s takes POST, not %s".formatted(request.path(), request.method()));
    }
    if (format == null) {
      throw new Refusal(
          Reason.MEDIA_TYPE,
          "Content-Type must be application/x-protobuf or application/json, not "
              + quoted(request.getHeader("Content-Type")));
    }
    Encoding encoding = Encoding.of(request.getHeader("Content-Encoding"));
    if (encoding == null) {
      throw new Refusal(
          Reason.MEDIA_TYPE,
          "Content-Encoding must be one of %s, not %s"
              .formatted(Encoding.NAMES, quoted(request.getHeader("Content-Encoding"))));
    }
    Sender sender = intake.admit(request.getHeader("Authorization"));
    String cluster = request.getHeader(CLUSTER_HEADER);
    call.answerWith(HttpBody.read(
            vertx, request, intake.bodyBytesMax(), config.bodyDeadline().toMillis(), call.lease())
        .compose(body -> intake.accept(
            new Arrival(
                call.signal(), format, encoding, body.takeBytes(), 0, body.size(), sender, cluster),
            call.lease(),
            lane)));
  }

  static String quoted(@Nullable String header) {
    if (header == null) {
      return "none";
    }
    return "\"" + header.substring(0, Math.min(header.length(), 100)) + "\"";
  }

  /** A request being answered in the format that it came in. */
  private final class HttpCall extends Call {
    private final Format format;

    HttpCall(HttpServerRequest request, Signal signal, Format format) {
      super(vertx, intake, request, signal);
      this.format = format;
    }

    @Override
    void write(HttpServerResponse response, Outcome outcome) {
      response.putHeader("Content-Type", format.contentType());
      switch (outcome) {
        case Outcome.Stored(var decoded) ->
          response.end(Buffer.buffer(
              format == Format.JSON
                  ? OtlpResponse.exportJson(signal(), decoded)
                  : OtlpResponse.export(decoded)));
        case Outcome.Refused(var reason, var message) -> {
          response.setStatusCode(reason.httpStatus());
          Duration retryAfter = reason.retryAfter();
          if (retryAfter != null) {
            response.putHeader("Retry-After", Long.toString(retryAfter.toSeconds()));
          }
          if (reason == Reason.METHOD) {
            response.putHeader("Allow", "POST");
          }
          response.end(Buffer.buffer(
              format == Format.JSON
                  ? OtlpResponse.statusJson(reason.grpcStatus(), message, retryAfter)
                  : OtlpResponse.status(reason.grpcStatus(), message, retryAfter)));
        }
      }
    }
  }

  /** The two encodings of OTLP messages over HTTP. */
  enum Format {
    PROTOBUF("application/x-protobuf"),
    JSON("application/json");

    private final String contentType;

    Format(String contentType) {
      this.contentType = contentType;
    }

    String contentType() {
      return contentType;
    }

    /** The format that a Content-Type header names, its parameters aside; null for another one. */
    static @Nullable Format of(@Nullable String header) {
      if (header == null) {
        return null;
      }
      int end = header.indexOf(';');
      String type = (end < 0 ? header : header.substring(0, end)).trim().toLowerCase(Locale.ROOT);
      return switch (type) {
        case "application/x-protobuf", "application/protobuf" -> PROTOBUF;
        case "application/json" -> JSON;
        default -> null;
      };
    }
  }
}
