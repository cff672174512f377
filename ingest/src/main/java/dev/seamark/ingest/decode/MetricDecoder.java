package dev.seamark.ingest.decode;

import dev.seamark.tenant.Sender;
import org.jspecify.annotations.Nullable;

/** Turns the bodies of one wire format into the rows of metrics. Owned by one thread. */
@FunctionalInterface
public interface MetricDecoder {
  /**
   * Appends the points of a body, and the series that they announce.
   *
   * @param body holds the points from {@code from} to {@code to}, uncompressed
   * @param cluster the cluster that the request names for points that don't, or null
   * @param nowNanos the time of arrival, nanoseconds since 1970
   * @throws Malformed if the bytes aren't such a body; the rows appended so far are void
   * @throws Crowded if too much is announced at the moment; the rows appended so far are void
   */
  Decoded decode(
      byte[] body,
      int from,
      int to,
      Sender sender,
      @Nullable String cluster,
      long nowNanos,
      MetricRows into)
      throws Malformed, Crowded;
}
