package dev.seamark.ingest.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.write.join.Insert;
import dev.seamark.ingest.write.plan.Event.Failure;
import dev.seamark.schema.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreClockTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  /** Tells nothing but the time, and fails while it is told to. */
  private static final class Clocked implements Store {
    volatile boolean bug;
    volatile boolean away;

    @Override
    public Instant now() throws StoreException {
      if (bug) {
        throw new IllegalStateException("the test's");
      }
      if (away) {
        throw new StoreException(Failure.RETRY, "away", new IllegalStateException());
      }
      return NOW;
    }

    @Override
    public void insert(Table table, Insert insert, String token, Instant deadline) {
      throw new AssertionError("a clock only asks for the time");
    }

    @Override
    public Optional<String> refusal(Table table, Insert insert) {
      throw new AssertionError("a clock only asks for the time");
    }

    @Override
    public Set<String> columns(Table table) {
      throw new AssertionError("a clock only asks for the time");
    }
  }

  private final Clocked store = new Clocked();

  @Test
  void anUnknownTimeIsZero() {
    try (var clock = new StoreClock(store)) {
      assertThat(clock.seconds()).isZero();
      assertThat(clock.problem()).isEqualTo("not asked yet");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whateverKeepsItFromTheTimeIsToldAndItAsksAgain(boolean bug) {
    store.bug = bug;
    store.away = !bug;
    try (var clock = new StoreClock(store)) {
      clock.start();
      until(() -> clock.problem().contains(bug ? "by a bug" : "away"));
      assertThat(clock.seconds()).isZero();

      store.bug = false;
      store.away = false;
      until(() -> clock.problem().isEmpty());
      assertThat(clock.seconds()).isBetween(NOW.getEpochSecond(), NOW.getEpochSecond() + 60);
    }
  }

  private static void until(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
