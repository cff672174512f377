package dev.seamark.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.LongColumn;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.batch.Journal.Entry;
import dev.seamark.schema.Table;
import dev.seamark.service.Tls;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogram;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * A partition's number decides about the shard, so all that is known of a series has to have one
 * and the same number in each table: then joins on the series need no other shard.
 */
class SeriesPartitionTest {
  private static final List<Table> BY_SERIES = List.of(
      Table.METRICS_SERIES,
      Table.METRICS_SAMPLES,
      Table.METRICS_HISTOGRAMS,
      Table.METRICS_EXEMPLARS);
  private static final long NOW_NANOS = System.currentTimeMillis() * 1_000_000;

  @Test
  void aSeriesHasTheSamePartitionInEveryTable() throws Exception {
    try (var doors = new OpenDoors(OpenDoors.decodingLanes(), 64L * OpenDoors.MIB, Tls.OFF);
        var client = HttpClient.newHttpClient()) {
      for (int request = 0; request < 5; request++) {
        assertThat(send(client, doors.httpPort(), metrics(request * 20))).isEqualTo(200);
      }

      Map<Long, Integer> partitions = new HashMap<>();
      Map<Table, Set<Long>> series = new HashMap<>();
      for (Entry entry : doors.journal.kept()) {
        if (BY_SERIES.contains(entry.table())) {
          for (long id : seriesIds(entry)) {
            series.computeIfAbsent(entry.table(), _ -> new HashSet<>()).add(id);
            assertThat(entry.partition())
                .as("series %d in %s", id, entry.table())
                .isEqualTo(partitions.computeIfAbsent(id, _ -> entry.partition()));
          }
        }
      }

      assertThat(series.keySet()).containsExactlyInAnyOrderElementsOf(BY_SERIES);
      series.forEach((table, ids) ->
          assertThat(series.get(Table.METRICS_SERIES)).as("%s", table).containsAll(ids));
      assertThat(partitions.values()).contains(0, 1);
    }
  }

  private static long[] seriesIds(Entry entry) {
    var block = FakeJournal.blockOf(entry);
    var ids = (LongColumn) block.column("SeriesId");
    var all = new long[block.rows()];
    for (int row = 0; row < all.length; row++) {
      all[row] = ids.get(row);
    }
    return all;
  }

  private static int send(HttpClient client, int port, byte[] body) throws Exception {
    var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/metrics"))
        .header("Content-Type", "application/x-protobuf")
        .POST(BodyPublishers.ofByteArray(body))
        .build();
    return client.send(request, BodyHandlers.ofString()).statusCode();
  }

  /** Twenty series of each kind; the histograms have exemplars. */
  private static byte[] metrics(int first) {
    var gauge = Gauge.newBuilder();
    var classic = Histogram.newBuilder()
        .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
    var exponential = ExponentialHistogram.newBuilder()
        .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
    for (int i = first; i < first + 20; i++) {
      var label = KeyValue.newBuilder()
          .setKey("number")
          .setValue(AnyValue.newBuilder().setStringValue("n" + i))
          .build();
      var exemplar = Exemplar.newBuilder().setTimeUnixNano(NOW_NANOS).setAsDouble(0.5);
      gauge.addDataPoints(NumberDataPoint.newBuilder()
          .addAttributes(label)
          .setTimeUnixNano(NOW_NANOS)
          .setAsDouble(i));
      classic.addDataPoints(HistogramDataPoint.newBuilder()
          .addAttributes(label)
          .setTimeUnixNano(NOW_NANOS)
          .setCount(2)
          .addBucketCounts(1)
          .addBucketCounts(1)
          .addExplicitBounds(1)
          .addExemplars(exemplar));
      exponential.addDataPoints(ExponentialHistogramDataPoint.newBuilder()
          .addAttributes(label)
          .setTimeUnixNano(NOW_NANOS)
          .setCount(1)
          .setZeroCount(1)
          .addExemplars(exemplar));
    }
    var request = ExportMetricsServiceRequest.newBuilder();
    request
        .addResourceMetricsBuilder()
        .addScopeMetricsBuilder()
        .addMetrics(Metric.newBuilder().setName("gauge").setGauge(gauge))
        .addMetrics(Metric.newBuilder().setName("classic").setHistogram(classic))
        .addMetrics(
            Metric.newBuilder().setName("exponential").setExponentialHistogram(exponential));
    return request.build().toByteArray();
  }
}
