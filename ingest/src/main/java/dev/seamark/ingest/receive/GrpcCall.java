package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.OtlpResponse;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The wire of a unary gRPC call over HTTP/2: one length-prefixed message in, one out, the status in
 * the trailers. By the specification "gRPC over HTTP2" of grpc/grpc.
 *
 * <p>Written by hand because a general gRPC server inflates a message without a limit before its
 * handler sees it.
 */
final class GrpcCall {
  static final String CONTENT_TYPE = "application/grpc";

  /** Flag byte and length of a message. */
  static final int PREFIX_BYTES = 5;

  /**
   * A message travels in headers twice, percent-encoded and in the details; clients limit all
   * headers to 8 KiB and see no status at all beyond that.
   */
  private static final int MESSAGE_CHARS_MAX = 1024;

  private static final int MESSAGE_ENCODED_MAX = 2048;

  private GrpcCall() {}

  /** Whether the content type is one of gRPC with protobuf messages. */
  static boolean isProtobuf(String contentType) {
    return contentType.equals(CONTENT_TYPE)
        || contentType.equals("application/grpc+proto")
        || contentType.startsWith("application/grpc;")
        || contentType.startsWith("application/grpc+proto;");
  }

  /** Whether the only message of a body is compressed. */
  static boolean isCompressed(byte[] body, int size) throws Refusal {
    if (size < PREFIX_BYTES) {
      throw malformed("call carries no message: its body has %d bytes".formatted(size));
    }
    long length = ByteBuffer.wrap(body, 1, 4).getInt() & 0xFFFF_FFFFL;
    if (length != size - PREFIX_BYTES) {
      throw malformed("message of a unary call is %d bytes by its prefix, %d by the body"
          .formatted(length, size - PREFIX_BYTES));
    }
    return switch (body[0]) {
      case 0 -> false;
      case 1 -> true;
      default -> throw malformed("message has the unknown flag " + (body[0] & 0xFF));
    };
  }

  private static Refusal malformed(String message) {
    return new Refusal(Reason.MALFORMED, message);
  }

  /** Ends a call that went well. */
  static void answer(HttpServerResponse response, byte[] message) {
    Buffer framed = Buffer.buffer(PREFIX_BYTES + message.length)
        .appendByte((byte) 0)
        .appendInt(message.length)
        .appendBytes(message);
    head(response).putTrailer("grpc-status", "0").end(framed);
  }

  /** Ends a call that was refused, by a response of trailers only. */
  static void refuse(HttpServerResponse response, Outcome.Refused refused) {
    Reason reason = refused.reason();
    String text = cut(refused.message());
    byte[] status = OtlpResponse.status(reason.grpcStatus(), text, refused.retryAfter());
    head(response)
        .putHeader("grpc-status", Integer.toString(reason.grpcStatus()))
        .putHeader("grpc-message", percentEncoded(text))
        .putHeader(
            "grpc-status-details-bin", Base64.getEncoder().withoutPadding().encodeToString(status))
        .end();
  }

  private static HttpServerResponse head(HttpServerResponse response) {
    return response
        .setStatusCode(200)
        .putHeader("content-type", CONTENT_TYPE)
        .putHeader("grpc-accept-encoding", Encoding.NAMES);
  }

  /** The start of a message that is short enough in any script. */
  static String cut(String message) {
    int end = Math.min(message.length(), MESSAGE_CHARS_MAX);
    while (percentEncoded(message.substring(0, end)).length() > MESSAGE_ENCODED_MAX) {
      end /= 2;
    }
    boolean halved = end < message.length() && Character.isHighSurrogate(message.charAt(end - 1));
    return message.substring(0, halved ? end - 1 : end);
  }

  /** Everything but printable ASCII, and the percent sign, as percent and two hex digits. */
  static String percentEncoded(String message) {
    StringBuilder text = new StringBuilder(message.length() + 16);
    for (byte b : message.getBytes(StandardCharsets.UTF_8)) {
      if (b >= ' ' && b <= '~' && b != '%') {
        text.append((char) b);
      } else {
        text.append('%').append("%02X".formatted(b & 0xFF));
      }
    }
    return text.toString();
  }
}
