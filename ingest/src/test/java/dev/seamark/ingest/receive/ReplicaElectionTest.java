package dev.seamark.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.decode.Replicas;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReplicaElectionTest {
  private static final long SECOND = 1_000_000_000;

  private final ReplicaElection election = new ReplicaElection(Duration.ofSeconds(20), 100);
  private long now = 1_795_521_600 * SECOND;

  @Test
  void theFirstOneHeardIsElectedAndStaysSo() {
    assertThat(hears("a")).isTrue();
    for (int i = 0; i < 100; i++) {
      after(15);
      assertThat(hears("b")).isFalse();
      assertThat(hears("a")).isTrue();
    }
    assertThat(election.failovers()).isZero();
  }

  @Test
  void aSilentOneIsRelievedWithin30SecondsAndDoesNotComeBackByItself() {
    hears("a");
    after(19);
    assertThat(hears("b")).isFalse();
    after(1);
    assertThat(hears("b")).isTrue();
    assertThat(election.failovers()).isEqualTo(1);

    assertThat(hears("a")).as("back again").isFalse();
    after(19);
    assertThat(hears("b")).isTrue();
    after(19);
    assertThat(hears("a")).isFalse();
    after(1);
    assertThat(hears("a")).isTrue();
  }

  @Test
  void clustersAndTenantsElectForThemselves() {
    assertThat(asks("acme", "east", "a")).isTrue();
    assertThat(asks("acme", "west", "b")).isTrue();
    assertThat(asks("other", "east", "b")).isTrue();
    assertThat(asks("acme", "east", "b")).isFalse();
    assertThat(election.pairs()).isEqualTo(3);
  }

  @Test
  void aClockSetBackDelaysAFailoverByNoMoreThanOneSilence() {
    hears("a");
    after(-3_600);
    assertThat(hears("b")).isFalse();
    after(20);
    assertThat(hears("b")).isTrue();
  }

  @Test
  void pairsAreBoundedAndSilentOnesMakeRoom() {
    for (int i = 0; i < 100; i++) {
      assertThat(asks("acme", "c" + i, "a")).isTrue();
    }
    assertThat(asks("acme", "further", "a")).isTrue();
    assertThat(asks("acme", "further", "b"))
        .as("stored too: rows twice are better than none")
        .isTrue();
    assertThat(election.pairs()).isEqualTo(100);
    assertThat(election.unelected()).isEqualTo(2);

    after(20);
    assertThat(asks("acme", "further", "a")).isTrue();
    assertThat(election.pairs()).isEqualTo(1);
    assertThat(asks("acme", "further", "b")).isFalse();
  }

  @Test
  void oneOfWhichNothingIsEverAcknowledgedIsRelievedThoughItKeepsAsking() {
    assertThat(asks("acme", "east", "a")).isTrue();
    after(15);
    assertThat(asks("acme", "east", "a")).isTrue();
    assertThat(asks("acme", "east", "b")).isFalse();
    after(5);
    assertThat(hears("b")).isTrue();
    assertThat(asks("acme", "east", "a")).isFalse();
  }

  @Test
  void anAcknowledgementThatComesAfterTheTurnEndedGivesItBackToNobody() {
    hears("a");
    after(20);
    hears("b");
    election.stored(new Replicas.Replica("acme", "east", "a"), now);
    after(19);
    assertThat(asks("acme", "east", "a")).isFalse();
    assertThat(asks("acme", "east", "b")).isTrue();
  }

  @Test
  void aTenantWithTooManyPairsTakesNoElectionFromAnother() {
    for (int i = 0; i < 200; i++) {
      asks("acme", "c" + i, "a");
    }
    assertThat(asks("other", "east", "a")).isTrue();
    assertThat(asks("other", "east", "b")).isFalse();
  }

  /** Whatever they do: never two within a silence of each other, and never none for longer. */
  @Test
  void atAnyTimeOneOfThoseThatAreHeardIsStored() {
    SplittableRandom random = new SplittableRandom(5);
    String stored = "";
    long storedAt = now;
    for (int i = 0; i < 100_000; i++) {
      now += random.nextLong(3 * SECOND);
      String replica = random.nextInt(1_000) < 500 == (i / 100 % 2 == 0) ? "a" : "b";
      if (random.nextInt(50) == 0) {
        replica = "c";
      }
      if (hears(replica)) {
        assertThat(replica.equals(stored) || stored.isEmpty() || now - storedAt >= 20 * SECOND)
            .isTrue();
        stored = replica;
        storedAt = now;
      } else {
        assertThat(now - storedAt).isLessThan(20 * SECOND);
      }
    }
  }

  /** It asks, and what it sends is acknowledged. */
  private boolean hears(String name) {
    var replica = new Replicas.Replica("acme", "east", name);
    boolean elected = election.elects(replica, now);
    if (elected) {
      election.stored(replica, now);
    }
    return elected;
  }

  private boolean asks(String tenant, String cluster, String name) {
    return election.elects(new Replicas.Replica(tenant, cluster, name), now);
  }

  private void after(long seconds) {
    now += seconds * SECOND;
  }
}
