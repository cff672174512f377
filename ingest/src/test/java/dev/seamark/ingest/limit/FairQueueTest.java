package dev.seamark.ingest.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FairQueueTest {
  private final FairQueue<String> queue = new FairQueue<>();

  @Test
  void whoAsksForLittleIsNextHoweverMuchOthersAskedForBefore() {
    for (int i = 0; i < 100; i++) {
      queue.add("loud", 100, 1_000, "loud " + i);
    }
    assertThat(queue.poll()).isEqualTo("loud 0");

    queue.add("quiet", 100, 10, "quiet");

    assertThat(queue.poll()).isEqualTo("quiet");
    assertThat(queue.poll()).isEqualTo("loud 1");
  }

  @Test
  void whatOneTenantAsksForComesInItsOrder() {
    queue.add("a", 1, 5, "a0");
    queue.add("a", 1, 1, "a1");
    queue.add("a", 1, 9, "a2");

    assertThat(drain()).containsExactly("a0", "a1", "a2");
    assertThat(queue.poll()).isNull();
  }

  @Test
  void whatWasDoneWithoutWaitingCounts() {
    queue.spent("loud", 100, 1_000);
    queue.add("loud", 100, 1_000, "loud");
    queue.add("other", 100, 1_000, "other");

    assertThat(drain()).containsExactly("other", "loud");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void tenantsThatAlwaysAskGetByTheirWeights(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Integer> weights = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      weights.add(50 + random.nextInt(400));
    }
    Map<String, Double> got = new HashMap<>();
    double all = 0;
    for (int step = 0; step < 20_000; step++) {
      for (int tenant = 0; tenant < weights.size(); tenant++) {
        int cost = 1 + random.nextInt(1_000);
        queue.add("t" + tenant, weights.get(tenant), cost, tenant + " " + cost);
      }
      String[] next = String.valueOf(queue.poll()).split(" ", -1);
      double cost = Double.parseDouble(next[1]);
      got.merge(next[0], cost, Double::sum);
      all += cost;
    }

    double sum = weights.stream().mapToInt(Integer::intValue).sum();
    for (int tenant = 0; tenant < weights.size(); tenant++) {
      assertThat(got.getOrDefault(Integer.toString(tenant), 0.0) / all)
          .as("tenant %d of weight %d", tenant, weights.get(tenant))
          .isBetween(weights.get(tenant) / sum * 0.98, weights.get(tenant) / sum * 1.02);
    }
  }

  private List<String> drain() {
    List<String> all = new ArrayList<>();
    for (String next = queue.poll(); next != null; next = queue.poll()) {
      all.add(next);
    }
    return all;
  }
}
