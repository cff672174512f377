package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import dev.seamark.ingest.decode.BulkItems.Operation;
import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Elasticsearch bulk requests, the rows that they become, and what is answered. */
class BulkNdjsonTest {
  private static final String TRACE_ID = "0102030405060708090a0b0c0d0e0f10";

  private final LogRows rows = new LogRows();
  private final BulkNdjson bulk = new BulkNdjson(Limits.DEFAULT, new FluentRows(Limits.DEFAULT));

  @Test
  void aDocumentBecomesARow() throws Exception {
    Decoded decoded = decode("""
        {"create":{"_index":"logs-2026.11.25","_type":"_doc","_id":"7"}}
        {"@timestamp":"2026-09-21T14:13:20.123Z","message":"it broke","log":{"level":"warn",\
        "file":{"path":"/var/log/x"}},"service":{"name":"cart"},"host":{"name":"node-3"},\
        "trace":{"id":"%s"},"span":{"id":"1112131415161718"},"user":{"id":7}}
        """.formatted(TRACE_ID));

    assertThat(decoded.items()).isEqualTo(new BulkItems(1, Operation.CREATE, List.of()));
    assertThat(row(0))
        .containsEntry("Timestamp", 1790000000123000000L)
        .containsEntry("Body", "it broke")
        .containsEntry("SeverityText", "warn")
        .containsEntry("SeverityNumber", 13L)
        .containsEntry("ServiceName", "cart")
        .containsEntry("TraceId", TRACE_ID)
        .containsEntry("SpanId", "1112131415161718")
        .containsEntry("ResourceAttributes", List.of("host.name=node-3", "service.name=cart"))
        .containsEntry(
            "LogAttributes",
            List.of(
                "elasticsearch.index=logs-2026.11.25",
                "log.file.path=/var/log/x",
                "user={\"id\":7}"));
  }

  @Test
  void dottedNamesAndTheLogOfFluentBitMeanTheSame() throws Exception {
    decode("""
        {"index":{"_index":"fluent-bit"}}
        {"@timestamp":"2026-09-21T14:13:20.123Z","log":"it broke","log.level":"warn",\
        "service.name":"cart","trace.id":"%s"}
        """.formatted(TRACE_ID));

    assertThat(row(0))
        .containsEntry("Body", "it broke")
        .containsEntry("SeverityText", "warn")
        .containsEntry("ServiceName", "cart")
        .containsEntry("TraceId", TRACE_ID)
        .containsEntry("LogAttributes", List.of("elasticsearch.index=fluent-bit"));
  }

  @Test
  void aPodsLineAsVectorSendsItNamesThePod() throws Exception {
    decode("""
        {"create":{"_index":"vector-2026.11.25"}}
        {"@timestamp":"2026-09-21T14:13:20.123456Z","message":"it broke","stream":"stderr",\
        "kubernetes":{"pod_name":"cart-7","pod_namespace":"shop","pod_node_name":"node-3",\
        "pod_uid":"u-1","container_name":"cart","container_id":"containerd://c-1",\
        "pod_labels":{"app":"cart"},"pod_annotations":{"note":"n"}}}
        """);

    assertThat(row(0))
        .containsEntry("Timestamp", 1790000000123456000L)
        .containsEntry("Body", "it broke")
        .containsEntry("ServiceName", "cart")
        .containsEntry(
            "LogAttributes",
            List.of("elasticsearch.index=vector-2026.11.25", "log.iostream=stderr"))
        .containsEntry(
            "ResourceAttributes",
            List.of(
                "container.id=containerd://c-1",
                "k8s.container.name=cart",
                "k8s.namespace.name=shop",
                "k8s.node.name=node-3",
                "k8s.pod.annotation.note=n",
                "k8s.pod.label.app=cart",
                "k8s.pod.name=cart-7",
                "k8s.pod.uid=u-1",
                "service.name=cart"));
  }

  @Test
  void theIndexIsThatOfTheLineElseOfThePathElseNone() throws Exception {
    byte[] body = """
        {"index":{}}
        {"message":"a"}
        {"index":{"_index":"of-line"}}
        {"message":"b"}
        """.getBytes(UTF_8);

    bulk.decodeNamed(body, 0, body.length, Sender.ANYBODY, null, "of-path", OtlpOracle.NOW, rows);
    bulk.decode(body, 0, body.length, Sender.ANYBODY, null, OtlpOracle.NOW, rows);

    assertThat(RowTexts.of(rows.block()))
        .extracting(row -> row.get("LogAttributes"))
        .containsExactly(
            List.of("elasticsearch.index=of-path"),
            List.of("elasticsearch.index=of-line"),
            List.of(),
            List.of("elasticsearch.index=of-line"));
  }

