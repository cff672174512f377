package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.schema.LogRows;
import dev.seamark.schema.Rows;
import dev.seamark.schema.SpanRows;
import dev.seamark.tenant.EdgeRule;
import dev.seamark.tenant.EdgeRule.Field;
import dev.seamark.tenant.EdgeRule.Subject;
import dev.seamark.tenant.EdgeRule.Telemetry;
import dev.seamark.tenant.Sender;
import dev.seamark.tenant.TextPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Payloads, rules, and the rows that are left. */
class EdgeRulesTest {
  private static final Sender SENDER = new Sender("shop", null, 30);
  private static final long NOW = 1_795_597_200_000_000_000L;

  private static final String LOGS = """
      {"resourceLogs":[{"resource":{"attributes":[
          {"key":"owner","value":{"stringValue":"jane@example.org"}},
          {"key":"service.name","value":{"stringValue":"cart"}}]},
        "scopeLogs":[{"logRecords":[
          {"severityText":"INFO","body":{"stringValue":"GET /healthz"}},
          {"severityNumber":5,"body":{"stringValue":"mail to joe@example.org and ann@example.org"},
           "attributes":[{"key":"b","value":{"stringValue":"2"}},{"key":"user","value":{"stringValue":"joe@example.org"}}]},
          {"severityText":"ERROR","body":{"stringValue":"no such item"},
           "attributes":[{"key":"b","value":{"stringValue":"3"}}]}]}]}]}""";

  private final EdgeRules rules = new EdgeRules(Limits.DEFAULT);

  @Test
  void withoutARuleThatMatchesNothingIsCopied() throws Exception {
    LogRows to = new LogRows();
    for (List<EdgeRule> each : List.<List<EdgeRule>>of(
        List.of(),
        List.of(drop(Field.BODY, null, "never there"), redact(Field.ATTRIBUTE, "b")),
        List.of(new EdgeRule.Rename("r", logs(Field.ATTRIBUTE, "absent"), "x")),
        List.of(new EdgeRule.Drop(
            "r", new Subject(Telemetry.TRACES, Field.SPAN_NAME, null), TextPattern.of(".*"))))) {
      rules.request(each);

      assertThat(rules.apply(decoded(LOGS), to)).isFalse();
      assertThat(to.rows()).isZero();
      assertThat(dropped()).isEmpty();
    }
  }

  @Test
  void rowsAreDroppedByBodyAttributeResourceAndSeverity() throws Exception {
    assertThat(bodies(apply(LOGS, drop(Field.BODY, null, "healthz$"))))
        .containsExactly("mail to joe@example.org and ann@example.org", "no such item");
    assertThat(dropped()).isEqualTo(Map.of("drop", 1));
    assertThat(bodies(apply(LOGS, drop(Field.ATTRIBUTE, "b", "2"))))
        .containsExactly("GET /healthz", "no such item");
    assertThat(bodies(apply(LOGS, drop(Field.ATTRIBUTE, null, "^joe"))))
        .containsExactly("GET /healthz", "no such item");
    assertThat(bodies(apply(LOGS, drop(Field.RESOURCE_ATTRIBUTE, "service.name", "cart"))))
        .isEmpty();
    assertThat(dropped()).isEqualTo(Map.of("drop", 3));
    assertThat(bodies(apply(LOGS, drop(Field.SEVERITY, null, "^(DEBUG|INFO)$"))))
        .as("by the number where there is no text")
        .containsExactly("no such item");
  }

  @Test
  void whatIsNotKeptIsDropped() throws Exception {
    var keep = new EdgeRule.Keep("keep", logs(Field.ATTRIBUTE, "b"), TextPattern.of("^3$"));

    assertThat(bodies(apply(LOGS, keep))).containsExactly("no such item");
    assertThat(dropped()).isEqualTo(Map.of("keep", 2));
  }

