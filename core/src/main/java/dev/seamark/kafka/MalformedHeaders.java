package dev.seamark.kafka;

/** A record that isn't a block of ours: a header is missing or no number. Never retryable. */
public final class MalformedHeaders extends Exception {
  private static final long serialVersionUID = 1;

  MalformedHeaders(String message) {
    super(message, null, false, false);
  }
}
