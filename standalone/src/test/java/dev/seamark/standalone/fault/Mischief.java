package dev.seamark.standalone.fault;

import dev.seamark.standalone.fault.Fault.Direction;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Does something bad to a fleet, and returns when it is over or has at least been met. */
final class Mischief {
  /** What can be done. */
  enum Kind {
    KILL_A_WRITER,
    KILL_BOTH_WRITERS,
    KILL_THE_INGESTER,
    KILL_THE_BROKER,
    KILL_THE_ENGINE,
    KILL_THE_ENGINE_AND_A_WRITER,
    /** Longer than its session and its lease: it wakes up as somebody who has lost everything. */
    PAUSE_A_WRITER,
    /** Shorter than its session: it goes on as if nothing had been. */
    PAUSE_A_WRITER_SHORTLY,
    PAUSE_THE_ENGINE,
    DELAY_INSERTS,
    BREAK_AN_INSERT,
    BREAK_AN_INSERTS_ANSWER,
    SWALLOW_AN_INSERTS_ANSWER,
    HALF_OPEN_INSERT,
    LATE_INSERT,
    INSERT_AFTER_ITS_LEASE,
    REFUSE_CONNECTIONS_TO_THE_ENGINE,
    ENGINE_SAYS_500,
    ENGINE_SAYS_TOO_MANY_PARTS,
    ENGINE_SAYS_MEMORY_LIMIT,
    ENGINE_SAYS_NO_SPACE,
    BREAK_THE_WRITERS_KAFKA,
    SWALLOW_THE_WRITERS_KAFKA,
    HALF_OPEN_WRITERS_KAFKA,
    BREAK_THE_INGESTERS_KAFKA,
    SWALLOW_THE_INGESTERS_KAFKA,
    DELAY_THE_INGESTERS_KAFKA;

    boolean isKill() {
      return name().startsWith("KILL");
    }
  }

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration SHORTLY = Duration.ofSeconds(2);
  private static final Duration BEYOND_SESSION_AND_LEASE = Fleet.LEASE.plusSeconds(2);

  private final Fleet fleet;
  private final Random random;

  Mischief(Fleet fleet, Random random) {
    this.fleet = fleet;
    this.random = random;
  }

  void commit(Kind kind) throws Exception {
    var toEngine = fleet.ways().writersToEngine();
    var toBroker = fleet.ways().writersToBroker();
    var ingester = fleet.ways().ingesterToBroker();
    var bytes = 1L << random.nextInt(16);
    switch (kind) {
      case KILL_A_WRITER -> kill(fleet.writerPid(random.nextInt(2)));
      case KILL_BOTH_WRITERS -> kill(fleet.writerPid(0), fleet.writerPid(1));
      case KILL_THE_INGESTER -> kill(fleet.ingesterPid());
      case KILL_THE_BROKER -> kill(fleet.brokerPid());
      case KILL_THE_ENGINE -> kill(fleet.enginePid());
      case KILL_THE_ENGINE_AND_A_WRITER -> kill(fleet.enginePid(), fleet.writerPid(0));
      case PAUSE_A_WRITER -> pause(fleet.writerPid(random.nextInt(2)), BEYOND_SESSION_AND_LEASE);
      case PAUSE_A_WRITER_SHORTLY -> pause(fleet.writerPid(random.nextInt(2)), SHORTLY);
      case PAUSE_THE_ENGINE -> pause(fleet.enginePid(), Duration.ofSeconds(4));
      case DELAY_INSERTS -> standing(toEngine, new Fault.Delay(Duration.ofMillis(300)), 4);
      case BREAK_AN_INSERT -> once(toEngine, new Fault.ResetAfter(Direction.TO_SERVER, bytes));
      case BREAK_AN_INSERTS_ANSWER -> once(toEngine, new Fault.ResetAfter(Direction.TO_CLIENT, 0));
      case SWALLOW_AN_INSERTS_ANSWER -> once(toEngine, new Fault.SwallowReplies());
      case HALF_OPEN_INSERT -> once(toEngine, new Fault.HalfOpen(bytes));
      case LATE_INSERT -> standing(toEngine, new Fault.Late(Duration.ofMillis(700)), 6);
      case INSERT_AFTER_ITS_LEASE ->
        standing(toEngine, new Fault.Late(Fleet.LEASE.plusSeconds(2)), 4);
      case REFUSE_CONNECTIONS_TO_THE_ENGINE -> standing(toEngine, new Fault.Refuse(), 4);
      case ENGINE_SAYS_500 -> standing(toEngine, Fault.Answer.BROKEN, 4);
      case ENGINE_SAYS_TOO_MANY_PARTS -> standing(toEngine, Fault.Answer.TOO_MANY_PARTS, 4);
      case ENGINE_SAYS_MEMORY_LIMIT -> standing(toEngine, Fault.Answer.MEMORY_LIMIT, 4);
      case ENGINE_SAYS_NO_SPACE -> standing(toEngine, Fault.Answer.NO_SPACE, 4);
      case BREAK_THE_WRITERS_KAFKA ->
        once(toBroker, new Fault.ResetAfter(Direction.TO_SERVER, 16 * bytes));
      case SWALLOW_THE_WRITERS_KAFKA -> standing(toBroker, new Fault.SwallowReplies(), 2);
      case HALF_OPEN_WRITERS_KAFKA -> once(toBroker, new Fault.HalfOpen(16 * bytes));
      case BREAK_THE_INGESTERS_KAFKA ->
        once(ingester, new Fault.ResetAfter(Direction.TO_SERVER, 16 * bytes));
      case SWALLOW_THE_INGESTERS_KAFKA -> standing(ingester, new Fault.SwallowReplies(), 1);
      case DELAY_THE_INGESTERS_KAFKA ->
        standing(ingester, new Fault.Delay(Duration.ofMillis(100)), 2);
    }
  }

  /** Kills them at once; each is started again by its parent. */
  private void kill(long... pids) throws InterruptedException {
    for (var pid : pids) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
    for (var pid : pids) {
      await("the end of " + pid, () -> ProcessHandle.of(pid).isEmpty());
    }
    fleet.awaitReady();
  }

  private static void pause(long pid, Duration time) throws IOException, InterruptedException {
    signal("STOP", pid);
    LockSupport.parkNanos(time.toNanos()); // what is tested is just that: time goes by
    signal("CONT", pid);
  }

  private static void signal(String name, long pid) throws IOException, InterruptedException {
    var kill = new ProcessBuilder(List.of("kill", "-" + name, Long.toString(pid)));
    if (kill.inheritIO().start().waitFor() != 0) {
      throw new AssertionError("no signal " + name + " to " + pid);
    }
  }

  private static void once(FaultProxy proxy, Fault fault) {
    var before = proxy.met();
    proxy.next(fault);
    await(fault + " at a connection", () -> proxy.met() > before);
  }

  /** Until so many connections have met it. */
  private static void standing(FaultProxy proxy, Fault fault, int times) {
    var before = proxy.met();
    proxy.set(fault);
    await(fault + " at " + times + " connections", () -> proxy.met() >= before + times);
    proxy.set(new Fault.None());
  }

  static void await(String what, BooleanSupplier condition) {
    var deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + PATIENCE + ": " + what);
      }
      LockSupport.parkNanos(10_000_000);
    }
  }
}
