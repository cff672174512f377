package dev.seamark.ingest.write.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.write.plan.Simulation.Mutation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExactlyOnceTest {
  private static final int SEEDS = 2_000;
  private static final int SOAK_SEEDS = 100_000;
  private static final int MUTATION_SEEDS = 2_000;

  @Test
  void everyRowIsStoredOnceWhateverHappens() {
    run(0, SEEDS);
  }

  @Test
  @Tag("soak")
  void everyRowIsStoredOnceInAHundredThousandSimulations() {
    run(SEEDS, SOAK_SEEDS);
  }

  private static void run(long from, long to) {
    for (var seed = from; seed < to; seed++) {
      try {
        new Simulation(seed, Mutation.NONE).run();
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void theAbsenceOfAGuardIsNoticed(Mutation mutation) {
    var seed = firstFailingSeed(mutation);
    System.out.println(mutation + " is caught by seed " + seed);
    assertThat(seed).as("seeds without a failure").isLessThan(MUTATION_SEEDS);
  }

  private static long firstFailingSeed(Mutation mutation) {
    var seed = 0L;
    while (seed < MUTATION_SEEDS) {
      try {
        new Simulation(seed, mutation).run();
        seed++;
      } catch (AssertionError e) {
        return seed;
      }
    }
    return seed;
  }
}
