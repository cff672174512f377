package dev.seamark.ingest.series;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.decode.Announcement;
import dev.seamark.ingest.decode.Announcement.Claim;
import dev.seamark.ingest.decode.SeriesRef;
import dev.seamark.tenant.Sender;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SeriesCacheTest {
  private static final int DAY = 20_781;

  private final SeriesCache cache = new SeriesCache(new SeriesLimits(1 << 14, 1 << 14, 1_000), 1);
  private final SeriesRef ref = new SeriesRef();

  @Test
  void findsWhatItRemembers() {
    cache.remember(hash(1), hash(2), 77, null, DAY);
    cache.remember(hash(3), hash(4), 1, new long[] {5, 6}, -1);

    assertThat(cache.find(hash(1), hash(2), ref)).isTrue();
    assertThat(ref.id).isEqualTo(77);
    assertThat(ref.block).isNull();
    assertThat(ref.announced(DAY)).isTrue();
    assertThat(ref.announced(DAY + 1)).isFalse();

    assertThat(cache.find(hash(3), hash(4), ref)).isTrue();
    assertThat(ref.block).containsExactly(5, 6);
    assertThat(ref.announced(DAY)).isFalse();

    assertThat(cache.find(hash(1), hash(4), ref)).isFalse();
  }

  @Test
  void keepsTheTwoLatestDaysOfASeries() {
    for (int day : new int[] {DAY, DAY + 1, DAY + 2, DAY - 5}) {
      cache.remember(hash(1), hash(2), 77, null, day);
    }
    cache.find(hash(1), hash(2), ref);

    assertThat(ref.announced(DAY + 1)).isTrue();
    assertThat(ref.announced(DAY + 2)).isTrue();
    assertThat(ref.announced(DAY)).isFalse();
    assertThat(ref.announced(DAY - 5)).isFalse();
  }

  @Test
  void countsAsAnnouncedOnlyWhenAcknowledged() {
    Announcement first = open();
    Announcement second = open();

    assertThat(first.claim(1, 1)).isEqualTo(Claim.MINE);
    assertThat(first.claim(1, 1)).isEqualTo(Claim.PENDING);
    assertThat(second.claim(1, 1)).isEqualTo(Claim.PENDING);
    var others = others(second);
    assertThat(others).isNotDone();
    assertThat(others(first)).isCompleted();

    first.completed();

    assertThat(others).isCompleted();
    assertThat(open().claim(1, 1)).isEqualTo(Claim.KNOWN);
    assertThat(cache.counts().pending()).isZero();
  }

  @Test
  void announcesAgainWhatWasLost() {
    Announcement lost = open();
    Announcement waiting = open();
    lost.claim(1, 1);
    waiting.claim(1, 1);

    lost.failed(new IllegalStateException("broker away"));
    lost.completed(); // too late: the first word counts

    assertThat(others(waiting)).isCompletedExceptionally();
    assertThat(open().claim(1, 1)).isEqualTo(Claim.MINE);
    SeriesCounts counts = cache.counts();
    assertThat(counts.claimed()).isEqualTo(counts.completed() + counts.failed() + counts.pending());
    assertThat(counts.failed()).isEqualTo(1);
  }

  @Test
  void letsRequestsThatRelyOnEachOtherBothFinish() {
    Announcement one = open();
    Announcement two = open();
    one.claim(1, 1);
    two.claim(2, 2);
    one.claim(2, 2);
    two.claim(1, 1);

    one.completed();
    two.completed();

    assertThat(others(one)).isCompleted();
    assertThat(others(two)).isCompleted();
  }

  @Test
  void refusesClaimsWhenTooMuchIsPending() {
    Announcement greedy = open();
    for (int i = 0; i < 1_000; i++) {
      assertThat(greedy.claim(hash(i), i)).isEqualTo(Claim.MINE);
    }

    assertThat(open().claim(hash(1_000), 0)).isEqualTo(Claim.REFUSED);

    greedy.completed();
    assertThat(open().claim(hash(1_000), 0)).isEqualTo(Claim.MINE);
    assertThat(cache.counts().refused()).isEqualTo(1);
  }

  @Test
  void neverTakesMoreClaimsOfOneRequestThanMayBePending() {
    Announcement other = open();
    Announcement greedy = open();
    other.claim(hash(5_000), 0);
    for (int i = 0; i < 999; i++) {
      assertThat(greedy.claim(hash(i), i)).isEqualTo(Claim.MINE);
    }

    assertThat(greedy.claim(hash(999), 999)).as("room comes").isEqualTo(Claim.REFUSED);
    other.completed();
    assertThat(greedy.claim(hash(999), 999)).isEqualTo(Claim.MINE);
    assertThat(greedy.claim(hash(1_000), 1_000)).as("no room ever").isEqualTo(Claim.NEVER);
    assertThat(cache.counts().refused()).isEqualTo(2);
  }

  @Test
  void nobodyReliesOnARefusedClaim() throws Exception {
    int claims = 2_000; // of the same keys, twice as many as may be pending
    List<Announcement> requests = Stream.generate(this::open).limit(4).toList();
    Set<Integer> mine = ConcurrentHashMap.newKeySet();
    Set<Integer> reliedOn = ConcurrentHashMap.newKeySet();
    try (ExecutorService threads = Executors.newFixedThreadPool(requests.size())) {
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (Announcement request : requests) {
        tasks.add(() -> {
          for (int key = 0; key < claims; key++) {
            switch (request.claim(hash(key), key)) {
              case MINE -> mine.add(key);
              case PENDING -> reliedOn.add(key);
              case KNOWN, REFUSED, NEVER -> {}
            }
          }
          return true;
        });
      }
      for (Future<Boolean> done : threads.invokeAll(tasks)) {
        assertThat(done.get()).isTrue();
      }
    }

    assertThat(mine).containsAll(reliedOn);
    assertThat(mine.size()).isBetween(1_000, 1_000 + requests.size());
  }

  @Test
  void showsItsCountsAsMetrics() {
    PrometheusRegistry registry = new PrometheusRegistry();
    SeriesMetrics.register(cache, registry);
    Announcement acknowledged = open();
    Announcement lost = open();
    acknowledged.claim(hash(1), 1);
    acknowledged.claim(hash(2), 2);
    lost.claim(hash(3), 3);
    open().claim(hash(4), 4);

    acknowledged.completed();
    lost.failed(new IllegalStateException("broker away"));

    assertThat(value(registry, "seamark_series_announced")).isEqualTo(2);
    assertThat(value(registry, "seamark_series_claims")).isEqualTo(4);
    assertThat(value(registry, "seamark_series_claims"))
        .isEqualTo(value(registry, "seamark_series_claims_completed")
            + value(registry, "seamark_series_claims_failed")
            + value(registry, "seamark_series_claims_pending"));
    assertThat(value(registry, "seamark_series_claims_refused")).isZero();
    assertThat(value(registry, "seamark_series_raw_keys")).isZero();
    assertThat(value(registry, "seamark_series_raw_evictions")).isZero();
    assertThat(value(registry, "seamark_series_announced_evictions")).isZero();
  }

  private static double value(PrometheusRegistry registry, String name) {
    MetricSnapshot metric = registry.scrape(name::equals).stream().findFirst().orElseThrow();
    return switch (metric.getDataPoints().getFirst()) {
      case CounterSnapshot.CounterDataPointSnapshot point -> point.getValue();
      case GaugeSnapshot.GaugeDataPointSnapshot point -> point.getValue();
      case DataPointSnapshot other -> throw new AssertionError(other);
    };
  }

  @Test
  void forgetsWhatWasNotFoundLatelyAndStaysWithinItsBound() {
    int hot = 1_000;
    for (int i = 0; i < 100_000; i++) {
      cache.remember(hash(i), hash(-i), i, null, DAY);
      cache.find(hash(i % hot), hash(-(i % hot)), ref);
    }

    int kept = 0;
    for (int i = 0; i < hot; i++) {
      kept += cache.find(hash(i), hash(-i), ref) ? 1 : 0;
    }
    SeriesCounts counts = cache.counts();
    assertThat(counts.rawKeys()).isLessThanOrEqualTo(1 << 14).isGreaterThan(1 << 13);
    assertThat(counts.rawKeys() + counts.rawEvictions()).isGreaterThanOrEqualTo(99_000);
    assertThat(kept).isGreaterThan(700);
  }

  @Test
  void growsWithoutLosingMuchBelowItsBound() {
    SeriesCache large = new SeriesCache(new SeriesLimits(1 << 18, 1 << 10, 10), 1);
    int keys = 100_000; // 38 % of the slots
    for (int i = 0; i < keys; i++) {
      large.remember(hash(i), hash(-i), i, null, DAY);
    }

    int found = 0;
    for (int i = 0; i < keys; i++) {
      if (large.find(hash(i), hash(-i), ref)) {
        assertThat(ref.id).isEqualTo(i);
        found++;
      }
    }
    assertThat(found).isGreaterThan(keys - 100);
  }

  @Test
  void givesWholeAnswersWhileOthersWrite() throws Exception {
    AtomicInteger mine = new AtomicInteger();
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      SplittableRandom random = new SplittableRandom(t);
      tasks.add(() -> {
        SeriesRef found = new SeriesRef();
        for (int i = 0; i < 50_000; i++) {
          int key = random.nextInt(30_000);
          if (cache.find(hash(key), hash(-key), found)) {
            long[] block = found.block;
            if (found.id != key || block == null || block[0] != key) {
              return false;
            }
          } else {
            cache.remember(hash(key), hash(-key), key, new long[] {key}, DAY);
          }
        }
        return true;
      });
    }
    for (int t = 0; t < 4; t++) {
      tasks.add(() -> {
        for (int i = 0; i < 2_000; i++) {
          Announcement request = open();
          for (int k = 0; k < 20; k++) {
            if (request.claim(hash(i * 10 + k), k) == Claim.MINE) {
              mine.incrementAndGet();
            }
          }
          if (i % 3 == 0) {
            request.failed(new IllegalStateException());
          } else {
            request.completed();
          }
        }
        return true;
      });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<Boolean> whole : threads.invokeAll(tasks)) {
        assertThat(whole.get()).isTrue();
      }
    }
    SeriesCounts counts = cache.counts();
    assertThat(counts.pending()).isZero();
    assertThat(counts.claimed()).isEqualTo(mine.get());
    assertThat(counts.claimed()).isEqualTo(counts.completed() + counts.failed());
  }

  private Announcement open() {
    return cache.open(Sender.ANYBODY, 0);
  }

  private static CompletableFuture<Void> others(Announcement request) {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    request.whenOthersEnd(lost -> {
      if (lost == null) {
        ended.complete(null);
      } else {
        ended.completeExceptionally(lost);
      }
    });
    return ended;
  }

  private static long hash(long value) {
    long x = (value + 1) * 0x9E3779B97F4A7C15L;
    x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    return x ^ (x >>> 27);
  }
}
