package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A JSON object as the AnyValue that the Collector makes of it, in OTLP/JSON. */
final class AnyValueJson {
  private AnyValueJson() {}

  static String of(String object) {
    byte[] bytes = object.getBytes(UTF_8);
    JsonTree tree = JsonTree.read(bytes, 0, bytes.length, Set.of());
    if (tree == null) {
      throw new IllegalArgumentException("no object: " + object);
    }
    return value(tree);
  }

  private static String value(Object value) {
    return switch (value) {
      case JsonTree tree ->
        tree.fields().entrySet().stream()
            .map(each ->
                "{\"key\":\"%s\",\"value\":%s}".formatted(each.getKey(), value(each.getValue())))
            .collect(Collectors.joining(",", "{\"kvlistValue\":{\"values\":[", "]}}"));
      case List<?> list ->
        list.stream()
            .map(AnyValueJson::value)
            .collect(Collectors.joining(",", "{\"arrayValue\":{\"values\":[", "]}}"));
      case String text when text.matches("[0-9]{1,9}") -> "{\"intValue\":\"%s\"}".formatted(text);
      case String text -> "{\"stringValue\":\"%s\"}".formatted(text);
      default -> throw new IllegalArgumentException(value.toString());
    };
  }
}
