package dev.seamark.ingest.write.plan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One partition's way into ClickHouse as a state machine: [#on] takes an event and answers with
/// commands. It is the whole of the exactly-once protocol; the shell around it only carries
/// messages.
///
/// ```
///               no plan                        plan of [from, to) is committed
///   Gathering ----- Commit(plan) ----> Committing ----> Loading -- Insert --> Inserting
///       ^                               ^  ^             ^  |                 |   |   |
///       |                               |  +- lease over +--+----- pause <- failed|   |
///       |                               |                |                        |   |
///       |                               +-- Examining <--(---------------- refused+   |
///       |                     Commit(plan without them)  |                            |
///       |                                                +-- Burying: dead letters    |
///       +------------------------------- Release(to) ---------------------- stored ---+
/// ```
///
/// A record that can't be stored is excluded in the committed plan; then its dead letter is
/// written; then the rest is inserted. So a range is finished only when each of its records is
/// stored or has its letter, and there is no letter of a record that is stored.
///
/// **Invariant:** an insert is asked for only while the plan it belongs to is the partition's
/// committed one, and the next plan begins where the stored one ended. So at any moment at most
/// one range is doubtful, and its bounds are in the log's group.
///
/// **Invariant:** no insert is asked for with less than a quarter of its lease left; a lease is
/// only renewed by a commit, which the group refuses to a process that lost the partition. So an
/// insert that is later than its lease can't come from the owner.
///
/// **Invariant:** at most one commit of a member of the group is without an answer, and it is that
/// member's last one for the partition: a commit that was lost may come into force late and would
/// take the group back to an older plan, whose successor could choose other bounds for what is
/// stored. So the partition drifts until the process has joined the group as another member.
///
/// Results carry the epoch of the assignment they were asked under; those of an earlier one are
/// dropped. Not thread-safe.
public final class PartitionWriter {
  private sealed interface State {
    /// Not ours, or given up until the next assignment.
    record Idle() implements State {}

    /// Everything before `from` is stored and no range is promised. `settled` says that the group
    /// knows it.
    record Gathering(long from, boolean settled, long sinceMs) implements State {}

    /// A commit is under way, or waits for its next try at `retryAtMs`.
    record Committing(Plan plan, long retryAtMs) implements State {}

    /// The plan is in force; its records are on their way, or the next insert waits for
    /// `notBeforeMs`.
    record Loading(Plan plan, long notBeforeMs) implements State {}

    record Inserting(Plan plan) implements State {}

    /// ClickHouse refused one of the plan's inserts; which records it refuses is being found out.
    record Examining(Plan plan, int insert, String why) implements State {}

    /// Dead letters of records that the plan excludes are on their way.
    record Burying(Plan plan) implements State {}

    /// A commit got no answer. What the group knows may change at any time, until another member
    /// has the partition.
    record Adrift() implements State {}

    record Stopped(String why) implements State {}
  }

  /// What the partition wants from the log.
  public enum Appetite {
    /// Nothing: it isn't ours, is stopped, drains, or has enough for its next range.
    NONE,
    /// More is welcome.
    WELCOME,
    /// A promised range can't go on without more.
    NEEDED
  }

  private record Held(long offset, int rows, int bytes, long sinceMs) {}

  /// A record that the partition can't pass.
  private record Impasse(long offset, String why) {}

  private static final long IN_FLIGHT = Long.MAX_VALUE;

  /// A range that is refused so often, while each of its records is taken, stops the partition.
  private static final int UNEXPLAINED_MAX = 3;

  private final RangeLimits limits;
  private final long jitterSeed;
  private final int version;
  private final Home home;

  private final Unstorable unstorable;
  private final ArrayDeque<Held> held = new ArrayDeque<>();
  private final List<Command> commands = new ArrayList<>();
  private State state = new State.Idle();
  private int epoch = -1;
  private String log = "";
  private boolean draining;
  private long holdUntil;
  private @Nullable Impasse impasse;
  private long heldRows;
  private long heldBytes;
  private long nextOffset;
  private int attempt;
  private int failures;
  private int unexplained; // refusals of the range in flight
  private long nowMs;
  private long serverSeconds;

  /// @param jitterSeed spreads the retries of different partitions
  public PartitionWriter(RangeLimits limits, long jitterSeed) {
    this(limits, jitterSeed, 1);
  }

