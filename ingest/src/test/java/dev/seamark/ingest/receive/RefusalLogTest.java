package dev.seamark.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RefusalLogTest {
  private static final long SECOND = 1_000_000_000;

  private long now;
  private final RefusalLog log = new RefusalLog(() -> now);

  @Test
  void aFloodIsOneLineASecondThatTellsOfTheRest() {
    List<Long> suppressed = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      now = i * SECOND / 4_000; // two and a half seconds
      RefusalLog.Line line = log.refused("busy", "loud");
      if (line != null) {
        suppressed.add(line.suppressed());
      }
    }

    assertThat(suppressed).containsExactly(0L, 3_999L, 3_999L);
  }

  @Test
  void eachReasonAndTenantHasLinesOfItsOwn() {
    assertThat(log.refused("busy", "a")).isNotNull();
    assertThat(log.refused("busy", "b")).isNotNull();
    assertThat(log.refused("too_large", "a")).isNotNull();

    assertThat(log.refused("busy", "a")).isNull();
  }

  @Test
  void whatComesOnceInAWhileIsAllLogged() {
    for (int i = 0; i < 5; i++) {
      now += SECOND;
      assertThat(log.refused("busy", "a")).isEqualTo(new RefusalLog.Line(0));
    }
  }
}
