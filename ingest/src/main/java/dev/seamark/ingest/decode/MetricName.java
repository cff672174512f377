package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.labels.MetricKind;

/** A metric's Prometheus names and unit, made once a metric and decoder. */
final class MetricName {
  final MetricKind kind;
  final byte[] name;
  final byte[] bucket;
  final byte[] count;
  final byte[] sum;
  final byte[] unit;

  /** Why no point of the metric can be stored, or "". */
  final String refusal;

  MetricName(MetricKind kind, String name, String unit, String refusal) {
    this.kind = kind;
    this.name = name.getBytes(UTF_8);
    this.bucket = (name + "_bucket").getBytes(UTF_8);
    this.count = (name + "_count").getBytes(UTF_8);
    this.sum = (name + "_sum").getBytes(UTF_8);
    this.unit = unit.getBytes(UTF_8);
    this.refusal = refusal;
  }
}
