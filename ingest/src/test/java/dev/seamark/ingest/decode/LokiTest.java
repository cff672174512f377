package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Clusters;
import dev.seamark.tenant.Sender;
import dev.seamark.tenant.TenantLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Loki pushes and the rows that they become. */
class LokiTest {
  private static final long TIME = 1_790_000_000_123_456_789L;
  private static final String TRACE_ID = "0102030405060708090a0b0c0d0e0f10";
  private static final String SPAN_ID = "1112131415161718";

  private final LogRows rows = new LogRows();
  private final LokiProtobuf protobuf = new LokiProtobuf(Limits.DEFAULT);
  private final LokiJson json = new LokiJson(Limits.DEFAULT, protobuf);

  @Test
  void anEntryBecomesARow() throws Exception {
    byte[] push = LokiPush.of(
        "{cluster=\"eu-1\", namespace=\"shop\", pod=\"cart-7\", container=\"cart\","
            + " service_name=\"cart\", env=\"prod\", level=\"info\"}",
        LokiPush.entry(
            TIME,
            "añadido ☕",
            map("traceID", TRACE_ID, "span_id", SPAN_ID, "level", "WARN", "user", "7")));

    Decoded decoded = decode(push, new Sender("acme", null, 30), null);

    assertThat(decoded).isEqualTo(Decoded.all(1));
    Map<String, Object> expected = new LinkedHashMap<>();
    expected.put("Timestamp", TIME);
    expected.put("ObservedTimestamp", OtlpOracle.NOW);
    expected.put("Tenant", "acme");
    expected.put("Cluster", "eu-1");
    expected.put("RetentionDays", 30L);
    expected.put("TraceId", TRACE_ID);
    expected.put("SpanId", SPAN_ID);
    expected.put("TraceFlags", 0L);
    expected.put("SeverityText", "WARN");
    expected.put("SeverityNumber", 13L);
    expected.put("ServiceName", "cart");
    expected.put("Body", "añadido ☕");
    expected.put("ResourceSchemaUrl", "");
    expected.put(
        "ResourceAttributes",
        List.of(
            "env=prod",
            "k8s.cluster.name=eu-1",
            "k8s.container.name=cart",
            "k8s.namespace.name=shop",
            "k8s.pod.name=cart-7",
            "service.name=cart"));
    expected.put("ScopeSchemaUrl", "");
    expected.put("ScopeName", "");
    expected.put("ScopeVersion", "");
    expected.put("ScopeAttributes", List.of());
    expected.put("LogAttributes", List.of("user=7"));
    expected.put("EventName", "");
    expected.put("DroppedAttributesCount", 0L);
    assertThat(row(0)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '§', textBlock = """
          {}                                         |
          { }                                        |
          {a="b"}                                    | a=b
          { a = "b" , c = "d" , }                    | a=b,c=d
          {b="2",a="1"}                              | a=1,b=2
          {a="1",a="2"}                              | a=2
          {a=""}                                     |
          """)
  void labelsAreReadAsLokiWritesThem(String labels, String attributes) throws Exception {
    decode(LokiPush.of(labels, LokiPush.entry(TIME, "x")));

    assertThat(row(0))
        .containsEntry(
            "ResourceAttributes",
            attributes == null ? List.of() : List.of(attributes.split(",", -1)));
  }

  @Test
  void escapesAreThoseOfAGoString() throws Exception {
    String labels = "{a=\"x\\\"y\\\\z\\a\\b\\f\\n\\r\\t\\v\\'\\u00e9\\x41\\xc3\\xa9\\U0001F600\"}";

    decode(LokiPush.of(labels, LokiPush.entry(TIME, "x")));

    assertThat(row(0))
        .containsEntry(
            "ResourceAttributes",
            List.of("a=x\"y\\z\u0007\b\f\n\r\t\u000b'\u00e9A\u00e9\uD83D\uDE00"));
  }

  @Test
  void backquotedValuesAndQuotedNamesAreTakenAsTheyAre() throws Exception {
    decode(LokiPush.of("{`a b`=`c\\n\"`, \"d.é\"=\"f\"}", LokiPush.entry(TIME, "x")));

    assertThat(row(0)).containsEntry("ResourceAttributes", List.of("a b=c\\n\"", "d.é=f"));
  }

  @Test
  void labelsBecomeTheAttributesOfTheReference() throws Exception {
    List<String> table = Files.readAllLines(Path.of("../docs/reference/loki.md")).stream()
        .filter(line -> line.matches("\\| `[^|]*` \\| `[a-z0-9.]*` \\|"))
        .toList();

    assertThat(table).hasSize(14);
    for (String line : table) {
      String[] cells = line.replaceAll("[`\\s]", "").split("\\|", -1);
      for (String label : cells[1].split(",", -1)) {
        rows.clear();
        decode(LokiPush.of("{" + label + "=\"v\"}", LokiPush.entry(TIME, "x")));
        assertThat(row(0)).containsEntry("ResourceAttributes", List.of(cells[2] + "=v"));
      }
    }
  }

  @Test
  void otherLabelsKeepTheirNames() throws Exception {
    decode(LokiPush.of("{filename=\"/x\", instance=\"i\"}", LokiPush.entry(TIME, "x")));

    assertThat(row(0)).containsEntry("ResourceAttributes", List.of("filename=/x", "instance=i"));
  }

  @ParameterizedTest
  @CsvSource({
    "'{service_name=\"a\",service=\"b\",app=\"c\",job=\"d\"}', a",
    "'{job=\"d\",app=\"c\",service=\"b\"}', b",
    "'{job=\"d\",app=\"c\"}', c",
    "'{application=\"e\",job=\"d\"}', e",
    "'{app_kubernetes_io_name=\"f\",job=\"d\"}', f",
    "'{job=\"d\"}', d",
    "'{pod=\"p\"}', ''",
  })
  void theServiceIsTheFirstLabelThatNamesOne(String labels, String service) throws Exception {
    decode(LokiPush.of(labels, LokiPush.entry(TIME, "x")));

    assertThat(row(0)).containsEntry("ServiceName", service);
    if (!service.isEmpty()) {
      assertThat(row(0))
          .extractingByKey("ResourceAttributes", InstanceOfAssertFactories.LIST)
          .contains("service.name=" + service);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '§', textBlock = """
          a="b"          | at byte 0: '{' is needed
          {a="b"         | at byte 6: ',' is needed
          {a="b          | at byte 5: a label value has no end
          {a=b}          | at byte 3: a label value in quotes is needed
          {a}            | at byte 2: '=' is needed
          {="b"}         | at byte 1: a label name is needed
          {a=~"b"}       | at byte 3: a label value in quotes is needed
          {a="b" c="d"}  | at byte 7: ',' is needed
          {a="b"} x      | at byte 8: there is more behind the labels
          {a="\\q"}      | at byte 6: an unknown escape in a value
          {a="\\x4"}     | at byte 7: 2 hexadecimal digits are needed in an escape
          {a="\\U00110000"} | at byte 14: an escape beyond Unicode
          {a="\\ud800"}  | a label value isn't UTF-8
          {a="\\xff"}    | a label value isn't UTF-8
          """)
  void aStreamWhoseLabelsCannotBeReadIsLeftOutByItself(String labels, String why) throws Exception {
    byte[] push = new LokiPush()
        .stream(labels, LokiPush.entry(TIME, "x"), LokiPush.entry(TIME, "y")).stream(
                "{a=\"b\"}", LokiPush.entry(TIME, "kept"))
            .bytes();

    Decoded decoded = decode(push);

    assertThat(decoded.accepted()).isEqualTo(1);
    assertThat(decoded.rejected()).isEqualTo(2);
    assertThat(decoded.message()).startsWith("labels of a stream ").contains(why);
    assertThat(row(0)).containsEntry("Body", "kept");
  }

  @Test
  void theClusterIsThatOfTheLabelsElseOfTheHeaderElseOfTheKey() throws Exception {
    Sender ofKey = new Sender("default", "of-key", 0);
    byte[] named = LokiPush.of("{cluster=\"of-label\"}", LokiPush.entry(TIME, "x"));
    byte[] unnamed = LokiPush.of("{a=\"b\"}", LokiPush.entry(TIME, "x"));

    decode(named, ofKey, "of-header");
    decode(unnamed, ofKey, "of-header");
    decode(unnamed, ofKey, null);

    assertThat(List.of(row(0), row(1), row(2)))
        .extracting(row -> row.get("Cluster"))
        .containsExactly("of-label", "of-header", "of-key");
  }

  @Test
  void aKeyBoundToOtherClustersMayNotPush() {
    Sender bound =
        new Sender("acme", null, 0, "edge", Clusters.of(List.of("eu-1")), TenantLimits.NONE);

    assertThatThrownBy(
            () -> decode(LokiPush.of("{cluster=\"us-1\"}", LokiPush.entry(TIME, "x")), bound, null))
        .isInstanceOf(Forbidden.class)
        .hasMessageContaining("us-1");
    assertThatThrownBy(
            () -> decode(LokiPush.of("{a=\"b\"}", LokiPush.entry(TIME, "x")), bound, "us-1"))
        .isInstanceOf(Forbidden.class);
  }

  @ParameterizedTest
  @CsvSource({
    "level, detected_level, a, b, a",
    "detected_level, level, b, a, a",
    "severity, detected_level, a, b, a",
    "severity_text, unrelated, a, b, a",
    "detected_level, unrelated, a, b, a",
    "unrelated, other, b, b, of-stream",
  })
  void theLevelIsTheEntrysElseTheDetectedElseTheStreams(
      String first, String second, String firstValue, String secondValue, String level)
      throws Exception {
    decode(LokiPush.of(
        "{level=\"of-stream\"}",
        LokiPush.entry(TIME, "x", map(first, firstValue, second, secondValue))));

    assertThat(row(0)).containsEntry("SeverityText", level);
    assertThat(row(0)).containsEntry("ResourceAttributes", List.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{level=\"a\", severity=\"b\", detected_level=\"c\"}",
        "{detected_level=\"c\", severity=\"b\", level=\"a\"}",
        "{severity=\"b\", level=\"a\", detected_level=\"c\"}",
      })
  void ofTheStreamsLevelsTheBestNamedOneHoldsAndTheOthersStayLabels(String labels)
      throws Exception {
    decode(LokiPush.of(labels, LokiPush.entry(TIME, "x")));

    assertThat(row(0)).containsEntry("SeverityText", "a");
    assertThat(row(0))
        .containsEntry("ResourceAttributes", List.of("detected_level=c", "severity=b"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0102030405060708090a0b0c0d0e0f1",
        "0102030405060708090a0b0c0d0e0f1g",
        "0102030405060708090a0b0c0d0e0f1ä",
      })
  void whatIsNoTraceIdStaysAnAttribute(String id) throws Exception {
    decode(LokiPush.of("{}", LokiPush.entry(TIME, "x", Map.of("trace_id", id))));

    assertThat(row(0)).containsEntry("TraceId", "");
    assertThat(row(0)).containsEntry("LogAttributes", List.of("trace_id=" + id));
  }

  @Test
  void idsAreWrittenInLowerCaseAndOneOfZerosIsNone() throws Exception {
    decode(LokiPush.of(
        "{}",
        LokiPush.entry(
            TIME, "x", map("traceid", "ABCDEF" + "0".repeat(26), "spanID", "F".repeat(16))),
        LokiPush.entry(TIME, "x", map("trace_id", "0".repeat(32), "spanid", "0".repeat(16)))));

    assertThat(row(0)).containsEntry("TraceId", "abcdef" + "0".repeat(26));
    assertThat(row(0)).containsEntry("SpanId", "f".repeat(16));
    assertThat(row(1)).containsEntry("TraceId", "").containsEntry("SpanId", "");
    assertThat(row(1)).containsEntry("LogAttributes", List.of());
  }

  @Test
  void anEntryWithoutATimeTakesThatOfItsArrival() throws Exception {
    decode(LokiPush.of("{}", LokiPush.entry(0, "x")));

    assertThat(row(0)).containsEntry("Timestamp", OtlpOracle.NOW);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0, the time of an entry is -1 s",
    "4294967296, 0, the time of an entry is 4294967296 s",
    "9223372036854775807, 0, the time of an entry is 9223372036854775807 s",
    "1, -1, has -1 nanoseconds",
    "1, 1000000000, has 1000000000 nanoseconds",
    "1900000000, 0, ingest.limits.future-max",
  })
  void anEntryOfAnImpossibleTimeIsLeftOut(long seconds, int nanos, String why) throws Exception {
    Decoded decoded =
        decode(LokiPush.of("{}", LokiPush.entry(seconds, nanos), LokiPush.entry(TIME, "kept")));

    assertThat(decoded.accepted()).isEqualTo(1);
    assertThat(decoded.rejected()).isEqualTo(1);
    assertThat(decoded.message()).contains(why);
  }

  @Test
  void eachLimitIsNamed() throws Exception {
    String many = String.join(
        ",", new Random(1).ints(257).mapToObj(i -> "n" + i + "=\"v\"").toList());
    Map<String, String> metadata = new HashMap<>();
    for (int i = 0; i < 257; i++) {
      metadata.put("n" + i, "v");
    }

    assertThat(why("{" + many + "}", Map.of())).contains("(ingest.limits.attributes-max)");
    assertThat(why("{" + "n".repeat(1025) + "=\"v\"}", Map.of()))
        .contains("(ingest.limits.attribute-key-bytes-max)");
    assertThat(why("{n=\"" + "v".repeat(256 * 1024 + 1) + "\"}", Map.of()))
        .contains("label 'n'", "(ingest.limits.attribute-value-bytes-max)");
    assertThat(why("{n=\"" + "v".repeat(4 * 1024 * 1024) + "\"}", Map.of()))
        .contains("(ingest.limits.row-bytes-max)");
    assertThat(why("{}", metadata)).contains("(ingest.limits.attributes-max)");
    assertThat(why("{}", Map.of("n".repeat(1025), "v")))
        .contains("(ingest.limits.attribute-key-bytes-max)");
    assertThat(why("{}", Map.of("n", "v".repeat(256 * 1024 + 1))))
        .contains("'n'", "(ingest.limits.attribute-value-bytes-max)");
    assertThat(decode(LokiPush.of("{}", LokiPush.entry(TIME, "x".repeat(4 * 1024 * 1024))))
            .message())
        .contains("(ingest.limits.row-bytes-max)");
  }

  private String why(String labels, Map<String, String> metadata) throws Malformed {
    Decoded decoded = decode(LokiPush.of(labels, LokiPush.entry(TIME, "x", metadata)));
    assertThat(decoded.rejected()).isEqualTo(1);
    return decoded.message();
  }

  @Test
  void aPushThatIsCutShortIsRefusedOrWhole() throws Exception {
    byte[] push = LokiPush.of("{a=\"b\"}", LokiPush.entry(TIME, "line", Map.of("k", "v")));
    for (int end = 1; end < push.length; end++) {
      byte[] cut = Arrays.copyOf(push, end);
      assertThatThrownBy(() -> decode(cut)).isInstanceOf(Malformed.class);
    }
  }

  @Test
  void aPushInJsonBecomesTheSameRowsAsInProtobuf() throws Exception {
    var random = new Random(20261125);
    for (int round = 0; round < 300; round++) {
      var push = new LokiPush();
      var text = new StringBuilder("{\"streams\":[");
      for (int stream = 0; stream < random.nextInt(4); stream++) {
        Map<String, String> labels = randomPairs(random);
        byte[][] entries = new byte[random.nextInt(4)][];
        var values = new StringBuilder();
        for (int i = 0; i < entries.length; i++) {
          long time = TIME + random.nextInt();
          String line = randomText(random);
          Map<String, String> metadata = randomPairs(random);
          entries[i] = LokiPush.entry(time, line, metadata);
          values
              .append(i > 0 ? "," : "")
              .append("[\"%d\",%s,%s]".formatted(time, quoted(line), object(metadata)));
        }
        push.stream(goLabels(labels), entries);
        text.append(stream > 0 ? "," : "")
            .append("{\"stream\":%s,\"values\":[%s]}".formatted(object(labels), values));
      }
      rows.clear();
      Decoded decoded = decode(push.bytes());
      List<Map<String, Object>> expected = RowTexts.of(rows.block());

      rows.clear();
      assertThat(decodeJson(text.append("]}").toString())).isEqualTo(decoded);
      assertThat(RowTexts.of(rows.block())).isEqualTo(expected);
    }
  }

  private static Map<String, String> randomPairs(Random random) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      List<String> names = List.of("pod", "app", "level", "trace_id", "x_y", "cluster");
      pairs.put(names.get(random.nextInt(names.size())), randomText(random));
    }
    return pairs;
  }

  private static String randomText(Random random) {
    return random
        .ints(random.nextInt(8), 0, 12)
        .mapToObj(i -> List.of("a", "b", " ", "\"", "\\", "é", "☕", "😀", "}", ",", "\n", "=")
            .get(i))
        .reduce("", String::concat);
  }

  private static String goLabels(Map<String, String> labels) {
    return "{"
        + String.join(
            ", ",
            labels.entrySet().stream()
                .map(label -> label.getKey() + "=" + quoted(label.getValue()))
                .toList())
        + "}";
  }

  private static String object(Map<String, String> pairs) {
    return "{"
        + String.join(
            ",",
            pairs.entrySet().stream()
                .map(pair -> quoted(pair.getKey()) + ":" + quoted(pair.getValue()))
                .toList())
        + "}";
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }

  @Test
  void whatClientsVaryInJsonIsTaken() throws Exception {
    Decoded decoded = decodeJson("""
        {"unknown": [1, {"x": []}], "streams": [
          {"values": [[%d, "first"], ["%d", "second", null], ["%d", "third", {"n": 1, "b": true, "z": null}]],
           "stream": {"n": 1.5, "t": true, "z": null}, "hash": 5},
          {"stream": null, "values": null}
        ]}
        """.formatted(TIME, TIME + 1, TIME + 2));

    assertThat(decoded).isEqualTo(Decoded.all(3));
    assertThat(row(0)).containsEntry("Timestamp", TIME).containsEntry("Body", "first");
    assertThat(row(0)).containsEntry("ResourceAttributes", List.of("n=1.5", "t=true"));
    assertThat(row(1)).containsEntry("Timestamp", TIME + 1).containsEntry("Body", "second");
    assertThat(row(2)).containsEntry("LogAttributes", List.of("b=true", "n=1"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '§', textBlock = """
          []                                                    | the request must be an object
          {} x                                                  | Unrecognized token
          {} {}                                                 | there is more behind the request
          {"streams":{}}                                        | streams must be an array
          {"streams":[1]}                                       | a stream must be an object
          {"streams":[{"stream":[]}]}                           | the labels of a stream must be an object
          {"streams":[{"values":{}}]}                           | the values of a stream must be an array
          {"streams":[{"labels":"{}","entries":[]}]}            | not by labels and entries
          {"streams":[{"stream":{"a":{}}}]}                     | a label must be a string
          {"streams":[{"stream":{"a":"\\ud800"}}]}              | half of a surrogate pair
          {"streams":[{"values":[{}]}]}                         | an entry must be an array
          {"streams":[{"values":[[]]}]}                         | the time of an entry must be digits
          {"streams":[{"values":[["x","y"]]}]}                  | the time of an entry must be digits
          {"streams":[{"values":[["-1","y"]]}]}                 | the time of an entry must be digits
          {"streams":[{"values":[["","y"]]}]}                   | the time of an entry must be digits
          {"streams":[{"values":[["9223372036854775808","y"]]}]} | the time of an entry must be digits
          {"streams":[{"values":[["1"]]}]}                      | the line of an entry must be a string
          {"streams":[{"values":[["1",2]]}]}                    | the line of an entry must be a string
          {"streams":[{"values":[["1","\\ud800"]]}]}            | half of a surrogate pair
          {"streams":[{"values":[["1","y",5]]}]}                | behind the line of an entry
          {"streams":[{"values":[["1","y",{},5]]}]}             | behind the line of an entry
          {"streams":[{"values":[["1","y",{"a":[]}]]}]}         | structured metadata must be a string
          {"streams":[{"values":[["1","y"                       | Unexpected end-of-input
          """)
  void jsonThatIsNoPushIsRefusedWithItsPlace(String text, String why) {
    assertThatThrownBy(() -> decodeJson(text))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining(why)
        .hasMessageContaining("at line 1, column ");
  }

  @Test
  void jsonThatIsNotUtf8IsRefused() {
    assertThatThrownBy(() -> json.decode(
            new byte[] {'{', '"', (byte) 0xFF, '"'},
            0,
            4,
            Sender.ANYBODY,
            null,
            OtlpOracle.NOW,
            rows))
        .isInstanceOf(Malformed.class)
        .hasMessage("malformed JSON at byte 2: it isn't UTF-8");
    assertThatThrownBy(() -> decodeJson("{\0"))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("a NUL, UTF-8 is needed");
  }

  @Test
  void endlessNestingIsRefused() {
    assertThatThrownBy(() -> decodeJson("{\"x\":" + "[".repeat(1_000_000)))
        .isInstanceOf(Malformed.class);
  }

  private Decoded decode(byte[] push) throws Malformed {
    return decode(push, Sender.ANYBODY, null);
  }

  private Decoded decode(byte[] push, Sender sender, @Nullable String header) throws Malformed {
    return protobuf.decode(push, 0, push.length, sender, header, OtlpOracle.NOW, rows);
  }

  private Decoded decodeJson(String text) throws Malformed {
    byte[] push = text.getBytes(UTF_8);
    return json.decode(push, 0, push.length, Sender.ANYBODY, null, OtlpOracle.NOW, rows);
  }

  private Map<String, Object> row(int row) {
    return RowTexts.of(rows.block()).get(row);
  }

  /** In the order given. */
  private static Map<String, String> map(String... pairs) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return map;
  }
}
