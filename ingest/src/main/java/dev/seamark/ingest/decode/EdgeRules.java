package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.schema.LogRows;
import dev.seamark.schema.Rows;
import dev.seamark.schema.SpanRows;
import dev.seamark.tenant.EdgeRule;
import dev.seamark.tenant.EdgeRule.Telemetry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A tenant's rules on the decoded rows of one request: some rows are left out, texts of others are
/// replaced. As long as no rule touches a row nothing is copied; a request that has such rows is
/// copied to other rows, in ranges between them. Nothing is looked at for a tenant without rules.
///
/// Measured by `EdgeRulesBenchmark`: a rule that searches costs some 20 ns a byte, unless its
/// pattern has needles (see
/// [dev.seamark.tenant.TextPattern]). Not thread-safe: one a thread.
public final class EdgeRules {
  private static final int TENANTS_MAX = 1_000; // whose compiled rules are kept
  private static final int METRICS_MAX = 1 << 13; // of a tenant whose verdicts are kept
  private static final Compiled NONE = new Compiled(List.of());

  private final int bytesMax;
  private final IdentityHashMap<List<EdgeRule>, Compiled> compiled = new IdentityHashMap<>();
  private final LogEdit logEdit = new LogEdit();
  private final SpanEdit spanEdit = new SpanEdit();
  private Compiled current = NONE;

  public EdgeRules(Limits limits) {
    this.bytesMax = limits.decodedBytesMax();
  }

  /** What becomes of the rows of each signal, and how many rows each rule has dropped. */
  private static final class Compiled {
    private final List<RuleStep> logs;
    private final List<RuleStep> spans;
    private final List<RuleStep> metrics;
    private final IdentityHashMap<MetricName, RuleVerdict> metricVerdicts = new IdentityHashMap<>();
    private byte[] lastName = {};
    private @Nullable RuleStep lastDrops;

    Compiled(List<EdgeRule> rules) {
      this.logs = steps(rules, Telemetry.LOGS);
      this.spans = steps(rules, Telemetry.TRACES);
      this.metrics = steps(rules, Telemetry.METRICS);
      this.lastDrops = dropping(metrics, lastName);
    }

    private static List<RuleStep> steps(List<EdgeRule> rules, Telemetry signal) {
      List<RuleStep> steps = new ArrayList<>();
      for (EdgeRule rule : rules) {
        if (rule.subject().signal() == signal) {
          steps.add(new RuleStep(rule));
        }
      }
      return steps;
    }
  }

  /** Which step drops a metric; null for none. */
  private record RuleVerdict(@Nullable RuleStep drops) {}

  /** Told of the rows that a rule has dropped. */
  public interface Dropped {
    void by(String rule, int rows);
  }

  /** Takes the rules for the rows that follow; the counts of dropped rows begin at 0. */
  public void request(List<EdgeRule> rules) {
    if (rules.isEmpty()) {
      current = NONE;
      return;
    }
    if (compiled.size() > TENANTS_MAX) {
      compiled.clear();
    }
    current = compiled.computeIfAbsent(rules, Compiled::new);
    current.logs.forEach(RuleStep::clear);
    current.spans.forEach(RuleStep::clear);
    current.metrics.forEach(RuleStep::clear);
  }

  /** Tells which rules have dropped how much since {@link #request}. */
  public void tell(Dropped dropped) {
    tell(current.logs, dropped);
    tell(current.spans, dropped);
    tell(current.metrics, dropped);
  }

  private static void tell(List<RuleStep> steps, Dropped dropped) {
    for (RuleStep step : steps) {
      if (step.dropped() > 0) {
        dropped.by(step.name(), step.dropped());
      }
    }
  }

  /**
   * Applies the rules to log rows.
   *
   * @param to empty; takes the rows if any of them is dropped or changed
   * @return whether {@code to} holds the rows now
   * @throws Malformed if replacements make more of the rows than a request may hold
   */
  public boolean apply(LogRows from, LogRows to) throws Malformed {
    if (current.logs.isEmpty()) {
      return false;
    }
    logEdit.source(from, to);
    return apply(current.logs, logEdit, from, to);
  }

  /** Applies the rules to spans; see {@link #apply(LogRows, LogRows)}. */
  public boolean apply(SpanRows from, SpanRows to) throws Malformed {
    if (current.spans.isEmpty()) {
      return false;
    }
    spanEdit.source(from, to);
    return apply(current.spans, spanEdit, from, to);
  }

  private boolean apply(List<RuleStep> steps, RowEdit edit, Rows from, Rows to) throws Malformed {
    boolean touched = false;
    int copied = 0; // rows up to here are in their place
    for (int row = 0, rows = from.rows(); row < rows; row++) {
      edit.row(row);
      boolean kept = holds(steps, edit);
      if (kept && !edit.changed()) {
        continue;
      }
      touched = true;
      to.block().append(from.block(), copied, row);
      if (kept) {
        edit.append();
        requireRoom(to.block().bytes());
      }
      copied = row + 1;
    }
    if (touched) {
      to.block().append(from.block(), copied, from.rows());
    }
    return touched;
  }

  private void requireRoom(long bytes) throws Malformed {
    if (bytes > bytesMax) {
      throw Tally.tooManyBytes(bytes, bytesMax);
    }
  }

  private static boolean holds(List<RuleStep> steps, RowEdit edit) {
    for (RuleStep step : steps) {
      if (!step.holds(edit)) {
        step.drop(1);
        return false;
      }
    }
    return true;
  }

  /** Whether rules look at metrics. */
  boolean hasMetricRules() {
    return !current.metrics.isEmpty();
  }

  /**
   * Whether a rule drops a metric.
   *
   * @param points counted as dropped then
   */
  boolean drops(MetricName metric, int points) {
    RuleVerdict verdict = current.metricVerdicts.get(metric);
    if (verdict == null) {
      if (current.metricVerdicts.size() > METRICS_MAX) {
        current.metricVerdicts.clear();
      }
      verdict = new RuleVerdict(dropping(current.metrics, metric.name));
      current.metricVerdicts.put(metric, verdict);
    }
    if (verdict.drops == null) {
      return false;
    }
    verdict.drops.drop(points);
    return true;
  }

  /**
   * Whether a rule drops the samples of a metric by its name in UTF-8, for protocols whose series
   * come one by one: those of a metric mostly one behind the other, which cost a comparison.
   *
   * @param points counted as dropped then
   */
  boolean drops(byte[] name, int from, int to, int points) {
    Compiled current = this.current;
    if (!Arrays.equals(current.lastName, 0, current.lastName.length, name, from, to)) {
      current.lastName = Arrays.copyOfRange(name, from, to);
      current.lastDrops = dropping(current.metrics, current.lastName);
    }
    RuleStep step = current.lastDrops;
    if (step == null) {
      return false;
    }
    step.drop(points);
    return true;
  }

  private static @Nullable RuleStep dropping(List<RuleStep> metrics, byte[] name) {
    for (RuleStep step : metrics) {
      if (!step.holds(name)) {
        return step;
      }
    }
    return null;
  }

  static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }
}
