package dev.seamark.ingest.write.plan;

import dev.seamark.ingest.write.plan.Event.CommitFailure;
import dev.seamark.ingest.write.plan.Event.Failure;
import dev.seamark.ingest.write.plan.PartitionWriter.Appetite;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A seeded world without threads around [PartitionWriter]: a log with gaps, with records that no
/// writer can use and records that ClickHouse refuses, a consumer group that fences, ClickHouse
/// with a token window and a clock of its own, and two writer processes (hosts)
/// that crash, sleep, lose answers and lose their partitions, between any two steps.
///
/// What it assumes is what an operator has to provide: ClickHouse remembers the token of a range
/// until the range is settled and its last lease is over, which means that the window outlasts the
/// longest standstill of a writer and a lease.
final class Simulation {
  /// A guard that is switched off, to see that the simulation would notice its absence.
  enum Mutation {
    NONE,
    /// ClickHouse ignores tokens.
    NO_TOKEN,
    /// A successor plans anew instead of taking the committed plan over.
    NO_PLAN,
    /// The late cut-off is taken from the clock instead of the plan.
    NO_CUT_OFF,
    /// ClickHouse ignores the lease.
    NO_FENCE,
    /// Results of an earlier assignment pass for those of this one.
    NO_EPOCH,
    /// A commit without an answer is simply sent again.
    NO_REJOIN,
    /// A plan that excludes a record goes under another token.
    NEW_TOKEN,
    /// Excluded records don't count where rows are spread over inserts.
    UNCOUNTED,
    /// A letter holds all of its record, also what earlier inserts have stored.
    WHOLE_LETTER,
    /// An exclusion that was taken over passes for one that has its letter.
    NO_SECOND_LETTER,
    /// A range goes on before its letters are acknowledged.
    UNACKNOWLEDGED_LETTER,
    /// A backup takes partitions for settled that have promised a range.
    HASTY_BACKUP,
    /// A backup doesn't look whether a writer went on meanwhile.
    BLIND_BACKUP,
    /// A restore doesn't wait until the leases of inserts under way are over.
    HASTY_RESTORE
  }

  static final long LEASE_SECONDS = 60;

  private static final int PARTITIONS = 2;
  private static final int HOSTS = 2;
  private static final int FAULTY_STEPS = 1_500;
  private static final int CALM_STEPS = 60_000;
  private static final long DAY_SECONDS = 86_400;
  private static final long LATE_SECONDS = 100;
  private static final long EPOCH_SECONDS = 1_764_000_000L;

  private final Random random;
  private final Mutation mutation;
  private final List<Partition> partitions = new ArrayList<>();
  private final List<Host> hosts = new ArrayList<>();
  private final ClickHouse clickHouse = new ClickHouse();
  private final Map<Long, Set<String>> deadLetters = new HashMap<>(); // keys by row
  private final List<Message> network = new ArrayList<>();
  private final List<Message> stragglers = new ArrayList<>();
  private final Backup backup = new Backup();
  private long nowMs = 1_000;
  private long nextRow;
  private boolean calm;

  Simulation(long seed, Mutation mutation) {
    this.random = new Random(seed);
    this.mutation = mutation;
    for (var i = 0; i < PARTITIONS; i++) {
      partitions.add(new Partition());
    }
    for (var i = 0; i < HOSTS; i++) {
      hosts.add(new Host());
    }
  }

  /// Plays the faults, then lets the world heal and checks it.
  ///
  /// @throws AssertionError with what is lost, doubled or stuck
  void run() {
    for (var step = 0; step < FAULTY_STEPS; step++) {
      faultyStep();
    }
    calm = true;
    network.addAll(stragglers);
    backup.giveUp();
    for (var step = 0; step < CALM_STEPS && !isDone(); step++) {
      calmStep();
    }
    check();
  }

