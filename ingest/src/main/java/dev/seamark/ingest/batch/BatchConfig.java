package dev.seamark.ingest.batch;

import dev.seamark.service.Key;
import java.time.Duration;

/** Section {@code ingest.batch}: when an open block is sealed, and how much may be under way. */
public record BatchConfig(
    @Key(
        fallback = "50ms",
        min = "1ms",
        max = "10s",
        unit = "duration",
        why = "The oldest row of an open block waits this long for company; it is most of the"
            + " latency of a request, and longer makes fewer, larger records.")
    Duration linger,

    @Key(
        fallback = "250000",
        min = "1",
        max = "10000000",
        unit = "rows",
        why = "Rows that seal a block.")
    int blockRowsMax,

    @Key(
        fallback = "8MiB",
        min = "64KiB",
        max = "12MiB",
        unit = "bytes",
        why = "Bytes that seal a block; well below the largest record (16 MiB).")
    int blockBytesMax,

    @Key(
        fallback = "384MiB",
        min = "1MiB",
        unit = "bytes",
        why = "What all requests in flight may hold: bodies, inflated bodies and their rows. Over"
            + " it senders get 429 before their bodies are read. About half of the heap.")
    long inFlightBytesMax,

    @Key(
        fallback = "8s",
        min = "1s",
        max = "5m",
        unit = "duration",
        why = "A block that the brokers don't acknowledge in this time is given up, and its senders"
            + " get 503; below the 10 s that exporters wait.")
    Duration deliveryTimeout) {}
