package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.block.StringColumn;
import dev.seamark.labels.LabelSet;
import dev.seamark.labels.Utf8;
import dev.seamark.schema.ExemplarRows;
import java.util.Arrays;
import java.util.Locale;

/**
 * One exemplar of remote write: its labels, of which {@code trace_id} and {@code span_id} have
 * columns of their own where they are ids of OpenTelemetry's form. Not thread-safe.
 */
final class RemoteWriteExemplar {
  private static final byte[] TRACE_ID = "trace_id".getBytes(UTF_8);
  private static final byte[] SPAN_ID = "span_id".getBytes(UTF_8);
  private static final byte[] NOTHING = {};
  private static final long ROW_BYTES = 128; // beside the labels, roughly

  private final Limits limits;
  private final LabelSet labels = new LabelSet();
  private String refusal = "";

  RemoteWriteExemplar(Limits limits) {
    this.limits = limits;
  }

  void begin() {
    labels.clear();
    refusal = "";
  }

  /** Adds a label; its name and value stand in {@code bytes}. */
  void add(byte[] bytes, int nameFrom, int nameTo, int valueFrom, int valueTo) {
    if (refusal.isEmpty()) {
      refusal = refusal(bytes, nameFrom, nameTo, valueFrom, valueTo);
      if (refusal.isEmpty()) {
        labels.put(
            Arrays.copyOfRange(bytes, nameFrom, nameTo),
            Arrays.copyOfRange(bytes, valueFrom, valueTo));
      }
    }
  }

  private String refusal(byte[] bytes, int nameFrom, int nameTo, int valueFrom, int valueTo) {
    if (nameFrom == nameTo) {
      return "a label of it has no name";
    }
    if (Utf8.invalidAt(bytes, nameFrom, nameTo) >= 0
        || Utf8.invalidAt(bytes, valueFrom, valueTo) >= 0) {
      return "a label of it is not UTF-8";
    }
    if (labels.size() == limits.labelsMax()) {
      return Limits.exceeded("labels", labels.size() + 1L, limits.labelsMax(), Limits.LABELS_MAX);
    }
    if (nameTo - nameFrom > limits.labelNameBytesMax()) {
      return Limits.exceeded(
          "label name bytes",
          nameTo - nameFrom,
          limits.labelNameBytesMax(),
          Limits.LABEL_NAME_BYTES_MAX);
    }
    if (valueTo - valueFrom > limits.labelValueBytesMax()) {
      return Limits.exceeded(
          "label value bytes",
          valueTo - valueFrom,
          limits.labelValueBytesMax(),
          Limits.LABEL_VALUE_BYTES_MAX);
    }
    return "";
  }

  /** Refuses it for something beside its labels. */
  void refuse(String why) {
    if (refusal.isEmpty()) {
      refusal = why;
    }
  }

  /** Why it can't be stored, or "". */
  String refusal() {
    if (refusal.isEmpty() && rowBytes() > limits.rowBytesMax()) {
      refusal = Limits.exceeded(
          "the number of bytes of a row", rowBytes(), limits.rowBytesMax(), Limits.ROW_BYTES_MAX);
    }
    return refusal;
  }

  long rowBytes() {
    long bytes = ROW_BYTES;
    for (int i = 0; i < labels.size(); i++) {
      bytes += labels.name(i).length + labels.value(i).length;
    }
    return bytes;
  }

  /** Appends its labels. */
  void appendTo(ExemplarRows target) {
    id(TRACE_ID, 32, target.traceId);
    id(SPAN_ID, 16, target.spanId);
    for (int i = 0; i < labels.size(); i++) {
      target.attributes.keys().append(labels.name(i));
      target.attributes.values().append(labels.value(i));
    }
    target.attributes.endRow();
  }

  private void id(byte[] label, int digits, StringColumn target) {
    byte[] value = labels.get(label);
    if (value.length == digits && isHex(value)) {
      target.append(new String(value, US_ASCII).toLowerCase(Locale.ROOT).getBytes(US_ASCII));
      labels.put(label, NOTHING);
    } else {
      target.appendEmpty();
    }
  }

  private static boolean isHex(byte[] value) {
    for (byte b : value) {
      if (Character.digit(b, 16) < 0) {
        return false;
      }
    }
    return true;
  }
}
