package dev.seamark.ingest.write;

import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.plan.PlanText;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far the last replay of a partition is. Its text rides in the metadata of the offset commits
 * of the group of replays, in front of the plan of what is inserted next, so that a replay that was
 * broken off goes on as it was planned: {@code seamark-replay/1 from=10 to=90 version=29400000
 * state=open seamark/1 log=...}.
 *
 * @param from and {@code to} what the operator named
 * @param version of the tokens
 * @param done true if all of it is stored
 * @param plan what is inserted next
 */
record ReplayState(long from, long to, int version, boolean done, Plan plan) {
  private static final Pattern TEXT = Pattern.compile(
      "seamark-replay/1 from=(\\d{1,19}) to=(\\d{1,19}) version=(\\d{1,10}) state=(open|done) (.*)");

  String text() {
    return "seamark-replay/1 from=%d to=%d version=%d state=%s %s"
        .formatted(from, to, version, done ? "done" : "open", PlanText.write(plan));
  }

  /** Throws {@link IllegalArgumentException} with what is wrong. */
  static ReplayState read(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("'" + text + "' is no state of a replay");
    }
    return new ReplayState(
        Long.parseLong(parts.group(1)),
        Long.parseLong(parts.group(2)),
        Integer.parseInt(parts.group(3)),
        parts.group(4).equals("done"),
        PlanText.read(parts.group(5)));
  }

  ReplayState at(Plan next) {
    return new ReplayState(from, to, version, false, next);
  }

  ReplayState finished() {
    return new ReplayState(from, to, version, true, plan);
  }
}
