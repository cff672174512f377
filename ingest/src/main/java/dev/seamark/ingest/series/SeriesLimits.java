package dev.seamark.ingest.series;

import dev.seamark.ingest.decode.Crowded;
import dev.seamark.service.Key;

/**
 * Section {@code ingest.series}: the bounds of a {@link SeriesCache}.
 *
 * @param rawKeysMax slots for raw keys, 33 bytes each and 8 more a histogram series; kept at most
 *     two thirds to three quarters full, so about 50 bytes a key
 * @param announcedMax slots for announced things, 17 bytes each
 * @param pendingMax claims that wait for their acknowledgement, about 100 bytes each
 */
public record SeriesLimits(
    @Key(
        fallback = "2097152",
        min = "1024",
        why = "Series known by their raw bytes, 33 bytes each (histogram series 8 more); fewer than"
            + " are active means that labels are read again and again.")
    int rawKeysMax,

    @Key(
        fallback = "4194304",
        min = "1024",
        why = "Series, label values and metadata known as announced today, 17 bytes each.")
    int announcedMax,

    @Key(
        fallback = "1048576",
        min = "1",
        why = "Announcements that wait for Kafka; over it requests with new series are put off, and"
            + " one that alone has more is refused.")
    int pendingMax) {
  public static final String RAW_KEYS_MAX = "ingest.series.raw-keys-max";
  public static final String ANNOUNCED_MAX = "ingest.series.announced-max";
  public static final String PENDING_MAX = Crowded.PENDING_MAX;

  /** At most 69 MB and 71 MB, reached only by as many series. */
  public static final SeriesLimits DEFAULT = new SeriesLimits(1 << 21, 1 << 22, 1 << 20);
}
