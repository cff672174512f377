package dev.seamark.ingest.decode;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object of which a few fields are asked for: scalars as text, objects, arrays. Null is
 * absent. What stands deeper than {@link #DEPTH_MAX}, or under a name that nobody asks for, is
 * checked and skipped. For the cold paths: it allocates.
 */
record JsonTree(Map<String, Object> fields) {
  private static final int DEPTH_MAX = 6;
  private static final JsonFactory FACTORY = JsonFactory.builder()
      .disable(JsonFactory.Feature.INTERN_FIELD_NAMES) // names are the sender's
      .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
      .build();

  /**
   * Reads the object that is all of a text.
   *
   * @param skipped names whose values are skipped wherever they stand
   * @return null if the text is anything else
   */
  static @Nullable JsonTree read(byte[] text, int from, int to, Set<String> skipped) {
    return value(text, from, to, skipped) instanceof JsonTree tree ? tree : null;
  }

  /** Reads the object or array that is all of a text; null if it is anything else. */
  static @Nullable Object value(byte[] text, int from, int to, Set<String> skipped) {
    try (JsonParser parser = FACTORY.createParser(text, from, to - from)) {
      Object value = switch (parser.nextToken()) {
        case START_OBJECT -> new JsonTree(object(parser, skipped, 1));
        case START_ARRAY -> array(parser, skipped, 1);
        case null, default -> null;
      };
      return value != null && parser.nextToken() == null ? value : null;
    } catch (IOException _) {
      return null; // malformed: a byte array has no other failures
    }
  }

  private static Map<String, Object> object(JsonParser parser, Set<String> skipped, int depth)
      throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken token = parser.nextToken();
      Object value = skipped.contains(name) ? skip(parser) : value(parser, token, skipped, depth);
      if (value != null) {
        fields.put(name, value);
      }
    }
    return fields;
  }

  private static List<Object> array(JsonParser parser, Set<String> skipped, int depth)
      throws IOException {
    List<Object> elements = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      Object value = value(parser, token, skipped, depth);
      if (value != null) {
        elements.add(value);
      }
    }
    return elements;
  }

  private static @Nullable Object value(
      JsonParser parser, @Nullable JsonToken token, Set<String> skipped, int depth)
      throws IOException {
    return switch (token) {
      case START_OBJECT ->
        depth < DEPTH_MAX ? new JsonTree(object(parser, skipped, depth + 1)) : skip(parser);
      case START_ARRAY -> depth < DEPTH_MAX ? array(parser, skipped, depth + 1) : skip(parser);
      case VALUE_NULL -> null;
      case null -> throw new IOException("ends inside a value");
      default -> parser.getText();
    };
  }

  private static @Nullable Object skip(JsonParser parser) throws IOException {
    parser.skipChildren();
    return null;
  }

  /** The object of that name, an empty one if there is none. */
  JsonTree object(String name) {
    return fields.get(name) instanceof JsonTree tree ? tree : new JsonTree(Map.of());
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  /** The first of these fields that is a scalar and not empty; empty if none is. */
  String text(String... names) {
    for (String name : names) {
      if (fields.get(name) instanceof String text && !text.isEmpty()) {
        return text;
      }
    }
    return "";
  }

  /** The elements of the array of that name. */
  List<?> list(String name) {
    return fields.get(name) instanceof List<?> list ? list : List.of();
  }
}