  @Test
  void textsAreRedacted() throws Exception {
    LogRows body = apply(LOGS, redact(Field.BODY, null));
    assertThat(bodies(body))
        .containsExactly("GET /healthz", "mail to <mail> and <mail>", "no such item");
    assertThat(RowText.of(body).get(1)).contains("LogAttributes={b:2,user:joe@example.org}");

    LogRows attributes = apply(LOGS, redact(Field.ATTRIBUTE, null));
    assertThat(RowText.of(attributes).get(1)).contains("LogAttributes={b:2,user:<mail>}");

    LogRows resource = apply(LOGS, redact(Field.RESOURCE_ATTRIBUTE, "owner"));
    assertThat(RowText.of(resource))
        .hasSize(3)
        .allSatisfy(row -> assertThat(row)
            .contains("ResourceAttributes={owner:<mail>,service.name:cart}", "ServiceName=cart"));
  }

  @Test
  void theServiceNameFollowsItsAttribute() throws Exception {
    LogRows rows = apply(
        LOGS,
        new EdgeRule.Redact(
            "r", logs(Field.RESOURCE_ATTRIBUTE, null), TextPattern.of("cart"), "c"));

    assertThat(RowText.of(rows)).allSatisfy(row -> assertThat(row).contains("ServiceName=c "));
  }

  @Test
  void attributesAreRenamedAndStaySorted() throws Exception {
    LogRows rows = apply(LOGS, new EdgeRule.Rename("r", logs(Field.ATTRIBUTE, "user"), "a.user"));
    assertThat(RowText.of(rows).get(1)).contains("LogAttributes={a.user:joe@example.org,b:2}");

    LogRows taken = apply(LOGS, new EdgeRule.Rename("r", logs(Field.ATTRIBUTE, "user"), "b"));
    assertThat(RowText.of(taken).get(1)).contains("LogAttributes={b:joe@example.org}");
  }

  @Test
  void aRuleSeesWhatThoseBeforeItHaveLeft() throws Exception {
    LogRows rows = apply(LOGS, redact(Field.BODY, null), drop(Field.BODY, null, "<mail>"));

    assertThat(bodies(rows)).containsExactly("GET /healthz", "no such item");
  }

  @Test
  void spansAndTheirEventsAreRedacted() throws Exception {
    String payload = """
        {"resourceSpans":[{"scopeSpans":[{"spans":[
          {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"send joe@example.org",
           "startTimeUnixNano":"1795597200000000000","endTimeUnixNano":"1795597200000000001",
           "attributes":[{"key":"to","value":{"stringValue":"joe@example.org"}}],
           "status":{"code":2,"message":"joe@example.org bounced"},
           "events":[{"timeUnixNano":"1795597200000000000","name":"a"},
             {"timeUnixNano":"1795597200000000000","name":"b","attributes":[
               {"key":"exception.message","value":{"stringValue":"no joe@example.org"}},{"key":"n","value":{"intValue":"1"}}]}]},
          {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","name":"probe",
           "startTimeUnixNano":"1795597200000000000","endTimeUnixNano":"1795597200000000001"}]}]}]}""";
    byte[] body = new OtlpJson(Limits.DEFAULT).toProtobuf(payload.getBytes(UTF_8), Signal.TRACES);
    SpanRows from = new SpanRows();
    SpanRows to = new SpanRows();
    new OtlpTraces(Limits.DEFAULT).decode(body, 0, body.length, SENDER, null, NOW, from);
    List<EdgeRule> each = new ArrayList<>();
    for (Field field : List.of(Field.SPAN_NAME, Field.STATUS_MESSAGE, Field.ATTRIBUTE)) {
      each.add(new EdgeRule.Redact(
          "mail",
          new Subject(Telemetry.TRACES, field, null),
          TextPattern.WellKnown.EMAIL.pattern(),
          "<mail>"));
    }
    each.add(new EdgeRule.Drop(
        "probes", new Subject(Telemetry.TRACES, Field.SPAN_NAME, null), TextPattern.of("^probe$")));
    rules.request(each);

    assertThat(rules.apply(from, to)).isTrue();

    assertThat(RowText.of(to))
        .singleElement()
        .asString()
        .contains(
            "SpanName=send <mail>",
            "StatusMessage=<mail> bounced",
            "SpanAttributes={to:<mail>}",
            "Events.Name=[a, b]",
            "Events.Attributes=[{}, {exception.message:no <mail>,n:1}]");
    assertThat(dropped()).isEqualTo(Map.of("probes", 1));
  }

