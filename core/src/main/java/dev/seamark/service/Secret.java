package dev.seamark.service;

/**
 * A password or token: prints as stars, so that no log, error or configuration dump shows it.
 *
 * @param reveal the text itself; call this only where it goes over the wire
 */
public record Secret(String reveal) {
  /** No secret at all. */
  public static final Secret NONE = new Secret("");

  /** Whether there is anything to keep secret. */
  public boolean isEmpty() {
    return reveal.isEmpty();
  }

  @Override
  public String toString() {
    return isEmpty() ? "(none)" : "*****";
  }
}
