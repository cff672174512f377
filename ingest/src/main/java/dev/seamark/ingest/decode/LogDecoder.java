package dev.seamark.ingest.decode;

import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import org.jspecify.annotations.Nullable;

/** Turns the bodies of one wire format into log rows. Owned by one thread. */
@FunctionalInterface
public interface LogDecoder {
  /**
   * Appends the records of a body.
   *
   * @param body holds the records from {@code from} to {@code to}, uncompressed
   * @param cluster the cluster that the request names for records that don't, or null
   * @param nowNanos the time of arrival, nanoseconds since 1970
   * @throws Malformed if the bytes aren't such a body; the rows appended so far are void
   */
  Decoded decode(
      byte[] body,
      int from,
      int to,
      Sender sender,
      @Nullable String cluster,
      long nowNanos,
      LogRows into)
      throws Malformed;

  /**
   * The same for a request whose head names its records: Fluent Bit's tag, Elasticsearch's index.
   * The bodies of most formats do so themselves, and there such a name says nothing.
   *
   * @param name of the records that don't say one, or null
   */
  default Decoded decodeNamed(
      byte[] body,
      int from,
      int to,
      Sender sender,
      @Nullable String cluster,
      @Nullable String name,
      long nowNanos,
      LogRows into)
      throws Malformed {
    return decode(body, from, to, sender, cluster, nowNanos, into);
  }
}