  @Test
  void aDroppedMetricIsNeitherStoredNorAnnounced() throws Exception {
    String payload = """
        {"resourceMetrics":[{"scopeMetrics":[{"metrics":[
          {"name":"debug.queue","gauge":{"dataPoints":[{"asDouble":1,"timeUnixNano":"1795597200000000000"},
            {"asDouble":2,"timeUnixNano":"1795597200000000000","attributes":[{"key":"q","value":{"stringValue":"x"}}]}]}},
          {"name":"orders","gauge":{"dataPoints":[{"asDouble":3,"timeUnixNano":"1795597200000000000"}]}}]}]}]}""";
    byte[] body = new OtlpJson(Limits.DEFAULT).toProtobuf(payload.getBytes(UTF_8), Signal.METRICS);
    var rows = new MetricRows();
    rows.rules()
        .request(List.of(new EdgeRule.Drop(
            "debug",
            new Subject(Telemetry.METRICS, Field.METRIC_NAME, null),
            TextPattern.of("^debug_"))));

    Decoded decoded = new OtlpMetrics(
            Limits.DEFAULT, NamingOptions.DEFAULTS, new SeriesCache(SeriesLimits.DEFAULT, 42))
        .decode(body, 0, body.length, SENDER, null, NOW, rows);

    assertThat(decoded).isEqualTo(Decoded.all(3));
    Map<String, Integer> dropped = new TreeMap<>();
    rows.rules().tell(dropped::put);
    assertThat(dropped).isEqualTo(Map.of("debug", 2));
    for (Rows table : rows.tables()) {
      assertThat(String.join("\n", RowText.of(table))).doesNotContain("debug");
    }
    assertThat(rows.samples.rows()).as("orders").isEqualTo(1);
    rows.announcement().completed();
  }