  private void faultyStep() {
    var host = hosts.get(random.nextInt(HOSTS));
    var index = random.nextInt(PARTITIONS);
    switch (random.nextInt(100)) {
      case 0 -> host.crash();
      case 1 -> host.asleep = !host.asleep;
      case 2, 3 -> handOver(index, host);
      case 4 -> expel(index, host);
      case 5 -> nowMs += random.nextInt(40_000);
      case 6 -> clickHouse.forget();
      case 7 -> dropMessage();
      case 19, 20 -> delayMessage();
      case 21 -> deliverStraggler();
      case 22, 23 -> backup.step();
      case 24 -> {
        if (random.nextInt(8) == 0) {
          backup.restore();
        }
      }
      case 8 -> partitions.get(index).offset += random.nextInt(3);
      case 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 -> partitions.get(index).produce();
      default -> ordinaryStep(host, index);
    }
  }

  private void calmStep() {
    for (var host : hosts) {
      host.asleep = false;
    }
    for (var index = 0; index < PARTITIONS; index++) {
      if (partitions.get(index).owner == null) {
        assign(index, hosts.get(index % HOSTS));
      }
      for (var host : hosts) {
        host.notice(index);
      }
    }
    ordinaryStep(hosts.get(random.nextInt(HOSTS)), random.nextInt(PARTITIONS));
  }

  private void ordinaryStep(Host host, int index) {
    nowMs += random.nextInt(calm ? 200 : 60);
    switch (random.nextInt(4)) {
      case 0, 1 -> deliver();
      case 2 -> host.poll(index);
      default -> host.tick(index);
    }
  }

  private void deliver() {
    if (!network.isEmpty()) {
      var message = network.remove(random.nextInt(network.size()));
      message.deliver();
    }
  }

  private void dropMessage() {
    if (!network.isEmpty()) {
      network.remove(random.nextInt(network.size())).lose();
    }
  }

  private void delayMessage() {
    if (!network.isEmpty()) {
      stragglers.add(network.remove(random.nextInt(network.size())));
    }
  }

  private void deliverStraggler() {
    if (!stragglers.isEmpty()) {
      stragglers.remove(random.nextInt(stragglers.size())).deliver();
    }
  }

  /// The old owner is told first, may finish some of its work, and then the partition moves.
  private void handOver(int index, Host to) {
    var partition = partitions.get(index);
    var from = partition.owner;
    if (from != null && !from.asleep) {
      from.tell(index, new Event.Drain());
      for (var i = random.nextInt(12); i > 0; i--) {
        deliver();
      }
      from.revoke(index);
    }
    assign(index, to);
  }

  /// The group gives up on the owner, which learns of it later.
  private void expel(int index, Host to) {
    if (partitions.get(index).owner != to) {
      assign(index, to);
    }
  }

  private void assign(int index, Host to) {
    var partition = partitions.get(index);
    partition.groupEpoch++;
    partition.owner = to.asleep ? null : to;
    if (!to.asleep) {
      to.assign(index);
    }
  }

