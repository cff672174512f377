package dev.seamark.ingest.receive;

import dev.seamark.ingest.decode.BulkNdjson;
import dev.seamark.ingest.decode.FluentRecords;
import dev.seamark.ingest.decode.FluentRows;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.LogDecoder;
import dev.seamark.ingest.decode.LokiJson;
import dev.seamark.ingest.decode.LokiProtobuf;
import dev.seamark.ingest.decode.MetricDecoder;
import dev.seamark.ingest.decode.OtlpJson;
import dev.seamark.ingest.decode.OtlpLogs;
import dev.seamark.ingest.decode.OtlpMetrics;
import dev.seamark.ingest.decode.OtlpTraces;
import dev.seamark.ingest.decode.RecordsJson;
import dev.seamark.ingest.decode.RemoteWrite1;
import dev.seamark.ingest.decode.RemoteWrite2;
import dev.seamark.ingest.decode.RemoteWriteOptions;
import dev.seamark.ingest.decode.Replicas;
import dev.seamark.ingest.decode.SeriesDirectory;
import dev.seamark.labels.NamingOptions;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Makes the lanes of an ingester's threads: all alike, and all with the same memory of series. Here
 * stands which decoder reads which format.
 */
public record Lanes(
    Limits limits,
    NamingOptions naming,
    RemoteWriteOptions remoteWrite,
    SeriesDirectory series,
    Replicas replicas)
    implements Supplier<DecodeLane> {
  /** Lanes that store every remote-write sender. */
  public Lanes(Limits limits, NamingOptions naming, SeriesDirectory series) {
    this(limits, naming, RemoteWriteOptions.DEFAULTS, series, Replicas.ALL);
  }

  @Override
  public DecodeLane get() {
    return new DecodeLane(
        new OtlpJson(limits),
        new LogsLane(logDecoders(), limits),
        new TracesLane(new OtlpTraces(limits), limits),
        new MetricsLane(metricDecoders()));
  }

  private Map<Format, LogDecoder> logDecoders() {
    Map<Format, LogDecoder> decoders = new EnumMap<>(Format.class);
    decoders.put(Format.OTLP_PROTOBUF, new OtlpLogs(limits));
    decoders.put(Format.FLUENT_MSGPACK, new FluentRecords(limits));
    LokiProtobuf loki = new LokiProtobuf(limits);
    decoders.put(Format.LOKI_PROTOBUF, loki);
    decoders.put(Format.LOKI_JSON, new LokiJson(limits, loki));
    FluentRows records = new FluentRows(limits);
    decoders.put(Format.RECORDS_JSON, new RecordsJson(limits, records));
    decoders.put(Format.BULK_NDJSON, new BulkNdjson(limits, records));
    return decoders;
  }

  private Map<Format, MetricDecoder> metricDecoders() {
    Map<Format, MetricDecoder> decoders = new EnumMap<>(Format.class);
    decoders.put(Format.OTLP_PROTOBUF, new OtlpMetrics(limits, naming, series));
    decoders.put(
        Format.REMOTE_WRITE_1, new RemoteWrite1(limits, naming, remoteWrite, series, replicas));
    decoders.put(
        Format.REMOTE_WRITE_2, new RemoteWrite2(limits, naming, remoteWrite, series, replicas));
    return decoders;
  }
}