  /// @param version of its plans' tokens; above 1 for a deliberate replay
  public PartitionWriter(RangeLimits limits, long jitterSeed, int version) {
    this(limits, jitterSeed, version, Home.ONLY);
  }

  /// @param home the shard of the ranges that it plans; one that was promised keeps its own
  public PartitionWriter(RangeLimits limits, long jitterSeed, int version, Home home) {
    this.limits = limits;
    this.jitterSeed = jitterSeed;
    this.version = version;
    this.home = home;
    this.unstorable = new Unstorable(limits.excludedMax());
  }

  /// Takes an event and answers what to do now, in this order.
  public List<Command> on(Event event) {
    commands.clear();
    switch (event) {
      case Event.Assigned assigned -> assigned(assigned);
      case Event.Arrived arrived -> arrived(arrived);
      case Event.Unusable record -> unusable(record);
      case Event.TooNew record -> impasse(record.offset(), record.why());
      case Event.OutOfRange outOfRange -> stop(outOfRange.why());
      case Event.Tick tick -> {
        nowMs = tick.nowMs();
        serverSeconds = tick.serverSeconds();
      }
      case Event.Committed committed -> {
        if (committed.epoch() == epoch) {
          committed();
        }
      }
      case Event.CommitFailed failed -> {
        if (failed.epoch() == epoch) {
          commitFailed(failed);
        }
      }
      case Event.Inserted inserted -> {
        if (inserted.epoch() == epoch) {
          inserted(inserted.attempt());
        }
      }
      case Event.InsertRefused refused -> {
        if (refused.epoch() == epoch) {
          insertRefused(refused);
        }
      }
      case Event.Examined examined -> {
        if (examined.epoch() == epoch) {
          examined(examined);
        }
      }
      case Event.DeadLettered lettered -> {
        if (lettered.epoch() == epoch) {
          deadLettered(lettered.attempt());
        }
      }
      case Event.InsertFailed failed -> {
        if (failed.epoch() == epoch) {
          insertFailed(failed);
        }
      }
      case Event.Hold hold -> holdUntil = hold.untilSeconds();
      case Event.Drain _ -> draining = true;
      case Event.Revoked _ -> giveUp();
    }
    goOn();
    return List.copyOf(commands);
  }

  private void assigned(Event.Assigned assigned) {
    giveUp();
    epoch = assigned.epoch();
    log = assigned.log();
    draining = false;
    failures = 0;
    var commit = assigned.committed();
    if (commit == null) {
      if (assigned.beginning() > 0) {
        stop("the group has no commit and the log begins at offset "
            + assigned.beginning()
            + ": whether earlier rows are stored is not known");
        return;
      }
      gatherFrom(0, false);
      commit(Plan.empty(log, 0));
      return;
    }
    if (commit.offset() < assigned.beginning()) {
      stop("offset "
          + commit.offset()
          + " comes next, but the log begins at "
          + assigned.beginning()
          + ": rows were deleted before they were stored");
      return;
    }
    Plan plan;
    try {
      plan = PlanText.read(commit.metadata());
    } catch (IllegalArgumentException e) {
      stop(String.valueOf(e.getMessage()));
      return;
    }
    takeOver(plan, commit.offset());
  }

  private void takeOver(Plan plan, long offset) {
    if (plan.from() != offset) {
      stop("the plan begins at " + plan.from() + ", its commit is at offset " + offset);
    } else if (!plan.log().equals(log)) {
      stop("the plan is for log " + plan.log() + ", the topic's log is " + log
          + ": it was made anew");
    } else if (plan.schema() > limits.schema()) {
      stop("the plan needs schema " + plan.schema() + ", this writer knows " + limits.schema());
    } else if (!plan.isEmpty() && !home.reaches(plan.shard())) {
      stop("range " + plan.from() + "-" + plan.to() + " is promised to shard " + plan.shard()
          + ", this writer knows " + home.shards()
          + " (from 0): name that one again until the range is stored");
    } else {
      gatherFrom(offset, true);
      if (!plan.isEmpty()) {
        changeClocks(plan);
        state = new State.Loading(plan, nowMs);
      }
    }
  }

  /// Where a plan for another shard than our own begins or ends: its leases are measured by that
  /// shard's clock, so the time is waited for.
  private void changeClocks(Plan plan) {
    if (plan.shard() != home.shard()) {
      serverSeconds = 0;
    }
  }

