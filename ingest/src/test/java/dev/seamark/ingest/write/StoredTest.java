package dev.seamark.ingest.write;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StoredTest {
  private static final long ASKED_MS = 1_764_000_100_000L;
  private static final long APPENDED_MS = 1_764_000_000_000L;

  @Test
  void aPartitionThatIsStoredToItsEndIsVisibleUpToWhenTheEndWasAskedFor() {
    assertThat(new Stored(10, APPENDED_MS).visibleUpToMs(10, ASKED_MS))
        .hasValue(ASKED_MS - Stored.CLOCK_SKEW_MS);
    assertThat(new Stored(0, 0).visibleUpToMs(0, ASKED_MS))
        .hasValue(ASKED_MS - Stored.CLOCK_SKEW_MS);
  }

  @Test
  void aPartitionThatIsBehindIsVisibleUpToBeforeItsLastStoredRecord() {
    assertThat(new Stored(10, APPENDED_MS).visibleUpToMs(11, ASKED_MS)).hasValue(APPENDED_MS - 1);
  }

  @Test
  void aPartitionThatIsBehindAndOfWhichNothingWasStoredYetTellsNothing() {
    assertThat(new Stored(10, 0).visibleUpToMs(11, ASKED_MS)).isEmpty();
  }
}
