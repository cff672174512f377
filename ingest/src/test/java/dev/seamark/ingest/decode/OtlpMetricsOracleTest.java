package dev.seamark.ingest.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.tenant.Sender;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link OtlpMetrics} against protobuf-java and {@link MetricsOracle}, cell by cell. */
class OtlpMetricsOracleTest {
  private static final SeriesLimits SMALL = new SeriesLimits(1 << 12, 1 << 12, 1 << 12);
  private static final Limits TIGHT =
      new Limits(1 << 20, 1 << 20, 1 << 16, 32, 4, 33, 80, 8, 8, 11, 40, 60, Duration.ofHours(1));
  private static final Sender SENDER = new Sender("acme", "of-key", 14);

  /** Hands each request to a cache that knows nothing. */
  private static final class FreshDirectory implements SeriesDirectory {
    private SeriesCache cache = new SeriesCache(SMALL, 7);

    @Override
    public long seed() {
      return 7;
    }

    @Override
    public boolean find(long key1, long key2, SeriesRef into) {
      return cache.find(key1, key2, into);
    }

    @Override
    public void remember(long key1, long key2, long id, long @Nullable [] block, int day) {
      cache.remember(key1, key2, id, block, day);
    }

    @Override
    public Announcement open(Sender sender, long nowNanos) {
      return cache.open(sender, nowNanos);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void givesTheRowsOfTheOracle(int variant) throws Malformed, Crowded {
    NamingOptions options =
        new NamingOptions(variant == 1, variant != 2, variant == 3, NamingOptions.PROMOTED);
    FreshDirectory directory = new FreshDirectory();
    OtlpMetrics metrics = new OtlpMetrics(TIGHT, options, directory);
    MetricRows rows = new MetricRows();
    for (int seed = 0; seed < 2_500; seed++) {
      ExportMetricsServiceRequest request = new RandomMetrics(seed + 10_000L * variant).request();
      String header = seed % 3 == 0 ? "of-header" : "";
      MetricsOracle oracle = new MetricsOracle(TIGHT, options, SENDER, header, RandomMetrics.NOW);
      oracle.take(request);
      byte[] body = request.toByteArray();
      directory.cache = new SeriesCache(SMALL, 7);

      Decoded decoded = decode(metrics, body, header, rows);

      assertThat(decoded.accepted()).as("seed %d", seed).isEqualTo(oracle.accepted);
      assertThat(decoded.rejected()).as("seed %d", seed).isEqualTo(oracle.refused);
      assertThat(decoded.message().isEmpty()).isEqualTo(oracle.refused + oracle.leftOut == 0);
      assertPoints(rows, oracle, seed);
      assertThat(RowText.sorted(rows.series))
          .as("seed %d", seed)
          .isEqualTo(List.copyOf(oracle.series));
      assertThat(RowText.sorted(rows.labelValues))
          .as("seed %d", seed)
          .isEqualTo(List.copyOf(oracle.labelValues));
      assertThat(RowText.sorted(rows.metadata))
          .as("seed %d", seed)
          .isEqualTo(List.copyOf(oracle.metadata));

      // once acknowledged nothing is announced again, neither parsed nor from memory
      rows.announcement().completed();
      for (int again = 0; again < 2; again++) {
        assertThat(decode(metrics, body, header, rows)).isEqualTo(decoded);
        assertPoints(rows, oracle, seed);
        assertThat(rows.series.rows() + rows.labelValues.rows() + rows.metadata.rows())
            .isZero();
      }
    }
  }

  private static void assertPoints(MetricRows rows, MetricsOracle oracle, int seed) {
    assertThat(RowText.of(rows.samples)).as("seed %d", seed).isEqualTo(oracle.samples);
    assertThat(RowText.of(rows.histograms)).as("seed %d", seed).isEqualTo(oracle.histograms);
    assertThat(RowText.of(rows.exemplars)).as("seed %d", seed).isEqualTo(oracle.exemplars);
  }

  private static Decoded decode(OtlpMetrics metrics, byte[] body, String header, MetricRows rows)
      throws Malformed, Crowded {
    rows.clear();
    byte[] padded = new byte[body.length + 20]; // offsets must not matter
    System.arraycopy(body, 0, padded, 9, body.length);
    return metrics.decode(padded, 9, 9 + body.length, SENDER, header, RandomMetrics.NOW, rows);
  }

  @Test
  void coversEveryTable() throws Malformed, Crowded {
    int[] counts = new int[6];
    for (int seed = 0; seed < 400; seed++) {
      MetricsOracle oracle =
          new MetricsOracle(TIGHT, NamingOptions.DEFAULTS, SENDER, "", RandomMetrics.NOW);
      oracle.take(new RandomMetrics(seed).request());
      counts[0] += oracle.samples.size();
      counts[1] += oracle.histograms.size();
      counts[2] += oracle.exemplars.size();
      counts[3] += oracle.series.size();
      counts[4] += oracle.accepted;
      counts[5] += oracle.refused;
    }

    assertThat(Arrays.stream(counts).min().orElseThrow()).isGreaterThan(50);
  }
}