  private void gatherFrom(long offset, boolean settled) {
    nextOffset = offset;
    state = new State.Gathering(offset, settled, nowMs);
    commands.add(new Command.Seek(offset));
  }

  private void arrived(Event.Arrived record) {
    if (takesRecords() && record.offset() >= nextOffset) {
      held.add(new Held(record.offset(), record.rows(), record.bytes(), nowMs));
      heldRows += record.rows();
      heldBytes += record.bytes();
      nextOffset = record.offset() + 1;
    }
  }

  private void unusable(Event.Unusable record) {
    if (takesRecords() && record.offset() >= nextOffset) {
      var plan = promised();
      if (plan != null && plan.holds(record.offset())) {
        // who planned it could use it: another build, then, which may have inserted some of it
        impasse(record.offset(), record.refusal().why());
      } else {
        held.add(new Held(record.offset(), 0, record.bytes(), nowMs));
        heldBytes += record.bytes();
        unstorable.add(record.offset(), record.refusal());
        nextOffset = record.offset() + 1;
      }
    }
  }

  private void impasse(long offset, String why) {
    if (takesRecords() && offset >= nextOffset) {
      impasse = new Impasse(offset, why);
      nextOffset = offset + 1;
    }
  }

  private void committed() {
    if (state instanceof State.Committing committing && committing.retryAtMs() == IN_FLIGHT) {
      var plan = committing.plan();
      failures = 0;
      state = plan.isEmpty()
          ? new State.Gathering(plan.from(), true, nowMs)
          : new State.Loading(plan, nowMs);
    }
  }

  private void commitFailed(Event.CommitFailed failed) {
    if (state instanceof State.Committing committing && committing.retryAtMs() == IN_FLIGHT) {
      switch (failed.failure()) {
        case FENCED -> giveUp();
        case REFUSED -> {
          failures++;
          state = new State.Committing(committing.plan(), nowMs + pauseMs());
        }
        case LOST -> drift(committing.plan(), failed.why());
      }
    }
  }

  private void drift(Plan plan, String why) {
    release(Long.MAX_VALUE);
    state = new State.Adrift();
    commands.add(new Command.Rejoin(
        "commit of " + plan.from() + "-" + plan.to() + " got no answer: " + why));
  }

  private void inserted(int answered) {
    if (state instanceof State.Inserting inserting && answered == attempt) {
      failures = 0;
      var plan = inserting.plan();
      unexplained = 0;
      unstorable.finished(plan, storesAny(plan));
      release(plan.to());
      changeClocks(plan);
      state = new State.Gathering(plan.to(), false, nowMs);
    }
  }

  private boolean storesAny(Plan plan) {
    return held.stream().anyMatch(it -> plan.holds(it.offset()));
  }

  private void insertRefused(Event.InsertRefused refused) {
    if (state instanceof State.Inserting inserting && refused.attempt() == attempt) {
      attempt++;
      var plan = inserting.plan();
      state = new State.Examining(plan, refused.insert(), refused.why());
      commands.add(new Command.Examine(plan, attempt, refused.insert(), unstorable.enough()));
    }
  }

  private void examined(Event.Examined examined) {
    if (!(state instanceof State.Examining examining) || examined.attempt() != attempt) {
      return;
    }
    var plan = examining.plan();
    var range = "range " + plan.from() + "-" + plan.to() + ": " + examining.why();
    var refused = examined.refused();
    if (refused.isEmpty()) {
      unexplained(plan, range);
    } else if (!refused.keySet().stream().allMatch(plan::holds)) {
      stop(range + "; an insert that was taken before is refused now");
    } else if (!unstorable.mayBe(plan.excluded().size() + refused.size())) {
      stop(range + "; " + unstorable.tooMany());
    } else {
      unstorable.addAll(refused);
      var more = refused.entrySet().stream()
          .map(it -> new Exclusion(it.getKey(), examining.insert()))
          .toList();
      commit(plan.excluding(more).renewed(newLease()));
    }
  }

  /// A body that was cut on its way is refused once; a table that is wrong, each time.
  private void unexplained(Plan plan, String range) {
    unexplained++;
    if (unexplained == UNEXPLAINED_MAX) {
      stop(range + "; none of its records is refused by itself");
    } else {
      failures++;
      state = new State.Loading(plan, nowMs + pauseMs());
    }
  }

  private void deadLettered(int answered) {
    if (state instanceof State.Burying burying && answered == attempt) {
      failures = 0;
      unstorable.buried(burying.plan());
      state = new State.Loading(burying.plan(), nowMs);
    }
  }

