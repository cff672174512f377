package dev.seamark.benchmarks.write;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.benchmarks.payload.OtlpPayloads;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.ingest.decode.OtlpLogs;
import dev.seamark.ingest.decode.OtlpTraces;
import dev.seamark.ingest.write.join.Insert;
import dev.seamark.ingest.write.join.RangeJoin;
import dev.seamark.ingest.write.join.UnusableBlock;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.kafka.BlockHeaders;
import dev.seamark.schema.LogRows;
import dev.seamark.schema.Rows;
import dev.seamark.schema.SampleRows;
import dev.seamark.schema.SpanRows;
import dev.seamark.schema.Table;
import dev.seamark.tenant.Sender;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
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

/// The writer from the values of a range's records to the bodies of its inserts, checksums
/// included: rows a second of one thread. What Kafka's client does before (fetch, decompress) and
/// the connection after isn't in it.
///
/// Samples: 100 records of 10,000, each a scrape of the same 10,000 series of 200 metrics in the
/// order of a sender, one time a record: 1 M rows, sorted into one block. Logs and spans: 100
/// records of 2,000 and 1,000 rows, which go one behind the other.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xmx2g", "-XX:+UseSerialGC"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class RangeJoinBenchmark {
  private static final int RECORDS = 100;
  private static final int SAMPLES = 10_000;
  private static final int METRICS = 200;
  private static final int LOGS = 2_000;
  private static final int SPANS = 1_000;
  private static final long NOW = 1_800_000_000_000_000_000L;
  private static final long SCRAPE_MS = 15_000;

  private final Range samples = new Range(Table.METRICS_SAMPLES);
  private final Range logs = new Range(Table.OTEL_LOGS);
  private final Range spans = new Range(Table.OTEL_TRACES);

  /** The records of one range. */
  private static final class Range {
    final RangeJoin join;
    final List<byte[]> values = new ArrayList<>();
    final List<Integer> checksums = new ArrayList<>();
    final Set<String> columns = new HashSet<>();

    Range(Table table) {
      this.join = new RangeJoin(table, Plan.PARTITIONS_PER_INSERT);
    }

    void add(Rows rows) {
      byte[] value = rows.block().encode();
      values.add(value);
      checksums.add(BlockHeaders.crc(value));
      rows.block().columns().forEach(named -> columns.add(named.name()));
      rows.clear();
    }

    List<Insert> joined() throws UnusableBlock {
      for (int i = 0; i < values.size(); i++) {
        if (BlockHeaders.crc(values.get(i)) != checksums.get(i)) {
          throw new IllegalStateException("record " + i + " is damaged");
        }
      }
      return join.join(values, 0, columns);
    }
  }

  @Setup
  public void fill() throws Malformed, UnusableBlock {
    fillSamples();
    LogRows logRows = new LogRows();
    OtlpLogs logDecoder = new OtlpLogs(Limits.DEFAULT);
    SpanRows spanRows = new SpanRows();
    OtlpTraces spanDecoder = new OtlpTraces(Limits.DEFAULT);
    for (int record = 0; record < RECORDS; record++) {
      byte[] body = OtlpPayloads.logs(LOGS, record);
      logDecoder.decode(body, 0, body.length, Sender.ANYBODY, null, NOW, logRows);
      logs.add(logRows);
      body = OtlpPayloads.spans(SPANS, record);
      spanDecoder.decode(body, 0, body.length, Sender.ANYBODY, null, NOW, spanRows);
      spans.add(spanRows);
    }
    requireAll(samples, SAMPLES);
    requireAll(logs, LOGS);
    requireAll(spans, SPANS);
  }

  private void fillSamples() {
    SplittableRandom random = new SplittableRandom(7);
    long[] ids = random.longs(SAMPLES).toArray();
    double[] values = new double[SAMPLES];
    byte[] tenant = "default".getBytes(UTF_8);
    SampleRows rows = new SampleRows();
    for (int record = 0; record < RECORDS; record++) {
      for (int series = 0; series < SAMPLES; series++) {
        byte[] name =
            ("http_server_metric_" + series * METRICS / SAMPLES + "_total").getBytes(UTF_8);
        values[series] += random.nextInt(100);
        rows.tenant.append(tenant, 0, tenant.length);
        rows.metricName.append(name, 0, name.length);
        rows.seriesId.append(ids[series]);
        rows.ts.append(NOW / 1_000_000 + record * SCRAPE_MS);
        rows.value.append(values[series]);
        rows.retentionDays.append((short) 30);
      }
      samples.add(rows);
    }
  }

  private static void requireAll(Range range, int rowsOfRecord) throws UnusableBlock {
    long rows = range.joined().stream().mapToLong(Insert::rows).sum();
    if (rows != (long) RECORDS * rowsOfRecord) {
      throw new IllegalStateException(rows + " rows");
    }
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS * SAMPLES)
  public List<Insert> samples() throws UnusableBlock {
    return samples.joined();
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS * LOGS)
  public List<Insert> logs() throws UnusableBlock {
    return logs.joined();
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS * SPANS)
  public List<Insert> spans() throws UnusableBlock {
    return spans.joined();
  }
}
