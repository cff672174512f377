package dev.seamark.service;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * A YAML file read into a record: one component a key, in kebab case, with {@link Key} for default,
 * unit and range. A nested record is a section; a section or key that is left out has its default.
 *
 * <p>Strict on purpose: a misspelt key, a value of another type or out of range, and a key given
 * twice are refused with file and line, since a setting that silently doesn't hold is found in the
 * next incident. {@code ${NAME}} in a value is replaced from the environment.
 *
 * <p>A {@code Map} is a section whose keys are names of the operator's choice. A component of type
 * {@link Line} is no key: it gets the line where its section stands.
 */
public final class ConfigFile {
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}]*)}?");
  private static final int PORT_MAX = 65_535;
  private static final int CODE_POINTS_MAX = 16 << 20; // room for the keys of a large fleet
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private final String file;
  private final @Nullable Map<String, String> environment;
  private final int portOffset;

  /** @param environment null where {@code ${NAME}} stands for itself */
  private ConfigFile(String file, @Nullable Map<String, String> environment, int portOffset) {
    this.file = file;
    this.environment = environment;
    this.portOffset = portOffset;
  }

  /**
   * Reads a file; throws {@link ConfigException} where it can't be read or is refused.
   *
   * @param portOffset is added to each port but 0, those left at their defaults too
   */
  public static <T extends Record> T read(
      Path file, Class<T> type, Map<String, String> environment, int portOffset) {
    try {
      var config = new ConfigFile(file.toString(), environment, portOffset);
      return config.root(Files.readString(file), type);
    } catch (IOException e) {
      throw new ConfigException("configuration file %s can't be read: %s".formatted(file, e));
    }
  }

  /** Reads a text; {@code name} stands for the file in messages. */
  public static <T extends Record> T parse(
      String name, String yaml, Class<T> type, Map<String, String> environment) {
    return new ConfigFile(name, environment, 0).root(yaml, type);
  }

  /**
   * Reads a text whose values mean what they say: a regular expression may hold a {@code ${NAME}}.
   */
  public static <T extends Record> T literal(String name, String yaml, Class<T> type) {
    return new ConfigFile(name, null, 0).root(yaml, type);
  }

  /** What holds without a file, on the ports as they are declared. */
  public static <T extends Record> T defaults(Class<T> type) {
    return defaults(type, 0);
  }

  /** What holds without a file, on ports moved by an offset. */
  public static <T extends Record> T defaults(Class<T> type, int portOffset) {
    return new ConfigFile("(defaults)", Map.of(), portOffset).root("", type);
  }

  private <T extends Record> T root(String yaml, Class<T> type) {
    return section("", compose(file, yaml).orElse(null), 1, type);
  }

  private static Optional<Node> compose(String name, String yaml) {
    try {
      LoadSettings settings = LoadSettings.builder()
          .setLabel(name)
          .setSchema(new CoreSchema())
          .setCodePointLimit(CODE_POINTS_MAX)
          .build();
      return new Compose(settings).composeString(yaml);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new ConfigException("%s:%d: not YAML: %s".formatted(name, line, e.getProblem()));
    } catch (YamlEngineException e) {
      throw new ConfigException("%s: not YAML: %s".formatted(name, e.getMessage()));
    }
  }

  private <T> T section(String path, @Nullable Node node, int line, Class<T> type) {
    Map<String, Entry> entries = entries(path, node);
    RecordComponent[] components = type.getRecordComponents();
    refuseUnknown(path, entries, components);
    var arguments = new @Nullable Object[components.length];
    for (int i = 0; i < components.length; i++) {
      if (components[i].getType() == Line.class) {
        arguments[i] = new Line(line);
        continue;
      }
      String key = Notation.kebab(components[i].getName());
      String below = path.isEmpty() ? key : path + "." + key;
      Entry entry = entries.get(key);
      arguments[i] = entry == null
          ? missing(below, line, components[i])
          : value(below, entry.value(), components[i].getGenericType(), key(components[i]));
    }
    return construct(path, line, type, components, arguments);
  }

  /** A key as written and what stands behind it. */
  private record Entry(ScalarNode key, Node value) {}

  private Map<String, Entry> entries(String path, @Nullable Node node) {
    var entries = new LinkedHashMap<String, Entry>();
    if (node == null || node.getTag().equals(Tag.NULL)) {
      return entries; // a section with all its keys commented out
    }
    if (!(node instanceof MappingNode mapping)) {
      throw refusal(node, "%s must be a section of keys".formatted(named(path)));
    }
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw refusal(tuple.getKeyNode(), "%s has a key that is no text".formatted(named(path)));
      }
      Entry earlier = entries.put(key.getValue(), new Entry(key, tuple.getValueNode()));
      if (earlier != null) {
        throw refusal(
            key,
            "key %s is given twice, first in line %d"
                .formatted(key.getValue(), line(earlier.key())));
      }
    }
    return entries;
  }

  private void refuseUnknown(
      String path, Map<String, Entry> entries, RecordComponent[] components) {
    List<String> known = Arrays.stream(components)
        .filter(c -> c.getType() != Line.class)
        .map(c -> Notation.kebab(c.getName()))
        .sorted()
        .toList();
    for (Entry entry : entries.values()) {
      String key = entry.key().getValue();
      if (!known.contains(key)) {
        throw refusal(
            entry.key(),
            "unknown key %s in %s; %s".formatted(key, named(path), suggestion(key, known)));
      }
    }
  }

  private static String suggestion(String key, List<String> known) {
    String nearest =
        known.stream().min(Comparator.comparingInt(each -> distance(key, each))).orElse("");
    return distance(key, nearest) <= Math.max(2, key.length() / 2)
        ? "the nearest known key is " + nearest
        : "known keys are " + String.join(", ", known);
  }

  /** Edits that turn one word into the other (Levenshtein). */
  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }

  private @Nullable Object missing(String path, int line, RecordComponent component) {
    Key key = key(component);
    if (key != null && !key.fallback().equals(Key.NO_FALLBACK)) {
      Node fallback = compose("(default of " + path + ")", key.fallback()).orElseThrow();
      return value(path, fallback, component.getGenericType(), key);
    }
    if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
      return null;
    }
    if (isSection(component.getType())) {
      return section(path, null, line, component.getType());
    }
    throw new ConfigException("%s:%d: %s must be given".formatted(file, line, path));
  }

  private Object value(String path, Node node, Type type, @Nullable Key key) {
    if (type instanceof ParameterizedType generic && generic.getRawType() == List.class) {
      return list(path, node, generic.getActualTypeArguments()[0], key);
    }
    if (type instanceof ParameterizedType generic && generic.getRawType() == Map.class) {
      return map(path, node, generic.getActualTypeArguments()[1], key);
    }
    if (type instanceof Class<?> record && isSection(record)) {
      return section(path, node, line(node), record);
    }
    if (!(node instanceof ScalarNode scalar)) {
      throw refusal(node, "%s must be a single value".formatted(path));
    }
    if (scalar.getTag().equals(Tag.NULL)) {
      throw refusal(node, "%s has no value; leave the key out for its default".formatted(path));
    }
    return scalar(path, scalar, type, key);
  }

  private List<Object> list(String path, Node node, Type element, @Nullable Key key) {
    if (!(node instanceof SequenceNode sequence)) {
      throw refusal(node, "%s must be a list: [a, b]".formatted(path));
    }
    var values = new ArrayList<>();
    for (Node each : sequence.getValue()) {
      values.add(value("%s[%d]".formatted(path, values.size()), each, element, key));
    }
    return List.copyOf(values);
  }

  /** In the order of the file. */
  private Map<String, Object> map(String path, Node node, Type element, @Nullable Key key) {
    var values = new LinkedHashMap<String, Object>();
    entries(path, node).forEach((name, entry) -> {
      String below = path + "." + name;
      Object value = element instanceof Class<?> record && isSection(record)
          ? section(below, entry.value(), line(entry.key()), record) // begins with its name
          : value(below, entry.value(), element, key);
      values.put(name, value);
    });
    return Collections.unmodifiableMap(values);
  }

  private Object scalar(String path, ScalarNode node, Type type, @Nullable Key key) {
    String text = resolved(path, node);
    Object value;
    try {
      value = parsed(text, type, key);
    } catch (IllegalArgumentException e) {
      // the text as written: what came from the environment may be a secret
      throw refusal(
          node, "%s is %s, but must be %s".formatted(path, node.getValue(), e.getMessage()));
    }
    refuseOutOfRange(path, node, value, type, key);
    if (type != int.class) {
      return value;
    }
    int number = narrow(path, node, (Long) value);
    return key != null && key.unit().equals("port") ? moved(path, node, number) : number;
  }

  private String resolved(String path, ScalarNode node) {
    Map<String, String> variables = environment;
    if (variables == null) {
      return node.getValue();
    }
    Matcher reference = REFERENCE.matcher(node.getValue());
    return reference.replaceAll(match -> {
      String name = match.group(1);
      if (!NAME.matcher(name).matches() || !match.group().endsWith("}")) {
        throw refusal(node, "%s: %s is no reference like ${NAME}".formatted(path, match.group()));
      }
      String value = variables.get(name);
      if (value == null) {
        throw refusal(node, "%s: environment variable %s is not set".formatted(path, name));
      }
      return Matcher.quoteReplacement(value);
    });
  }

  /**
   * A whole number of any width is a Long. Throws IllegalArgumentException whose message says what
   * is expected.
   */
  private static Object parsed(String text, Type type, @Nullable Key key) {
    boolean size = key != null && key.unit().equals("bytes");
    return switch (type) {
      case Class<?> c when c == String.class -> text;
      case Class<?> c when c == Secret.class -> new Secret(text);
      case Class<?> c when c == Path.class -> Path.of(text);
      case Class<?> c when c == URI.class -> uri(text);
      case Class<?> c when c == Duration.class -> Notation.duration(text);
      case Class<?> c when c == boolean.class -> truth(text);
      case Class<?> c
      when c == int.class || c == long.class -> size ? Notation.bytes(text) : whole(text);
      case Class<?> c when c == double.class -> number(text);
      case Class<?> c when c.isEnum() -> constant(text, c);
      default -> throw new IllegalStateException("configuration has no values of type " + type);
    };
  }

  private static URI uri(String text) {
    try {
      URI uri = new URI(text);
      if (uri.getScheme() != null && uri.getHost() != null) {
        return uri;
      }
    } catch (URISyntaxException _) { // its message holds the text
    }
    throw new IllegalArgumentException("an address such as https://host:8443");
  }

  private static boolean truth(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("true or false");
    };
  }

  private static long whole(String text) {
    try {
      return Long.parseLong(text.replace("_", ""));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("a whole number", e);
    }
  }

  private static double number(String text) {
    double number;
    try {
      number = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("a number", e);
    }
    if (!Double.isFinite(number)) { // NaN is within every range
      throw new IllegalArgumentException("a number");
    }
    return number;
  }

  private static Object constant(String text, Class<?> type) {
    Enum<?>[] constants = (Enum<?>[]) type.getEnumConstants();
    return Arrays.stream(constants)
        .filter(constant -> Notation.kebab(constant).equals(text))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(Arrays.stream(constants)
            .map(Notation::kebab)
            .collect(Collectors.joining(", ", "one of ", ""))));
  }

  private void refuseOutOfRange(
      String path, ScalarNode node, Object value, Type type, @Nullable Key key) {
    if (key == null || !(value instanceof Number || value instanceof Duration)) {
      return;
    }
    boolean below = !key.min().isEmpty() && compare(value, parsed(key.min(), type, key)) < 0;
    boolean above = !key.max().isEmpty() && compare(value, parsed(key.max(), type, key)) > 0;
    if (below || above) {
      throw refusal(
          node,
          "%s is %s, but must be %s %s"
              .formatted(
                  path,
                  node.getValue(),
                  below ? "at least" : "at most",
                  below ? key.min() : key.max()));
    }
  }

  /** A port moved by the offset; 0 leaves the choice to the system and stays. */
  private int moved(String path, ScalarNode node, int port) {
    int moved = port == 0 ? 0 : port + portOffset;
    if (moved < 0 || moved > PORT_MAX) {
      throw refusal(
          node, "%s %d moved by %d is no port any more".formatted(path, port, portOffset));
    }
    return moved;
  }

  private int narrow(String path, ScalarNode node, long value) {
    if (value != (int) value) {
      throw refusal(
          node,
          "%s is %s, but must be at most %d".formatted(path, node.getValue(), Integer.MAX_VALUE));
    }
    return (int) value;
  }

  private static int compare(Object left, Object right) {
    return left instanceof Duration duration
        ? duration.compareTo((Duration) right)
        : Double.compare(((Number) left).doubleValue(), ((Number) right).doubleValue());
  }

  private <T> T construct(
      String path,
      int line,
      Class<T> type,
      RecordComponent[] components,
      @Nullable Object[] arguments) {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      Constructor<T> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw new ConfigException(
            "%s:%d: %s: %s".formatted(file, line, named(path), refused.getMessage()));
      }
      throw new IllegalStateException("constructor of " + type, e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("constructor of " + type, e);
    }
  }

  private static boolean isSection(Class<?> type) {
    return type.isRecord() && type != Secret.class && type != Line.class;
  }

  private static @Nullable Key key(RecordComponent component) {
    return component.getAnnotation(Key.class);
  }

  private static String named(String path) {
    return path.isEmpty() ? "the file" : path;
  }

  private ConfigException refusal(Node node, String message) {
    return new ConfigException("%s:%d: %s".formatted(file, line(node), message));
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }
}
