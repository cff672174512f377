package dev.seamark.ingest.receive;

import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.decode.Crowded;
import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.tenant.Sender;
import io.vertx.core.Future;

/**
 * The decoders of one signal with the private rows that they fill: nothing of a request is shared
 * before all of it is decoded. Owned by one thread; {@link #clear} ends each request.
 */
interface SignalLane {
  /**
   * Decodes a body into the lane's rows.
   *
   * @param arrival whose body it is, in which format
   * @param body the bytes of the body, inflated
   * @throws Malformed the body is refused as a whole
   * @throws Crowded the body is refused as a whole, and may be repeated later
   */
  Decoded decode(Arrival arrival, byte[] body, int from, int to, long nowNanos)
      throws Malformed, Crowded;

  /** Bytes of the rows. */
  long rowBytes();

  /** What the decoded rows are besides rows of their signal. */
  interface Aside {
    /** Items that a rule of the tenant dropped: they count as accepted, and have no rows. */
    void dropped(String rule, int items);

    /** Kubernetes objects among log records, by what became of them. */
    void kubernetesObjects(String outcome, int objects);
  }

  /** Tells what there is to tell of the rows; called once, before they are scattered. */
  default void tell(Aside aside) {}

  /**
   * Copies the rows into the shared open blocks.
   *
   * @return succeeds once all of them, and all that they rely on, are acknowledged
   */
  Future<Void> scatter(Batcher batcher, Sender sender, long nowMs);

  /** Drops the rows; those that were not scattered are void. */
  void clear();
}
