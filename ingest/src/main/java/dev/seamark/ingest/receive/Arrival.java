package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Signal;
import dev.seamark.tenant.Sender;
import org.jspecify.annotations.Nullable;

/**
 * A body that arrived whole, whichever protocol carried it.
 *
 * @param bytes hold the body, compressed as {@code encoding} says, from {@code from} to {@code to}
 * @param cluster from the header, used where the resource names none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a copy of the body would cost
record Arrival(
    Signal signal,
    OtlpHttp.Format format,
    Encoding encoding,
    byte[] bytes,
    int from,
    int to,
    Sender sender,
    @Nullable String cluster) {
  int size() {
    return to - from;
  }
}
