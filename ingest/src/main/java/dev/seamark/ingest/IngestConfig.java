package dev.seamark.ingest;

import dev.seamark.ingest.batch.BatchConfig;
import dev.seamark.ingest.consume.KafkaInConfig;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.receive.FluentConfig;
import dev.seamark.ingest.receive.ReceiveConfig;
import dev.seamark.ingest.series.SeriesLimits;

/**
 * Section {@code ingest}: the receivers, the batches they fill, the series they remember, what a
 * sender may send, and the topics that are read.
 */
public record IngestConfig(
    ReceiveConfig receive,
    FluentConfig fluent,
    BatchConfig batch,
    MetricsConfig metrics,
    RemoteWriteConfig remoteWrite,
    SeriesLimits series,
    Limits limits,
    KafkaInConfig kafkaIn) {
  public IngestConfig {
    long largest = 2L * limits.bodyBytesMax() + limits.decodedBytesMax();
    if (batch.inFlightBytesMax() < largest) {
      throw new IllegalArgumentException(
          ("batch.in-flight-bytes-max is %d: one largest request needs %d"
                  + " (2 x limits.body-bytes-max + limits.decoded-bytes-max)")
              .formatted(batch.inFlightBytesMax(), largest));
    }
  }
}
