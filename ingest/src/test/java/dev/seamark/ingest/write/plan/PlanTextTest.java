package dev.seamark.ingest.write.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlanTextTest {
  private static final Plan PLAN = new Plan(
      "Xb3",
      100,
      200,
      1_764_000_000_000L,
      1,
      1,
      1_764_000_120,
      3,
      List.of(Exclusion.whole(101), new Exclusion(150, 2)));

  private static final String TEXT =
      "seamark/1 log=Xb3 from=100 to=200 late=1764000000000 schema=1 version=1"
          + " lease=1764000120 shard=3 skip=101/0,150/2";

  @Test
  void writesAndReadsTheDocumentedText() {
    assertThat(PlanText.write(PLAN)).isEqualTo(TEXT);
    assertThat(PlanText.read(TEXT)).isEqualTo(PLAN);
  }

  @Test
  void theTokenNamesLogBoundsAndVersionAndNeitherLeaseNorShard() {
    assertThat(PLAN.token("seamark.otel_logs", 3)).isEqualTo("seamark.otel_logs@Xb3/3/100-200/1");
    assertThat(PLAN.renewed(9).token("seamark.otel_logs", 3))
        .isEqualTo(PLAN.token("seamark.otel_logs", 3));
  }

  @Test
  void theLargestPlanFitsIntoACommit() {
    var excluded = new ArrayList<Exclusion>();
    for (var i = 0; i < Plan.EXCLUDED_MAX; i++) {
      excluded.add(new Exclusion(Long.MAX_VALUE - 1_000 + i, 99_999));
    }
    var plan = new Plan(
        "x".repeat(64),
        Long.MAX_VALUE - 1_000,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        Integer.MAX_VALUE,
        Integer.MAX_VALUE,
        Long.MAX_VALUE,
        Integer.MAX_VALUE,
        excluded);

    var text = PlanText.write(plan);

    assertThat(text.length()).isLessThan(4_096);
    assertThat(PlanText.read(text)).isEqualTo(plan);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "seamark/2 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 skip=",
        "seamark/1",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 skip= more=1",
        "seamark/1 log=Xb3 to=200 from=100 late=0 schema=1 version=1 lease=0 skip=",
        "seamark/1 log=Xb3 from=200 to=100 late=0 schema=1 version=1 lease=0 skip=",
        "seamark/1 log=Xb3 from=-1 to=100 late=0 schema=1 version=1 lease=0 skip=",
        "seamark/1 log=Xb3 from=0100 to=200 late=0 schema=1 version=1 lease=0 skip=",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 skip=99/0",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 skip=102/0,101/0",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 skip=101",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 skip=101/",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 skip=101/1/1",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=0 lease=0 skip=",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=99999999999 version=1 lease=0 skip=",
        "seamark/1 log= from=100 to=200 late=0 schema=1 version=1 lease=0 skip=",
      })
  void refusesWhatIsNotExactlyAPlanOfThisVersion(String text) {
    assertRefused(text);
    assertRefused(text.replace(" skip=", " shard=3 skip="));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 shard=-1 skip=",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 shard=0 skip=",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 shard=01 skip=",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 shard= skip=",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 shard=2147483648 skip=",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 skip= shard=3",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 shard=3 lease=0 skip=",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 shard=3",
        "seamark/1 log=Xb3 from=100 to=200 late=0 schema=1 version=1 lease=0 shard=3 shard=3 skip=",
      })
  void refusesAShardThatIsNotExactlyOne(String text) {
    assertRefused(text);
  }

  private static void assertRefused(String text) {
    assertThatThrownBy(() -> PlanText.read(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no plan of a version known here");
  }

  @Test
  void buildsFromBeforeThereWereShardsReadAndWriteThePlansOfShard0() {
    var before = TEXT.replace(" shard=3", "");

    var plan = PlanText.read(before);

    assertThat(plan.shard()).isZero();
    assertThat(plan.excluded()).isEqualTo(PLAN.excluded());
    assertThat(PlanText.write(plan)).isEqualTo(before);
  }

  @Test
  void randomPlansComeBackAsTheyWere() {
    for (var seed = 0; seed < 10_000; seed++) {
      var plan = randomPlan(new Random(seed));
      assertThat(PlanText.read(PlanText.write(plan))).as("seed %d", seed).isEqualTo(plan);
    }
  }

  @Test
  void aChangedTextIsRefusedOrIsThePlanItSays() {
    for (var seed = 0; seed < 20_000; seed++) {
      var random = new Random(seed);
      var text = new StringBuilder(PlanText.write(randomPlan(random)));
      for (var changes = 1 + random.nextInt(3); changes > 0 && !text.isEmpty(); changes--) {
        var at = random.nextInt(text.length());
        switch (random.nextInt(3)) {
          case 0 -> text.setCharAt(at, (char) random.nextInt(128));
          case 1 -> text.deleteCharAt(at);
          default -> text.setLength(at);
        }
      }
      Plan plan;
      try {
        plan = PlanText.read(text.toString());
      } catch (IllegalArgumentException e) {
        continue;
      }
      assertThat(PlanText.write(plan)).as("seed %d", seed).isEqualTo(text.toString());
    }
  }

  @Test
  void exclusionsGrowUnderTheSameToken() {
    var more = PLAN.excluding(List.of(Exclusion.whole(120)));

    assertThat(more.token("t", 0)).isEqualTo(PLAN.token("t", 0));
    assertThat(more.excluded()).extracting(Exclusion::offset).containsExactly(101L, 120L, 150L);
    assertThat(more.insertsOf(150)).isEqualTo(2);
    assertThat(more.holds(150)).isFalse();
    assertThat(more.insertsOf(121)).isEqualTo(Integer.MAX_VALUE);
    assertThat(more.holds(121)).isTrue();
    assertThatThrownBy(() -> more.excluding(List.of(new Exclusion(150, 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("150");
  }

  private static Plan randomPlan(Random random) {
    var from = random.nextLong(1L << (1 + random.nextInt(61)));
    var to = from + random.nextInt(10_000);
    var excluded = new ArrayList<Exclusion>();
    for (var offset = from; offset < to && excluded.size() < 20; offset += 1 + random.nextInt(99)) {
      excluded.add(new Exclusion(offset, Math.max(0, random.nextInt(6) - 3)));
    }
    return new Plan(
        "log" + random.nextInt(1_000),
        from,
        to,
        random.nextLong(),
        random.nextInt(Integer.MAX_VALUE),
        1 + random.nextInt(1_000),
        random.nextLong(Long.MAX_VALUE),
        random.nextInt(100),
        excluded);
  }
}
