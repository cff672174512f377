package dev.seamark.benchmarks.decode;

import dev.seamark.benchmarks.payload.OtlpPayloads;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.ingest.decode.OtlpTraces;
import dev.seamark.schema.SpanRows;
import dev.seamark.tenant.Sender;
import java.io.IOException;
import java.util.Arrays;
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

/** Rows a second from OTLP spans to columns, validation included, on one thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class OtlpTracesBenchmark {
  private static final int ROWS = 1_000;

  /** Of arrival, after the times of the payload: a record of the future would be refused. */
  private static final long NOW = 1_800_000_000_000_000_000L;

  private final byte[] body = OtlpPayloads.spans(ROWS, 1);
  private final OtlpTraces decoder = new OtlpTraces(Limits.DEFAULT);
  private final SpanRows rows = new SpanRows();

  /** Both ways must mean the same before they are compared. */
  @Setup
  public void compare() throws IOException, Malformed {
    byte[] own = seamark().block().encode();
    byte[] other = protobufJava().block().encode();
    if (!Arrays.equals(own, other)) {
      throw new IllegalStateException("the two ways make different blocks");
    }
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public SpanRows seamark() throws Malformed {
    rows.clear();
    decoder.decode(body, 0, body.length, Sender.ANYBODY, null, NOW, rows);
    return rows;
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public SpanRows protobufJava() throws IOException {
    rows.clear();
    ProtobufSpans.decode(body, rows);
    return rows;
  }
}
