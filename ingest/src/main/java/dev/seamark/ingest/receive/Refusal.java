package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Limits;

/**
 * A request that is not taken: nothing of it is stored. Carries no stack trace; it is an answer.
 */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  Refusal(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
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

  /** The message, for the sender to read. */
  String text() {
    return String.valueOf(getMessage());
  }
}
