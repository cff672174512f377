package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Records in JSON, as Fluent Bit's HTTP output sends them, and the rows that they become. */
class RecordsJsonTest {
  private final LogRows rows = new LogRows();
  private final FluentRows records = new FluentRows(Limits.DEFAULT);
  private final RecordsJson json = new RecordsJson(Limits.DEFAULT, records);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{\"date\":1790000000.5,\"log\":\"a\"},{\"date\":1790000001.5,\"log\":\"b\"}]",
        "{\"date\":1790000000.5,\"log\":\"a\"}\n{\"date\":1790000001.5,\"log\":\"b\"}\n",
        "{\"date\":1790000000.5,\"log\":\"a\"}{\"date\":1790000001.5,\"log\":\"b\"}",
        " [ {\"date\":1790000000.5,\"log\":\"a\"} ] \r\n [{\"date\":1790000001.5,\"log\":\"b\"}]",
      })
  void everyFormatIsRead(String body) throws Exception {
    assertThat(decode(body)).isEqualTo(Decoded.all(2));

    assertThat(row(0)).containsEntry("Body", "a").containsEntry("Timestamp", 1790000000500000000L);
    assertThat(row(1)).containsEntry("Body", "b").containsEntry("Timestamp", 1790000001500000000L);
  }

  @Test
  void aRecordOfAKubernetesPodBecomesARow() throws Exception {
    decode("""
        {"date":"2026-09-21T14:13:20.000681Z","stream":"stderr","log":"it broke","level":"error",
         "kubernetes":{"pod_name":"cart-7","namespace_name":"shop","container_name":"cart",
          "host":"node-3","labels":{"app":"cart"}}}
        """);

    assertThat(row(0))
        .containsEntry("Timestamp", 1790000000000681000L)
        .containsEntry("Body", "it broke")
        .containsEntry("SeverityText", "error")
        .containsEntry("SeverityNumber", 17L)
        .containsEntry("ServiceName", "cart")
        .containsEntry("LogAttributes", List.of("log.iostream=stderr"));
    assertThat(row(0))
        .extractingByKey("ResourceAttributes", InstanceOfAssertFactories.LIST)
        .contains(
            "k8s.container.name=cart",
            "k8s.namespace.name=shop",
            "k8s.node.name=node-3",
            "k8s.pod.label.app=cart",
            "k8s.pod.name=cart-7");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '§', textBlock = """
          "date":1790000000                                        | 1790000000000000000
          "date":1790000000.123456                                 | 1790000000123456000
          "date":1790000000123                                     | 1790000000123000000
          "date":"2026-09-21T14:13:20.000681Z"                     | 1790000000000681000
          "date":"2026-09-21 14:13:20.000681"                      | 1790000000000681000
          "@timestamp":"2026-09-21T14:13:20Z"                      | 1790000000000000000
          "@timestamp":"2026-09-21T14:13:20Z","date":1790000001    | 1790000001000000000
          "date":1790000001,"@timestamp":"2026-09-21T14:13:20Z"    | 1790000001000000000
          "a":1                                                    | 1800000000123456789
          "date":0                                                 | 1800000000123456789
          "date":"yesterday"                                       | 1800000000123456789
          "date":null                                              | 1800000000123456789
          "date":[1790000000]                                      | 1800000000123456789
          "nested":{"date":1790000000}                             | 1800000000123456789
          """)
  void theTimeIsRead(String fields, long nanos) throws Exception {
    decode("{" + fields + "}");

    assertThat(row(0)).containsEntry("Timestamp", nanos);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '§', textBlock = """
          "date":1790000001,"@timestamp":"2026-09-21T14:13:20Z"    | @timestamp=2026-09-21T14:13:20Z
          "@timestamp":"2026-09-21T14:13:20Z","date":1790000001    | @timestamp=2026-09-21T14:13:20Z
          "date":"yesterday"                                       | date=yesterday
          "@timestamp":"noon"                                      | @timestamp=noon
          "date":1790000000                                        |
          """)
  void aFieldThatIsNotTheTimeStays(String fields, String attributes) throws Exception {
    decode("{" + fields + "}");

    assertThat(row(0))
        .containsEntry("LogAttributes", attributes == null ? List.of() : List.of(attributes));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '§', textBlock = """
          "text"                        | text
          ""                            |
          "é☕😀"                       | é☕😀
          "\\u00e9\\ud83d\\ude00"       | é😀
          "\\ud800x"                    | \uFFFDx
          true                          | true
          false                         | false
          0                             | 0
          -1                            | -1
          127                           | 127
          128                           | 128
          -33                           | -33
          9223372036854775807           | 9223372036854775807
          -9223372036854775808          | -9223372036854775808
          9223372036854775808           | 9223372036854775808
          18446744073709551615          | 18446744073709551615
          18446744073709551616          | 18446744073709551616
          -9223372036854775809          | -9223372036854775809
          1.5                           | 1.5
          0.1                           | 0.1
          1e3                           | 1000
          1e400                         | 1e400
          [1,"two",null,{"b":1,"a":[]}] | [1,"two",null,{"a":[],"b":1}]
          {"b":{"c":true}}              | {"b":{"c":true}}
          """)
  void valuesOfEveryKindBecomeText(String value, String text) throws Exception {
    decode("{\"a\":" + value + "}");

    assertThat(row(0)).containsEntry("LogAttributes", List.of("a=" + (text == null ? "" : text)));
  }

  @Test
  void textsOfEveryLengthComeThrough() throws Exception {
    String body = IntStream.of(0, 1, 31, 32, 255, 256, 65_535, 65_536, 200_000)
        .mapToObj(length -> "{\"log\":\"" + "x".repeat(length) + "\"}")
        .reduce("", String::concat);

    assertThat(decode(body)).isEqualTo(Decoded.all(9));

    assertThat(RowTexts.of(rows.block()))
        .extracting(row -> String.valueOf(row.get("Body")).length())
        .containsExactly(0, 1, 31, 32, 255, 256, 65_535, 65_536, 200_000);
  }

  @Test
  void theTagOfTheHeadIsAnAttribute() throws Exception {
    byte[] body = "{\"log\":\"a\"}".getBytes(UTF_8);

    json.decodeNamed(body, 0, body.length, Sender.ANYBODY, null, "kube.cart", OtlpOracle.NOW, rows);
    json.decode(body, 0, body.length, Sender.ANYBODY, null, OtlpOracle.NOW, rows);

    assertThat(row(0)).containsEntry("LogAttributes", List.of("fluent.tag=kube.cart"));
    assertThat(row(1))
        .as("the tag is that request's only")
        .containsEntry("LogAttributes", List.of());
  }

  @Test
  void aRecordThatCannotBeARowIsLeftOutByItself() throws Exception {
    Decoded deep = decode("{\"a\":" + "[".repeat(33) + "]".repeat(33) + "}{\"log\":\"kept\"}");
    Decoded noObject = decode("[1,{\"log\":\"kept\"},[{}],null]");
    Decoded future = decode("{\"date\":\"2100-01-01T00:00:00Z\"}{\"log\":\"kept\"}");
    Decoded never = decode("{\"date\":\"9999-12-31T00:00:00Z\"}{\"log\":\"kept\"}");

    assertThat(deep.accepted()).isEqualTo(1);
    assertThat(deep.message())
        .isEqualTo("the depth of a value is 33, limit 32 (ingest.limits.any-value-depth-max)");
    assertThat(noObject.accepted()).isEqualTo(1);
    assertThat(noObject.rejected()).isEqualTo(3);
    assertThat(noObject.message()).isEqualTo("a record is no object");
    assertThat(future.accepted()).isEqualTo(1);
    assertThat(future.message()).contains("ingest.limits.future-max");
    assertThat(never.accepted()).isEqualTo(1);
    assertThat(never.message()).contains("the year 2106");
    assertThat(RowTexts.of(rows.block()))
        .allSatisfy(row -> assertThat(row).containsEntry("Body", "kept"));
  }

  @Test
  void nestingUpToTheLimitIsKept() throws Exception {
    assertThat(decode("{\"a\":" + "[".repeat(32) + "]".repeat(32) + "}")).isEqualTo(Decoded.all(1));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '§', textBlock = """
          5                     | an object or an array of them is needed
          "x"                   | an object or an array of them is needed
          {"a":                 | Unexpected end-of-input
          [{}                   | Unexpected end-of-input
          {} nonsense           | Unrecognized token
          {"a":1,}              | was expecting
          {"a":01}              | Leading zeroes
          """)
  void brokenJsonRefusesTheRequest(String body, String why) {
    assertThatThrownBy(() -> decode(body))
        .isInstanceOf(Malformed.class)
        .hasMessageStartingWith("malformed JSON at line 1, column ")
        .hasMessageContaining(why);
  }

  @Test
  void endlessNestingIsRefused() {
    assertThatThrownBy(() -> decode("{\"a\":" + "[".repeat(1_000_000)))
        .isInstanceOf(Malformed.class);
    assertThatThrownBy(() -> decode("{\"a\":".repeat(1_000_000))).isInstanceOf(Malformed.class);
  }

  @Test
  void anEmptyBodyHoldsNothing() throws Exception {
    assertThat(decode("")).isEqualTo(Decoded.all(0));
    assertThat(decode(" \n")).isEqualTo(Decoded.all(0));
    assertThat(decode("[]")).isEqualTo(Decoded.all(0));
  }

  private Decoded decode(String text) throws Malformed {
    byte[] body = text.getBytes(UTF_8);
    return json.decode(body, 0, body.length, Sender.ANYBODY, null, OtlpOracle.NOW, rows);
  }

  private Map<String, Object> row(int row) {
    return RowTexts.of(rows.block()).get(row);
  }
}
