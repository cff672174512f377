package dev.seamark.ingest.receive;

import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.decode.Crowded;
import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.tenant.Sender;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * The decoder of one signal with the private rows that it fills: nothing of a request is shared
 * before all of it is decoded. Owned by one thread; {@link #clear} ends each request.
 */
interface SignalLane {
  /**
   * Decodes a protobuf body into the lane's rows.
   *
   * @throws Malformed the body is refused as a whole
   * @throws Crowded the body is refused as a whole, and may be repeated later
   */
  Decoded decode(
      byte[] body, int from, int to, Sender sender, @Nullable String cluster, long nowNanos)
      throws Malformed, Crowded;

  /** Bytes of the rows. */
  long rowBytes();

  /**
   * Copies the rows into the shared open blocks.
   *
   * @return succeeds once all of them, and all that they rely on, are acknowledged
   */
  Future<Void> scatter(Batcher batcher, Sender sender, long nowMs);

  /** Drops the rows; those that were not scattered are void. */
  void clear();
}
