package dev.seamark.ingest.series;

/**
 * What a {@link SeriesCache} did since it began, for metrics: {@code claimed = completed + failed +
 * pending}.
 *
 * @param rawKeys remembered now
 * @param rawEvictions raw keys forgotten because the table is full
 * @param announced things known as announced now
 * @param announcedEvictions announced things forgotten because the table is full
 * @param claimed things claimed for announcing
 * @param completed claims acknowledged
 * @param failed claims whose rows were lost
 * @param pending claims that wait for their acknowledgement now
 * @param refused claims refused because too many were pending
 */
public record SeriesCounts(
    long rawKeys,
    long rawEvictions,
    long announced,
    long announcedEvictions,
    long claimed,
    long completed,
    long failed,
    long pending,
    long refused) {}
