package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.OtlpResponse;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why a request was refused, in the words of each protocol. By the OTLP specification a sender
 * repeats a request after 429, 502, 503 and 504, over gRPC after UNAVAILABLE, DEADLINE_EXCEEDED, a
 * few that aren't used here, and RESOURCE_EXHAUSTED with a RetryInfo; after everything else it
 * drops the rows. So a body that came too slowly isn't answered with 408: network or ingester were
 * busy.
 */
enum Reason {
  MALFORMED(400, OtlpResponse.INVALID_ARGUMENT, false),
  UNAUTHENTICATED(401, OtlpResponse.UNAUTHENTICATED, false),
  FORBIDDEN(403, OtlpResponse.PERMISSION_DENIED, false),
  NOT_FOUND(404, OtlpResponse.UNIMPLEMENTED, false),
  METHOD(405, OtlpResponse.UNIMPLEMENTED, false),
  TOO_SLOW(503, Reason.DEADLINE_EXCEEDED, true),
  TOO_LARGE(413, OtlpResponse.RESOURCE_EXHAUSTED, false),
  MEDIA_TYPE(415, OtlpResponse.UNIMPLEMENTED, false),
  BYTES_PER_SECOND(429, OtlpResponse.RESOURCE_EXHAUSTED, true),
  ROWS_PER_SECOND(429, OtlpResponse.RESOURCE_EXHAUSTED, true),
  NEW_SERIES(429, OtlpResponse.RESOURCE_EXHAUSTED, true),
  ACTIVE_SERIES(429, OtlpResponse.RESOURCE_EXHAUSTED, true),
  BUSY(429, OtlpResponse.RESOURCE_EXHAUSTED, true),
  INTERNAL(500, OtlpResponse.INTERNAL, false),
  UNAVAILABLE(503, OtlpResponse.UNAVAILABLE, true);

  private static final int DEADLINE_EXCEEDED = 4;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final int httpStatus;
  private final int grpcStatus;
  private final boolean again;

  Reason(int httpStatus, int grpcStatus, boolean again) {
    this.httpStatus = httpStatus;
    this.grpcStatus = grpcStatus;
    this.again = again;
  }

  int httpStatus() {
    return httpStatus;
  }

  /** Code of google.rpc.Code. */
  int grpcStatus() {
    return grpcStatus;
  }

  /** When the same request may succeed, unless somebody knows better; null where it never will. */
  @Nullable
  Duration retryAfter() {
    return again ? RETRY_AFTER : null;
  }

  /** The reason as a metric's label. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
