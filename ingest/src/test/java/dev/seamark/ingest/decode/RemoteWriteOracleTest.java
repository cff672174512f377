package dev.seamark.ingest.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DynamicMessage;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.tenant.Sender;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@link RemoteWrite1} and {@link RemoteWrite2} against protobuf-java and
 * {@link RemoteWriteOracle}, cell by cell: 10,000 seeded requests of each.
 */
class RemoteWriteOracleTest {
  private static final SeriesLimits SMALL = new SeriesLimits(1 << 12, 1 << 12, 1 << 12);
  private static final Limits TIGHT =
      new Limits(1 << 20, 1 << 20, 1 << 16, 32, 4, 33, 80, 8, 8, 9, 40, 60, Duration.ofHours(1));
  private static final String ELECTED = "v1";
  private static final Replicas REPLICAS = new Electing(it -> it.name().equals(ELECTED));

  /** Hands each request to a cache that may be exchanged for one that knows nothing. */
  private static final class ExchangedDirectory implements SeriesDirectory {
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
  @CsvSource({"1, 0", "1, 1", "1, 2", "1, 3", "2, 0", "2, 1", "2, 2", "2, 3"})
  void givesTheRowsOfTheOracle(int version, int variant) throws Malformed, Crowded {
    Sender sender = new Sender("acme", variant % 2 == 0 ? null : "of-key", 14);
    for (int seed = 0; seed < 2_500; seed++) {
      // a decoder is made anew now and then: a trail must not decide about rows, nor its lack
      ExchangedDirectory directory = new ExchangedDirectory();
      MetricDecoder decoder = decoder(version, directory);
      MetricRows rows = new MetricRows();
      DynamicMessage request = request(version, seed + 10_000L * variant);
      String header = variant > 1 && seed % 2 == 0 ? "of-header" : "";
      RemoteWriteOracle oracle =
          new RemoteWriteOracle(TIGHT, sender, header, RandomRemoteWrite.NOW, ELECTED);
      if (version == 1) {
        oracle.take1(request);
      } else {
        oracle.take2(request);
      }
      byte[] body = request.toByteArray();

      Decoded decoded = decode(decoder, body, sender, header, rows);

      assertCounts(decoded, oracle, seed);
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

      // once acknowledged nothing is announced again: not read, then found, then followed
      rows.announcement().completed();
      for (int again = 0; again < 3; again++) {
        assertThat(decode(decoder, body, sender, header, rows)).isEqualTo(decoded);
        assertPoints(rows, oracle, seed);
        assertThat(rows.series.rows() + rows.labelValues.rows() + rows.metadata.rows())
            .as("seed %d", seed)
            .isZero();
        rows.announcement().completed();
      }
    }
  }

  /** One decoder for all: what it remembers of other requests must not show. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void whatCameBeforeDoesNotMatter(int version) throws Malformed, Crowded {
    Sender sender = new Sender("acme", null, 14);
    MetricDecoder decoder = decoder(version, new ExchangedDirectory());
    SplittableRandom random = new SplittableRandom(3);
    MetricRows rows = new MetricRows();
    for (int i = 0; i < 5_000; i++) {
      long seed = random.nextInt(40);
      DynamicMessage request = request(version, seed);
      String header = random.nextInt(3) == 0 ? "of-header" : "";
      RemoteWriteOracle oracle =
          new RemoteWriteOracle(TIGHT, sender, header, RandomRemoteWrite.NOW, ELECTED);
      if (version == 1) {
        oracle.take1(request);
      } else {
        oracle.take2(request);
      }

      Decoded decoded = decode(decoder, request.toByteArray(), sender, header, rows);

      assertCounts(decoded, oracle, (int) seed);
      assertPoints(rows, oracle, (int) seed);
      if (random.nextInt(4) > 0) {
        rows.announcement().completed();
      } else {
        rows.announcement().failed(new IllegalStateException("lost"));
      }
    }
  }

  @Test
  void coversEverything() {
    int[] counts = new int[10];
    for (int seed = 0; seed < 1_000; seed++) {
      RemoteWriteOracle oracle =
          new RemoteWriteOracle(TIGHT, Sender.ANYBODY, "of-header", RandomRemoteWrite.NOW, ELECTED);
      oracle.take1(request(1, seed));
      oracle.take2(request(2, seed));
      int[] here = {
        oracle.samples.size(),
        oracle.histograms.size(),
        oracle.exemplars.size(),
        oracle.series.size(),
        oracle.metadata.size(),
        oracle.refused,
        oracle.leftOut,
        oracle.sparedSamples,
        oracle.sparedHistograms,
        oracle.sparedExemplars
      };
      for (int i = 0; i < here.length; i++) {
        counts[i] += here[i];
      }
    }

    assertThat(Arrays.stream(counts).min().orElseThrow()).isGreaterThan(20);
  }

  private static DynamicMessage request(int version, long seed) {
    RandomRemoteWrite random = new RandomRemoteWrite(seed);
    return version == 1 ? random.request1() : random.request2();
  }

  private static MetricDecoder decoder(int version, SeriesDirectory directory) {
    RemoteWriteOptions options = RemoteWriteOptions.DEFAULTS;
    return version == 1
        ? new RemoteWrite1(TIGHT, NamingOptions.DEFAULTS, options, directory, REPLICAS)
        : new RemoteWrite2(TIGHT, NamingOptions.DEFAULTS, options, directory, REPLICAS);
  }

  private static void assertCounts(Decoded decoded, RemoteWriteOracle oracle, int seed) {
    assertThat(decoded.accepted()).as("seed %d", seed).isEqualTo(oracle.accepted);
    assertThat(decoded.rejected()).as("seed %d", seed).isEqualTo(oracle.refused);
    assertThat(decoded.message().isEmpty())
        .as("seed %d: %s", seed, decoded.message())
        .isEqualTo(oracle.refused + oracle.leftOut == 0);
    assertThat(decoded.written())
        .as("seed %d", seed)
        .isEqualTo(new Decoded.Written(
            oracle.samples.size() + oracle.sparedSamples,
            oracle.histograms.size() + oracle.sparedHistograms,
            oracle.exemplars.size() + oracle.sparedExemplars,
            oracle.sparedSamples + oracle.sparedHistograms,
            decoded.written().turns()));
    assertThat(decoded.written().turns())
        .as("seed %d", seed)
        .allMatch(turn -> turn.replica().name().equals(ELECTED));
  }

  private static void assertPoints(MetricRows rows, RemoteWriteOracle oracle, int seed) {
    assertThat(RowText.of(rows.samples)).as("seed %d", seed).isEqualTo(oracle.samples);
    assertThat(RowText.of(rows.histograms)).as("seed %d", seed).isEqualTo(oracle.histograms);
    assertThat(RowText.of(rows.exemplars)).as("seed %d", seed).isEqualTo(oracle.exemplars);
  }

  private static Decoded decode(
      MetricDecoder decoder, byte[] body, Sender sender, String header, MetricRows rows)
      throws Malformed, Crowded {
    rows.clear();
    byte[] padded = new byte[body.length + 20]; // offsets must not matter
    System.arraycopy(body, 0, padded, 9, body.length);
    return decoder.decode(padded, 9, 9 + body.length, sender, header, RandomRemoteWrite.NOW, rows);
  }
}
