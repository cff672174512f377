package dev.seamark.ingest.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FairSharesTest {
  private static final long MOST = 1_000_000;

  private final FairShares shares = new FairShares(MOST);

  @Test
  void aQuarterIsGuaranteedByWeight() {
    FairShares.Share small = shares.of("small", 100);
    FairShares.Share large = shares.of("large", 300);

    assertThat(shares.guaranteed(small)).as("of 100 + 300 + a newcomer's 100").isEqualTo(50_000);
    assertThat(shares.guaranteed(large)).isEqualTo(150_000);
    assertThat(shares.guaranteed(shares.of("small", 400))).as("a new weight").isEqualTo(125_000);
    assertThat(shares.of("small", 400)).isSameAs(small);
  }

  @Test
  void aloneATenantGetsAllButTheGuaranteesOfOthers() {
    FairShares.Share quiet = shares.of("quiet", 100);
    FairShares.Share loud = shares.of("loud", 200);
    long kept = shares.guaranteed(quiet) + MOST / 4 / 4; // the newcomer's

    assertThat(shares.tryHold(loud, MOST - kept)).isTrue();
    assertThat(shares.tryHold(loud, 1)).isFalse();

    assertThat(shares.tryHold(quiet, shares.guaranteed(quiet))).isTrue();
    assertThat(shares.tryHold(quiet, 1)).as("beyond its guarantee").isFalse();
    FairShares.Share newcomer = shares.of("newcomer", 100);
    assertThat(shares.tryHold(newcomer, shares.guaranteed(newcomer))).isTrue();
  }

  @Test
  void whatNobodyInParticularHoldsIsBoundByWhatIsThereOnly() {
    assertThat(shares.tryHold(MOST + 1)).isFalse();
    assertThat(shares.tryHold(MOST)).isTrue();
    assertThat(shares.tryHold(shares.of("any", 100), 1)).isFalse();
    FairShares.Share heir = shares.of("heir", 100);
    shares.handOver(heir, MOST);
    shares.release(heir, MOST);
    assertThat(shares.held()).isZero();
  }

  @Test
  void moreThanWasTakenIsNotGivenBack() {
    FairShares.Share share = shares.of("a", 100);
    shares.tryHold(shares.of("b", 100), 10);
    shares.tryHold(share, 5);

    assertThatIllegalStateException().isThrownBy(() -> shares.release(share, 6));
    assertThatIllegalStateException().isThrownBy(() -> shares.release(11));
  }

  /** Loud tenants take whatever they get; quiet ones stay within their guarantee. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aTenantWithinItsGuaranteeIsNeverRefused(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Tenant> tenants = new ArrayList<>();
    for (int i = 0; i < 2 + random.nextInt(12); i++) {
      boolean quiet = i > 0 && random.nextInt(3) == 0;
      tenants.add(new Tenant(shares.of("t" + i, 1 + random.nextInt(500)), quiet));
    }
    int refused = 0;
    for (int step = 0; step < 50_000; step++) {
      Tenant tenant = tenants.get(random.nextInt(tenants.size()));
      long held = shares.held(tenant.share);
      if (random.nextInt(3) == 0) {
        tenant.giveSomeBack();
      } else if (tenant.quiet) {
        long left = shares.guaranteed(tenant.share) - held;
        long amount = random.nextLong(left + 1);
        assertThat(tenant.take(amount))
            .as("%d of %d at step %d", amount, left, step)
            .isTrue();
      } else if (!tenant.take(random.nextLong(MOST / 4))) {
        refused++;
      }
      assertThat(shares.held())
          .isEqualTo(tenants.stream().mapToLong(each -> shares.held(each.share)).sum())
          .isLessThanOrEqualTo(MOST);
    }
    assertThat(refused).as("the loud ones did press").isPositive();

    for (Tenant tenant : tenants) {
      while (!tenant.leases.isEmpty()) {
        tenant.giveSomeBack();
      }
    }
    assertThat(shares.held()).isZero();
    FairShares.Share last = tenants.getFirst().share;
    long others =
        tenants.stream().mapToLong(each -> shares.guaranteed(each.share)).sum()
            - shares.guaranteed(last);
    assertThat(shares.tryHold(last, MOST * 3 / 4 - others))
        .as("once all is given back there is room again")
        .isTrue();
  }

  private final class Tenant {
    private final FairShares.Share share;
    private final boolean quiet;
    private final Deque<Long> leases = new ArrayDeque<>();

    Tenant(FairShares.Share share, boolean quiet) {
      this.share = share;
      this.quiet = quiet;
    }

    boolean take(long amount) {
      boolean taken = shares.tryHold(share, amount);
      if (taken) {
        leases.add(amount);
      }
      return taken;
    }

    void giveSomeBack() {
      Long amount = leases.poll();
      if (amount != null) {
        shares.release(share, amount);
      }
    }
  }
}
