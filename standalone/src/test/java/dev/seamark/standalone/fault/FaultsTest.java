package dev.seamark.standalone.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.standalone.fault.Mischief.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes are killed and paused, connections and answers are lost, while senders are busy: what
 * was acknowledged is stored, once.
 *
 * <p>The soak does {@code -Dfaults} things (500 kills and what lies between them, unless given) in
 * an order that {@code -Dseed} repeats.
 */
class FaultsTest {
  private static final List<Kind> KINDS = List.of(Kind.values());
  private static final int BETWEEN = 15; // acknowledged attempts
  private static final Duration SETTLED_WITHIN = Duration.ofMinutes(2);
  private static final int SOAK_KILLS = 500;
  private static final int JUDGED_EVERY = 50;

  @TempDir
  Path folder;

  @Test
  void nothingIsLostOrDoubledByOneOfEach() throws Exception {
    var kinds = new ArrayList<>(List.of(
        Kind.KILL_A_WRITER,
        Kind.KILL_THE_INGESTER,
        Kind.KILL_THE_BROKER,
        Kind.KILL_THE_ENGINE,
        Kind.PAUSE_A_WRITER,
        Kind.BREAK_AN_INSERT,
        Kind.BREAK_AN_INSERTS_ANSWER,
        Kind.SWALLOW_AN_INSERTS_ANSWER,
        Kind.LATE_INSERT,
        Kind.REFUSE_CONNECTIONS_TO_THE_ENGINE,
        Kind.ENGINE_SAYS_500,
        Kind.ENGINE_SAYS_TOO_MANY_PARTS,
        Kind.ENGINE_SAYS_MEMORY_LIMIT,
        Kind.BREAK_THE_WRITERS_KAFKA,
        Kind.BREAK_THE_INGESTERS_KAFKA));
    play(kinds, new Random(1));
  }

  @Test
  @Tag("soak")
  void nothingIsLostOrDoubledByHundredsOfKills() throws Exception {
    var seed = Long.getLong("seed", System.currentTimeMillis() % 100_000);
    var kills = Integer.getInteger("faults", SOAK_KILLS);
    System.out.println("faults: seed " + seed + ", " + kills + " kills");
    var random = new Random(seed);
    var kinds = new ArrayList<Kind>();
    for (var left = kills; left > 0; ) {
      var kind = kind(random);
      kinds.add(kind);
      left -= kind.isKill() ? 1 : 0;
    }
    play(kinds, random);
  }

  /** Three of four are kills, and those that take long are seldom. */
  private static Kind kind(Random random) {
    while (true) {
      var kind = KINDS.get(random.nextInt(KINDS.size()));
      var isLong = kind == Kind.PAUSE_A_WRITER
          || kind == Kind.INSERT_AFTER_ITS_LEASE
          || kind == Kind.SWALLOW_THE_WRITERS_KAFKA
          || kind == Kind.SWALLOW_THE_INGESTERS_KAFKA
          || kind == Kind.HALF_OPEN_WRITERS_KAFKA;
      if (kind.isKill() || random.nextInt(isLong ? 50 : 10) == 0) {
        return kind;
      }
    }
  }

  private void play(List<Kind> kinds, Random random) throws Exception {
    var done = new EnumMap<Kind, Integer>(Kind.class);
    try (var fleet = new Fleet(folder)) {
      fleet.start();
      var oracle = new Oracle(fleet);
      var mischief = new Mischief(fleet, random);
      for (var from = 0; from < kinds.size(); from += JUDGED_EVERY) {
        var some = kinds.subList(from, Math.min(kinds.size(), from + JUDGED_EVERY));
        play(some, fleet, oracle, mischief, done);
      }
    }
    System.out.println("faults: " + done);
    assertThat(done.values().stream().mapToInt(it -> it).sum()).isEqualTo(kinds.size());
  }

  /** Senders of its own, so that what is judged doesn't grow without end. */
  private static void play(
      List<Kind> kinds, Fleet fleet, Oracle oracle, Mischief mischief, Map<Kind, Integer> done)
      throws Exception {
    try (var senders = new Senders(fleet.otlp())) {
      senders.start();
      awaitProgress(senders);
      for (var kind : kinds) {
        System.out.println("faults: " + kind + " at attempt " + senders.last());
        mischief.commit(kind);
        done.merge(kind, 1, Integer::sum);
        awaitProgress(senders);
      }
      senders.finish();
      oracle.judge(senders, SETTLED_WITHIN);
      System.out.println("faults: " + senders.acknowledged() + " acknowledged, " + done);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + fleet.words(), e);
    }
  }

  private static void awaitProgress(Senders senders) {
    var goal = senders.acknowledged() + BETWEEN;
    Mischief.await("acknowledgements", () -> senders.acknowledged() >= goal);
  }
}
