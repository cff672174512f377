package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.standalone.engine.RunningStatements.Running;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A KILL that comes before the engine knows the statement: the engine says nothing about it. */
class RunningStatementsTest {
  private final List<String> kills = new ArrayList<>();
  private final RunningStatements statements = new RunningStatements(kills::add);

  @Test
  void whatIsStoppedBeforeItBeginsDoesNotBegin() {
    Running running = statements.begin("q", 1, true, 0);
    assertThatCode(running::requireNotStopped).doesNotThrowAnyException();

    statements.kill("q", true);

    assertThatThrownBy(running::requireNotStopped)
        .isInstanceOfSatisfying(EngineException.class, e -> assertThat(e.code()).isEqualTo(394))
        .hasMessage("Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)");
  }

  @Test
  void whatIsStoppedWhileItBeginsIsStoppedAgainUntilItEnds() {
    Running running = statements.begin("q", 1, true, 0);
    statements.begin("other", 1, true, 0);
    statements.kill("q", true);

    statements.stopAgain();
    statements.stopAgain();

    assertThat(kills)
        .hasSize(3)
        .allMatch(kill -> kill.replace("', '", "").contains(running.mark()));
    statements.end(running);
    statements.stopAgain();
    assertThat(kills).hasSize(3);
  }

  @Test
  void aKillIsNothingThatItWouldFindItself() {
    Running running = statements.begin("q", 1, true, 0);

    statements.kill("q", true);

    assertThat(running.marked("SELECT 1")).contains(running.mark());
    assertThat(kills).hasSize(1).noneMatch(kill -> kill.contains(running.mark()));
  }

  @Test
  void aReaderStopsNoWritersStatementThatIsBeingBegun() {
    Running writer = statements.begin("q", 1, false, 0);

    statements.kill("q", true);

    assertThat(kills).isEmpty();
    assertThatCode(writer::requireNotStopped).doesNotThrowAnyException();
  }
}
