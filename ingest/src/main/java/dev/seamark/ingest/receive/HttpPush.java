package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Signal;
import dev.seamark.tenant.Sender;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A protocol that POSTs a body over HTTP and gets one answer: reads the body, hands it to the
 * {@link Intake}, and answers what became of it. What differs between protocols is the head, which
 * says how to read the body, and the words of the answer. Runs on the event loop.
 */
abstract class HttpPush implements Handler<HttpServerRequest> {
  static final String CLUSTER_HEADER = "X-Seamark-Cluster";
  static final List<HttpMethod> POST = List.of(HttpMethod.POST);
  private static final int QUOTED_MAX = 100;

  private final Vertx vertx;
  private final Intake intake;
  private final DecodeLane lane;
  private final ReceiveConfig config;

  /** @param lane of this event loop */
  HttpPush(Vertx vertx, Intake intake, DecodeLane lane, ReceiveConfig config) {
    this.vertx = vertx;
    this.intake = intake;
    this.lane = lane;
    this.config = config;
  }

  /**
   * How the body of a request is to be read.
   *
   * @param name what the head calls the records, where it does
   */
  record Head(Format format, Encoding encoding, @Nullable String name) {
    Head(Format format, Encoding encoding) {
      this(format, encoding, null);
    }
  }

  /** The methods that carry a body here. */
  List<HttpMethod> methods() {
    return POST;
  }

  /** The signal that a request carries, known before anything else so that it can be counted. */
  abstract Signal signal(HttpServerRequest request);

  /** Reads the head of a POST; what it doesn't allow is refused without reading the body. */
  abstract Head head(HttpServerRequest request) throws Refusal;

  /** Writes the answer in the protocol's words; status and common headers of a refusal are set. */
  abstract void write(HttpServerRequest request, HttpServerResponse response, Outcome outcome);

  @Override
  public final void handle(HttpServerRequest request) {
    Call call = new Push(request, signal(request));
    try {
      receive(call);
    } catch (Refusal refusal) {
      call.answer(Outcome.Refused.of(refusal));
    }
  }

  private void receive(Call call) throws Refusal {
    HttpServerRequest request = call.request();
    if (!methods().contains(request.method())) {
      throw new Refusal(
          Reason.METHOD,
          "%s takes %s, not %s".formatted(request.path(), listed(methods()), request.method()));
    }
    Sender sender = intake.admit(Admission.shown(request));
    Toll toll = call.from(sender);
    Head head = head(request);
    String cluster = request.getHeader(CLUSTER_HEADER);
    call.answerWith(HttpBody.read(
            vertx,
            request,
            intake.bodyBytesMax(),
            config.bodyDeadline().toMillis(),
            call.lease(),
            toll)
        .compose(body -> intake.accept(
            new Arrival(
                call.signal(),
                head.format(),
                head.encoding(),
                body.takeBytes(),
                0,
                body.size(),
                sender,
                cluster,
                head.name()),
            call.lease(),
            toll,
            lane)));
  }

  private static String listed(List<HttpMethod> methods) {
    return methods.stream().map(HttpMethod::name).collect(Collectors.joining(", "));
  }

  /** The media type that a Content-Type header names: lower case, its parameters aside. */
  static String mediaType(@Nullable String header) {
    if (header == null) {
      return "";
    }
    int end = header.indexOf(';');
    return (end < 0 ? header : header.substring(0, end)).trim().toLowerCase(Locale.ROOT);
  }

  /** The Content-Encoding of a request. */
  static Encoding encoding(HttpServerRequest request) throws Refusal {
    return encoding(request, Encoding.NAMES);
  }

  /** The same where {@code snappy} is one, a block as all that send logs mean by it. */
  static Encoding encodingOrSnappy(HttpServerRequest request) throws Refusal {
    return "snappy".equalsIgnoreCase(request.getHeader("Content-Encoding"))
        ? Encoding.SNAPPY
        : encoding(request, Encoding.NAMES + ",snappy");
  }

  private static Encoding encoding(HttpServerRequest request, String names) throws Refusal {
    String header = request.getHeader("Content-Encoding");
    Encoding encoding = Encoding.of(header);
    if (encoding == null) {
      throw new Refusal(
          Reason.MEDIA_TYPE,
          "Content-Encoding must be one of %s, not %s".formatted(names, quoted(header)));
    }
    return encoding;
  }

  static String quoted(@Nullable String header) {
    return header == null
        ? "none"
        : "\"" + header.substring(0, Math.min(header.length(), QUOTED_MAX)) + "\"";
  }

  /** A request being answered. */
  private final class Push extends Call {
    Push(HttpServerRequest request, Signal signal) {
      super(vertx, intake, request, signal);
    }

    @Override
    void write(HttpServerResponse response, Outcome outcome) {
      if (outcome instanceof Outcome.Refused(Reason reason, String _, Duration retryAfter)) {
        response.setStatusCode(reason.httpStatus());
        if (retryAfter != null) {
          response.putHeader("Retry-After", Long.toString(retryAfter.toSeconds()));
        }
        if (reason == Reason.UNAUTHENTICATED) {
          response.putHeader("WWW-Authenticate", Admission.CHALLENGE);
        }
        if (reason == Reason.METHOD) {
          response.putHeader("Allow", listed(methods()));
        }
      }
      HttpPush.this.write(request(), response, outcome);
    }
  }
}
