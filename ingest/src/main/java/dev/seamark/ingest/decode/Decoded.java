package dev.seamark.ingest.decode;

import java.util.List;

/**
 * What one well-formed request became.
 *
 * @param accepted rows (metrics: data points) appended
 * @param rejected rows left out, each by itself
 * @param message why, for {@code partial_success} and its like; also tells of what was left out of
 *     accepted rows (exemplars, {@code target_info}); empty if nothing was
 * @param items what each item became, for protocols that answer item by item
 * @param written what the sender is told of the pieces it sent, for protocols that count them
 */
public record Decoded(
    int accepted, int rejected, String message, BulkItems items, Written written) {
  /** A request of a protocol that answers as a whole. */
  public Decoded(int accepted, int rejected, String message) {
    this(accepted, rejected, message, BulkItems.NONE, Written.NOTHING);
  }

  /** A request with every row accepted. */
  public static Decoded all(int accepted) {
    return new Decoded(accepted, 0, "");
  }

  /** The same, told item by item. */
  Decoded with(BulkItems items) {
    return new Decoded(accepted, rejected, message, items, written);
  }

  /** The same, with its pieces counted. */
  Decoded with(Written written) {
    return new Decoded(accepted, rejected, message, items, written);
  }

  /**
   * The pieces that a remote-write sender need not send again.
   *
   * @param samples stored, or held already by the elected replica of the sender's pair
   * @param histograms likewise
   * @param exemplars likewise
   * @param ofOtherReplica how many samples and histograms of them were not stored, as the elected
   *     replica sends the same
   * @param turns of the elected replicas that sent the rest, to be told once it is acknowledged
   */
  public record Written(
      int samples, int histograms, int exemplars, int ofOtherReplica, List<Replicas.Turn> turns) {
    public static final Written NOTHING = new Written(0, 0, 0, 0, List.of());

    public Written {
      turns = List.copyOf(turns);
    }
  }
}
