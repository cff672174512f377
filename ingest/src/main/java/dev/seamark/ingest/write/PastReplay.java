package dev.seamark.ingest.write;

import java.time.Instant;

/**
 * The last replay of a partition.
 *
 * @param log identity of the topic's log then
 * @param isDone false if it was broken off
 * @param begun to the minute
 */
public record PastReplay(LogRange range, String log, boolean isDone, Instant begun) {}
