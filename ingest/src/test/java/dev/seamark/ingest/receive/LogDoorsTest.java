package dev.seamark.ingest.receive;

import static dev.seamark.ingest.receive.OpenDoors.until;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.Block;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.schema.Table;
import dev.seamark.service.Tls;
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.NewKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Loki's push, Fluent Bit's HTTP output and Elasticsearch's bulk on the wire. */
class LogDoorsTest {
  private static final String LOKI = "/loki/api/v1/push";
  private static final String FLUENT_BIT = "/fluentbit";
  private static final String BULK = "/_bulk";
  private static final String JSON = "application/json";
  private static final String NDJSON = "application/x-ndjson";

  /** {@code {a="b"}} with the entry "line", without a time. */
  private static final byte[] LOKI_PUSH =
      HexFormat.of().parseHex("0a11" + "0a077b613d2262227d" + "1206" + "12046c696e65");

  private static final String LOKI_JSON =
      "{\"streams\":[{\"stream\":{\"a\":\"b\"},\"values\":[[\"1790000000000000000\",\"line\"]]}]}";
  private static final String RECORD = "{\"date\":1790000000.5,\"log\":\"line\"}";
  private static final String BULK_BODY =
      "{\"create\":{}}\n{\"@timestamp\":\"2026-09-21T14:13:20Z\",\"message\":\"line\"}\n";

  private static final Lanes LANES =
      new Lanes(Limits.DEFAULT, NamingOptions.DEFAULTS, new SeriesCache(SeriesLimits.DEFAULT, 42));

  private static HttpClient client;
  private OpenDoors doors;

  @BeforeAll
  static void openClient() {
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterAll
  static void closeClient() {
    client.close();
  }

  @BeforeEach
  void open() {
    doors = doors(64L * OpenDoors.MIB);
  }

  private static OpenDoors doors(long budgetBytes) {
    return new OpenDoors(LANES, budgetBytes, Tls.OFF);
  }

  @AfterEach
  void everythingIsGivenBack() {
    until(() -> doors.intake.inFlight() == 0);
    assertThat(doors.budget.held()).as("bytes in flight").isZero();
    assertThat(doors.counter("seamark_ingest_requests_received"))
        .isEqualTo(doors.counter("seamark_ingest_requests_answered")
            + doors.counter("seamark_ingest_requests_unanswered"));
    assertThat(doors.counter("seamark_ingest_items_received"))
        .isEqualTo(doors.counter("seamark_ingest_items_stored")
            + doors.counter("seamark_ingest_items_refused"));
    doors.close();
  }

  @ParameterizedTest
  @CsvSource({
    "application/x-protobuf, ''",
    "application/x-protobuf, snappy",
    "application/x-protobuf, identity",
    "application/x-protobuf, gzip",
    "application/x-protobuf, zstd",
    "'', ''",
  })
  void lokiTakesProtobufSnappyUnlessTheHeadSaysOtherwise(String type, String encoding)
      throws Exception {
    byte[] body = switch (encoding) {
      case "identity" -> LOKI_PUSH;
      case "gzip" -> InflateTest.compress(Encoding.GZIP, LOKI_PUSH);
      case "zstd" -> InflateTest.compress(Encoding.ZSTD, LOKI_PUSH);
      default -> snappy(LOKI_PUSH);
    };

    var response = send("POST", LOKI, type, encoding, body);

    assertThat(response.statusCode()).isEqualTo(204);
    assertThat(response.body()).isEmpty();
    assertThat(bodies()).containsExactly("line");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gzip", "zstd", "snappy"})
  void lokiTakesJson(String encoding) throws Exception {
    var response = send("POST", LOKI, JSON, encoding, compressed(encoding, LOKI_JSON));

    assertThat(response.statusCode()).isEqualTo(204);
    assertThat(bodies()).containsExactly("line");
  }

  @Test
  void lokiTellsOfEntriesLeftOutAsOfSomethingNotToBeRepeated() throws Exception {
    var response = send(
        "POST",
        LOKI,
        JSON,
        "",
        LOKI_JSON.replace("[[", "[[\"4999999999999999999\",\"later\"],[").getBytes(UTF_8));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("text/plain; charset=utf-8");
    assertThat(text(response))
        .startsWith("1 of 2 entries are left out, the others are stored: the time of an entry");
    assertThat(bodies()).containsExactly("line");
  }

  /** Fluent Bit's Loki output repeats whatever isn't answered with 400. */
  @ParameterizedTest
  @CsvSource({
    "application/json, '', nonsense, malformed JSON",
    "application/x-protobuf, identity, nonsense, malformed protobuf",
    "application/x-protobuf, '', nonsense, snappy",
    "text/plain, '', x, 'Content-Type must be application/x-protobuf or application/json'",
    "application/json, br, x, Content-Encoding must be one of",
  })
  void lokiAnswersWhateverIsWrongWithABodyWith400(
      String type, String encoding, String body, String why) throws Exception {
    var response = send("POST", LOKI, type, encoding, body.getBytes(UTF_8));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.headers().firstValue("Retry-After")).isEmpty();
    assertThat(text(response)).contains(why);
    assertThat(bodies()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/loki/api/v1/push, 400",
    "/fluentbit, 413",
    "/_bulk, 413",
  })
  void aBodyThatIsTooLargeIsNotToBeRepeated(String path, int status) throws Exception {
    var response = send("POST", path, JSON, "", new byte[OpenDoors.BODY_BYTES_MAX + 1]);

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(text(response)).contains("ingest.limits.body-bytes-max");
  }

  @ParameterizedTest
  @ValueSource(strings = {LOKI, FLUENT_BIT, BULK})
  void anOverloadIsToBeRepeated(String path) throws Exception {
    doors.close();
    doors = doors(1024);

    var response = send("POST", path, JSON, "", new byte[2048]);

    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
    assertThat(text(response)).contains("ingest.batch.in-flight-bytes-max");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '§',
      value = {
        LOKI + "|" + LOKI_JSON,
        FLUENT_BIT + "|" + RECORD,
      })
  void whatKafkaDoesNotAcknowledgeIsToBeRepeated(String path, String body) throws Exception {
    doors.journal.mode(FakeJournal.Mode.FAIL);

    var response = send("POST", path, JSON, "", body.getBytes(UTF_8));

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
    assertThat(text(response)).contains("the fake journal is away");
  }

  @ParameterizedTest
  @CsvSource({
    "/loki/api/v1/push, POST",
    "/fluentbit, 'POST, PUT'",
    "/_bulk, 'POST, PUT'",
  })
  void otherMethodsAreNamed(String path, String methods) throws Exception {
    var response = send("DELETE", path, JSON, "", new byte[0]);

    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(response.headers().firstValue("Allow")).hasValue(methods);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '§', textBlock = """
          application/json                | [{"date":1790000000.5,"log":"line"}]
          application/json; charset=utf-8 | {"date":1790000000.5,"log":"line"}
          application/x-ndjson            | {"date":1790000000.5,"log":"line"}
          """)
  void fluentBitsJsonIsTaken(String type, String body) throws Exception {
    for (String encoding : List.of("", "gzip", "zstd", "snappy")) {
      for (String method : List.of("POST", "PUT")) {
        var response = send(method, FLUENT_BIT, type, encoding, compressed(encoding, body));

        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.body()).as("Fluent Bit logs what it is told").isEmpty();
      }
    }
    assertThat(bodies()).hasSize(8).containsOnly("line");
  }

