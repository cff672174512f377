package dev.seamark.benchmarks.decode;

import dev.seamark.benchmarks.payload.OtlpPayloads;
import dev.seamark.ingest.decode.EdgeRules;
import dev.seamark.ingest.decode.KubernetesObjects;
import dev.seamark.ingest.decode.KubernetesRows;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.ingest.decode.OtlpLogs;
import dev.seamark.schema.LogRows;
import dev.seamark.tenant.EdgeRule;
import dev.seamark.tenant.EdgeRule.Field;
import dev.seamark.tenant.EdgeRule.Subject;
import dev.seamark.tenant.EdgeRule.Telemetry;
import dev.seamark.tenant.Sender;
import dev.seamark.tenant.TextPattern;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Nanoseconds a decoded log row that is nothing special pays for what stands behind the decoder:
 * the look for Kubernetes objects, and rules that find nothing in it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class EdgeRulesBenchmark {
  private static final int ROWS = 1_000;
  private static final long NOW = 1_800_000_000_000_000_000L;

  private final LogRows rows = new LogRows();
  private final LogRows target = new LogRows();
  private final KubernetesObjects objects = new KubernetesObjects(Limits.DEFAULT);
  private final KubernetesRows found = new KubernetesRows();
  private final EdgeRules rules = new EdgeRules(Limits.DEFAULT);
  private final List<EdgeRule> wellKnown = List.of(
      new EdgeRule.Redact("mail", body(), TextPattern.WellKnown.EMAIL.pattern(), "[redacted]"));
  private final List<EdgeRule> expression =
      List.of(new EdgeRule.Drop("probes", body(), TextPattern.of("[A-Z]+ /(healthz|readyz)")));

  private static Subject body() {
    return new Subject(Telemetry.LOGS, Field.BODY, null);
  }

  @Setup
  public void decode() throws Malformed {
    byte[] body = OtlpPayloads.logs(ROWS, 1);
    new OtlpLogs(Limits.DEFAULT).decode(body, 0, body.length, Sender.ANYBODY, null, NOW, rows);
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public KubernetesRows kubernetesObjects() {
    objects.read(rows, NOW, found);
    return found;
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public boolean noRules() throws Malformed {
    rules.request(List.of());
    return rules.apply(rows, target);
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public boolean wellKnownPattern() throws Malformed {
    rules.request(wellKnown);
    return rules.apply(rows, target);
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public boolean expression() throws Malformed {
    rules.request(expression);
    return rules.apply(rows, target);
  }
}
