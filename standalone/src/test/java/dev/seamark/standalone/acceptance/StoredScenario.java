package dev.seamark.standalone.acceptance;

import static dev.seamark.standalone.acceptance.OtlpScenario.CHILD_ID;
import static dev.seamark.standalone.acceptance.OtlpScenario.LINKED_SPAN_ID;
import static dev.seamark.standalone.acceptance.OtlpScenario.LINKED_TRACE_ID;
import static dev.seamark.standalone.acceptance.OtlpScenario.MILLISECOND;
import static dev.seamark.standalone.acceptance.OtlpScenario.PARENT_ID;
import static dev.seamark.standalone.acceptance.OtlpScenario.TRACE_ID;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;

/**
 * What SQL must show of an {@link OtlpScenario}, field by field, whichever way it came.
 *
 * @param start the first time of the scenario, nanoseconds since 1970
 */
record StoredScenario(Sql sql, long start) {
  private static final Duration VISIBLE = Duration.ofSeconds(30);
  private static final String NESTED =
      "{'bool':'true','double':'1.5','int':'42','list':'[\"x\",\"y\"]','text':'naïve ☕'}";

  void assertStored(String service) {
    assertSpans(service);
    assertLogs(service);
    assertSamples(service);
    assertHistogram(service);
    assertExemplars(service);
    assertMetadata();
  }

  private void assertSpans(String service) {
    List<List<String>> spans =
        sql.rowsOnce("""
        SELECT SpanName, TraceId, SpanId, ParentSpanId, SpanKind, toUnixTimestamp64Nano(Timestamp),
          Duration, StatusCode, StatusMessage, ScopeName, ScopeVersion, Cluster, SpanAttributes,
          arrayMap(t -> toUnixTimestamp64Nano(t), Events.Timestamp), Events.Name, Events.Attributes,
          Links.TraceId, Links.SpanId, Links.Attributes
        FROM otel_traces WHERE ServiceName = '%s' ORDER BY SpanName
        """.formatted(service), rows -> rows.size() >= 2, VISIBLE);

    assertThat(spans)
        .containsExactly(
            List.of(
                "child",
                TRACE_ID,
                CHILD_ID,
                PARENT_ID,
                "Client",
                "" + (start + MILLISECOND),
                "" + 2 * MILLISECOND,
                "Error",
                "boom",
                "scenario",
                "2.1",
                "scenario-1",
                "{}",
                "[" + (start + 2 * MILLISECOND) + "]",
                "['retry']",
                "[{'attempt':'2','reset':'true'}]",
                "['" + LINKED_TRACE_ID + "']",
                "['" + LINKED_SPAN_ID + "']",
                "[{'why':'batch'}]"),
            List.of(
                "parent",
                TRACE_ID,
                PARENT_ID,
                "",
                "Server",
                "" + start,
                "" + 5 * MILLISECOND,
                "Unset",
                "",
                "scenario",
                "2.1",
                "scenario-1",
                NESTED,
                "[]",
                "[]",
                "[]",
                "[]",
                "[]",
                "[]"));
    assertThat(sql.rows("""
            SELECT ResourceAttributes['process.command_args'], ResourceAttributes['service.instance.id'],
              ResourceAttributes['k8s.pod.name'], bitAnd(Flags, 255)
            FROM otel_traces WHERE ServiceName = '%s' AND SpanName = 'parent'
            """.formatted(service)))
        .first()
        .satisfies(row -> assertThat(row.subList(0, 3))
            .containsExactly("[\"serve\",\"--fast\"]", "instance-1", "pod-1"));
  }

  private void assertLogs(String service) {
    List<List<String>> logs =
        sql.rowsOnce("""
        SELECT toUnixTimestamp64Nano(Timestamp), toUnixTimestamp64Nano(ObservedTimestamp), TraceId, SpanId,
          SeverityText, SeverityNumber, Body, LogAttributes, EventName, ScopeName, ScopeVersion, Cluster
        FROM otel_logs WHERE ServiceName = '%s' ORDER BY Timestamp
        """.formatted(service), rows -> rows.size() >= 2, VISIBLE);

    assertThat(logs)
        .containsExactly(
            List.of(
                "" + start,
                "" + (start + 1),
                TRACE_ID,
                PARENT_ID,
                "WARN",
                "13",
                "the kettle is on",
                NESTED,
                "kettle.on",
                "scenario",
                "2.1",
                "scenario-1"),
            List.of(
                "" + (start + 2),
                "" + (start + 3),
                "",
                "",
                "INFO",
                "9",
                "{\"deep\":{\"list\":[1,\"two\",null,false]}}",
                "{}",
                "",
                "scenario",
                "2.1",
                "scenario-1"));
  }

