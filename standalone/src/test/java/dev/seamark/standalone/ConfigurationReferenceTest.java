package dev.seamark.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.service.ConfigFile;
import dev.seamark.service.Key;
import dev.seamark.service.Secret;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The configuration page is made from the records that the file is read into;
 * {@code -Dgolden=write} rewrites it. The examples of the documentation are read as the services
 * read them.
 */
class ConfigurationReferenceTest {
  private static final Path PAGE = Path.of("../docs/reference/configuration.md");
  private static final Path EXAMPLE = Path.of("../docs/reference/seamark.example.yaml");

  private static final Map<String, String> ENVIRONMENT = Map.of(
      "KAFKA_PASSWORD", "secret \"1\"",
      "KAFKA_CLIENT_SECRET", "secret 2",
      "CLICKHOUSE_PASSWORD", "secret 3",
      "ZONE", "eu-west-1a");

  private static final String TLS = "%s `certificate` and `key` are the server's own; with `ca`,"
      + " clients must show a certificate of that authority. Changed files hold for new connections"
      + " within seconds: see [keys.md](keys.md#tls).";

  private static final Map<String, String> SECTIONS = Map.ofEntries(
      Map.entry("ingest.receive", "The ports that senders reach, and how patient they are."),
      Map.entry("ingest.receive.tls", TLS.formatted("Every port that senders reach.")),
      Map.entry(
          "ingest.fluent",
          "The forward protocol of Fluentd and Fluent Bit: see [fluent.md](fluent.md)."),
      Map.entry(
          "ingest.kafka-in",
          "Topics that an OpenTelemetry Collector fills: see [kafka-in.md](kafka-in.md)."),
      Map.entry(
          "ingest.kafka-in.brokers", "Optional: left out where section `kafka` has the topics."),
      Map.entry("ingest.kafka-in.brokers.tls", "Encryption towards these brokers."),
      Map.entry("ingest.kafka-in.brokers.sasl", "Optional: the login at these brokers."),
      Map.entry("ingest.batch", "When an open block is sealed, and how much may be under way."),
      Map.entry("ingest.metrics", "How OTLP metrics get their Prometheus names and labels."),
      Map.entry("ingest.remote-write", "Pairs of Prometheus servers of which one is stored."),
      Map.entry("ingest.series", "How many series an ingester remembers."),
      Map.entry("ingest.limits", "What a sender may send: see [otlp.md](otlp.md#limits)."),
      Map.entry("writer", "How the log is cut into inserts, and how much a writer holds."),
      Map.entry(
          "rollup",
          "Samples by five minutes and by the hour, made by the writers: see [rollups.md](rollups.md)."),
      Map.entry("query", "The SQL port, and how much it lets through."),
      Map.entry("query.tls", TLS.formatted("Both ports.")),
      Map.entry("rules", "The rules service evaluates no rules yet."),
      Map.entry("rules.tls", TLS.formatted("The port.")),
      Map.entry("writer.tls", TLS.formatted("The port.")),
      Map.entry("keys", "Who may send and ask: see [keys.md](keys.md)."),
      Map.entry(
          "kafka",
          "How ingesters and writers reach the brokers:"
              + " [how to](../how-to/connect-kafka-and-clickhouse.md). Not used by `standalone`."),
      Map.entry("kafka.tls", "With `certificate` and `key`, this process shows its own (mTLS)."),
      Map.entry("kafka.sasl", "Optional: left out where the brokers ask for no login."),
      Map.entry("kafka.topics", "How the topics are laid out that carry rows to ClickHouse."),
      Map.entry(
          "clickhouse",
          "How writers, the query service and `seamark migrate` reach ClickHouse:"
              + " [how to](../how-to/connect-kafka-and-clickhouse.md). Not used by `standalone`."),
      Map.entry("clickhouse.tls", "For addresses with `https`."),
      Map.entry(
          "schema",
          "How the tables are laid out: see [storage.md](storage.md#cluster). Fixed from the first"
              + " migration on. Not used by `standalone`."));

  private static final String INTRODUCTION = """
      # Configuration
      All keys of the YAML file given by `--config`; without a file the defaults hold. This page is made by `ConfigurationReferenceTest` from the records that the file is read into. An example for a fleet: [seamark.example.yaml](seamark.example.yaml).

      - An unknown key, a key given twice and a value out of its range are refused, with file and line.
      - `${NAME}` in a value is replaced from the environment. Passwords belong there.
      - A size is a number with `B`, `KiB`, `MiB`, `GiB` or `TiB`, or of bytes alone; a duration one with `us`, `ms`, `s`, `m`, `h` or `d`.
      - `--port-offset N` is added to every port but 0, those left at their defaults too.
      - Without a [keys file](keys.md) every `bind` must be a loopback address: nobody is asked who they are. `writer.host` shows no rows and may be any.
      """;

