package dev.seamark.ingest.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.ingest.write.plan.Exclusion;
import dev.seamark.ingest.write.plan.Plan;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayStateTest {
  private static final Plan PLAN =
      new Plan("Xb3", 20, 30, 0, 1, 29_400_001, 1_764_000_120, 0, List.of(Exclusion.whole(25)));
  private static final ReplayState STATE = new ReplayState(10, 90, 29_400_001, false, PLAN);

  @Test
  void writesAndReadsTheDocumentedText() {
    assertThat(STATE.text())
        .isEqualTo("seamark-replay/1 from=10 to=90 version=29400001 state=open seamark/1 log=Xb3"
            + " from=20 to=30 late=0 schema=1 version=29400001 lease=1764000120 skip=25/0");
    assertThat(ReplayState.read(STATE.text())).isEqualTo(STATE);
    assertThat(ReplayState.read(STATE.finished().text()).done()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "seamark/1 log=Xb3 from=20 to=30 late=0 schema=1 version=1 lease=0 skip=",
        "seamark-replay/2 from=10 to=90 version=2 state=open seamark/1 log=Xb3 from=20 to=20 late=0"
            + " schema=0 version=1 lease=0 skip=",
        "seamark-replay/1 from=10 to=90 version=2 state=open",
        "seamark-replay/1 from=10 to=90 version=2 state=open rubbish",
      })
  void refusesAnyOtherText(String text) {
    assertThatThrownBy(() -> ReplayState.read(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
