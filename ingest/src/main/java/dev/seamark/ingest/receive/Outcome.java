package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Decoded;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What became of a request: all of it is answered by one of these, in the words of its protocol.
 */
sealed interface Outcome {
  /** Every accepted row is acknowledged by the broker; rows that were left out are named. */
  record Stored(Decoded decoded) implements Outcome {}

  /**
   * Nothing is stored, or (UNAVAILABLE) nobody knows: the sender is asked to repeat it.
   *
   * @param retryAfter when the same request may succeed, in whole seconds; null where it never will
   */
  record Refused(Reason reason, String message, @Nullable Duration retryAfter) implements Outcome {
    Refused(Reason reason, String message) {
      this(reason, message, reason.retryAfter());
    }

    boolean mayBeRepeated() {
      return retryAfter != null;
    }

    static Refused of(Refusal refusal) {
      return new Refused(refusal.reason(), refusal.text(), refusal.retryAfter());
    }
  }
}
