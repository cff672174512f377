package dev.seamark.benchmarks.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.CodedOutputStream;
import dev.seamark.ingest.decode.Crowded;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.ingest.decode.MetricDecoder;
import dev.seamark.ingest.decode.MetricRows;
import dev.seamark.ingest.decode.RemoteWrite1;
import dev.seamark.ingest.decode.RemoteWrite2;
import dev.seamark.ingest.decode.RemoteWriteOptions;
import dev.seamark.ingest.decode.Replicas;
import dev.seamark.ingest.decode.SnappyBlock;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.tenant.Sender;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
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
import org.xerial.snappy.Snappy;

/// Prometheus remote write from a snappy block to filled columns, with a warm series cache: samples
/// a second of one thread.
///
/// 64 requests of the same 1,000 series with 12 labels and a sample each, values and times of their
/// own. `sameOrder` is a sender that repeats its series in order, as Prometheus does; `shuffled`
/// has
/// each request in an order of its own, so that every series is hashed and found; `version2` are
/// the same series as messages of 2.0 with metadata. `snappy` inflates alone.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class RemoteWriteBenchmark {
  private static final int SERIES = 1_000;
  private static final int REQUESTS = 64;
  private static final long NOW_MILLIS = 1_795_521_600_000L;
  private static final long NOW = NOW_MILLIS * 1_000_000;
  private static final String HELP = "Requests served, by route and status code.";

  private final byte[][] inOrder = new byte[REQUESTS][];
  private final byte[][] inDisorder = new byte[REQUESTS][];
  private final byte[][] ofVersion2 = new byte[REQUESTS][];
  private final SeriesCache cache = new SeriesCache(SeriesLimits.DEFAULT, 42);
  private final MetricDecoder one = new RemoteWrite1(
      Limits.DEFAULT, NamingOptions.DEFAULTS, RemoteWriteOptions.DEFAULTS, cache, Replicas.ALL);
  private final MetricDecoder two = new RemoteWrite2(
      Limits.DEFAULT, NamingOptions.DEFAULTS, RemoteWriteOptions.DEFAULTS, cache, Replicas.ALL);
  private final MetricRows rows = new MetricRows();
  private byte[] inflated = new byte[1 << 20];
  private int next;

  @Setup
  public void fill() throws Malformed, Crowded {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < SERIES; i++) {
      order.add(i);
    }
    for (int request = 0; request < REQUESTS; request++) {
      inOrder[request] = compressed(version1(order, request));
      ofVersion2[request] = compressed(version2(request));
    }
    for (int request = 0; request < REQUESTS; request++) {
      Collections.shuffle(order, new Random(request));
      inDisorder[request] = compressed(version1(order, request));
    }
    for (int i = 0; i < 3 * REQUESTS; i++) {
      for (int kind = 0; kind < 3; kind++) {
        int samples = kind == 0 ? sameOrder() : kind == 1 ? shuffled() : version2();
        if (samples != SERIES) {
          throw new IllegalStateException(samples + " samples");
        }
        rows.announcement().completed();
      }
    }
    if (rows.series.rows() != 0) {
      throw new IllegalStateException("the cache is not warm");
    }
  }

  @Benchmark
  @OperationsPerInvocation(SERIES)
  public int sameOrder() throws Malformed, Crowded {
    return decode(one, inOrder[next++ % REQUESTS]);
  }

  @Benchmark
  @OperationsPerInvocation(SERIES)
  public int shuffled() throws Malformed, Crowded {
    return decode(one, inDisorder[next++ % REQUESTS]);
  }

  @Benchmark
  @OperationsPerInvocation(SERIES)
  public int version2() throws Malformed, Crowded {
    return decode(two, ofVersion2[next++ % REQUESTS]);
  }

  @Benchmark
  @OperationsPerInvocation(SERIES)
  public int snappy() throws Malformed {
    return inflate(inOrder[next++ % REQUESTS]);
  }

  private int decode(MetricDecoder decoder, byte[] block) throws Malformed, Crowded {
    int length = inflate(block);
    rows.clear();
    return decoder.decode(inflated, 0, length, Sender.ANYBODY, null, NOW, rows).accepted();
  }

  private int inflate(byte[] block) throws Malformed {
    long length = SnappyBlock.declaredLength(block, 0, block.length);
    if (!SnappyBlock.plausible(length, block.length)) {
      throw new IllegalStateException("not plausible");
    }
    if (length > inflated.length) {
      inflated = new byte[(int) length];
    }
    SnappyBlock.inflate(block, 0, block.length, inflated, (int) length);
    return (int) length;
  }

  /** Twelve labels of a series, a name and a value by turns, sorted. */
  private static String[] labels(int i) {
    return new String[] {
      "__name__",
      "http_server_requests_" + i / 50 + "_total",
      "cluster",
      "eu-central-1",
      "code",
      i % 7 == 0 ? "500" : "200",
      "container",
      "app",
      "endpoint",
      "metrics",
      "instance",
      "10.42." + i % 64 + ".17:9090",
      "job",
      "shop/cart",
      "method",
      i % 2 == 0 ? "GET" : "POST",
      "namespace",
      "shop",
      "node",
      "node-" + i % 8,
      "pod",
      "cart-7d9f4c-" + i % 64,
      "route",
      "/api/v1/items/" + i
    };
  }

  private static byte[] version1(List<Integer> order, int request) {
    SplittableRandom random = new SplittableRandom(request);
    return message(body -> {
      for (int i : order) {
        body.writeByteArray(1, message(series -> {
          String[] labels = labels(i);
          for (int k = 0; k < labels.length; k += 2) {
            byte[] name = labels[k].getBytes(UTF_8);
            byte[] value = labels[k + 1].getBytes(UTF_8);
            series.writeByteArray(1, message(label -> {
              label.writeByteArray(1, name);
              label.writeByteArray(2, value);
            }));
          }
          series.writeByteArray(2, sample(random, request));
        }));
      }
    });
  }

  private static byte[] version2(int request) {
    SplittableRandom random = new SplittableRandom(request);
    List<String> symbols = new ArrayList<>(List.of("", HELP));
    byte[] series = message(body -> {
      for (int i = 0; i < SERIES; i++) {
        int[] refs = new int[24];
        String[] labels = labels(i);
        for (int k = 0; k < labels.length; k++) {
          int known = symbols.indexOf(labels[k]);
          if (known < 0) {
            symbols.add(labels[k]);
          }
          refs[k] = known < 0 ? symbols.size() - 1 : known;
        }
        body.writeByteArray(5, message(one -> {
          one.writeByteArray(1, message(packed -> {
            for (int ref : refs) {
              packed.writeUInt32NoTag(ref);
            }
          }));
          one.writeByteArray(2, sample(random, request));
          one.writeByteArray(5, message(metadata -> {
            metadata.writeInt32(1, 1);
            metadata.writeUInt32(3, 1);
          }));
        }));
      }
    });
    return message(body -> {
      for (String symbol : symbols) {
        body.writeByteArray(4, symbol.getBytes(UTF_8));
      }
      body.writeRawBytes(series);
    });
  }

  private static byte[] sample(SplittableRandom random, int request) {
    double value = random.nextInt(1_000_000);
    return message(sample -> {
      sample.writeDouble(1, value);
      sample.writeInt64(2, NOW_MILLIS + request);
    });
  }

  /** Writes the fields of a message. */
  private interface Fields {
    void write(CodedOutputStream to) throws IOException;
  }

  private static byte[] message(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream coded = CodedOutputStream.newInstance(bytes);
    try {
      fields.write(coded);
      coded.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] compressed(byte[] message) {
    try {
      return Snappy.compress(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
