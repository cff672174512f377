package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Decoded;

/**
 * What became of a request: all of it is answered by one of these, in the words of its protocol.
 */
sealed interface Outcome {
  /** Every accepted row is acknowledged by the broker; rows that were left out are named. */
  record Stored(Decoded decoded) implements Outcome {}

  /** Nothing is stored, or (UNAVAILABLE) nobody knows: the sender is asked to repeat it. */
  record Refused(Reason reason, String message) implements Outcome {
    static Refused of(Refusal refusal) {
      return new Refused(refusal.reason(), refusal.text());
    }
  }
}
