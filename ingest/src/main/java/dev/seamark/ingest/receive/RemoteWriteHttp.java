package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.Decoded.Written;
import dev.seamark.ingest.decode.Signal;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/**
 * Prometheus remote write: {@code POST /api/v1/write} with the message of 1.0 or 2.0, which the
 * content type tells apart, as a block of snappy. By the remote-write specifications 1.0 and
 * 2.0-rc.4.
 *
 * <p>204 says that all is stored, 202 that it was held already, as the elected replica of the pair
 * sends the same. 400 with a message names what is refused; the rest of such a request is stored
 * all the same, as 2.0's headers count.
 */
final class RemoteWriteHttp extends HttpPush {
  private static final String PROTOBUF = "application/x-protobuf";
  private static final String MESSAGE_1 = "prometheus.WriteRequest";
  private static final String MESSAGE_2 = "io.prometheus.write.v2.Request";
  private static final String WRITTEN = "X-Prometheus-Remote-Write-%s-Written";
  private static final String SAMPLES_WRITTEN = WRITTEN.formatted("Samples");
  private static final String HISTOGRAMS_WRITTEN = WRITTEN.formatted("Histograms");
  private static final String EXEMPLARS_WRITTEN = WRITTEN.formatted("Exemplars");

  RemoteWriteHttp(Vertx vertx, Intake intake, DecodeLane lane, ReceiveConfig config) {
    super(vertx, intake, lane, config);
  }

  @Override
  Signal signal(HttpServerRequest request) {
    return Signal.METRICS;
  }

  @Override
  Head head(HttpServerRequest request) throws Refusal {
    Format format = format(request.getHeader("Content-Type"));
    if (format == null) {
      throw new Refusal(
          Reason.MEDIA_TYPE,
          "Content-Type must be %s, with proto=%s or proto=%s or without, not %s"
              .formatted(
                  PROTOBUF, MESSAGE_1, MESSAGE_2, quoted(request.getHeader("Content-Type"))));
    }
    String encoding = request.getHeader("Content-Encoding");
    if (encoding == null || !encoding.trim().equalsIgnoreCase("snappy")) {
      throw new Refusal(
          Reason.MEDIA_TYPE, "Content-Encoding must be snappy, not " + quoted(encoding));
    }
    return new Head(format, Encoding.SNAPPY);
  }

  /** The message that a Content-Type names; none at all means 1.0, as senders older than it do. */
  static @Nullable Format format(@Nullable String contentType) {
    if (contentType == null) {
      return Format.REMOTE_WRITE_1;
    }
    if (!mediaType(contentType).equals(PROTOBUF)) {
      return null;
    }
    return switch (parameter(contentType, "proto")) {
      case "", MESSAGE_1 -> Format.REMOTE_WRITE_1;
      case MESSAGE_2 -> Format.REMOTE_WRITE_2;
      default -> null;
    };
  }

  /** A parameter of a media type, quoted or not; "" if there is none. */
  private static String parameter(String contentType, String wanted) {
    for (String part : contentType.split(";", -1)) {
      int equals = part.indexOf('=');
      if (equals > 0 && part.substring(0, equals).trim().equalsIgnoreCase(wanted)) {
        String value = part.substring(equals + 1).trim();
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
      }
    }
    return "";
  }

  @Override
  void write(HttpServerRequest request, HttpServerResponse response, Outcome outcome) {
    boolean counts = format(request.getHeader("Content-Type")) == Format.REMOTE_WRITE_2;
    switch (outcome) {
      case Outcome.Stored(var decoded) -> {
        if (counts) {
          count(response, decoded.written());
        }
        answer(response, decoded);
      }
      case Outcome.Refused(var reason, var message, var _) -> {
        if (counts && reason != Reason.MEDIA_TYPE) {
          count(response, Written.NOTHING);
        }
        text(response, message);
      }
    }
  }

  private static void count(HttpServerResponse response, Written written) {
    response
        .putHeader(SAMPLES_WRITTEN, Integer.toString(written.samples()))
        .putHeader(HISTOGRAMS_WRITTEN, Integer.toString(written.histograms()))
        .putHeader(EXEMPLARS_WRITTEN, Integer.toString(written.exemplars()));
  }

  private static void answer(HttpServerResponse response, Decoded decoded) {
    int ofOtherReplica = decoded.written().ofOtherReplica();
    if (decoded.message().isEmpty()) {
      response
          .setStatusCode(decoded.accepted() == 0 && ofOtherReplica > 0 ? 202 : 204)
          .end();
      return;
    }
    int taken = decoded.accepted() + ofOtherReplica;
    response.setStatusCode(400);
    text(
        response,
        "partial write: %d of %d samples and histograms are refused: %s"
            .formatted(decoded.rejected(), taken + decoded.rejected(), decoded.message()));
  }

  private static void text(HttpServerResponse response, String message) {
    response.putHeader("Content-Type", "text/plain; charset=utf-8").end(message + "\n");
  }
}