  private void insertFailed(Event.InsertFailed failed) {
    var plan = attempted();
    if (plan != null && failed.attempt() == attempt) {
      failures++;
      switch (failed.failure()) {
        case RETRY -> state = new State.Loading(plan, nowMs + pauseMs());
        case EXPIRED -> state = new State.Loading(plan.renewed(0), nowMs + pauseMs());
        case REFUSED -> stop("range " + plan.from() + "-" + plan.to() + ": " + failed.why());
      }
    }
  }

  /// Moves as far as it can without a further event.
  private void goOn() {
    switch (state) {
      case State.Idle _,
          State.Adrift _,
          State.Stopped _,
          State.Inserting _,
          State.Examining _,
          State.Burying _ -> {}
      case State.Gathering gathering -> gather(gathering);
      case State.Committing committing -> {
        if (committing.retryAtMs() != IN_FLIGHT && nowMs >= committing.retryAtMs()) {
          commit(committing.plan());
        }
      }
      case State.Loading loading -> load(loading);
    }
  }

  private void gather(State.Gathering gathering) {
    if (mayPlan() && !held.isEmpty() && isDue()) {
      planNext(gathering.from());
    } else if (!gathering.settled() && isWorthSettling(gathering)) {
      commit(Plan.empty(log, gathering.from()));
    } else if (gathering.settled() && held.isEmpty() && impasse != null) {
      stopAt(impasse);
    }
  }

  private boolean mayPlan() {
    return !draining && serverSeconds > 0 && !isHeld();
  }

  private boolean isHeld() {
    return serverSeconds < holdUntil;
  }

  private boolean isDue() {
    return heldRows >= limits.rowsMax()
        || heldBytes >= limits.bytesMax()
        || nowMs - held.getFirst().sinceMs() >= limits.waitMs()
        || impasse != null;
  }

  /// A finished range is usually settled by the commit that plans the next one; alone only if
  /// there is none for a while.
  private boolean isWorthSettling(State.Gathering gathering) {
    return draining
        || isHeld()
        || (held.isEmpty() && (impasse != null || nowMs - gathering.sinceMs() >= limits.waitMs()));
  }

  private void planNext(long from) {
    var rows = 0L;
    var bytes = 0L;
    var to = from;
    var excluded = new ArrayList<Exclusion>();
    for (var record : held) {
      rows += record.rows();
      bytes += record.bytes();
      if (to > from && (rows > limits.rowsMax() || bytes > limits.bytesMax())) {
        break;
      }
      if (unstorable.refusal(record.offset()) != null) {
        if (!unstorable.mayBe(excluded.size() + 1)) {
          break;
        }
        excluded.add(Exclusion.whole(record.offset()));
      }
      to = record.offset() + 1;
    }
    if (to == from) {
      stopAtFirst();
    } else {
      commit(new Plan(
          log,
          from,
          to,
          lateBeforeMs(),
          limits.schema(),
          version,
          newLease(),
          home.shard(),
          excluded));
    }
  }

  /// The first record can't be stored, and may not be excluded either.
  private void stopAtFirst() {
    var offset = held.getFirst().offset();
    var refusal = unstorable.refusal(offset);
    var why = refusal == null ? "" : refusal.why() + "; ";
    stopAt(new Impasse(offset, why + unstorable.tooMany()));
  }

  private long lateBeforeMs() {
    var daySeconds = 86_400L;
    return Math.floorDiv(serverSeconds - limits.lateAfterSeconds(), daySeconds)
        * daySeconds
        * 1_000;
  }

  private long newLease() {
    return serverSeconds + limits.leaseSeconds();
  }

  private void load(State.Loading loading) {
    var plan = loading.plan();
    if (impasse != null && impasse.offset() < plan.to()) {
      stopAt(impasse);
    } else if (!draining
        && nextOffset >= plan.to()
        && nowMs >= loading.notBeforeMs()
        && serverSeconds > 0) {
      if (!unstorable.unburied(plan).isEmpty()) {
        bury(plan);
      } else if (plan.leaseUntil() - serverSeconds < Math.max(1, limits.leaseSeconds() / 4)) {
        commit(plan.renewed(newLease()));
      } else {
        attempt++;
        state = new State.Inserting(plan);
        commands.add(new Command.Insert(plan, attempt));
      }
    }
  }

