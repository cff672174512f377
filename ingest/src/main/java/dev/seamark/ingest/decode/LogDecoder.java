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
}
