package dev.seamark.ingest.decode;

/**
 * The port through which a decoder learns whether it is a sender's turn: of senders that send the
 * same series, as a pair of Prometheus servers does, one is stored. Thread-safe.
 */
@FunctionalInterface
public interface Replicas {
  /** Everybody is stored. */
  Replicas ALL = (_, _, _, _) -> true;

  /**
   * Tells that a replica of a cluster has been heard; answers whether it is the elected one.
   *
   * @param nowNanos when, nanoseconds since 1970
   */
  boolean elects(String tenant, String cluster, String replica, long nowNanos);
}
