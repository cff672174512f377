package dev.seamark.ingest.decode;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The bodies that answer an OTLP export, as protobuf and as JSON.
///
/// Spec: <https://opentelemetry.io/docs/specs/otlp/#otlphttp-response>. An accepted request is
/// answered by
/// `ExportXServiceResponse`, whose `partial_success` tells of rows left out; a refused one by
/// `google.rpc.Status`,
/// over gRPC in the trailer `grpc-status-details-bin`.
public final class OtlpResponse {
  /** The code of {@code google.rpc.Status} for a body that must not be sent again. */
  public static final int INVALID_ARGUMENT = 3;

  /** Known, but not allowed to send this. */
  public static final int PERMISSION_DENIED = 7;

  /** With {@code RetryInfo}: over a limit now, worth a retry. Without: not worth one. */
  public static final int RESOURCE_EXHAUSTED = 8;

  public static final int UNIMPLEMENTED = 12;
  public static final int INTERNAL = 13;

  /** Down for the moment: worth a retry. */
  public static final int UNAVAILABLE = 14;

  public static final int UNAUTHENTICATED = 16;

  private static final String RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";

  private OtlpResponse() {}

  /**
   * {@code ExportXServiceResponse}: the same bytes for the three signals, empty unless rows were
   * left out.
   */
  public static byte[] export(Decoded decoded) {
    var response = new WireWriter(64);
    if (isPartial(decoded)) {
      int partialSuccess = response.open(1);
      if (decoded.rejected() > 0) {
        response.varint(1, decoded.rejected());
      }
      if (!decoded.message().isEmpty()) {
        response.text(2, decoded.message());
      }
      response.close(partialSuccess);
    }
    return response.toBytes();
  }

  /** {@code ExportXServiceResponse} as JSON. */
  public static byte[] exportJson(Signal signal, Decoded decoded) {
    if (!isPartial(decoded)) {
      return utf8("{}");
    }
    var json = new StringBuilder("{\"partialSuccess\":{");
    if (decoded.rejected() > 0) {
      json.append('"')
          .append(signal.rejectedField())
          .append("\":\"")
          .append(decoded.rejected())
          .append('"');
    }
    if (!decoded.message().isEmpty()) {
      json.append(decoded.rejected() > 0 ? "," : "").append("\"errorMessage\":");
      appendQuoted(json, decoded.message());
    }
    return utf8(json.append("}}").toString());
  }

  /** {@code google.rpc.Status}, with {@code RetryInfo} where a time to wait is given. */
  public static byte[] status(int code, String message, @Nullable Duration retryAfter) {
    var status = new WireWriter(64 + message.length());
    status.varint(1, code);
    status.text(2, message);
    if (retryAfter != null) {
      int any = status.open(3);
      status.text(1, RETRY_INFO);
      int retryInfo = status.open(2);
      int delay = status.open(1);
      status.varint(1, retryAfter.toSeconds());
      status.varint(2, retryAfter.toNanosPart());
      status.close(delay);
      status.close(retryInfo);
      status.close(any);
    }
    return status.toBytes();
  }

  /** {@code google.rpc.Status} as JSON. */
  public static byte[] statusJson(int code, String message, @Nullable Duration retryAfter) {
    var json = new StringBuilder("{\"code\":").append(code).append(",\"message\":");
    appendQuoted(json, message);
    if (retryAfter != null) {
      json.append(",\"details\":[{\"@type\":\"").append(RETRY_INFO).append("\",\"retryDelay\":\"");
      json.append(retryAfter.toSeconds());
      if (retryAfter.toNanosPart() > 0) {
        json.append('.').append("%09d".formatted(retryAfter.toNanosPart()));
      }
      json.append("s\"}]");
    }
    return utf8(json.append('}').toString());
  }

  private static boolean isPartial(Decoded decoded) {
    return decoded.rejected() > 0 || !decoded.message().isEmpty();
  }

  /** Appends a JSON string with its quotes. */
  static void appendQuoted(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\n' -> json.append("\\n");
        default -> {
          if (c < ' ') {
            json.append("\\u%04x".formatted((int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    json.append('"');
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
