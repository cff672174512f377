package dev.seamark.ingest.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final Progress progress = new Progress();

  @Test
  void nothingIsCommittedBeforeSomethingIsDone() {
    Progress.Step first = progress.begin(7);

    assertThat(progress.hasToCommit()).isFalse();
    progress.end(first);
    assertThat(progress.hasToCommit()).isTrue();
    assertThat(progress.toCommit()).isEqualTo(8);
    progress.committed(8);
    assertThat(progress.hasToCommit()).isFalse();
  }

  @Test
  void aRecordHoldsBackThoseBehindIt() {
    Progress.Step first = progress.begin(1);
    Progress.Step second = progress.begin(2);
    Progress.Step beyondAGap = progress.begin(90);

    progress.end(beyondAGap);
    progress.end(second);
    assertThat(progress.hasToCommit()).isFalse();
    progress.end(first);
    assertThat(progress.toCommit()).isEqualTo(91);
    assertThat(progress.underWay()).isZero();
  }

  @Test
  void offsetsOnlyGrow() {
    progress.begin(5);

    assertThatThrownBy(() -> progress.begin(5)).hasMessage("offset 5 began after 5");
  }

  /** In whichever order records end: what is committed never passes one that hasn't ended. */
  @Test
  void whatIsCommittedIsDone() {
    var random = new SplittableRandom(4);
    List<Progress.Step> underWay = new ArrayList<>();
    Map<Progress.Step, Long> offsets = new HashMap<>();
    long next = 100;
    for (int round = 0; round < 20_000; round++) {
      if (random.nextBoolean() && underWay.size() < 50) {
        next += random.nextInt(1, 4);
        Progress.Step step = progress.begin(next);
        underWay.add(step);
        offsets.put(step, next);
      } else if (!underWay.isEmpty()) {
        progress.end(underWay.remove(random.nextInt(underWay.size())));
      }
      long first = underWay.stream().mapToLong(offsets::get).min().orElse(next + 1);
      assertThat(progress.toCommit()).isLessThanOrEqualTo(first);
      if (underWay.isEmpty() && next > 100) {
        assertThat(progress.toCommit()).isEqualTo(next + 1);
      }
    }
  }
}
