package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Limits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A request that is not taken: nothing of it is stored. Carries no stack trace; it is an answer.
 */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final @Nullable Duration retryAfter;

  /** A refusal that may be repeated when its reason says so. */
  Refusal(Reason reason, String message) {
    this(reason, message, reason.retryAfter());
  }

  private Refusal(Reason reason, String message, @Nullable Duration retryAfter) {
    super(message, null, false, false);
    this.reason = reason;
    this.retryAfter = retryAfter;
  }

  /** A refusal of what will be taken after a while. */
  static Refusal putOff(Reason reason, String why, long waitNanos) {
    // whole seconds, as Retry-After has them; the last one of them begins, so it is waited for
    long seconds = Math.max(1, Math.ceilDiv(waitNanos, 1_000_000_000L));
    return new Refusal(
        reason, "%s: repeat in %d s".formatted(why, seconds), Duration.ofSeconds(seconds));
  }

  static Refusal tooLarge(String what, long bytesMax) {
    return new Refusal(
        Reason.TOO_LARGE,
        "%s is larger than %d bytes, the limit (%s)"
            .formatted(what, bytesMax, Limits.BODY_BYTES_MAX));
  }

  static Refusal busy() {
    return new Refusal(
        Reason.BUSY,
        "too many bytes are in flight (ingest.batch.in-flight-bytes-max): repeat later");
  }

  Reason reason() {
    return reason;
  }

  /** When the same request may succeed; null where it never will. */
  @Nullable
  Duration retryAfter() {
    return retryAfter;
  }

  /** The message, for the sender to read. */
  String text() {
    return String.valueOf(getMessage());
  }
}
