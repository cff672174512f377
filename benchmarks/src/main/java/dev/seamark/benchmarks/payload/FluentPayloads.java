package dev.seamark.benchmarks.payload;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Messages of the forward protocol as Fluent Bit in Kubernetes sends them: PackedForward, event
 * times, log lines of about 120 bytes with stream, level and trace id, and with each record the
 * twelve fields, six labels and three annotations of its pod (about 900 bytes).
 */
public final class FluentPayloads {
  private static final long START = 1_764_000_000L;
  private static final String[] SERVICES = {"checkout", "cart", "payment", "shipping", "frontend"};

  private FluentPayloads() {}

  /**
   * A message with so many records.
   *
   * @param run records of a pod behind each other, before those of the next pod come
   */
  public static byte[] packedForward(int records, int run, int pods, long seed) {
    Random random = new Random(seed);
    Object[] maps = new Object[pods];
    for (int i = 0; i < pods; i++) {
      maps[i] = kubernetes(random, SERVICES[i % SERVICES.length]);
    }
    try {
      var entries = new ByteArrayOutputStream();
      var out = new DataOutputStream(entries);
      for (int i = 0; i < records; i++) {
        out.writeByte(0x92);
        out.writeByte(0xD7); // an event time
        out.writeByte(0);
        out.writeInt((int) START);
        out.writeInt(i * 1_000);
        put(record(random, maps[i / run % pods]), out);
      }
      out.flush();
      var message = new ByteArrayOutputStream();
      var head = new DataOutputStream(message);
      head.writeByte(0x92);
      put("kube.var.log.containers.shop", head);
      head.writeByte(0xC6);
      head.writeInt(entries.size());
      head.write(entries.toByteArray());
      head.flush();
      return message.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory doesn't fail
    }
  }

  private static Map<String, Object> record(Random random, Object kubernetes) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("stream", random.nextInt(10) == 0 ? "stderr" : "stdout");
    record.put("logtag", "F");
    record.put(
        "log",
        "request handled method=GET path=/api/v1/orders/%08x user=%08x took=%dms cache=miss region=eu-central-1 attempt=1"
            .formatted(random.nextInt(), random.nextInt(), random.nextInt(900)));
    record.put("level", random.nextInt(20) == 0 ? "error" : "info");
    record.put("trace_id", "%016x%016x".formatted(random.nextLong(), random.nextLong()));
    record.put("kubernetes", kubernetes);
    return record;
  }

  private static Map<String, Object> kubernetes(Random random, String service) {
    Map<String, Object> labels = new LinkedHashMap<>();
    labels.put("app.kubernetes.io/name", service);
    labels.put("app.kubernetes.io/instance", service + "-prod");
    labels.put("app.kubernetes.io/version", "2.14." + random.nextInt(9));
    labels.put("app.kubernetes.io/managed-by", "Helm");
    labels.put("pod-template-hash", "%08x".formatted(random.nextInt()));
    labels.put("topology.kubernetes.io/zone", "eu-central-1a");
    Map<String, Object> annotations = new LinkedHashMap<>();
    annotations.put("prometheus.io/scrape", "true");
    annotations.put("prometheus.io/port", "9090");
    annotations.put("checksum/config", "%016x".formatted(random.nextLong()));
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("pod_name", "%s-%07x".formatted(service, random.nextInt(1 << 28)));
    map.put("namespace_name", "shop");
    map.put("pod_id", "%08x-0000-4000-8000-%012x".formatted(random.nextInt(), random.nextInt()));
    map.put("labels", labels);
    map.put("annotations", annotations);
    map.put("host", "node-" + random.nextInt(200));
    map.put("pod_ip", "10.1.2." + random.nextInt(255));
    map.put("container_name", "app");
    map.put("docker_id", "%016x%016x".formatted(random.nextLong(), random.nextLong()));
    map.put("container_hash", "registry.example.com/shop/%s@sha256:%016x".formatted(service, 1L));
    map.put("container_image", "registry.example.com/shop/" + service + ":2.14.1");
    return map;
  }

  private static void put(Object value, DataOutputStream out) throws IOException {
    switch (value) {
      case String text -> {
        byte[] bytes = text.getBytes(UTF_8);
        if (bytes.length < 32) {
          out.writeByte(0xA0 | bytes.length);
        } else {
          out.writeByte(0xD9);
          out.writeByte(bytes.length);
        }
        out.write(bytes);
      }
      case Map<?, ?> map -> {
        out.writeByte(0x80 | map.size());
        for (Map.Entry<?, ?> each : map.entrySet()) {
          put(each.getKey(), out);
          put(each.getValue(), out);
        }
      }
      default -> throw new IllegalArgumentException(value.getClass().toString());
    }
  }
}
