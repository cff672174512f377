package dev.seamark.ingest.write.plan;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a partition knows of records that can't be stored: why, which of those that the plan in
/// force excludes have their dead letter, and how many there were since the last one that was
/// stored. Not thread-safe.
final class Unstorable {
  private final int max;
  private final Map<Long, Refusal> refusals = new HashMap<>(); // of held records
  private final Set<Exclusion> buried = new HashSet<>(); // of the plan in force
  private int inARow;

  /// @param max how many there may be without one stored in between
  Unstorable(int max) {
    this.max = max;
  }

  void add(long offset, Refusal refusal) {
    refusals.put(offset, refusal);
  }

  void addAll(Map<Long, Refusal> found) {
    refusals.putAll(found);
  }

  @Nullable
  Refusal refusal(long offset) {
    return refusals.get(offset);
  }

  /// True if a range may exclude so many.
  boolean mayBe(int excluded) {
    return inARow + excluded <= max;
  }

  /// What is said where more than [#mayBe] would be excluded.
  String tooMany() {
    return "more than "
        + max
        + " records would go to the dead letters without one stored in between"
        + " (writer.dead-letters-max): it may not be the records";
  }

  /// One more than may be excluded: as many as are worth finding.
  int enough() {
    return max + 1;
  }

  /// The plan's exclusions whose dead letters this assignment hasn't written.
  List<Exclusion> unburied(Plan plan) {
    return plan.excluded().stream().filter(it -> !buried.contains(it)).toList();
  }

  /// Why records were excluded, by offset; those that an earlier owner excluded aren't among them.
  Map<Long, Refusal> reasons(Collection<Exclusion> exclusions) {
    var known = new HashMap<Long, Refusal>();
    for (var each : exclusions) {
      var refusal = refusals.get(each.offset());
      if (refusal != null) {
        known.put(each.offset(), refusal);
      }
    }
    return Map.copyOf(known);
  }

  void buried(Plan plan) {
    buried.addAll(plan.excluded());
  }

  /// The plan's range is finished.
  ///
  /// @param isAnyStored true if it had records that are stored
  void finished(Plan plan, boolean isAnyStored) {
    inARow = isAnyStored ? 0 : inARow + plan.excluded().size();
    buried.clear();
  }

  /// The record isn't held any more.
  void forget(long offset) {
    refusals.remove(offset);
  }

  /// The partition isn't ours any more.
  void clear() {
    refusals.clear();
    buried.clear();
    inARow = 0;
  }
}