  @Test
  void anItemThatCannotBeStoredIsToldOfAtItsPlace() throws Exception {
    Decoded decoded = decode("""
        {"index":{"_index":"a"}}
        {"message":"first"}
        {"index":{"_index":"a"}}
        {"message":nonsense}
        {"delete":{"_index":"a","_id":"1"}}
        {"create":{"_index":"a"}}
        {"message":"second"}
        {"update":{"_index":"a","_id":"1"}}
        {"doc":{"message":"no"}}
        {"index":{"_index":"a"}}
        [1,2]
        {"index":{"_index":"a"}}
        {"@timestamp":"2100-01-01T00:00:00Z"}
        {"index":{"_index":"a"}}
        {"message":"unterminated
        {"index":{"_index":"a"}}
        {"message":"third"}
        """);

    assertThat(decoded.accepted()).isEqualTo(3);
    assertThat(decoded.rejected()).isEqualTo(6);
    assertThat(RowTexts.of(rows.block()))
        .extracting(row -> row.get("Body"))
        .containsExactly("first", "second", "third");
    assertThat(new String(BulkResponse.items(decoded.items()), UTF_8))
        .startsWith("{\"took\":0,\"errors\":true,\"items\":["
            + "{\"index\":{\"status\":201}},"
            + "{\"index\":{\"status\":400,\"error\":{\"type\":\"document_parsing_exception\",\"reason\":\""
            + "malformed JSON at column ")
        .contains(
            "{\"delete\":{\"status\":400,\"error\":{\"type\":\"illegal_argument_exception\","
                + "\"reason\":\"delete isn't possible: rows are only added\"}}},"
                + "{\"create\":{\"status\":201}},"
                + "{\"update\":{\"status\":400,",
            "\"reason\":\"a document is no object\"",
            "ingest.limits.future-max")
        .endsWith(",{\"index\":{\"status\":201}}]}");
    assertThat(decoded.items().count()).isEqualTo(9);
    assertThat(decoded.items().others())
        .extracting(BulkItems.Item::position)
        .containsExactly(1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void aRequestThatWentWellIsAnsweredWithoutAnObjectAnItem() throws Exception {
    Decoded decoded = decode("{\"create\":{}}\n{\"message\":\"a\"}\n".repeat(3));

    assertThat(decoded.items().others()).isEmpty();
    assertThat(new String(BulkResponse.items(decoded.items()), UTF_8))
        .isEqualTo("{\"took\":0,\"errors\":false,\"items\":["
            + "{\"create\":{\"status\":201}},{\"create\":{\"status\":201}},"
            + "{\"create\":{\"status\":201}}]}");
  }

  @Test
  void anEmptyRequestHasNoItems() throws Exception {
    assertThat(new String(BulkResponse.items(decode("\n").items()), UTF_8))
        .isEqualTo("{\"took\":0,\"errors\":false,\"items\":[]}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\n\n"})
  void linesMayEndAsTheyLike(String end) throws Exception {
    Decoded decoded = decode(String.join(
        end, "{\"index\":{}}", "{\"message\":\"a\"}", "{\"index\":{}}", "{\"message\":\"b\"}"));

    assertThat(decoded.accepted()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '§', textBlock = """
          {"message":"a"}               | item 0: one of index, create, update, delete with an object
          {"index":5}                   | item 0: one of index, create, update, delete with an object
          {"upsert":{}}                 | item 0: one of index, create, update, delete with an object
          {}                            | item 0: an object that says what is asked for is needed
          []                            | item 0: an object that says what is asked for is needed
          {"index":{},"create":{}}      | item 0: one thing at a time can be asked for
          {"index":{}}                  | item 0: the document is missing
          {"index":{                    | item 0: malformed JSON at column
          nonsense                      | item 0: malformed JSON at column
          {"index":{}}\\n{}\\n{"x":{}}  | item 1: one of index, create, update, delete with an object
          {"index":{}}\\nx\\n{"x":{}}   | item 1: one of index, create, update, delete with an object
          {"index":{}}\\nx\\nnonsense   | item 1: malformed JSON at column
          """)
  void aLineThatAsksForNothingKnownRefusesTheRequest(String body, String why) {
    assertThatThrownBy(() -> decode(body.replace("\\n", "\n")))
        .isInstanceOf(Malformed.class)
        .hasMessageStartingWith("malformed bulk request at " + why);
  }

  @Test
  void tooManyItemsThatCannotBeStoredRefuseTheRequest() {
    assertThatThrownBy(() -> decode("{\"delete\":{}}\n".repeat(BulkNdjson.REFUSED_MAX + 1)))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("is above 10000 (fixed)");
  }

  @Test
  void aReasonIsQuoted() throws Exception {
    Decoded decoded = decode("{\"index\":{}}\n{\"a\":\"\"\"}\n");

    String answer = new String(BulkResponse.items(decoded.items()), UTF_8);
    assertThat(answer).contains("'\\\"'").endsWith("}}]}");
    try (var parser = new JsonFactory().createParser(answer)) {
      parser.nextToken();
      assertThat(parser.skipChildren().currentToken()).isEqualTo(JsonToken.END_OBJECT);
    }
  }

  @Test
  void aLongReasonIsCut() throws Exception {
    Decoded decoded = decode(
        "{\"index\":{}}\n{\"%s\":\"%s\"}\n".formatted("k".repeat(1000), "v".repeat(300_000)));

    assertThat(decoded.items().others())
        .singleElement()
        .satisfies(item -> assertThat(item.toString()).contains("kkkk").hasSizeLessThan(700));
  }

  @Test
  void anErrorIsOneOfElasticsearch() {
    assertThat(
            new String(BulkResponse.error(429, "es_rejected_execution_exception", "\"x\""), UTF_8))
        .isEqualTo("{\"error\":{\"root_cause\":[{\"type\":\"es_rejected_execution_exception\","
            + "\"reason\":\"\\\"x\\\"\"}],\"type\":\"es_rejected_execution_exception\","
            + "\"reason\":\"\\\"x\\\"\"},\"status\":429}");
  }

  private Decoded decode(String text) throws Malformed {
    byte[] body = text.getBytes(UTF_8);
    return bulk.decode(body, 0, body.length, Sender.ANYBODY, null, OtlpOracle.NOW, rows);
  }

  private Map<String, Object> row(int row) {
    return RowTexts.of(rows.block()).get(row);
  }
}
