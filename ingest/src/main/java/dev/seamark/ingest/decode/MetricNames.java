package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.labels.MetricKind;
import dev.seamark.labels.MetricNaming;
import dev.seamark.labels.NamingOptions;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A decoder's memory of metric names by the hash of their raw bytes. Bounded: when it is full it
 * starts anew. Not thread-safe.
 */
final class MetricNames {
  private static final int NAMES_MAX = 1 << 13;
  private static final int MASK = 2 * NAMES_MAX - 1;

  private final Limits limits;
  private final MetricNaming naming;
  private final long[] keys = new long[2 * (MASK + 1)];
  private final @Nullable MetricName[] names = new @Nullable MetricName[MASK + 1];
  private int size;

  MetricNames(Limits limits, NamingOptions options) {
    this.limits = limits;
    this.naming = new MetricNaming(options);
  }

  /** The name known under a key, or null. */
  @Nullable
  MetricName find(long key1, long key2) {
    int slot = (int) key1 & MASK;
    MetricName name = names[slot];
    while (name != null) {
      if (keys[2 * slot] == key1 && keys[2 * slot + 1] == key2) {
        return name;
      }
      slot = (slot + 1) & MASK;
      name = names[slot];
    }
    return null;
  }

  /** Translates a name, valid UTF-8 as its unit, and remembers it. */
  MetricName add(long key1, long key2, MetricKind kind, byte[] name, byte[] unit) {
    if (size == NAMES_MAX) {
      Arrays.fill(names, null);
      size = 0;
    }
    int slot = (int) key1 & MASK;
    while (names[slot] != null) {
      slot = (slot + 1) & MASK;
    }
    MetricName made = translated(kind, name, unit);
    keys[2 * slot] = key1;
    keys[2 * slot + 1] = key2;
    names[slot] = made;
    size++;
    return made;
  }

  private MetricName translated(MetricKind kind, byte[] name, byte[] unit) {
    String unitText = new String(unit, UTF_8);
    if (name.length > limits.labelNameBytesMax()) {
      String refusal = Limits.exceeded(
          "metric name bytes",
          name.length,
          limits.labelNameBytesMax(),
          Limits.LABEL_NAME_BYTES_MAX);
      return new MetricName(kind, "", "", refusal);
    }
    if (unit.length > limits.labelNameBytesMax()) {
      String refusal = Limits.exceeded(
          "metric unit bytes",
          unit.length,
          limits.labelNameBytesMax(),
          Limits.LABEL_NAME_BYTES_MAX);
      return new MetricName(kind, "", "", refusal);
    }
    String text = naming.name(new String(name, UTF_8), unitText, kind);
    String refusal = "";
    if (name.length == 0) {
      refusal = "a metric has no name";
    } else if (text.isEmpty()) {
      refusal = "the metric name has no character that a Prometheus name may have";
    }
    return new MetricName(kind, text, naming.unit(unitText), refusal);
  }
}
