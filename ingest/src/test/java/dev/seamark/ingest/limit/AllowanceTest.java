package dev.seamark.ingest.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AllowanceTest {
  private static final long SECOND = 1_000_000_000;

  private final Allowance allowance = new Allowance(10);
  private long now = 77 * SECOND;

  @Test
  void lendsToAnAmountOfAnySizeAndTellsTheNextOneWhenItIsPaid() {
    assertThat(allowance.take(5_000, 100, now)).as("far more than fits").isZero();

    assertThat(allowance.take(1, 100, now)).isEqualTo(40 * SECOND);
    now += 39 * SECOND;
    assertThat(allowance.take(1, 100, now)).isEqualTo(SECOND);
    now += SECOND;
    assertThat(allowance.take(1, 100, now)).isZero();
  }

  @Test
  void holdsTheRateOnAverageWhateverIsAskedFor() {
    SplittableRandom random = new SplittableRandom(4);
    long taken = 0;
    for (int i = 0; i < 100_000; i++) {
      now += random.nextLong(20_000_000);
      int amount = random.nextInt(60);
      if (allowance.take(amount, 1_000, now) == 0) {
        taken += amount;
      }
    }

    double seconds = (now - 77 * SECOND) / 1e9;
    assertThat(taken / 1_000.0).isBetween(seconds * 0.999, seconds + 10.1);
  }

  @Test
  void keepsNoMoreThanABurst() {
    allowance.take(1, 100, now);
    now += 3_600 * SECOND;

    assertThat(allowance.take(1_000, 100, now)).isZero();
    assertThat(allowance.take(1, 100, now)).as("all is spent, nothing is owed").isZero();
    assertThat(allowance.take(1, 100, now)).isPositive();
  }

  @Test
  void doesNotPutABodyOffByItsOwnBeginning() {
    assertThat(allowance.takeMore(2_000, 0, 100, now)).isZero();
    assertThat(allowance.takeMore(2_000, 2_000, 100, now)).as("its own debt").isZero();

    assertThat(allowance.takeMore(1, 0, 100, now)).as("another's").isPositive();
    assertThat(allowance.takeMore(1, 10, 100, now)).as("smaller than the first").isPositive();
  }

  @Test
  void givesBackWhatWasTakenInVain() {
    allowance.take(1_001, 100, now);
    assertThat(allowance.waitNanos(100, now)).isPositive();

    allowance.giveBack(1_001, 100, now);

    assertThat(allowance.take(1_000, 100, now)).isZero();
  }

  @Test
  void owesWhatCouldNotBeRefused() {
    allowance.draw(1_100, 100, now);

    assertThat(allowance.waitNanos(100, now)).isEqualTo(SECOND);
  }

  @Test
  void knowsNoLimitAtZeroAndTakesUpANewOneAtOnce() {
    for (int i = 0; i < 1_000; i++) {
      assertThat(allowance.take(1L << 40, 0, now)).isZero();
    }

    assertThat(allowance.take(1_000, 100, now)).as("a whole burst").isZero();
    assertThat(allowance.take(1, 100, now)).isZero();
    assertThat(allowance.waitNanos(100, now)).isEqualTo(SECOND / 100);
    assertThat(allowance.waitNanos(1_000, now)).as("a higher rate").isEqualTo(SECOND / 1_000);
    assertThat(allowance.take(1, 0, now)).as("lifted").isZero();
  }

  @Test
  void isNotConfusedByAClockThatStepsBack() {
    allowance.take(1_500, 100, now);

    assertThat(allowance.waitNanos(100, now - 60 * SECOND)).isEqualTo(5 * SECOND);
    assertThat(allowance.waitNanos(100, now + SECOND)).isEqualTo(4 * SECOND);
  }
}