  private void assertSamples(String service) {
    List<List<String>> samples =
        sql.rowsOnce("""
        SELECT s.MetricName, mapFilter((k, v) -> k IN ('http_route', 'code', 'q', 'room', 'kind', 'le'), l.Labels),
          l.Cluster, l.Job, l.Instance, l.Type, s.Value
        FROM metrics_samples AS s
        JOIN (SELECT DISTINCT Tenant, MetricName, SeriesId, Labels, Cluster, Job, Instance, Type FROM metrics_series) AS l
          ON s.Tenant = l.Tenant AND s.MetricName = l.MetricName AND s.SeriesId = l.SeriesId
        WHERE l.Job = 'acceptance/%s' AND s.MetricName LIKE 'scenario%%'
        ORDER BY s.MetricName, l.Labels['le']
        """.formatted(service), rows -> rows.size() >= 8, VISIBLE);

    String job = "acceptance/" + service;
    assertThat(samples)
        .containsExactly(
            sample("scenario_queue", "{'q':'main'}", job, "gauge", "-3"),
            sample(
                "scenario_requests_total", "{'code':'200','http_route':'/a'}", job, "counter", "7"),
            sample(
                "scenario_size_bytes_bucket", "{'kind':'body','le':'+Inf'}", job, "histogram", "4"),
            sample(
                "scenario_size_bytes_bucket", "{'kind':'body','le':'10.0'}", job, "histogram", "1"),
            sample(
                "scenario_size_bytes_bucket",
                "{'kind':'body','le':'100.0'}",
                job,
                "histogram",
                "3"),
            sample("scenario_size_bytes_count", "{'kind':'body'}", job, "histogram", "4"),
            sample("scenario_size_bytes_sum", "{'kind':'body'}", job, "histogram", "615"),
            sample("scenario_temperature_celsius", "{'room':'café'}", job, "gauge", "21.5"));
  }

  private static List<String> sample(
      String name, String labels, String job, String type, String value) {
    return List.of(name, labels, "scenario-1", job, "instance-1", type, value);
  }

  private void assertHistogram(String service) {
    List<List<String>> histograms =
        sql.rowsOnce("""
        SELECT h.MetricName, h.Count, h.Sum, h.ZeroCount,
          arraySum(h.PositiveCounts), arraySum(h.NegativeCounts), h.Schema >= 0
        FROM metrics_histograms AS h
        JOIN (SELECT DISTINCT Tenant, MetricName, SeriesId, Job FROM metrics_series) AS l
          ON h.Tenant = l.Tenant AND h.MetricName = l.MetricName AND h.SeriesId = l.SeriesId
        WHERE l.Job = 'acceptance/%s'
        """.formatted(service), rows -> !rows.isEmpty(), VISIBLE);

    assertThat(histograms)
        .containsExactly(List.of("scenario_latency_seconds", "4", "2.75", "1", "3", "0", "1"));
  }

  private void assertExemplars(String service) {
    List<List<String>> exemplars =
        sql.rowsOnce("""
        SELECT DISTINCT e.MetricName, e.Value, e.TraceId, e.SpanId
        FROM metrics_exemplars AS e
        JOIN (SELECT DISTINCT Tenant, MetricName, SeriesId, Job FROM metrics_series) AS l
          ON e.Tenant = l.Tenant AND e.MetricName = l.MetricName AND e.SeriesId = l.SeriesId
        WHERE l.Job = 'acceptance/%s' AND e.MetricName = 'scenario_requests_total'
        """.formatted(service), rows -> !rows.isEmpty(), VISIBLE);

    assertThat(exemplars)
        .containsExactly(List.of("scenario_requests_total", "7", TRACE_ID, PARENT_ID));
  }

  private void assertMetadata() {
    List<List<String>> metadata = sql.rowsOnce(
        "SELECT DISTINCT Type, Unit, Help FROM metrics_metadata WHERE MetricName = 'scenario_requests_total'",
        rows -> !rows.isEmpty(),
        VISIBLE);

    assertThat(metadata).containsExactly(List.of("counter", "", "Requests taken."));
  }
}
