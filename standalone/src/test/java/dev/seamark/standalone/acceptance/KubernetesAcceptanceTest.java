package dev.seamark.standalone.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kubernetes events and audit events, sent as each kind of agent does, found by SQL. */
class KubernetesAcceptanceTest {
  private static final Duration VISIBLE = Duration.ofSeconds(30);

  private static StandaloneProcess seamark;
  private static Sql sql;

  private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  @BeforeAll
  static void start(@TempDir Path data) {
    seamark = StandaloneProcess.start(data);
    sql = new Sql(seamark.sql());
  }

  @AfterAll
  static void stop() {
    if (seamark != null) {
      seamark.stop();
    }
  }

  @Test
  void anEventOfEachAgentIsCountedOnce() throws Exception {
    for (int i = 0; i < 2; i++) { // agents repeat themselves
      post("/v1/logs", record("""
          {"kvlistValue":{"values":[{"key":"type","value":{"stringValue":"ADDED"}},{"key":"object","value":{"kvlistValue":{"values":[
            {"key":"kind","value":{"stringValue":"Event"}},{"key":"apiVersion","value":{"stringValue":"v1"}},
            {"key":"reason","value":{"stringValue":"FailedMount"}},{"key":"type","value":{"stringValue":"Warning"}},
            {"key":"message","value":{"stringValue":"no such volume"}},{"key":"count","value":{"intValue":"3"}},
            {"key":"lastTimestamp","value":{"stringValue":"%s"}},
            {"key":"metadata","value":{"kvlistValue":{"values":[{"key":"uid","value":{"stringValue":"objects"}},
              {"key":"resourceVersion","value":{"stringValue":"1"}},{"key":"name","value":{"stringValue":"cart-0.1"}}]}}},
            {"key":"involvedObject","value":{"kvlistValue":{"values":[{"key":"kind","value":{"stringValue":"Pod"}},
              {"key":"namespace","value":{"stringValue":"shop"}},{"key":"name","value":{"stringValue":"cart-0"}}]}}}]}}}]}}""".formatted(now), "k8s.resource.name", "events"));
      post("/v1/logs", """
          {"resourceLogs":[{"resource":{"attributes":[
            {"key":"k8s.cluster.name","value":{"stringValue":"edge-1"}},{"key":"k8s.object.kind","value":{"stringValue":"Pod"}},
            {"key":"k8s.object.name","value":{"stringValue":"cart-1"}}]},"scopeLogs":[{"logRecords":[
            {"timeUnixNano":"%d000000000","severityText":"Normal","body":{"stringValue":"pulled"},"attributes":[
              {"key":"k8s.event.reason","value":{"stringValue":"Pulled"}},{"key":"k8s.event.uid","value":{"stringValue":"events"}},
              {"key":"k8s.namespace.name","value":{"stringValue":"shop"}}]}]}]}]}""".formatted(now.getEpochSecond()));
      post(
          "/v1/logs",
          record("{\"stringValue\":%s}".formatted(quoted("""
          {"metadata":{"uid":"plain","resourceVersion":"9","namespace":"shop"},"reason":"Killing","type":"Normal","message":"stopping",
           "involvedObject":{"kind":"Pod","namespace":"shop","name":"cart-2"},"source":{"component":"kubelet","host":"node-1"},
           "firstTimestamp":"%s","lastTimestamp":"%s","count":1}""".formatted(now, now))), "x", "y"));
      post("/fluentbit", """
          [{"date":%d,"metadata":{"uid":"fluent","resourceVersion":"4","namespace":"shop"},"reason":"Created","type":"Normal",
            "message":"created","involvedObject":{"kind":"Pod","namespace":"shop","name":"cart-3"},"source":{"component":"kubelet"},
            "firstTimestamp":"%s","lastTimestamp":"%s","count":2}]""".formatted(now.getEpochSecond(), now, now));
    }

    assertThat(stored("""
            SELECT Uid, Reason, Type, ObjectKind, ObjectNamespace, ObjectName, Message, Count, Cluster,
              toUnixTimestamp(Timestamp) FROM k8s_events FINAL ORDER BY Uid""", 4))
        .containsExactly(
            List.of(
                "events", "Pulled", "Normal", "Pod", "shop", "cart-1", "pulled", "1", "edge-1",
                second()),
            List.of(
                "fluent", "Created", "Normal", "Pod", "shop", "cart-3", "created", "2", "",
                second()),
            List.of(
                "objects",
                "FailedMount",
                "Warning",
                "Pod",
                "shop",
                "cart-0",
                "no such volume",
                "3",
                "",
                second()),
            List.of(
                "plain",
                "Killing",
                "Normal",
                "Pod",
                "shop",
                "cart-2",
                "stopping",
                "1",
                "",
                second()));
    assertThat(sql.rowsOnce(
            "SELECT count() FROM otel_logs WHERE Body NOT LIKE '%audit.k8s.io%'",
            rows -> rows.equals(List.of(List.of("8"))), VISIBLE))
        .as("log rows too")
        .containsExactly(List.of("8"));
  }

  @Test
  void auditEventsAreFound() throws Exception {
    post(
        "/v1/logs", record("{\"stringValue\":%s}".formatted(quoted("""
        {"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a-1","stage":"ResponseComplete",
         "requestURI":"/api/v1/secrets","verb":"list","user":{"username":"jane","groups":["ops","system:authenticated"]},
         "sourceIPs":["10.0.0.7"],"objectRef":{"resource":"secrets"},"responseStatus":{"code":403},
         "stageTimestamp":"%s","annotations":{"authorization.k8s.io/decision":"forbid"}}""".formatted(now))), "x", "y"));

    assertThat(stored("""
            SELECT AuditId, Stage, Verb, User, UserGroups, SourceIps, ObjectResource, ResponseCode,
              Annotations['authorization.k8s.io/decision'] FROM k8s_audit FINAL""", 1))
        .containsExactly(List.of(
            "a-1",
            "ResponseComplete",
            "list",
            "jane",
            "['ops','system:authenticated']",
            "['10.0.0.7']",
            "secrets",
            "403",
            "forbid"));
  }

  private String second() {
    return Long.toString(now.getEpochSecond());
  }

  private static List<List<String>> stored(String select, int rows) {
    return sql.rowsOnce(select, found -> found.size() >= rows, VISIBLE);
  }

  private static String record(String body, String key, String value) {
    return """
        {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":%s,"attributes":[
          {"key":"%s","value":{"stringValue":"%s"}}]}]}]}]}""".formatted(body, key, value);
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }

  private static void post(String path, String body) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer = http.send(
          HttpRequest.newBuilder(seamark.otlpHttp().resolve(path))
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build(),
          HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201);
    }
  }
}
