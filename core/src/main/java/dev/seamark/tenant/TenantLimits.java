package dev.seamark.tenant;

import dev.seamark.service.Key;

/**
 * How much a tenant may send, and what its share is when there isn't enough for all: a class of the
 * keys file. 0 leaves the service's own limits ({@code ingest.limits}, {@code ingest.series})
 * alone.
 */
public record TenantLimits(
    @Key(
        fallback = "0",
        min = "0",
        unit = "bytes",
        why = "Bytes of bodies a second, inflated; 0 = no limit of its own.")
    long bytesPerSecond,

    @Key(
        fallback = "0",
        min = "0",
        unit = "rows",
        why = "Log records, spans and samples a second; 0 = no limit of its own.")
    long rowsPerSecond,

    @Key(
        fallback = "0",
        min = "0",
        unit = "series",
        why = "Series that are alive at the same time; 0 = no limit of its own.")
    long activeSeries,

    @Key(
        fallback = "0",
        min = "0",
        unit = "series",
        why = "Series a minute that weren't there before; 0 = no limit of its own.")
    long newSeriesPerMinute,

    @Key(
        fallback = "0",
        min = "0",
        max = "1024",
        unit = "labels",
        why = "Labels of a series; 0 = no limit but ingest.limits.labels-max.")
    int labelsMax,

    @Key(
        fallback = "100",
        min = "1",
        max = "10000",
        why = "Share of what is there when there isn't enough for all, against the weights of the"
            + " other tenants.")
    int weight) {
  /** No limits but the service's own, at the ordinary weight. */
  public static final TenantLimits NONE = new TenantLimits(0, 0, 0, 0, 0, 100);
}
