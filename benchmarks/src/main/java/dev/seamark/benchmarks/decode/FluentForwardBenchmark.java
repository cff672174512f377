package dev.seamark.benchmarks.decode;

import dev.seamark.benchmarks.payload.FluentPayloads;
import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.FluentFrames;
import dev.seamark.ingest.decode.FluentRecords;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
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
 * Records a second from packed forward to columns on one thread, all mapping inside: Kubernetes
 * fields to resource attributes, severities, ids. An agent packs what one file wrote, so the
 * records of a pod come behind each other; where an aggregator mixes 40 pods, each record's pod is
 * another one.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class FluentForwardBenchmark {
  private static final int ROWS = 1_000;

  /** Of arrival, after the times of the payload: a record of the future would be refused. */
  private static final long NOW = 1_800_000_000_000_000_000L;

  private static final int BYTES_MAX = 64 * 1024 * 1024;
  private static final int DEPTH_MAX = 40;

  private final byte[] ofOnePod = FluentPayloads.packedForward(ROWS, ROWS, 1, 1);
  private final byte[] mixed = FluentPayloads.packedForward(ROWS, 1, 40, 1);
  private final FluentRecords decoder = new FluentRecords(Limits.DEFAULT);
  private final LogRows rows = new LogRows();

  /** Every record must be a row, or rows would be counted that aren't made. */
  @Setup
  public void require() throws Malformed {
    for (byte[] body : new byte[][] {ofOnePod, mixed}) {
      rows.clear();
      Decoded decoded = decoder.decode(body, 0, body.length, Sender.ANYBODY, null, NOW, rows);
      if (!decoded.equals(Decoded.all(ROWS)) || !rows.serviceName.text(0).equals("checkout")) {
        throw new IllegalStateException(decoded.toString());
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public LogRows packedForward() throws Malformed {
    rows.clear();
    decoder.decode(ofOnePod, 0, ofOnePod.length, Sender.ANYBODY, null, NOW, rows);
    return rows;
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public LogRows packedForwardMixed() throws Malformed {
    rows.clear();
    decoder.decode(mixed, 0, mixed.length, Sender.ANYBODY, null, NOW, rows);
    return rows;
  }

  /** With the bytes cut out of the stream first. */
  @Benchmark
  @OperationsPerInvocation(ROWS)
  public LogRows framedPackedForward() throws Malformed {
    FluentFrames frames = new FluentFrames(BYTES_MAX, DEPTH_MAX);
    int at = frames.reserve(ofOnePod.length);
    System.arraycopy(ofOnePod, 0, frames.bytes(), at, ofOnePod.length);
    frames.added(ofOnePod.length);
    if (!frames.next()) {
      throw new IllegalStateException("no message");
    }
    int length = frames.to() - frames.from();
    rows.clear();
    decoder.decode(frames.take(), 0, length, Sender.ANYBODY, null, NOW, rows);
    return rows;
  }
}