  @Test
  void thePageIsWhatTheRecordsSay() throws IOException {
    String made = INTRODUCTION + section("", SeamarkConfig.class);
    if (System.getProperty("golden", "compare").equals("write")) {
      Files.writeString(PAGE, made, UTF_8);
    }
    assertThat(made).isEqualTo(Files.readString(PAGE, UTF_8));
  }

  @Test
  void theExampleIsRead() {
    SeamarkConfig config = ConfigFile.read(EXAMPLE, SeamarkConfig.class, ENVIRONMENT, 0);

    assertThat(config.kafka().clientRack()).isEqualTo("eu-west-1a");
    assertThat(config.clickhouse().password().reveal()).isEqualTo("secret 3");
    assertThat(config.schema().cluster()).isEqualTo("main");
  }

  static Stream<String> snippets() {
    return Stream.of(
            "reference/storage.md",
            "how-to/connect-kafka-and-clickhouse.md",
            "how-to/give-a-cluster-its-key.md")
        .flatMap(page -> ReferencePage.of(page).blocks("yaml").stream());
  }

  @ParameterizedTest
  @MethodSource("snippets")
  void everySnippetIsRead(String yaml) {
    SeamarkConfig config = ConfigFile.parse("snippet", yaml, SeamarkConfig.class, ENVIRONMENT);

    assertThat(config).isNotEqualTo(ConfigFile.defaults(SeamarkConfig.class));
  }

  /** The section's own keys as a table, then the sections inside it. */
  private static String section(String path, Class<?> type) {
    var text = new StringBuilder();
    var inside = new LinkedHashMap<String, Class<?>>();
    for (RecordComponent component : type.getRecordComponents()) {
      String key = kebab(component.getName());
      if (isSection(component.getType())) {
        inside.put(path.isEmpty() ? key : path + "." + key, component.getType());
      } else {
        text.append(row(key, component));
      }
    }
    if (!text.isEmpty()) {
      assertThat(SECTIONS).as("a sentence about " + path).containsKey(path);
      text.insert(0, """

          ## %s
          %s

          | key | default | unit or type | range | why |
          | --- | --- | --- | --- | --- |
          """.formatted(path, SECTIONS.get(path)));
    }
    inside.forEach((below, record) -> text.append(section(below, record)));
    return text.toString();
  }

  private static String row(String key, RecordComponent component) {
    Key about = component.getAnnotation(Key.class);
    assertThat(about).as("annotation of " + component).isNotNull();
    return "| `%s` | %s | %s | %s | %s |\n"
        .formatted(
            key,
            fallback(about, component),
            unit(about, component.getGenericType()),
            range(about),
            about.why().replace("|", "\\|"));
  }

  private static String fallback(Key about, RecordComponent component) {
    if (about.fallback().equals(Key.NO_FALLBACK)) {
      boolean optional = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
      return optional ? "none" : "must be given";
    }
    return about.fallback().equals("''") ? "empty" : "`" + about.fallback() + "`";
  }

  private static String unit(Key about, Type type) {
    if (type == Duration.class) {
      return "duration";
    }
    if (!about.unit().isEmpty()) {
      return about.unit();
    }
    return switch (type) {
      case ParameterizedType list -> "list of " + unit(about, list.getActualTypeArguments()[0]);
      case Class<?> c when c == boolean.class -> "`true` or `false`";
      case Class<?> c when c == Path.class -> "file";
      case Class<?> c when c == URI.class -> "URL";
      case Class<?> c when c == String.class -> "text";
      case Class<?> c when c == Secret.class -> "secret";
      case Class<?> c
      when c.isEnum() ->
        Arrays.stream(c.getEnumConstants())
            .map(each -> "`" + ((Enum<?>) each).name().toLowerCase(Locale.ROOT) + "`")
            .map(each -> each.replace('_', '-'))
            .collect(Collectors.joining(", "));
      default -> "number";
    };
  }

  private static String range(Key about) {
    if (about.min().isEmpty()) {
      return about.max().isEmpty() ? "" : "at most " + about.max();
    }
    return about.max().isEmpty() ? "at least " + about.min() : about.min() + " to " + about.max();
  }

  private static boolean isSection(Class<?> type) {
    return type.isRecord() && type != Secret.class;
  }

  private static String kebab(String camel) {
    return camel.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }
}
