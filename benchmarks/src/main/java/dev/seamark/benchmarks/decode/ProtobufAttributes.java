package dev.seamark.benchmarks.decode;

import com.google.protobuf.ByteString;
import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Attributes the plain way: a sorted map of strings. Flat values only, as the payloads have. */
final class ProtobufAttributes {
  private ProtobufAttributes() {}

  static SortedMap<String, String> of(List<KeyValue> attributes) {
    var sorted = new TreeMap<String, String>();
    for (KeyValue attribute : attributes) {
      AnyValue value = attribute.getValue();
      sorted.put(
          attribute.getKey(),
          value.hasStringValue() ? value.getStringValue() : String.valueOf(value.getIntValue()));
    }
    return sorted;
  }

  static void append(
      SortedMap<String, String> attributes, MapColumn<StringColumn, StringColumn> column) {
    for (var attribute : attributes.entrySet()) {
      column.keys().append(utf8(attribute.getKey()));
      column.values().append(utf8(attribute.getValue()));
    }
    column.endRow();
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] hex(ByteString id) {
    return utf8(HexFormat.of().formatHex(id.toByteArray()));
  }
}
