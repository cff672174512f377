package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Signal;
import dev.seamark.tenant.Sender;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A body that arrived whole, whichever protocol carried it.
 *
 * @param bytes hold the body, compressed as {@code encoding} says, from {@code from} to {@code to}
 * @param cluster from the header, used where the resource names none
 * @param name what the head calls the records: Fluent Bit's tag, Elasticsearch's index; else null
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a copy of the body would cost
record Arrival(
    Signal signal,
    Format format,
    Encoding encoding,
    byte[] bytes,
    int from,
    int to,
    Sender sender,
    @Nullable String cluster,
    @Nullable String name) {
  /** A body whose head doesn't name its records. */
  Arrival(
      Signal signal,
      Format format,
      Encoding encoding,
      byte[] bytes,
      int from,
      int to,
      Sender sender,
      @Nullable String cluster) {
    this(signal, format, encoding, bytes, from, to, sender, cluster, null);
  }

  int size() {
    return to - from;
  }

  /** The decoder of the body's format. */
  <D> D decoder(Map<Format, D> decoders) {
    D decoder = decoders.get(format);
    if (decoder == null) {
      throw new IllegalStateException("no decoder of %s reads %s".formatted(signal, format));
    }
    return decoder;
  }

  /** The same body, transcoded. */
  Arrival as(Format other) {
    return new Arrival(signal, other, encoding, bytes, from, to, sender, cluster, name);
  }
}