  @Test
  void fluentBitsMsgpackIsTakenWithTheTagOfTheHead() throws Exception {
    // [[EventTime, {}], {"log": "line"}] [EventTime, {"log": "line"}]
    byte[] body = HexFormat.of()
        .parseHex("9292d7006ab1371700000005" + "80" + "81a36c6f67a46c696e65"
            + "92d7006ab1371700000005" + "81a36c6f67a46c696e65");
    HttpRequest request = request("POST", FLUENT_BIT, "application/msgpack", "", body)
        .header("fluent-tag", "kube.cart")
        .build();

    var response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());

    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(bodies()).containsExactly("line", "line");
    assertThat(attributes()).containsExactly("fluent.tag=kube.cart", "fluent.tag=kube.cart");
  }

  /**
   * The head of a snappy block is its length, which may look like the tag before a packed chunk.
   */
  @ParameterizedTest
  @ValueSource(strings = {"gzip", "zstd", "snappy"})
  void fluentBitsMsgpackIsTakenCompressedWhateverItsLength(String encoding) throws Exception {
    for (int length = 0; length < 130; length++) {
      String entry = "92d7006ab1371700000005" + "82a36c6f67a46c696e65" + "a3706164" + "d980"
          + "78".repeat(128);
      byte[] body = HexFormat.of().parseHex(entry + "c0".repeat(length)); // nil is a heartbeat
      byte[] compressed = encoding.equals("snappy")
          ? snappy(body)
          : InflateTest.compress(encoding.equals("gzip") ? Encoding.GZIP : Encoding.ZSTD, body);

      var response = send("POST", FLUENT_BIT, "application/msgpack", encoding, compressed);

      assertThat(response.statusCode()).as("%d bytes", body.length).isEqualTo(201);
    }
    assertThat(bodies()).hasSize(130).containsOnly("line");
  }

  @ParameterizedTest
  @CsvSource({
    "application/json, nonsense, 400, malformed JSON",
    "application/json, '[1]', 400, 1 of 1 records are left out: a record is no object",
    "application/msgpack, x, 400, malformed msgpack",
    "text/plain, x, 415, Content-Type must be application/json",
  })
  void whatFluentBitCannotMendIsNotToBeRepeated(String type, String body, int status, String why)
      throws Exception {
    var response = send("POST", FLUENT_BIT, type, "", body.getBytes(UTF_8));

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(text(response)).contains(why);
    assertThat(bodies()).isEmpty();
  }

  @Test
  void fluentBitIsToldOfRecordsLeftOut() throws Exception {
    var response = send("POST", FLUENT_BIT, JSON, "", ("[5," + RECORD + "]").getBytes(UTF_8));

    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(text(response)).isEqualTo("1 of 2 records are left out: a record is no object\n");
    assertThat(bodies()).containsExactly("line");
  }

  @ParameterizedTest
  @CsvSource({
    "/_bulk, POST, application/x-ndjson, ''",
    "/_bulk?timeout=60s, POST, application/x-ndjson, gzip",
    "/_bulk, POST, application/json, zstd",
    "/_bulk, PUT, application/vnd.elasticsearch+x-ndjson; compatible-with=9, snappy",
  })
  void aBulkRequestIsAnsweredByItem(String path, String method, String type, String encoding)
      throws Exception {
    var response = send(method, path, type, encoding, compressed(encoding, BULK_BODY));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
    assertThat(response.headers().firstValue("X-Elastic-Product")).hasValue("Elasticsearch");
    assertThat(text(response))
        .isEqualTo("{\"took\":0,\"errors\":false,\"items\":[{\"create\":{\"status\":201}}]}");
    assertThat(bodies()).containsExactly("line");
  }

  @ParameterizedTest
  @CsvSource({
    "/logs-1/_bulk, logs-1",
    "/logs-1/_doc/_bulk, logs-1",
    "/a+b%2Bc%20d/_bulk, a+b+c d",
  })
  void theIndexMayStandInThePath(String path, String index) throws Exception {
    assertThat(send("POST", path, NDJSON, "", BULK_BODY.getBytes(UTF_8)).statusCode())
        .isEqualTo(200);

    assertThat(attributes()).containsExactly("elasticsearch.index=" + index);
  }

  @ParameterizedTest
  @CsvSource({
    "application/x-ndjson, '', nonsense, 400, illegal_argument_exception",
    "text/plain, '', x, 415, media_type_header_exception",
    "application/x-ndjson, br, x, 415, media_type_header_exception",
  })
  void aBulkRequestThatIsRefusedGetsAnErrorOfElasticsearch(
      String type, String encoding, String body, int status, String error) throws Exception {
    var response = send("POST", BULK, type, encoding, body.getBytes(UTF_8));

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.headers().firstValue("X-Elastic-Product")).hasValue("Elasticsearch");
    assertThat(text(response))
        .startsWith("{\"error\":{\"root_cause\":[{\"type\":\"" + error + "\",")
        .endsWith(",\"status\":" + status + "}");
  }

  @Test
  void aBulkRequestInOverloadIsRefusedInElasticsearchsWords() throws Exception {
    doors.close();
    doors = doors(1024);

    var response = send("POST", BULK, NDJSON, "", new byte[2048]);

    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(text(response)).contains("\"type\":\"es_rejected_execution_exception\"");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '§', textBlock = """
          /loki/api/v1/push | 204 | {"streams":[{"stream":{"cluster":"CLUSTER"},"values":[["1790000000000000000","line"]]}]}
          /fluentbit        | 201 | {"cluster":"CLUSTER","log":"line"}
          /_bulk            | 200 | {"index":{}}\\n{"k8s.cluster.name":"CLUSTER","message":"line"}
          """)
  void aKeyDecidesWhoseLogsTheyAre(String path, int stored, String body) throws Exception {
    NewKey key = NewKey.from(new SecureRandom());
    KeyRing ring = KeyRing.parse("keys.yaml", """
        tenants: {shop: {}}
        keys: {bound: {hash: "%s", tenant: shop, scopes: [ingest], clusters: [eu-1]}}
        """.formatted(key.hash()));
    doors.close();
    doors = new OpenDoors(LANES, 64L * OpenDoors.MIB, OpenDoors.config(Tls.OFF), () -> ring);
    byte[] own = body.replace("\\n", "\n").replace("CLUSTER", "eu-1").getBytes(UTF_8);
    byte[] other = body.replace("\\n", "\n").replace("CLUSTER", "us-1").getBytes(UTF_8);
    String secret = "Bearer " + key.secret().reveal();

    assertThat(status(request("POST", path, JSON, "", own))).isEqualTo(401);
    assertThat(status(request("POST", path, JSON, "", own).header("Authorization", "Bearer no")))
        .isEqualTo(401);
    assertThat(status(request("POST", path, JSON, "", other).header("Authorization", secret)))
        .isEqualTo(403);
    assertThat(bodies()).isEmpty();
    assertThat(status(request("POST", path, JSON, "", own).header("Authorization", secret)))
        .isEqualTo(stored);

    assertThat(bodies()).containsExactly("line");
    assertThat(blocks()).singleElement().satisfies(block -> {
      assertThat(((LowCardinalityColumn) block.column("Tenant")).text(0)).isEqualTo("shop");
      assertThat(((LowCardinalityColumn) block.column("Cluster")).text(0)).isEqualTo("eu-1");
    });
  }

  private static int status(HttpRequest.Builder request) throws IOException, InterruptedException {
    return client.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  @ParameterizedTest
  @CsvSource({"/, 8.17.0", "/_cluster/health, green"})
  void whatVectorAsksBeforeItSendsIsAnswered(String path, String answer) throws Exception {
    var response = client.send(
        HttpRequest.newBuilder(uri(path)).GET().build(), HttpResponse.BodyHandlers.ofByteArray());
    var head = client.send(
        HttpRequest.newBuilder(uri(path)).HEAD().build(), HttpResponse.BodyHandlers.ofByteArray());

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("X-Elastic-Product")).hasValue("Elasticsearch");
    assertThat(text(response)).contains(answer);
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(response.body().length);
    assertThat(send("POST", path, JSON, "", new byte[1]).statusCode()).isEqualTo(405);
  }

  private HttpResponse<byte[]> send(
      String method, String path, String type, String encoding, byte[] body)
      throws IOException, InterruptedException {
    return client.send(
        request(method, path, type, encoding, body).build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  private HttpRequest.Builder request(
      String method, String path, String type, String encoding, byte[] body) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
        .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
    if (!type.isEmpty()) {
      request.header("Content-Type", type);
    }
    if (!encoding.isEmpty()) {
      request.header("Content-Encoding", encoding);
    }
    return request;
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + doors.httpPort() + path);
  }

  private static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), UTF_8);
  }

  private List<String> bodies() {
    List<String> bodies = new ArrayList<>();
    for (Block block : blocks()) {
      StringColumn column = (StringColumn) block.column("Body");
      for (int row = 0; row < block.rows(); row++) {
        bodies.add(column.text(row));
      }
    }
    return bodies;
  }

  /** All log attributes, one behind the other. */
  private List<String> attributes() {
    List<String> attributes = new ArrayList<>();
    for (Block block : blocks()) {
      MapColumn<?, ?> column = (MapColumn<?, ?>) block.column("LogAttributes");
      StringColumn keys = (StringColumn) column.keys();
      StringColumn values = (StringColumn) column.values();
      for (int i = 0; i < keys.rows(); i++) {
        attributes.add(keys.text(i) + "=" + values.text(i));
      }
    }
    return attributes;
  }

  private List<Block> blocks() {
    return doors.journal.kept().stream()
        .filter(entry -> entry.table() == Table.OTEL_LOGS)
        .map(FakeJournal::blockOf)
        .toList();
  }

  private static byte[] compressed(String encoding, String text) throws IOException {
    byte[] body = text.getBytes(UTF_8);
    return switch (encoding) {
      case "gzip" -> InflateTest.compress(Encoding.GZIP, body);
      case "zstd" -> InflateTest.compress(Encoding.ZSTD, body);
      case "snappy" -> snappy(body);
      default -> body;
    };
  }

  /** A block of literals only, which every compressor may write. */
  private static byte[] snappy(byte[] body) {
    var out = new ByteArrayOutputStream();
    int length = body.length;
    while (length > 0x7F) {
      out.write(length | 0x80);
      length >>>= 7;
    }
    out.write(length);
    for (int at = 0; at < body.length; at += 60) {
      int piece = Math.min(60, body.length - at);
      out.write((piece - 1) << 2);
      out.write(body, at, piece);
    }
    return out.toByteArray();
  }
}
