package dev.seamark.ingest.decode;

/**
 * What one well-formed request became.
 *
 * @param accepted rows (metrics: data points) appended
 * @param rejected rows left out, each by itself
 * @param message why, for {@code partial_success}; also tells of what was left out of accepted rows
 *     (exemplars, {@code target_info}); empty if nothing was
 */
public record Decoded(int accepted, int rejected, String message) {
  /** A request with every row accepted. */
  public static Decoded all(int accepted) {
    return new Decoded(accepted, 0, "");
  }
}