  private boolean isDone() {
    for (var partition : partitions) {
      var plan = partition.committed == null ? null : PlanText.read(partition.committed.metadata());
      if (plan == null || !plan.isEmpty() || !partition.log.tailMap(plan.from()).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private void check() {
    for (var host : hosts) {
      if (!host.stopped.isEmpty()) {
        throw new AssertionError("stopped: " + host.stopped);
      }
    }
    for (var row = 0L; row < nextRow; row++) {
      var times = clickHouse.stored.getOrDefault(row, 0);
      var letters = deadLetters.getOrDefault(row, Set.of()).size();
      if (times + letters != 1) {
        throw new AssertionError(
            "row " + row + " is stored " + times + " times and in " + letters + " dead letters");
      }
    }
    if (!isDone()) {
      throw new AssertionError("stuck: not everything is settled after the world has healed");
    }
  }

  /// A row and the time it carries, in seconds since the epoch.
  ///
  /// @param poison true if ClickHouse refuses it
  private record Row(long id, long seconds, boolean poison) {}

  /// @param usable false if no writer can use it
  private record Entry(long offset, List<Row> rows, boolean usable) {}

  /// A partition's log and what the group knows of it.
  private final class Partition {
    private final TreeMap<Long, Entry> log = new TreeMap<>();
    private long offset;
    private Event.@Nullable Commit committed;
    private @Nullable Host owner;
    private final Map<Long, Long> leases = new HashMap<>(); // last one by the end of the range
    private int groupEpoch;

    void produce() {
      var rows = new ArrayList<Row>();
      for (var i = 1 + random.nextInt(4); i > 0; i--) {
        var poison = random.nextInt(40) == 0;
        var age = random.nextInt(200) + (random.nextInt(4) == 0 ? DAY_SECONDS : 0);
        rows.add(new Row(nextRow++, clickHouse.seconds() - age, poison));
      }
      log.put(offset, new Entry(offset, rows, random.nextInt(30) > 0));
      offset++;
    }

    /// The ledger of ranges has no hole and no overlap.
    void commit(Plan plan) {
      if (committed != null && mutation != Mutation.NO_REJOIN) {
        var before = PlanText.read(committed.metadata());
        if (plan.from() != before.from() && plan.from() != before.to()) {
          throw new AssertionError("commit of " + plan + " after " + before);
        }
        if (!before.isEmpty()
            && plan.from() == before.from()
            && plan.to() != before.to()
            && mutation == Mutation.NONE) {
          throw new AssertionError("bounds moved: " + plan + " after " + before);
        }
        if (!before.isEmpty()
            && plan.from() == before.from()
            && !plan.excluded().containsAll(before.excluded())
            && mutation == Mutation.NONE) {
          throw new AssertionError("taken in again: " + plan + " after " + before);
        }
      }
      committed = new Event.Commit(plan.from(), PlanText.write(plan));
      leases.merge(plan.to(), plan.leaseUntil(), Math::max);
    }

    boolean isOver(long to, long seconds) {
      return committed != null && committed.offset() >= to && leases.getOrDefault(to, 0L) < seconds;
    }
  }

  /// A writer process: a shell that only carries messages.
  private final class Host {
    private final List<String> stopped = new ArrayList<>();
    private final Map<Integer, Work> works = new HashMap<>();
    private int incarnation;
    private int epochs;
    private boolean asleep;

    Work work(int index) {
      return works.computeIfAbsent(index, i -> new Work(i));
    }

    void assign(int index) {
      var partition = partitions.get(index);
      var work = work(index);
      var committed = partition.committed;
      if (committed != null && mutation == Mutation.NO_PLAN) {
        var plan = Plan.empty("log", committed.offset());
        committed = new Event.Commit(committed.offset(), PlanText.write(plan));
      }
      work.tick();
      work.tell(new Event.Revoked());
      work.groupEpoch = partition.groupEpoch;
      tell(index, new Event.Assigned(++epochs, "log", 0, committed));
    }

    void revoke(int index) {
      tell(index, new Event.Revoked());
      partitions.get(index).owner = null;
    }

    /// Learns that the group has given the partition to somebody else.
    void notice(int index) {
      var partition = partitions.get(index);
      var work = work(index);
      if (partition.owner != this || work.groupEpoch != partition.groupEpoch) {
        tell(index, new Event.Revoked());
      }
    }

    void crash() {
      incarnation++;
      works.clear();
      for (var partition : partitions) {
        if (partition.owner == this) {
          partition.owner = null;
        }
      }
    }

    void tick(int index) {
      if (!asleep) {
        work(index).tick();
      }
    }

    void poll(int index) {
      if (!asleep) {
        work(index).poll();
      }
    }

    void tell(int index, Event event) {
      work(index).tell(event);
    }

    /// One partition in this host.
    private final class Work {
      private final int index;
      private final PartitionWriter writer;
      private final TreeMap<Long, Entry> held = new TreeMap<>();
      private final int born = incarnation;
      private long position;
      private int groupEpoch;
      private int attempt;

      Work(int index) {
        this.index = index;
        this.writer = new PartitionWriter(
            new RangeLimits(10, 1_000, 500, LEASE_SECONDS, LATE_SECONDS, 100, 2_000, 128, 1),
            index);
      }

      void tick() {
        tell(new Event.Tick(nowMs, clickHouse.seconds()));
        if (calm || random.nextInt(3) == 0) {
          tell(new Event.Hold(backup.holdUntil)); // a writer hears of it late
        }
      }

      void poll() {
        var next = partitions.get(index).log.ceilingEntry(position);
        if (writer.appetite() != Appetite.NONE && next != null) {
          position = next.getKey() + 1;
          held.put(next.getKey(), next.getValue());
          var entry = next.getValue();
          tell(
              entry.usable()
                  ? new Event.Arrived(entry.offset(), entry.rows().size(), 10)
                  : new Event.Unusable(
                      entry.offset(), 10, new Refusal(Refusal.Kind.CHECKSUM, "simulated")));
        }
      }

      void tell(Event event) {
        for (var command : writer.on(event)) {
          switch (command) {
            case Command.Seek seek -> position = seek.offset();
            case Command.Release release -> held.headMap(release.before()).clear();
            case Command.Stop stop -> stopped.add(stop.why());
            case Command.Rejoin _ -> network.add(new Rejoining(Host.this, index, groupEpoch));
            case Command.Commit commit -> network.add(new CommitRequest(this, commit.plan()));
            case Command.Insert insert -> {
              attempt = insert.attempt();
              network.add(new InsertRequest(this, insert, content(insert.plan())));
            }
            case Command.Examine examine -> {
              attempt = examine.attempt();
              network.add(new ExamineRequest(this, examine, content(examine.plan())));
            }
            case Command.DeadLetter bury -> {
              attempt = bury.attempt();
              network.add(new LetterRequest(this, bury, content(bury.plan())));
            }
          }
        }
      }

      private List<Entry> content(Plan plan) {
        return List.copyOf(held.subMap(plan.from(), plan.to()).values());
      }

      /// An answer that comes in; nobody is there to take it after a crash, and later after a nap.
      void answer(Event event) {
        if (born != incarnation) {
          return;
        }
        if (asleep) {
          network.add(new Answer(this, event));
        } else {
          tell(mutation == Mutation.NO_EPOCH ? relabelled(event) : event);
        }
      }

      private Event relabelled(Event event) {
        var now = writer.epoch();
        return switch (event) {
          case Event.Committed _ -> new Event.Committed(now);
          case Event.CommitFailed it -> new Event.CommitFailed(now, it.failure(), it.why());
          case Event.Inserted _ -> new Event.Inserted(now, attempt);
          case Event.InsertFailed it ->
            new Event.InsertFailed(now, attempt, it.failure(), it.why());
          case Event.InsertRefused it ->
            new Event.InsertRefused(now, attempt, it.insert(), it.why());
          case Event.Examined it -> new Event.Examined(now, attempt, it.refused());
          case Event.DeadLettered _ -> new Event.DeadLettered(now, attempt);
          default -> event;
        };
      }
    }
  }

  /// Copies what is stored, at a moment when every partition is settled, one partition after the
  /// other; and puts such a copy in the place of everything that came after it.
  private final class Backup {
    private long holdUntil;
    private @Nullable List<Plan> before;
    private final Map<Long, Integer> copying = new HashMap<>();
    private int copied;
    private @Nullable List<Plan> marks;
    private Map<Long, Integer> copy = Map.of();

    void step() {
      if (holdUntil == 0) {
        holdUntil = clickHouse.seconds() + 1 + random.nextInt(60);
      } else if (before == null) {
        var plans = plans();
        if (plans != null
            && (plans.stream().allMatch(Plan::isEmpty) || mutation == Mutation.HASTY_BACKUP)) {
          before = plans;
        } else if (random.nextInt(10) == 0) {
          giveUp();
        }
      } else if (copied < PARTITIONS) {
        clickHouse.copy(copied++, copying);
      } else {
        if (before.equals(plans()) || mutation == Mutation.BLIND_BACKUP) {
          marks = before;
          copy = Map.copyOf(copying);
        }
        giveUp();
      }
    }

    /// What the group knows; null as long as it doesn't know every partition.
    private @Nullable List<Plan> plans() {
      var plans = new ArrayList<Plan>();
      for (var partition : partitions) {
        if (partition.committed != null) {
          plans.add(PlanText.read(partition.committed.metadata()));
        }
      }
      return plans.size() == PARTITIONS ? plans : null;
    }

    void giveUp() {
      holdUntil = 0;
      before = null;
      copied = 0;
      copying.clear();
    }

    /// The writers' processes have ended, and what they sent to Kafka has arrived or never will;
    /// what they sent to ClickHouse may still arrive.
    void restore() {
      if (marks == null) {
        return;
      }
      giveUp();
      hosts.forEach(Host::crash);
      network.removeIf(LetterRequest.class::isInstance);
      stragglers.removeIf(LetterRequest.class::isInstance);
      if (mutation != Mutation.HASTY_RESTORE) {
        nowMs += 1_000 * (LEASE_SECONDS + 1);
      }
      clickHouse.stored.clear();
      clickHouse.stored.putAll(copy);
      clickHouse.tokens.clear();
      for (var index = 0; index < PARTITIONS; index++) {
        restore(index, marks.get(index).from());
      }
    }

    /// Letters of records that the writers are going to read again are void.
    private void restore(int index, long from) {
      var partition = partitions.get(index);
      partition.groupEpoch++;
      partition.leases.clear();
      var plan = Plan.empty("log", from);
      partition.committed = new Event.Commit(from, PlanText.write(plan));
      for (var entry : partition.log.tailMap(from).values()) {
        var key = index + "/" + entry.offset();
        for (var row : entry.rows()) {
          deadLetters.computeIfPresent(row.id(), (_, keys) -> {
            keys.remove(key);
            return keys;
          });
        }
      }
    }
  }

  /// Something under way between two parties.
  private sealed interface Message {
    void deliver();

    /// It never arrives; whoever waits for an answer runs into a timeout.
    void lose();
  }

  private final class Answer implements Message {
    private final Host.Work to;
    private final Event event;

    Answer(Host.Work to, Event event) {
      this.to = to;
      this.event = event;
    }

    @Override
    public void deliver() {
      to.answer(event);
    }

    @Override
    public void lose() {
      network.add(new Answer(
          to,
          switch (event) {
            case Event.Committed it -> lostCommit(it.epoch());
            case Event.Inserted it -> timeout(it.epoch(), it.attempt());
            case Event.InsertRefused it -> timeout(it.epoch(), it.attempt());
            case Event.Examined it -> timeout(it.epoch(), it.attempt());
            case Event.DeadLettered it -> timeout(it.epoch(), it.attempt());
            default -> event;
          }));
    }
  }

  private Event lostCommit(int epoch) {
    var failure = mutation == Mutation.NO_REJOIN ? CommitFailure.REFUSED : CommitFailure.LOST;
    return new Event.CommitFailed(epoch, failure, "timeout");
  }

  private static Event timeout(int epoch, int attempt) {
    return new Event.InsertFailed(epoch, attempt, Failure.RETRY, "timeout");
  }

  private final class CommitRequest implements Message {
    private final Host.Work from;
    private final int epoch;
    private final int groupEpoch;
    private final Plan plan;

    CommitRequest(Host.Work from, Plan plan) {
      this.from = from;
      this.epoch = from.writer.epoch();
      this.groupEpoch = from.groupEpoch;
      this.plan = plan;
    }

    @Override
    public void deliver() {
      if (!calm && random.nextInt(30) == 0) {
        network.add(new Answer(from, failed(CommitFailure.REFUSED)));
      } else if (arrive()) {
        network.add(new Answer(from, new Event.Committed(epoch)));
      } else {
        network.add(new Answer(from, failed(CommitFailure.FENCED)));
      }
    }

    private Event failed(CommitFailure failure) {
      return new Event.CommitFailed(epoch, failure, "simulated");
    }

    /// False if the group refuses it.
    boolean arrive() {
      var partition = partitions.get(from.index);
      var member = groupEpoch == partition.groupEpoch && partition.owner != null;
      if (member) {
        partition.commit(plan);
      }
      return member;
    }

    /// Lost for the sender, whereas the group may still get it, after later ones.
    @Override
    public void lose() {
      network.add(new Answer(from, lostCommit(epoch)));
      if (random.nextBoolean()) {
        stragglers.add(new LateCommit(this));
      }
    }
  }

  private static final class LateCommit implements Message {
    private final CommitRequest request;

    LateCommit(CommitRequest request) {
      this.request = request;
    }

    @Override
    public void deliver() {
      request.arrive();
    }

    @Override
    public void lose() {}
  }

  /// A process leaves the group and joins it again.
  private final class Rejoining implements Message {
    private final Host host;
    private final int index;
    private final int groupEpoch;

    Rejoining(Host host, int index, int groupEpoch) {
      this.host = host;
      this.index = index;
      this.groupEpoch = groupEpoch;
    }

    @Override
    public void deliver() {
      var partition = partitions.get(index);
      if (partition.owner == host && partition.groupEpoch == groupEpoch) {
        assign(index, host);
      }
    }

    @Override
    public void lose() {
      network.add(this);
    }
  }

  private final class InsertRequest implements Message {
    private final Host.Work from;
    private final int epoch;
    private final Command.Insert insert;
    private final List<Entry> content;

    InsertRequest(Host.Work from, Command.Insert insert, List<Entry> content) {
      this.from = from;
      this.epoch = from.writer.epoch();
      this.insert = insert;
      this.content = content;
    }

    @Override
    public void deliver() {
      var outcome = clickHouse.insert(insert.plan(), from.index, content);
      network.add(new Answer(
          from,
          switch (outcome) {
            case Outcome.Stored _ -> new Event.Inserted(epoch, insert.attempt());
            case Outcome.Failed(var failure) ->
              new Event.InsertFailed(epoch, insert.attempt(), failure, "simulated");
            case Outcome.Refused(var number) ->
              new Event.InsertRefused(epoch, insert.attempt(), number, "simulated");
          }));
    }

    /// Lost for the sender, whereas ClickHouse may still get it, long after.
    @Override
    public void lose() {
      network.add(new Answer(from, timeout(epoch, insert.attempt())));
      if (random.nextBoolean()) {
        stragglers.add(new LateInsert(insert.plan(), from.index, content));
      }
    }
  }

  private final class ExamineRequest implements Message {
    private final Host.Work from;
    private final int epoch;
    private final Command.Examine examine;
    private final List<Entry> content;

    ExamineRequest(Host.Work from, Command.Examine examine, List<Entry> content) {
      this.from = from;
      this.epoch = from.writer.epoch();
      this.examine = examine;
      this.content = content;
    }

    @Override
    public void deliver() {
      var refused = new HashMap<Long, Refusal>();
      var why = new Refusal(Refusal.Kind.CLICKHOUSE, "simulated");
      var cut = clickHouse.cut(examine.plan(), content);
      var rows = examine.insert() < cut.size() ? cut.get(examine.insert()) : List.<Placed>of();
      for (var row : rows) {
        if (row.row().poison()) {
          refused.put(row.offset(), why);
        }
      }
      network.add(new Answer(from, new Event.Examined(epoch, examine.attempt(), refused)));
    }

    @Override
    public void lose() {
      network.add(new Answer(from, timeout(epoch, examine.attempt())));
    }
  }

  private final class LetterRequest implements Message {
    private final Host.Work from;
    private final int epoch;
    private final Command.DeadLetter bury;
    private final List<Entry> content;

    LetterRequest(Host.Work from, Command.DeadLetter bury, List<Entry> content) {
      this.from = from;
      this.epoch = from.writer.epoch();
      this.bury = bury;
      this.content = content;
    }

    @Override
    public void deliver() {
      write();
      network.add(new Answer(from, new Event.DeadLettered(epoch, bury.attempt())));
    }

    private void write() {
      for (var exclusion : bury.exclusions()) {
        var known = bury.refusals().containsKey(exclusion.offset());
        if (known || mutation != Mutation.NO_SECOND_LETTER) {
          write(exclusion);
        }
      }
    }

    private void write(Exclusion exclusion) {
      var key = from.index + "/" + exclusion.offset();
      var stored = new HashSet<Row>();
      var cut = clickHouse.cut(bury.plan(), content);
      for (var insert = 0; insert < Math.min(exclusion.fromInsert(), cut.size()); insert++) {
        cut.get(insert).forEach(it -> stored.add(it.row()));
      }
      for (var entry : content) {
        if (entry.offset() == exclusion.offset()) {
          for (var row : entry.rows()) {
            if (!stored.contains(row) || mutation == Mutation.WHOLE_LETTER) {
              deadLetters.computeIfAbsent(row.id(), _ -> new HashSet<>()).add(key);
            }
          }
        }
      }
    }

    /// Lost on the way there, or on the way back.
    @Override
    public void lose() {
      if (random.nextBoolean()) {
        write();
      }
      network.add(new Answer(
          from,
          mutation == Mutation.UNACKNOWLEDGED_LETTER
              ? new Event.DeadLettered(epoch, bury.attempt())
              : timeout(epoch, bury.attempt())));
    }
  }

  private final class LateInsert implements Message {
    private final Plan plan;
    private final int partition;
    private final List<Entry> content;

    LateInsert(Plan plan, int partition, List<Entry> content) {
      this.plan = plan;
      this.partition = partition;
      this.content = content;
    }

    @Override
    public void deliver() {
      clickHouse.insert(plan, partition, content);
    }

    @Override
    public void lose() {}
  }

  /// A row and the offset of its record.
  private record Placed(long offset, Row row) {}

  /// What became of an insert.
  private sealed interface Outcome {
    record Stored() implements Outcome {}

    record Failed(Failure failure) implements Outcome {}

    record Refused(int insert) implements Outcome {}
  }

  /// A table partitioned by time, that remembers tokens per part and refuses what is too late.
  private final class ClickHouse {
    private record Remembered(int partition, long to) {}

    private final Map<Long, Integer> stored = new HashMap<>();
    private final Map<Long, Integer> partitionOf = new HashMap<>(); // by row
    private final Map<String, Remembered> tokens = new LinkedHashMap<>();

    long seconds() {
      return EPOCH_SECONDS + nowMs / 1_000 + 37;
    }

    Outcome insert(Plan plan, int partition, List<Entry> content) {
      var cut = cut(plan, content);
      for (var number = 0; number < cut.size(); number++) {
        if (seconds() > plan.leaseUntil() && mutation != Mutation.NO_FENCE) {
          return new Outcome.Failed(Failure.EXPIRED);
        }
        if (!calm && random.nextInt(10) == 0) {
          return new Outcome.Failed(Failure.RETRY); // some parts are in, some aren't
        }
        var rows = cut.get(number);
        if (rows.stream().anyMatch(it -> it.row().poison())) {
          return new Outcome.Refused(number);
        }
        var suffix = cut.size() == 1 ? "" : "/" + number;
        storePart(plan, partition, suffix, rows);
      }
      return new Outcome.Stored();
    }

    /// The rows of each insert, fresh ones first. As the writer does it: an insert that would be
    /// empty even with all records has no number, and what is excluded counts nevertheless.
    List<List<Placed>> cut(Plan plan, List<Entry> content) {
      var cutOff =
          mutation == Mutation.NO_CUT_OFF ? seconds() - LATE_SECONDS : plan.lateBeforeMs() / 1_000;
      var groups = new ArrayList<List<Placed>>();
      for (var late : List.of(false, true)) {
        var group = new ArrayList<Placed>();
        for (var entry : content) {
          for (var row : entry.rows()) {
            if (entry.usable() && row.seconds() < cutOff == late) {
              group.add(new Placed(entry.offset(), row));
            }
          }
        }
        if (mutation == Mutation.UNCOUNTED) {
          group.removeIf(it -> !plan.holds(it.offset()));
        }
        if (!group.isEmpty()) {
          groups.add(group);
        }
      }
      for (var number = 0; number < groups.size(); number++) {
        var of = number;
        groups.get(number).removeIf(it -> plan.insertsOf(it.offset()) <= of);
      }
      return groups;
    }

    private void storePart(Plan plan, int partition, String suffix, List<Placed> rows) {
      var version = mutation == Mutation.NEW_TOKEN ? "/" + plan.excluded().size() : "";
      var token = plan.token("topic", partition) + version + suffix;
      if (rows.isEmpty() || (tokens.containsKey(token) && mutation != Mutation.NO_TOKEN)) {
        return;
      }
      tokens.put(token, new Remembered(partition, plan.to()));
      rows.forEach(it -> {
        stored.merge(it.row().id(), 1, Integer::sum);
        partitionOf.put(it.row().id(), partition);
      });
    }

    /// Adds the rows of a partition to a copy.
    void copy(int partition, Map<Long, Integer> to) {
      stored.forEach((row, times) -> {
        if (Integer.valueOf(partition).equals(partitionOf.get(row))) {
          to.put(row, times);
        }
      });
    }

    /// The window moves on over tokens of ranges that are settled and whose leases are over.
    void forget() {
      tokens.values().removeIf(it -> partitions.get(it.partition()).isOver(it.to(), seconds()));
    }
  }
}
