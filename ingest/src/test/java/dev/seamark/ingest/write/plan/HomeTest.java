package dev.seamark.ingest.write.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HomeTest {
  private static final long SERVER_0 = 1_764_000_000;
  private static final long SERVER_2 = SERVER_0 + 7;
  private static final RangeLimits LIMITS =
      new RangeLimits(100, 10_000, 1_000, 120, 172_800, 100, 10_000, 3, 1);

  @Test
  void partitionsGoRoundTheShards() {
    assertThat(IntStream.range(0, 7).map(it -> Home.of(it, 3).shard()))
        .containsExactly(0, 1, 2, 0, 1, 2, 0);
    assertThat(IntStream.range(0, 7).map(it -> Home.of(it, 1).shard())).containsOnly(0);
    assertThatThrownBy(() -> new Home(3, 3)).hasMessage("shard 3 of 3");
  }

  @Test
  void aNewRangeIsPromisedToTheShardOfItsPartition() {
    var writer = writer(2);
    assign(writer, Plan.empty("log", 10));
    tick(writer, SERVER_2);

    assertThat(writer.shard()).isEqualTo(2);
    assertThat(writer.on(new Event.Arrived(10, 100, 10)))
        .containsExactly(new Command.Commit(range(10, 11, 2, SERVER_2)));
  }

  @Test
  void aPromisedRangeStaysWithItsShardAndTheNextGoesByTheMap() {
    var promised = range(10, 11, 0, SERVER_0);
    var writer = writer(2);
    assign(writer, promised);
    assertThat(writer.shard()).isZero();

    assertThat(writer.on(new Event.Arrived(10, 5, 10)))
        .as("the time that it was told is that of shard 2")
        .isEmpty();
    assertThat(tick(writer, SERVER_0)).containsExactly(new Command.Insert(promised, 1));

    writer.on(new Event.Arrived(11, 100, 10));
    assertThat(writer.on(new Event.Inserted(1, 1))).containsExactly(new Command.Release(11));
    assertThat(writer.shard()).isEqualTo(2);
    assertThat(tick(writer, SERVER_2))
        .containsExactly(new Command.Commit(range(11, 12, 2, SERVER_2)));
  }

  @Test
  void aRenewedOrSmallerPromiseIsStillForItsShard() {
    var plan = range(10, 20, 2, SERVER_2);

    assertThat(plan.renewed(5).shard()).isEqualTo(2);
    assertThat(plan.excluding(List.of(Exclusion.whole(11))).shard()).isEqualTo(2);
  }

  @Test
  void aRangeThatIsPromisedToAnUnknownShardStopsByName() {
    var writer = writer(0);
    tick(writer, SERVER_0);

    var commands = writer.on(assigned(range(10, 20, 3, SERVER_0)));

    assertThat(commands)
        .filteredOn(Command.Stop.class::isInstance)
        .extracting(it -> ((Command.Stop) it).why())
        .singleElement()
        .asString()
        .contains("10-20", "promised to shard 3", "knows 3");
    assertThat(commands).noneMatch(it -> it instanceof Command.Insert);
  }

  @Test
  void aPlanThatPromisesNothingIsForNoShard() {
    var writer = writer(1);
    assign(writer, Plan.empty("log", 10).renewed(3));

    assertThat(writer.shard()).isEqualTo(1);
  }

  private static PartitionWriter writer(int shard) {
    return new PartitionWriter(LIMITS, 7, 1, new Home(shard, 3));
  }

  private static void assign(PartitionWriter writer, Plan plan) {
    tick(writer, SERVER_2);
    assertThat(writer.on(assigned(plan))).containsExactly(new Command.Seek(plan.from()));
  }

  private static Event.Assigned assigned(Plan plan) {
    return new Event.Assigned(1, "log", 0, new Event.Commit(plan.from(), PlanText.write(plan)));
  }

  private static List<Command> tick(PartitionWriter writer, long serverSeconds) {
    return writer.on(new Event.Tick(5_000, serverSeconds));
  }

  private static Plan range(long from, long to, int shard, long serverSeconds) {
    var lateBeforeMs = Math.floorDiv(serverSeconds - 172_800, 86_400L) * 86_400_000L;
    return new Plan("log", from, to, lateBeforeMs, 1, 1, serverSeconds + 120, shard, List.of());
  }
}
