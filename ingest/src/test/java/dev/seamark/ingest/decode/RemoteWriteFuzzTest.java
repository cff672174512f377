package dev.seamark.ingest.decode;

import static dev.seamark.ingest.decode.RemoteWriteMessages.request1;
import static dev.seamark.ingest.decode.RemoteWriteMessages.samples;
import static dev.seamark.ingest.decode.RemoteWriteMessages.series;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.schema.Rows;
import dev.seamark.tenant.Sender;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Any bytes are refused or decoded, and nothing else happens. An ordinary test run takes the seeds;
 * fuzz by {@code JAZZER_FUZZ=1 mvn -pl ingest -am test -Dtest=RemoteWriteFuzzTest#version1
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class RemoteWriteFuzzTest {
  private final SeriesCache cache = new SeriesCache(new SeriesLimits(1 << 12, 1 << 12, 1 << 12), 7);
  private final MetricDecoder version1 = new RemoteWrite1(
      Limits.DEFAULT, NamingOptions.DEFAULTS, RemoteWriteOptions.DEFAULTS, cache, Replicas.ALL);
  private final MetricDecoder version2 = new RemoteWrite2(
      Limits.DEFAULT, NamingOptions.DEFAULTS, RemoteWriteOptions.DEFAULTS, cache, Replicas.ALL);
  private final MetricRows rows = new MetricRows();

  @FuzzTest(maxDuration = "10s")
  void version1(byte[] body) {
    requireOrder(version1, body);
  }

  @FuzzTest(maxDuration = "10s")
  void version2(byte[] body) {
    requireOrder(version2, body);
  }

  /** What a damaged request leaves behind must not change what a sound one becomes. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void damagedRequestsAreRefusedOrDecoded(int version) throws Malformed, Crowded {
    MetricDecoder decoder = version == 1 ? version1 : version2;
    SplittableRandom random = new SplittableRandom(version);
    int refused = 0;
    for (int seed = 0; seed < 3_000; seed++) {
      RandomRemoteWrite made = new RandomRemoteWrite(seed);
      byte[] body = (version == 1 ? made.request1() : made.request2()).toByteArray();
      byte[] damaged = Arrays.copyOf(body, body.length - random.nextInt(body.length + 1));
      if (random.nextBoolean()) {
        damaged = body.clone();
      }
      for (int flips = random.nextInt(4); flips > 0 && damaged.length > 0; flips--) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      refused += requireOrder(decoder, damaged) ? 0 : 1;
      assertThat(cache.counts().pending()).isZero();
    }
    assertThat(refused).isBetween(300, 2_700);

    byte[] sound = version == 1
        ? request1(
            series(List.of("__name__", "up"), "samples", samples(RandomRemoteWrite.NOW_MILLIS, 1)))
        : new RemoteWriteMessages.Request2()
            .series(
                List.of("__name__", "up"),
                "samples",
                List.of(RemoteWriteMessages.v2(
                    "Sample", "value", 1.0, "timestamp", RandomRemoteWrite.NOW_MILLIS)))
            .bytes();
    assertThat(decode(decoder, sound).accepted()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void everyTruncationIsRefusedOrDecoded(int version) {
    RandomRemoteWrite made = new RandomRemoteWrite(11);
    byte[] body = (version == 1 ? made.request1() : made.request2()).toByteArray();
    for (int length = 0; length < body.length; length++) {
      requireOrder(version == 1 ? version1 : version2, Arrays.copyOf(body, length));
    }
  }

  /** Nothing of another version is taken for anything: both reserve the fields of the other. */
  @Test
  void theOtherMessageIsEmpty() throws Malformed, Crowded {
    byte[] one = request1(series(List.of("__name__", "up"), "samples", samples(1_000, 1)));
    byte[] two =
        new RemoteWriteMessages.Request2().series(List.of("__name__", "up")).bytes();

    assertThat(decode(version2, one).accepted()).isZero();
    assertThat(rows.tables()).allSatisfy(table -> assertThat(table.rows()).isZero());
    assertThat(decode(version1, two).accepted()).isZero();
    assertThat(rows.tables()).allSatisfy(table -> assertThat(table.rows()).isZero());
  }

  /** Whether the body is decoded, in columns of equal length and a row each. */
  private boolean requireOrder(MetricDecoder decoder, byte[] body) {
    try {
      Decoded decoded = decode(decoder, body);
      if (decoded.accepted() != rows.samples.rows() + rows.histograms.rows()) {
        throw new AssertionError(decoded + ", rows " + rows.samples.rows());
      }
      for (Rows table : rows.tables()) {
        table.block().encode();
      }
      rows.announcement().completed();
      return true;
    } catch (Malformed | Crowded e) {
      return false; // refused
    }
  }

  private Decoded decode(MetricDecoder decoder, byte[] body) throws Malformed, Crowded {
    rows.clear();
    return decoder.decode(body, 0, body.length, Sender.ANYBODY, null, RandomRemoteWrite.NOW, rows);
  }
}
