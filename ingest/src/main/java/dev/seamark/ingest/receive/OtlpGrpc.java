package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.OtlpResponse;
import dev.seamark.ingest.decode.Signal;
import dev.seamark.tenant.Sender;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * OTLP/gRPC: the Export calls of the logs, metrics and trace services. Reads the message, hands it
 * to the {@link Intake}, and answers what became of it. Runs on the event loop.
 */
final class OtlpGrpc implements Handler<HttpServerRequest> {
  private static final String PACKAGE = "/opentelemetry.proto.collector.";

  private final Vertx vertx;
  private final Intake intake;
  private final DecodeLane lane;
  private final ReceiveConfig config;

  OtlpGrpc(Vertx vertx, Intake intake, DecodeLane lane, ReceiveConfig config) {
    this.vertx = vertx;
    this.intake = intake;
    this.lane = lane;
    this.config = config;
  }

  @Override
  public void handle(HttpServerRequest request) {
    String contentType = request.getHeader("Content-Type");
    if (request.version() != HttpVersion.HTTP_2
        || !request.method().equals(HttpMethod.POST)
        || contentType == null
        || !GrpcCall.isProtobuf(contentType)) {
      request
          .response()
          .setStatusCode(415)
          .putHeader("Content-Type", "text/plain; charset=utf-8")
          .end("This port takes OTLP/gRPC only (HTTP/2, POST, application/grpc).\n");
      HttpBody.discard(vertx, request);
      return;
    }
    Signal signal = signalOf(request.path());
    if (signal == null) {
      GrpcCall.refuse(
          request.response(),
          new Outcome.Refused(
              Reason.NOT_FOUND, "unknown method " + HttpPush.quoted(request.path())));
      HttpBody.discard(vertx, request);
      return;
    }
    Call call = new GrpcExport(request, signal);
    try {
      receive(call);
    } catch (Refusal refusal) {
      call.answer(Outcome.Refused.of(refusal));
    }
  }

  static @Nullable Signal signalOf(@Nullable String path) {
    return switch (path) {
      case PACKAGE + "logs.v1.LogsService/Export" -> Signal.LOGS;
      case PACKAGE + "metrics.v1.MetricsService/Export" -> Signal.METRICS;
      case PACKAGE + "trace.v1.TraceService/Export" -> Signal.TRACES;
      case null, default -> null;
    };
  }

  private void receive(Call call) throws Refusal {
    HttpServerRequest request = call.request();
    Sender sender = intake.admit(Admission.shown(request));
    Toll toll = call.from(sender);
    Encoding encoding = Encoding.of(request.getHeader("grpc-encoding"));
    if (encoding == null) {
      throw new Refusal(
          Reason.MEDIA_TYPE,
          "grpc-encoding must be one of %s, not %s"
              .formatted(Encoding.NAMES, HttpPush.quoted(request.getHeader("grpc-encoding"))));
    }
    String cluster = request.getHeader(HttpPush.CLUSTER_HEADER);
    int bytesMax = intake.bodyBytesMax() + GrpcCall.PREFIX_BYTES;
    call.answerWith(HttpBody.read(
            vertx, request, bytesMax, config.bodyDeadline().toMillis(), call.lease(), toll)
        .compose(body -> {
          try {
            Arrival arrival = arrival(call.signal(), encoding, body, sender, cluster);
            return intake.accept(arrival, call.lease(), toll, lane);
          } catch (Refusal refusal) {
            return Future.failedFuture(refusal);
          }
        }));
  }

  private static Arrival arrival(
      Signal signal, Encoding encoding, HttpBody body, Sender sender, @Nullable String cluster)
      throws Refusal {
    byte[] bytes = body.takeBytes();
    boolean compressed = GrpcCall.isCompressed(bytes, body.size());
    if (compressed && encoding == Encoding.IDENTITY) {
      throw new Refusal(Reason.MALFORMED, "message is compressed, but no grpc-encoding says how");
    }
    return new Arrival(
        signal,
        Format.OTLP_PROTOBUF,
        compressed ? encoding : Encoding.IDENTITY,
        bytes,
        GrpcCall.PREFIX_BYTES,
        body.size(),
        sender,
        cluster);
  }

  /** A call being answered. */
  private final class GrpcExport extends Call {
    GrpcExport(HttpServerRequest request, Signal signal) {
      super(vertx, intake, request, signal);
    }

    @Override
    void write(HttpServerResponse response, Outcome outcome) {
      switch (outcome) {
        case Outcome.Stored(var decoded) -> GrpcCall.answer(response, OtlpResponse.export(decoded));
        case Outcome.Refused refused -> GrpcCall.refuse(response, refused);
      }
    }
  }
}
