package dev.seamark.ingest.receive;

import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.batch.Journal;
import dev.seamark.ingest.batch.Partitioner;
import dev.seamark.ingest.decode.Announcement;
import dev.seamark.ingest.decode.Crowded;
import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.ingest.decode.MetricDecoder;
import dev.seamark.ingest.decode.MetricRows;
import dev.seamark.schema.Rows;
import dev.seamark.tenant.Sender;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Data points on their way from a body to the open blocks, with the series that they announce. A
 * request is stored once its own rows are acknowledged and so are the announcements of other
 * requests that it relies on.
 */
final class MetricsLane implements SignalLane {
  private final Map<Format, MetricDecoder> decoders;
  private final MetricRows rows = new MetricRows();
  private final Partitioner partitioner = new Partitioner();
  private boolean announcing;

  /** @param decoders by the format that they read */
  MetricsLane(Map<Format, MetricDecoder> decoders) {
    this.decoders = decoders;
  }

  @Override
  public Decoded decode(Arrival arrival, byte[] body, int from, int to, long nowNanos)
      throws Malformed, Crowded {
    MetricDecoder decoder = arrival.decoder(decoders);
    rows.rules().request(arrival.sender().rules());
    Decoded decoded =
        decoder.decode(body, from, to, arrival.sender(), arrival.cluster(), nowNanos, rows);
    announcing = true;
    return decoded;
  }

  @Override
  public long rowBytes() {
    long bytes = 0;
    for (Rows table : rows.tables()) {
      bytes += table.block().bytes();
    }
    return bytes;
  }

  @Override
  public void tell(Aside aside) {
    rows.rules().tell(aside::dropped);
  }

  @Override
  public Future<Void> scatter(Batcher batcher, Sender sender, long nowMs) {
    Announcement announcement = rows.announcement();
    List<Future<Void>> acks = new ArrayList<>(6);
    for (Rows table : rows.tables()) {
      if (table.rows() > 0) {
        int[] partitions = partitions(table, batcher.partitions(table.table()));
        acks.add(batcher.scatter(table.table(), table.block(), partitions));
      }
    }
    announcing = false;
    Future<Void> own = Future.all(acks).mapEmpty();
    own.onComplete(_ -> announcement.completed(), announcement::failed);
    Promise<Void> others = Promise.promise();
    announcement.whenOthersEnd(lost -> {
      if (lost == null) {
        others.complete();
      } else {
        others.fail(new Journal.NotAcknowledged(
            "the announcement of a series by another request was lost", lost));
      }
    });
    return Future.all(own, others.future()).mapEmpty();
  }

  private int[] partitions(Rows table, int count) {
    return switch (table.table()) {
      case METRICS_SAMPLES -> partitioner.bySeries(rows.samples.seriesId, count);
      case METRICS_SERIES -> partitioner.bySeries(rows.series.seriesId, count);
      case METRICS_HISTOGRAMS -> partitioner.bySeries(rows.histograms.seriesId, count);
      case METRICS_EXEMPLARS -> partitioner.bySeries(rows.exemplars.seriesId, count);
      case METRICS_LABEL_VALUES ->
        partitioner.byText(rows.labelValues.name, rows.labelValues.value, count);
      case METRICS_METADATA -> partitioner.byName(rows.metadata.metricName, count);
      case OTEL_LOGS, OTEL_TRACES, K8S_EVENTS, K8S_AUDIT ->
        throw new IllegalStateException(table.table() + " is no table of metrics");
    };
  }

  @Override
  public void clear() {
    if (announcing) {
      announcing = false;
      rows.announcement().failed(new Refusal(Reason.BUSY, "its rows were not taken"));
    }
    rows.clear();
  }
}
