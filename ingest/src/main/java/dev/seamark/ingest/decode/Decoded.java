package dev.seamark.ingest.decode;

/**
 * What one well-formed request became.
 *
 * @param accepted rows (metrics: data points) appended
 * @param rejected rows left out, each by itself
 * @param message why, for {@code partial_success}; also tells of what was left out of accepted rows
 *     (exemplars, {@code target_info}); empty if nothing was
 * @param items what each item became, for protocols that answer item by item
 */
public record Decoded(int accepted, int rejected, String message, BulkItems items) {
  /** A request of a protocol that answers as a whole. */
  public Decoded(int accepted, int rejected, String message) {
    this(accepted, rejected, message, BulkItems.NONE);
  }

  /** A request with every row accepted. */
  public static Decoded all(int accepted) {
    return new Decoded(accepted, 0, "");
  }

  /** The same, told item by item. */
  Decoded with(BulkItems items) {
    return new Decoded(accepted, rejected, message, items);
  }
}
