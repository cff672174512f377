package dev.seamark.ingest.write;

/** A replay that isn't done, or not to its end; the message says why and what to do. */
public final class ReplayRefused extends Exception {
  private static final long serialVersionUID = 1;

  ReplayRefused(String message) {
    super(message);
  }
}
