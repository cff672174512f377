package dev.seamark.benchmarks.compare;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.xerial.snappy.Snappy;

/**
 * A Prometheus remote write 1.0 request of one target: a sample of each of its series, which has 12
 * labels. Of a hundred series 40 are counters of whole numbers that grow by about as much each
 * time, 40 are gauges of which most stand still, 20 are gauges that walk at random by hundredths.
 * Values and times are written into a message that was laid out before, which is then compressed.
 */
final class SampleBody implements Body {
  private static final int TIME_BYTES = 6; // of today's milliseconds as a varint
  private static final int COUNTERS = 40;
  private static final int STILL = 80;
  private static final String[] NAMES = {
    "container_cpu_usage_seconds_total",
    "container_memory_working_set_bytes",
    "container_network_receive_bytes_total",
    "container_network_transmit_packets_total",
    "kube_pod_status_phase",
    "http_server_requests_seconds_count",
    "http_server_requests_seconds_bucket",
    "jvm_memory_used_bytes",
    "node_disk_io_time_seconds_total",
    "go_goroutines"
  };

  private final SplittableRandom random;
  private final byte[] message;
  private final ByteBuffer fields;
  private final int[] valueAt;
  private final int[] timeAt;
  private final double[] value;
  private final byte[] compressed;
  private final long intervalMs;
  private long lastMs;

  /**
   * @param target number of the target, which its labels name
   * @param intervalMs between two of its samples, which stand on a grid as a scraper's do
   */
  SampleBody(int target, int series, long intervalMs) {
    this.intervalMs = intervalMs;
    this.random = new SplittableRandom(target);
    this.valueAt = new int[series];
    this.timeAt = new int[series];
    this.value = new double[series];
    this.message = layOut(target);
    this.fields = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    this.compressed = new byte[Snappy.maxCompressedLength(message.length)];
  }

  private byte[] layOut(int target) {
    var out = new ByteArrayOutputStream();
    for (var i = 0; i < value.length; i++) {
      var labels = labels(target, i);
      var length = labels.length + 2 + 9 + 1 + TIME_BYTES;
      out.write(0x0a); // WriteRequest.timeseries
      varint(out, length);
      out.writeBytes(labels);
      out.write(0x12); // TimeSeries.samples
      out.write(9 + 1 + TIME_BYTES);
      out.write(0x09); // Sample.value
      valueAt[i] = out.size();
      out.writeBytes(new byte[8]);
      out.write(0x10); // Sample.timestamp
      timeAt[i] = out.size();
      out.writeBytes(new byte[TIME_BYTES]);
      value[i] = random.nextInt(1_000_000);
    }
    return out.toByteArray();
  }

  /** In the order of their names, as Prometheus sends them. */
  private static byte[] labels(int target, int i) {
    var out = new ByteArrayOutputStream();
    label(out, "__name__", NAMES[i % NAMES.length]);
    label(out, "cluster", "prod-eu-" + target % 50);
    label(out, "container", "app");
    label(out, "endpoint", "http-metrics");
    label(out, "instance", "10.12." + target / 250 + "." + target % 250 + ":8080");
    label(out, "job", "shop/orders-" + target % 40);
    label(out, "namespace", "shop-" + target % 20);
    label(out, "node", "ip-10-12-" + target % 200 + ".eu-west-1.compute.internal");
    label(out, "pod", "orders-" + target % 40 + "-7d9f8b6c5-" + Integer.toString(target, 36));
    label(out, "prometheus", "monitoring/k8s");
    label(out, "route", "/api/v1/resource-" + i / NAMES.length);
    label(out, "service", "orders-" + target % 40);
    return out.toByteArray();
  }

  private static void label(ByteArrayOutputStream out, String name, String value) {
    var nameBytes = name.getBytes(StandardCharsets.UTF_8);
    var valueBytes = value.getBytes(StandardCharsets.UTF_8);
    out.write(0x0a); // TimeSeries.labels
    varint(out, 4 + nameBytes.length + valueBytes.length);
    out.write(0x0a);
    varint(out, nameBytes.length);
    out.writeBytes(nameBytes);
    out.write(0x12);
    varint(out, valueBytes.length);
    out.writeBytes(valueBytes);
  }

  private static void varint(ByteArrayOutputStream out, int value) {
    if (value >= 128) {
      out.write((value & 127) | 128);
      out.write(value >> 7);
    } else {
      out.write(value);
    }
  }

  @Override
  public int make(long nowMs) {
    lastMs = Math.max(lastMs + intervalMs, nowMs - nowMs % intervalMs);
    for (var i = 0; i < value.length; i++) {
      fields.putDouble(valueAt[i], next(i));
      var rest = lastMs;
      for (var b = 0; b < TIME_BYTES; b++) {
        message[timeAt[i] + b] = (byte) ((rest & 127) | (b < TIME_BYTES - 1 ? 128 : 0));
        rest >>>= 7;
      }
    }
    try {
      return Snappy.compress(message, 0, message.length, compressed, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private double next(int i) {
    var kind = i % 100;
    if (kind < COUNTERS) {
      value[i] += 100 + random.nextInt(20);
    } else if (kind < STILL) {
      value[i] += random.nextInt(20) == 0 ? 4_096 : 0;
    } else {
      value[i] = Math.round(value[i] * 100 + random.nextInt(401) - 200) / 100.0;
    }
    return value[i];
  }

  @Override
  public String path() {
    return "/api/v1/write";
  }

  @Override
  public String headers() {
    return """
        Content-Type: application/x-protobuf\r
        Content-Encoding: snappy\r
        X-Prometheus-Remote-Write-Version: 0.1.0\r
        """;
  }

  @Override
  public int rows() {
    return value.length;
  }

  @Override
  public byte[] bytes() {
    return compressed;
  }

  @Override
  public long rawBytes() {
    return message.length;
  }
}
