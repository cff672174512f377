package dev.seamark.ingest.write.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.write.plan.Event.CommitFailure;
import dev.seamark.ingest.write.plan.Event.Failure;
import dev.seamark.ingest.write.plan.PartitionWriter.Appetite;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PartitionWriterTest {
  private static final long DAY = 86_400;
  private static final long SERVER = 20_000 * DAY + 50;
  private static final RangeLimits LIMITS =
      new RangeLimits(100, 10_000, 1_000, 120, 2 * DAY, 100, 10_000, 3, 1);

  private static final Refusal CRC = new Refusal(Refusal.Kind.CHECKSUM, "CRC differs");
  private static final Refusal POISON = new Refusal(Refusal.Kind.CLICKHOUSE, "type mismatch");

  private final PartitionWriter writer = new PartitionWriter(LIMITS, 7);
  private long nowMs = 5_000;
  private long serverSeconds = SERVER;

  @Test
  void aPartitionThatNeverHadACommitStartsAtTheBeginningWithACommit() {
    tick();

    assertThat(assign(1, 0, null)).containsExactly(seek(0), commit(empty(0)));
    assertThat(writer.on(new Event.Committed(1))).isEmpty();
    assertThat(writer.isSettled()).isTrue();
  }

  @Test
  void aLogThatLostItsBeginningAndHasNoCommitStops() {
    assertThat(onlyStop(assign(1, 17, null))).contains("no commit", "17");
    assertThat(writer.isStopped()).isTrue();
    assertThat(writer.appetite()).isEqualTo(Appetite.NONE);
  }

  @Test
  void aLogThatBeginsAfterTheCommitStopsInsteadOfJumping() {
    assertThat(onlyStop(assign(1, 17, at(empty(10))))).contains("10", "17", "deleted");
  }

  @Test
  void aCommitWithoutAPlanStops() {
    assertThat(onlyStop(assign(1, 0, new Event.Commit(10, "")))).contains("no plan");
  }

  @Test
  void aPlanForAnotherLogStops() {
    var plan = new Plan("old", 10, 20, 0, 1, 1, SERVER, 0, List.of());
    assertThat(onlyStop(assign(1, 0, at(plan)))).contains("made anew");
  }

  @Test
  void aPlanOfANewerSchemaStops() {
    var plan = new Plan("log", 10, 20, 0, 2, 1, SERVER, 0, List.of());
    assertThat(onlyStop(assign(1, 0, at(plan)))).contains("schema 2");
  }

  @Test
  void aPlanThatDoesNotBeginAtItsCommitStops() {
    var plan = new Plan("log", 10, 20, 0, 1, 1, SERVER, 0, List.of());
    assertThat(onlyStop(assign(1, 0, new Event.Commit(11, PlanText.write(plan)))))
        .contains("begins at 10");
  }

  @Test
  void theFirstPlanIsCommittedBeforeItsInsert() {
    settledAt(10);
    assertThat(arrive(10, 60)).isEmpty();
    assertThat(arrive(11, 30)).isEmpty();

    // the third record makes the range full, and is left for the next one
    var plan = plan(10, 12);
    assertThat(arrive(12, 20)).containsExactly(commit(plan));
    assertThat(writer.on(new Event.Committed(1))).containsExactly(insert(plan, 1));
  }

  @Test
  void aRecordWaitsNoLongerThanTheLimit() {
    settledAt(10);
    arrive(10, 1);
    nowMs += 999;
    assertThat(tick()).isEmpty();
    nowMs += 1;
    assertThat(tick()).containsExactly(commit(plan(10, 11)));
  }

  @Test
  void anIdlePartitionAsksForNothing() {
    settledAt(10);
    arrive(10, 100);
    writer.on(new Event.Committed(1));
    writer.on(new Event.Inserted(1, 1));
    nowMs += 1_000;
    assertThat(tick())
        .as("once: the group learns what is stored")
        .containsExactly(commit(empty(11)));
    writer.on(new Event.Committed(1));

    for (int second = 0; second < 3_600; second++) {
      nowMs += 1_000;
      serverSeconds += 1;
      assertThat(tick()).isEmpty();
    }
  }

  @Test
  void finishingARangeAndPlanningTheNextIsOneCommit() {
    inserting(10, 12);
    arrive(12, 50);
    arrive(15, 50);

    assertThat(writer.on(new Event.Inserted(1, 1)))
        .containsExactly(new Command.Release(12), commit(plan(12, 16)));
    assertThat(writer.on(new Event.Committed(1))).containsExactly(insert(plan(12, 16), 2));
  }

  @Test
  void aFinishedRangeWithoutSuccessorIsSettledByAnEmptyPlan() {
    inserting(10, 12);

    assertThat(writer.on(new Event.Inserted(1, 1))).containsExactly(new Command.Release(12));
    nowMs += 1_000;
    assertThat(tick()).containsExactly(commit(empty(12)));
    writer.on(new Event.Committed(1));
    assertThat(writer.isSettled()).isTrue();
  }

  @Test
  void aTakenOverPlanIsInsertedAsItWasPlanned() {
    tick();
    var plan = new Plan("log", 10, 20, 5, 1, 1, SERVER + 100, 0, List.of());

    assertThat(assign(1, 0, at(plan))).containsExactly(seek(10));
    assertThat(writer.appetite()).isEqualTo(Appetite.NEEDED);
    // far more rows than a range of today would take
    assertThat(arrive(10, 500)).isEmpty();
    assertThat(arrive(18, 500)).isEmpty();
    assertThat(arrive(19, 500)).containsExactly(insert(plan, 1));
  }

  @Test
  void aTakenOverPlanWithoutLeaseIsRenewedByACommitFirst() {
    tick();
    var plan = new Plan("log", 10, 11, 5, 1, 1, SERVER - 1, 0, List.of());
    assign(1, 0, at(plan));

    var renewed = plan.renewed(SERVER + 120);
    assertThat(arrive(10, 1)).containsExactly(commit(renewed));
    assertThat(writer.on(new Event.Committed(1))).containsExactly(insert(renewed, 1));
  }

  @Test
  void nothingIsInsertedBeforeClickHouseToldItsTime() {
    serverSeconds = 0;
    tick();
    assign(1, 0, at(plan(10, 11)));
    assertThat(arrive(10, 1)).isEmpty();

    serverSeconds = SERVER;
    assertThat(tick()).containsExactly(insert(plan(10, 11), 1));
  }

  @Test
  void aFailedInsertIsTriedAgainUnderTheSameTokenAfterAPause() {
    var plan = inserting(10, 12);

    assertThat(writer.on(new Event.InsertFailed(1, 1, Failure.RETRY, "away"))).isEmpty();
    nowMs += 100;
    assertThat(tick()).containsExactly(insert(plan, 2));
  }

  @Test
  void pausesGrowToTheirLimit() {
    var plan = inserting(10, 12);
    var pauses = new ArrayList<Long>();
    for (var attempt = 1; attempt <= 12; attempt++) {
      serverSeconds = SERVER;
      writer.on(new Event.InsertFailed(1, attempt, Failure.RETRY, "away"));
      var before = nowMs;
      while (!tick().contains(insert(plan, attempt + 1))) {
        nowMs++;
      }
      pauses.add(nowMs - before);
    }

    assertThat(pauses.getFirst()).isBetween(50L, 100L);
    assertThat(pauses.get(3)).isBetween(400L, 800L);
    assertThat(pauses.getLast()).isBetween(5_000L, 10_000L);
  }

  @Test
  void anInsertThatIsTooLateForItsLeaseRenewsIt() {
    var plan = inserting(10, 12);
    serverSeconds += 121;
    tick();

    writer.on(new Event.InsertFailed(1, 1, Failure.EXPIRED, "late"));
    nowMs += 100;
    var renewed = plan.renewed(serverSeconds + 120);
    assertThat(tick()).containsExactly(commit(renewed));
    assertThat(writer.on(new Event.Committed(1))).containsExactly(insert(renewed, 2));
  }

  @Test
  void aRefusedInsertStopsThePartition() {
    inserting(10, 12);

    var commands = writer.on(new Event.InsertFailed(1, 1, Failure.REFUSED, "type mismatch"));

    assertThat(commands.getLast()).isEqualTo(new Command.Stop("range 10-12: type mismatch"));
  }

  @Test
  void aRefusedCommitIsTriedAgainWithTheSamePlan() {
    settledAt(10);
    arrive(10, 60);
    arrive(11, 60);
    arrive(12, 60);

    assertThat(writer.on(new Event.CommitFailed(1, CommitFailure.REFUSED, "loading")))
        .isEmpty();
    nowMs += 100;
    assertThat(tick()).containsExactly(commit(plan(10, 11)));
  }

  /** It may come into force over a later one, as long as its sender is a member of the group. */
  @Test
  void aCommitWithoutAnAnswerIsNotFollowedByAnother() {
    settledAt(10);
    arrive(10, 60);
    arrive(11, 60);

    assertThat(writer.on(new Event.CommitFailed(1, CommitFailure.LOST, "timeout")))
        .containsExactly(
            new Command.Release(Long.MAX_VALUE),
            new Command.Rejoin("commit of 10-11 got no answer: timeout"));

    nowMs += 100_000;
    assertThat(tick()).isEmpty();
    assertThat(writer.on(new Event.Committed(1))).isEmpty();
    assertThat(writer.on(new Event.Drain())).isEmpty();
    assertThat(writer.isSettled()).isTrue();
    assertThat(writer.appetite()).isEqualTo(Appetite.NONE);
    assertThat(writer.heldRows()).isZero();

    var inForce = plan(10, 11);
    writer.on(new Event.Revoked());
    assign(2, 0, at(inForce));
    assertThat(arrive(10, 60)).containsExactly(insert(inForce, 1));
  }

  @Test
  void aFencedCommitGivesThePartitionUp() {
    settledAt(10);
    arrive(10, 60);
    arrive(11, 60);

    writer.on(new Event.CommitFailed(1, CommitFailure.FENCED, "not a member"));

    nowMs += 100_000;
    assertThat(tick()).isEmpty();
    assertThat(writer.heldRows()).isZero();
    assertThat(writer.appetite()).isEqualTo(Appetite.NONE);
  }

  @Test
  void resultsOfAnEarlierAssignmentAreDropped() {
    var plan = inserting(10, 12);
    writer.on(new Event.Revoked());
    assign(2, 0, at(plan));
    arrive(10, 60);
    assertThat(arrive(11, 30)).containsExactly(insert(plan, 2));

    assertThat(writer.on(new Event.Inserted(1, 2))).isEmpty();
    assertThat(writer.on(new Event.InsertFailed(1, 2, Failure.REFUSED, "x"))).isEmpty();
    assertThat(writer.on(new Event.Committed(1))).isEmpty();
    assertThat(writer.on(new Event.CommitFailed(1, CommitFailure.FENCED, "x"))).isEmpty();

    assertThat(writer.on(new Event.Inserted(2, 2))).containsExactly(new Command.Release(12));
  }

  @Test
  void drainingFinishesWhatIsInFlightAndPlansNothing() {
    inserting(10, 12);
    arrive(12, 100);
    assertThat(writer.on(new Event.Drain())).isEmpty();
    assertThat(writer.isSettled()).isFalse();

    assertThat(writer.on(new Event.Inserted(1, 1)))
        .containsExactly(new Command.Release(12), commit(empty(12)));
    writer.on(new Event.Committed(1));
    assertThat(writer.isSettled()).isTrue();
    nowMs += 10_000;
    assertThat(tick()).isEmpty();
  }

  @Test
  void drainingLeavesACommittedPlanToTheNextOwner() {
    settledAt(10);
    arrive(10, 60);
    arrive(11, 60);
    writer.on(new Event.Drain());

    assertThat(writer.on(new Event.Committed(1))).isEmpty();
    assertThat(writer.isSettled()).isTrue();
  }

  @Test
  void everythingBeforeARecordThatIsTooNewIsStoredAndThenThePartitionStops() {
    settledAt(10);
    arrive(10, 5);
    assertThat(writer.on(new Event.TooNew(11, "schema 9"))).containsExactly(commit(plan(10, 11)));
    assertThat(arrive(12, 5)).isEmpty();
    assertThat(writer.on(new Event.Committed(1))).containsExactly(insert(plan(10, 11), 1));
    assertThat(writer.on(new Event.Inserted(1, 1)))
        .containsExactly(new Command.Release(11), commit(empty(11)));

    assertThat(onlyStop(writer.on(new Event.Committed(1)))).contains("offset 11", "schema 9");
  }

  @Test
  void anUnusableRecordInsideACommittedPlanStops() {
    tick();
    assign(1, 0, at(plan(10, 12)));
    arrive(10, 5);
    assertThat(onlyStop(unusable(11))).contains("offset 11", "CRC differs");
  }

  @Test
  void anUnusableRecordIsExcludedThenBuriedAndTheRestIsInserted() {
    settledAt(10);
    arrive(10, 5);
    assertThat(unusable(11)).isEmpty();
    arrive(12, 5);
    nowMs += 1_000;

    var plan = plan(10, 13).excluding(List.of(Exclusion.whole(11)));
    assertThat(tick()).containsExactly(commit(plan));
    assertThat(writer.on(new Event.Committed(1)))
        .containsExactly(letters(plan, 1, plan.excluded(), Map.of(11L, CRC)));
    assertThat(writer.isSettled()).isFalse();
    assertThat(writer.on(new Event.DeadLettered(1, 1))).containsExactly(insert(plan, 2));
    assertThat(writer.on(new Event.Inserted(1, 2))).containsExactly(new Command.Release(13));
    assertThat(writer.heldBytes()).isZero();
  }

  @Test
  void aTakenOverExclusionIsBuriedAgainBeforeTheRestIsInserted() {
    tick();
    var excluded = List.of(Exclusion.whole(11), new Exclusion(12, 1));
    var plan = new Plan("log", 10, 13, 0, 1, 1, SERVER + 120, 0, excluded);
    assign(1, 0, at(plan));
    arrive(10, 5);
    assertThat(unusable(11)).isEmpty();

    assertThat(arrive(12, 5))
        .as("why 12 was refused, only the earlier owner knew")
        .containsExactly(letters(plan, 1, excluded, Map.of(11L, CRC)));
    assertThat(writer.on(new Event.DeadLettered(1, 1))).containsExactly(insert(plan, 2));
  }

  @Test
  void aDeadLetterThatCouldNotBeWrittenIsTriedAgain() {
    settledAt(10);
    unusable(10);
    nowMs += 1_000;
    tick();
    var plan = plan(10, 11).excluding(List.of(Exclusion.whole(10)));
    writer.on(new Event.Committed(1));

    assertThat(writer.on(new Event.InsertFailed(1, 1, Failure.RETRY, "no broker")))
        .isEmpty();
    nowMs += 100;
    assertThat(tick()).containsExactly(letters(plan, 2, plan.excluded(), Map.of(10L, CRC)));
  }

  @Test
  void aRefusedInsertIsExaminedAndGoesOnWithoutWhatIsRefused() {
    var plan = inserting(10, 13);

    assertThat(writer.on(new Event.InsertRefused(1, 1, 1, "type mismatch")))
        .containsExactly(new Command.Examine(plan, 2, 1, 4));
    var without = plan.excluding(List.of(new Exclusion(12, 1)));
    assertThat(writer.on(new Event.Examined(1, 2, Map.of(12L, POISON))))
        .as("the token stays: the insert before it is stored under it")
        .containsExactly(commit(without));
    assertThat(without.token("t", 0)).isEqualTo(plan.token("t", 0));
    assertThat(writer.on(new Event.Committed(1)))
        .containsExactly(letters(without, 3, without.excluded(), Map.of(12L, POISON)));
    assertThat(writer.on(new Event.DeadLettered(1, 3))).containsExactly(insert(without, 4));
  }

  @Test
  void aSecondRefusalBuriesOnlyWhatIsNew() {
    var plan = inserting(10, 13);
    writer.on(new Event.InsertRefused(1, 1, 0, "type mismatch"));
    writer.on(new Event.Examined(1, 2, Map.of(12L, POISON)));
    writer.on(new Event.Committed(1));
    writer.on(new Event.DeadLettered(1, 3));
    writer.on(new Event.InsertRefused(1, 4, 1, "type mismatch"));

    var without = plan.excluding(List.of(new Exclusion(10, 1), Exclusion.whole(12)));
    assertThat(writer.on(new Event.Examined(1, 5, Map.of(10L, POISON))))
        .containsExactly(commit(without));
    assertThat(writer.on(new Event.Committed(1)))
        .containsExactly(letters(without, 6, List.of(new Exclusion(10, 1)), Map.of(10L, POISON)));
  }

  @Test
  void aRefusalThatNoRecordExplainsIsTriedTwiceMoreBeforeThePartitionStops() {
    var plan = inserting(10, 12);
    for (var attempt = 1; attempt <= 3; attempt += 2) {
      writer.on(new Event.InsertRefused(1, attempt, 0, "the table is wrong"));
      assertThat(writer.on(new Event.Examined(1, attempt + 1, Map.of()))).isEmpty();
      nowMs += 200;
      assertThat(tick()).containsExactly(insert(plan, attempt + 2));
    }
    writer.on(new Event.InsertRefused(1, 5, 0, "the table is wrong"));

    assertThat(onlyStop(writer.on(new Event.Examined(1, 6, Map.of()))))
        .contains("range 10-12", "the table is wrong", "none of its records");
  }

  @Test
  void aRefusalOfWhatWasTakenBeforeStopsThePartition() {
    inserting(10, 13);
    writer.on(new Event.InsertRefused(1, 1, 1, "type mismatch"));
    writer.on(new Event.Examined(1, 2, Map.of(12L, POISON)));
    writer.on(new Event.Committed(1));
    writer.on(new Event.DeadLettered(1, 3));
    writer.on(new Event.InsertRefused(1, 4, 0, "the table changed"));

    assertThat(onlyStop(writer.on(new Event.Examined(1, 5, Map.of(12L, POISON)))))
        .contains("the table changed", "taken before");
  }

  @Test
  void aRefusalOfTooManyRecordsStopsThePartition() {
    settledAt(10);
    for (int offset = 10; offset < 20; offset++) {
      arrive(offset, 1);
    }
    nowMs += 1_000;
    tick();
    writer.on(new Event.Committed(1));
    writer.on(new Event.InsertRefused(1, 1, 0, "type mismatch"));

    var refused = Map.of(10L, POISON, 11L, POISON, 12L, POISON, 13L, POISON);
    assertThat(onlyStop(writer.on(new Event.Examined(1, 2, refused))))
        .contains("range 10-20", "more than 3", "writer.dead-letters-max");
  }

  @Test
  void recordsThatCanNotBeStoredOneAfterTheOtherStopThePartition() {
    settledAt(10);
    for (int offset = 10; offset < 14; offset++) {
      unusable(offset);
    }
    nowMs += 1_000;

    var plan = plan(10, 13)
        .excluding(List.of(Exclusion.whole(10), Exclusion.whole(11), Exclusion.whole(12)));
    assertThat(tick()).as("as many as may be").containsExactly(commit(plan));
    writer.on(new Event.Committed(1));
    writer.on(new Event.DeadLettered(1, 1));
    assertThat(onlyStop(writer.on(new Event.Inserted(1, 2))))
        .contains("offset 13", "CRC differs", "more than 3", "writer.dead-letters-max");
  }

  @Test
  void aStoredRecordInBetweenLetsMoreBeExcluded() {
    settledAt(10);
    for (int offset = 10; offset < 22; offset += 2) {
      unusable(offset);
      arrive(offset + 1, 1);
      nowMs += 1_000;
      tick();
      writer.on(new Event.Committed(1));
      var attempt = offset - 9;
      writer.on(new Event.DeadLettered(1, attempt));
      writer.on(new Event.Inserted(1, attempt + 1));
    }
    assertThat(writer.isStopped()).isFalse();
    assertThat(writer.heldRows()).isZero();
  }

  @Test
  void anExaminationThatComesToNoEndIsBegunByAnotherAttempt() {
    var plan = inserting(10, 12);
    writer.on(new Event.InsertRefused(1, 1, 0, "type mismatch"));

    assertThat(writer.on(new Event.InsertFailed(1, 2, Failure.RETRY, "away"))).isEmpty();
    nowMs += 100;
    assertThat(tick()).containsExactly(insert(plan, 3));
  }

  @Test
  void drainingFinishesAnExaminationAndLeavesItsExclusionToTheNextOwner() {
    var plan = inserting(10, 12);
    writer.on(new Event.InsertRefused(1, 1, 0, "type mismatch"));
    writer.on(new Event.Drain());

    var without = plan.excluding(List.of(Exclusion.whole(11)));
    assertThat(writer.on(new Event.Examined(1, 2, Map.of(11L, POISON))))
        .containsExactly(commit(without));
    assertThat(writer.on(new Event.Committed(1))).isEmpty();
    assertThat(writer.isSettled()).isTrue();
  }

  @Test
  void aHeldPartitionSettlesWhatItPromisedAndPromisesNothingMore() {
    var plan = inserting(10, 12);
    arrive(12, 60);
    writer.on(new Event.InsertFailed(1, 1, Failure.RETRY, "away"));

    assertThat(writer.on(new Event.Hold(SERVER + 30))).isEmpty();
    nowMs += 1_000;
    assertThat(tick()).containsExactly(insert(plan, 2));
    arrive(13, 60);
    assertThat(writer.on(new Event.Inserted(1, 2)))
        .containsExactly(new Command.Release(12), commit(empty(12)));
    writer.on(new Event.Committed(1));

    nowMs += 100_000;
    assertThat(tick()).isEmpty();
    assertThat(writer.appetite()).isEqualTo(Appetite.WELCOME);
    assertThat(writer.on(new Event.Hold(0))).containsExactly(commit(plan(12, 13)));
  }

  @Test
  void aHoldThatNobodyEndsEndsByClickHousesClock() {
    settledAt(10);
    writer.on(new Event.Hold(SERVER + 30));
    arrive(10, 100);
    serverSeconds += 29;
    assertThat(tick()).isEmpty();

    serverSeconds += 1;
    assertThat(tick()).hasSize(1).first().isInstanceOf(Command.Commit.class);
  }

  @Test
  void appetiteEndsAtTwoRanges() {
    inserting(10, 12);
    assertThat(writer.appetite()).isEqualTo(Appetite.WELCOME);
    arrive(12, 110);
    assertThat(writer.appetite()).isEqualTo(Appetite.NONE);
    writer.on(new Event.Inserted(1, 1));
    assertThat(writer.appetite()).isEqualTo(Appetite.WELCOME);
  }

  /// Crashes after every step of a scripted run; the successor inserts the same ranges under the
  /// same tokens.
  @Test
  void aCrashAtAnyStepReplaysTheSameRanges() {
    var undisturbed = new CrashScript(Integer.MAX_VALUE).run();
    assertThat(undisturbed).hasSize(7);
    for (var step = 0; step < 60; step++) {
      var tokens = new CrashScript(step).run();
      assertThat(tokens).as("crash after step %d", step).isEqualTo(undisturbed);
    }
  }

  /// Twenty records are in the log; a writer takes them and dies after a number of steps; another
  /// one goes on.
  private static final class CrashScript {
    private final List<String> stored = new ArrayList<>();
    private Event.@Nullable Commit committed;
    private int stepsLeft;

    CrashScript(int stepsLeft) {
      this.stepsLeft = stepsLeft;
    }

    List<String> run() {
      work(1);
      stepsLeft = Integer.MAX_VALUE;
      work(2);
      return stored;
    }

    private void work(int epoch) {
      var writer = new PartitionWriter(LIMITS, 1);
      var todo = new ArrayList<Command>();
      var nowMs = 0L;
      todo.addAll(writer.on(new Event.Tick(nowMs, SERVER)));
      todo.addAll(writer.on(new Event.Assigned(epoch, "log", 0, committed)));
      var position = 0L;
      for (var idle = 0; idle < 5; ) {
        if (stepsLeft-- <= 0) {
          return;
        }
        if (!todo.isEmpty()) {
          switch (todo.removeFirst()) {
            case Command.Seek seek -> position = seek.offset();
            case Command.Commit commit -> {
              committed = at(commit.plan());
              todo.addAll(writer.on(new Event.Committed(epoch)));
            }
            case Command.Insert insert -> {
              var token = insert.plan().token("t", 0);
              if (!stored.contains(token)) {
                stored.add(token);
              }
              if (stepsLeft-- <= 0) {
                return;
              }
              todo.addAll(writer.on(new Event.Inserted(epoch, insert.attempt())));
            }
            case Command.Examine _, Command.DeadLetter _ ->
              throw new AssertionError("nothing is refused here");
            case Command.Release _ -> {}
            case Command.Rejoin rejoin -> throw new AssertionError(rejoin.why());
            case Command.Stop stop -> throw new AssertionError(stop.why());
          }
        } else if (position < 20 && writer.appetite() != Appetite.NONE) {
          todo.addAll(writer.on(new Event.Arrived(position++, 30, 10)));
        } else {
          idle++;
          nowMs += 1_000;
          todo.addAll(writer.on(new Event.Tick(nowMs, SERVER)));
        }
      }
    }
  }

  private void settledAt(long offset) {
    tick();
    assertThat(assign(1, 0, at(empty(offset)))).containsExactly(seek(offset));
  }

  private Plan inserting(long from, long to) {
    settledAt(from);
    arrive(from, 60);
    arrive(to - 1, 30);
    nowMs += 1_000;
    var plan = plan(from, to);
    assertThat(tick()).containsExactly(commit(plan));
    assertThat(writer.on(new Event.Committed(1))).containsExactly(insert(plan, 1));
    return plan;
  }

  private List<Command> tick() {
    return writer.on(new Event.Tick(nowMs, serverSeconds));
  }

  private List<Command> assign(int epoch, long beginning, Event.@Nullable Commit committed) {
    return writer.on(new Event.Assigned(epoch, "log", beginning, committed));
  }

  private List<Command> arrive(long offset, int rows) {
    return writer.on(new Event.Arrived(offset, rows, 10));
  }

  private List<Command> unusable(long offset) {
    return writer.on(new Event.Unusable(offset, 10, CRC));
  }

  private static Command letters(
      Plan plan, int attempt, List<Exclusion> exclusions, Map<Long, Refusal> refusals) {
    return new Command.DeadLetter(plan, attempt, exclusions, refusals);
  }

  private static String onlyStop(List<Command> commands) {
    var stops = commands.stream()
        .filter(Command.Stop.class::isInstance)
        .map(Command.Stop.class::cast)
        .toList();
    assertThat(stops).hasSize(1);
    assertThat(commands).noneMatch(c -> c instanceof Command.Insert || c instanceof Command.Commit);
    return stops.getFirst().why();
  }

  private static Event.Commit at(Plan plan) {
    return new Event.Commit(plan.from(), PlanText.write(plan));
  }

  private static Plan empty(long from) {
    return Plan.empty("log", from);
  }

  private static Plan plan(long from, long to) {
    var lateBeforeMs = 19_998 * DAY * 1_000;
    return new Plan("log", from, to, lateBeforeMs, 1, 1, SERVER + 120, 0, List.of());
  }

  private static Command seek(long offset) {
    return new Command.Seek(offset);
  }

  private static Command commit(Plan plan) {
    return new Command.Commit(plan);
  }

  private static Command insert(Plan plan, int attempt) {
    return new Command.Insert(plan, attempt);
  }
}
