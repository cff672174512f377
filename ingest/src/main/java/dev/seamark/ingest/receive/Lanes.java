package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.FluentRecords;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.LogDecoder;
import dev.seamark.ingest.decode.MetricDecoder;
import dev.seamark.ingest.decode.OtlpJson;
import dev.seamark.ingest.decode.OtlpLogs;
import dev.seamark.ingest.decode.OtlpMetrics;
import dev.seamark.ingest.decode.OtlpTraces;
import dev.seamark.ingest.decode.SeriesDirectory;
import dev.seamark.labels.NamingOptions;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Makes the lanes of an ingester's threads: all alike, and all with the same memory of series. Here
 * stands which decoder reads which format.
 */
public record Lanes(Limits limits, NamingOptions naming, SeriesDirectory series)
    implements Supplier<DecodeLane> {
  @Override
  public DecodeLane get() {
    return new DecodeLane(
        new OtlpJson(limits),
        new LogsLane(logDecoders()),
        new TracesLane(new OtlpTraces(limits)),
        new MetricsLane(metricDecoders()));
  }

  private Map<Format, LogDecoder> logDecoders() {
    Map<Format, LogDecoder> decoders = new EnumMap<>(Format.class);
    decoders.put(Format.OTLP_PROTOBUF, new OtlpLogs(limits));
    decoders.put(Format.FLUENT_MSGPACK, new FluentRecords(limits));
    return decoders;
  }

  private Map<Format, MetricDecoder> metricDecoders() {
    Map<Format, MetricDecoder> decoders = new EnumMap<>(Format.class);
    decoders.put(Format.OTLP_PROTOBUF, new OtlpMetrics(limits, naming, series));
    return decoders;
  }
}
