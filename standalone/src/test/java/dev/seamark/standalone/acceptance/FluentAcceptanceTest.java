package dev.seamark.standalone.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The forward protocol as agents speak it, into a standalone Seamark: by fluent-logger for Python,
 * and by messages as Fluent Bit sends them, each sent twice. What SQL shows afterwards equals what
 * was sent, field by field, and once.
 */
class FluentAcceptanceTest {
  private static final Duration VISIBLE = Duration.ofSeconds(30);
  private static final int PORT = 24224;

  /** Recent, so that no retention drops it; not round, so that lost digits show. */
  private final long start = Instant.now().getEpochSecond() * 1_000_000_000L - 3_599_999_999_999L;

  private static StandaloneProcess seamark;
  private static Sql sql;

  @BeforeAll
  static void start(@TempDir Path data) {
    seamark = StandaloneProcess.start(data);
    sql = new Sql(seamark.sql());
  }

  @AfterAll
  static void stop() {
    seamark.stop();
  }

  @Test
  void fluentLogger() {
    run("logger");

    List<List<String>> rows = sql.rowsOnce("""
        SELECT toUnixTimestamp64Nano(Timestamp), SeverityText, SeverityNumber, Body,
          ResourceAttributes, LogAttributes
        FROM otel_logs WHERE ServiceName = 'fluent-logger' ORDER BY Body
        """, found -> found.size() >= 3, VISIBLE);

    String resource = "{'service.name':'fluent-logger'}";
    assertThat(rows)
        .containsExactly(
            List.of(
                "" + start / 1_000_000_000L * 1_000_000_000L,
                "debug",
                "5",
                "naïve ☕ 0",
                resource,
                attributes(0)),
            List.of("" + (start + 1), "WARN", "13", "naïve ☕ 1", resource, attributes(1)),
            List.of("" + (start + 2), "ERROR", "17", "naïve ☕ 2", resource, attributes(2)));
  }

  private static String attributes(int n) {
    return "{'fluent.tag':'app.web','n':'%d','nested':'{\"a\":1.5,\"b\":[1,null,true]}'}"
        .formatted(n);
  }

  @ParameterizedTest
  @ValueSource(strings = {"message", "forward", "packed", "gzip", "metadata"})
  void framesOfFluentBit(String mode) {
    run("frames", mode);

    List<List<String>> rows = sql.rowsOnce(
        """
        SELECT count(), uniqExact(Timestamp), min(toUnixTimestamp64Nano(Timestamp)),
          max(toUnixTimestamp64Nano(Timestamp)), countIf(Body = '%s ' || toString(toUnixTimestamp64Nano(Timestamp) - %d) || '\\n'),
          any(SeverityText), any(SeverityNumber), any(ResourceAttributes), any(LogAttributes)
        FROM otel_logs WHERE ServiceName = 'fluent-frames' AND Body LIKE '%s %%'
        """.formatted(mode, start, mode),
        found -> found.getFirst().getFirst().equals("100"),
        VISIBLE);

    assertThat(rows)
        .containsExactly(List.of(
            "100",
            "100",
            "" + start,
            "" + (start + 99),
            "100",
            "error",
            "17",
            "{'container.image.name':'registry:5000/shop/nginx','container.image.tags':'[\"1.27\"]',"
                + "'k8s.container.name':'nginx','k8s.namespace.name':'shop','k8s.node.name':'node-7',"
                + "'k8s.pod.annotation.prometheus.io/scrape':'true',"
                + "'k8s.pod.label.app.kubernetes.io/name':'fluent-frames','k8s.pod.label.tier':'front',"
                + "'k8s.pod.name':'web-6d4c','k8s.pod.uid':'8e6d0a3c-1','service.name':'fluent-frames'}",
            "{'fluent.tag':'kube.var.log.containers.web','log.iostream':'stderr'}"));
  }

  private void run(String how, String... more) {
    String[] arguments = new String[3 + more.length];
    arguments[0] = how;
    arguments[1] = "" + seamark.port(PORT).getPort();
    arguments[2] = "" + start;
    System.arraycopy(more, 0, arguments, 3, more.length);
    Python.assumed().run("fluent_scenario.py", arguments);
  }
}
