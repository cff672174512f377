package dev.seamark.ingest.decode;

/**
 * The port through which a decoder learns whether it is a sender's turn: of senders that send the
 * same series, as a pair of Prometheus servers does, one is stored. Thread-safe.
 */
public interface Replicas {
  /** Everybody is stored. */
  Replicas ALL = new Replicas() {
    @Override
    public boolean elects(Replica replica, long nowNanos) {
      return true;
    }

    @Override
    public void stored(Replica replica, long nowNanos) {}
  };

  /** One of the senders that send the series of a tenant's cluster. */
  record Replica(String tenant, String cluster, String name) {}

  /**
   * Tells that a replica asks to be stored; answers whether it is the elected one.
   *
   * @param nowNanos when, nanoseconds since 1970
   */
  boolean elects(Replica replica, long nowNanos);

  /**
   * Tells that rows of an elected replica are acknowledged. One that only ever asks must not keep
   * the others from being stored.
   *
   * @param nowNanos when they came in, nanoseconds since 1970
   */
  void stored(Replica replica, long nowNanos);

  /** What a request owes to an election. */
  record Turn(Replicas replicas, Replica replica, long nowNanos) {
    /** The request's rows are acknowledged. */
    public void stored() {
      replicas.stored(replica, nowNanos);
    }
  }
}
