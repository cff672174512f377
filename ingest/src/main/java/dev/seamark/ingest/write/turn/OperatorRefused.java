package dev.seamark.ingest.write.turn;

/**
 * An operator's command that isn't done, or not to its end; the message says why and what to do.
 */
public final class OperatorRefused extends Exception {
  private static final long serialVersionUID = 1;

  public OperatorRefused(String message) {
    super(message);
  }
}