  private void bury(Plan plan) {
    attempt++;
    state = new State.Burying(plan);
    var missing = unstorable.unburied(plan);
    commands.add(new Command.DeadLetter(plan, attempt, missing, unstorable.reasons(missing)));
  }

  private void commit(Plan plan) {
    state = new State.Committing(plan, IN_FLIGHT);
    commands.add(new Command.Commit(plan));
  }

  private void release(long before) {
    while (!held.isEmpty() && held.getFirst().offset() < before) {
      var record = held.removeFirst();
      unstorable.forget(record.offset());
      heldRows -= record.rows();
      heldBytes -= record.bytes();
    }
    commands.add(new Command.Release(before));
  }

  private void giveUp() {
    if (!(state instanceof State.Idle)) {
      release(Long.MAX_VALUE);
    }
    state = new State.Idle();
    impasse = null;
    unstorable.clear();
    unexplained = 0;
  }

  private void stopAt(Impasse at) {
    stop("record at offset " + at.offset() + ": " + at.why());
  }

  private void stop(String why) {
    release(Long.MAX_VALUE);
    state = new State.Stopped(why);
    commands.add(new Command.Stop(why));
  }

  /// Doubles with every failure from `retryMinMs` to `retryMaxMs`; each pause is between half and
  /// the whole of that.
  private long pauseMs() {
    var doublings = Math.min(failures - 1, 20);
    var whole = Math.min(limits.retryMaxMs(), limits.retryMinMs() << doublings);
    var spread = ((jitterSeed + failures) * 0x9E3779B97F4A7C15L) >>> 54;
    return whole / 2 + whole / 2 * spread / 1_024;
  }

  private @Nullable Plan promised() {
    return switch (state) {
      case State.Loading loading -> loading.plan();
      case State.Committing committing -> committing.plan();
      case State.Inserting _, State.Examining _, State.Burying _ -> attempted();
      case State.Idle _, State.Gathering _, State.Adrift _, State.Stopped _ -> null;
    };
  }

  /// The plan that something is under way for outside the group.
  private @Nullable Plan attempted() {
    return switch (state) {
      case State.Inserting inserting -> inserting.plan();
      case State.Examining examining -> examining.plan();
      case State.Burying burying -> burying.plan();
      case State.Idle _,
          State.Gathering _,
          State.Committing _,
          State.Loading _,
          State.Adrift _,
          State.Stopped _ -> null;
    };
  }

  /// The shard that it works for now, whose clock it wants to be told: that of the promised range,
  /// else that of the next one.
  public int shard() {
    var plan = promised();
    return plan == null || plan.isEmpty() ? home.shard() : plan.shard();
  }

  /// What the partition wants from the log now.
  public Appetite appetite() {
    if (!takesRecords()) {
      return Appetite.NONE;
    }
    var plan = promised();
    if (plan != null && nextOffset < plan.to()) {
      return Appetite.NEEDED;
    }
    var enough = heldRows >= 2 * limits.rowsMax() || heldBytes >= 2 * limits.bytesMax();
    return draining || enough ? Appetite.NONE : Appetite.WELCOME;
  }

  /// True if a record that arrives now is held; false if it is dropped, as nothing will be stored
  /// behind the last one.
  public boolean takesRecords() {
    return impasse == null
        && switch (state) {
          case State.Idle _, State.Adrift _, State.Stopped _ -> false;
          case State.Gathering _,
              State.Committing _,
              State.Loading _,
              State.Inserting _,
              State.Examining _,
              State.Burying _ -> true;
        };
  }

  /// Bytes of the records it holds or has in flight.
  public long heldBytes() {
    return heldBytes;
  }

  /// Rows of the records it holds or has in flight.
  public long heldRows() {
    return heldRows;
  }

  /// The epoch of the assignment in force, or of the last one.
  public int epoch() {
    return epoch;
  }

  /// True if the partition may be handed over: nothing is in flight that it would be worth waiting
  /// for.
  public boolean isSettled() {
    return switch (state) {
      case State.Idle _, State.Adrift _, State.Stopped _, State.Loading _ -> true;
      case State.Gathering gathering -> gathering.settled();
      case State.Committing _, State.Inserting _, State.Examining _, State.Burying _ -> false;
    };
  }

  /// True if it gave up until somebody looks.
  public boolean isStopped() {
    return state instanceof State.Stopped;
  }
}