  /** Whatever stands around secrets: none is left, all else is as it was. */
  @Test
  void aRedactedTextNeverHoldsAMatch() throws Exception {
    var random = new SplittableRandom(20_261_125);
    List<TextPattern> patterns = new ArrayList<>(List.of(
        TextPattern.of("ab"),
        TextPattern.of("(?i)x+y"),
        TextPattern.of("\\bq\\d{2,4}\\b"),
        TextPattern.of("é.")));
    for (TextPattern.WellKnown each : TextPattern.WellKnown.values()) {
      patterns.add(each.pattern());
    }
    List<String> pieces = List.of(
        "a",
        "b",
        "ab",
        "aabb",
        "xXy",
        "q123",
        " ",
        "é",
        "éé",
        "⚓",
        "joe@example.org",
        "@",
        "Bearer abcdefgh12",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOi.eyJzdWIiOi.sig",
        "4111 1111 1111 1111",
        "\n",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "\\",
        "\"",
        "[",
        "1");
    for (int round = 0; round < 2_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i >= 0; i--) {
        text.append(pieces.get(random.nextInt(pieces.size())));
      }
      TextPattern pattern = patterns.get(random.nextInt(patterns.size()));
      String replacement = random.nextBoolean() ? "" : "<>";
      LogRows rows = one(text.toString().getBytes(UTF_8));
      LogRows to = new LogRows();
      rules.request(
          List.of(new EdgeRule.Redact("r", logs(Field.BODY, null), pattern, replacement)));

      boolean changed = rules.apply(rows, to);

      assertThat(changed).as(text.toString()).isEqualTo(pattern.isIn(text.toString()));
      if (changed) {
        assertThat(pattern.isIn(to.body.text(0)))
            .as("%s in %s", pattern.source(), text)
            .isFalse();
        assertThat(to.rows()).isEqualTo(1);
      }
    }
  }

  @Test
  void bytesThatAreNotUtf8HideNothing() throws Exception {
    byte[] mail = "\u00ffx joe@example.org".getBytes(ISO_8859_1);
    LogRows to = new LogRows();
    rules.request(List.of(redact(Field.BODY, null)));

    assertThat(rules.apply(one(mail), to)).isTrue();

    assertThat(to.body.text(0)).isEqualTo("\uFFFDx <mail>");
  }

  @Test
  void aTextThatReplacementsWouldBlowUpBecomesTheReplacement() throws Exception {
    LogRows to = new LogRows();
    rules.request(List.of(
        new EdgeRule.Redact("r", logs(Field.BODY, null), TextPattern.of("a"), "x".repeat(256))));

    assertThat(rules.apply(one("a".repeat(100_000).getBytes(UTF_8)), to)).isTrue();

    assertThat(to.body.text(0)).isEqualTo("x".repeat(256));
  }

  @Test
  void rowsThatReplacementsMakeTooLargeAreRefused() {
    LogRows rows = new LogRows();
    for (int i = 0; i < 400; i++) {
      append(rows, "a".repeat(100).getBytes(UTF_8));
    }
    Limits all = Limits.DEFAULT;
    var tight = new EdgeRules(new Limits(
        all.bodyBytesMax(),
        64 * 1024,
        all.rowBytesMax(),
        all.anyValueDepthMax(),
        all.attributesMax(),
        all.attributeKeyBytesMax(),
        all.attributeValueBytesMax(),
        all.eventsMax(),
        all.linksMax(),
        all.labelsMax(),
        all.labelNameBytesMax(),
        all.labelValueBytesMax(),
        all.futureMax()));
    tight.request(List.of(new EdgeRule.Redact(
        "r", logs(Field.BODY, null), TextPattern.of("aaaaaaaaaa"), "x".repeat(100))));

    assertThatThrownBy(() -> tight.apply(rows, new LogRows()))
        .isInstanceOf(Malformed.class)
        .hasMessageContaining("limit 65536 (ingest.limits.decoded-bytes-max)");
  }

  /** The rows that rules, at least one of which touches a row, leave of a payload. */
  private LogRows apply(String payload, EdgeRule... each) throws Malformed {
    LogRows to = new LogRows();
    rules.request(List.of(each));
    assertThat(rules.apply(decoded(payload), to)).isTrue();
    to.block().encode();
    return to;
  }

  private static LogRows decoded(String payload) throws Malformed {
    byte[] body = new OtlpJson(Limits.DEFAULT).toProtobuf(payload.getBytes(UTF_8), Signal.LOGS);
    LogRows rows = new LogRows();
    new OtlpLogs(Limits.DEFAULT).decode(body, 0, body.length, SENDER, null, NOW, rows);
    return rows;
  }

  private Map<String, Integer> dropped() {
    Map<String, Integer> dropped = new TreeMap<>();
    rules.tell(dropped::put);
    return dropped;
  }

  private static List<String> bodies(LogRows rows) {
    List<String> bodies = new ArrayList<>();
    for (int row = 0; row < rows.rows(); row++) {
      bodies.add(rows.body.text(row));
    }
    return bodies;
  }

  private static Subject logs(Field field, @Nullable String key) {
    return new Subject(Telemetry.LOGS, field, key);
  }

  private static EdgeRule drop(Field field, @Nullable String key, String pattern) {
    return new EdgeRule.Drop("drop", logs(field, key), TextPattern.of(pattern));
  }

  private static EdgeRule redact(Field field, @Nullable String key) {
    return new EdgeRule.Redact(
        "mail", logs(field, key), TextPattern.WellKnown.EMAIL.pattern(), "<mail>");
  }

  private static LogRows one(byte[] body) {
    LogRows rows = new LogRows();
    append(rows, body);
    return rows;
  }

  private static void append(LogRows rows, byte[] body) {
    KubernetesObjectsTest.appendLog(rows, "", false);
    rows.body.truncate(rows.body.rows() - 1);
    rows.body.append(body);
  }
}
