package dev.seamark.ingest.consume;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How far one partition has got since it was assigned: records begin in the order of their offsets
 * and end in any order; what may be committed is the offset behind the last one before which
 * nothing is under way. Offsets may have gaps. Not thread-safe.
 */
final class Progress {
  private static final long NONE = -1;

  private final Deque<Step> steps = new ArrayDeque<>();
  private long done = NONE;
  private long committed = NONE;

  /** A record under way. */
  static final class Step {
    private final long offset;
    private boolean ended;

    private Step(long offset) {
      this.offset = offset;
    }
  }

  Step begin(long offset) {
    if (!steps.isEmpty() && steps.getLast().offset >= offset) {
      throw new IllegalArgumentException(
          "offset %d began after %d".formatted(offset, steps.getLast().offset));
    }
    Step step = new Step(offset);
    steps.add(step);
    return step;
  }

  void end(Step step) {
    step.ended = true;
    while (!steps.isEmpty() && steps.getFirst().ended) {
      done = steps.removeFirst().offset + 1;
    }
  }

  int underWay() {
    return steps.size();
  }

  boolean hasToCommit() {
    return done > committed;
  }

  /** The offset to be committed: that of the first record which isn't done. */
  long toCommit() {
    return done;
  }

  void committed(long offset) {
    committed = Math.max(committed, offset);
  }
}
