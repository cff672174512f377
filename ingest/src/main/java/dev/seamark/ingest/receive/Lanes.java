package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.SeriesDirectory;
import dev.seamark.labels.NamingOptions;
import java.util.function.Supplier;

/** Makes the lanes of an ingester's threads: all alike, and all with the same memory of series. */
public record Lanes(Limits limits, NamingOptions naming, SeriesDirectory series)
    implements Supplier<DecodeLane> {
  @Override
  public DecodeLane get() {
    return new DecodeLane(
        limits,
        new LogsLane(limits),
        new TracesLane(limits),
        new MetricsLane(limits, naming, series));
  }
}
