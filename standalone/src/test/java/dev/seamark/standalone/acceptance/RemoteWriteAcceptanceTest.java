package dev.seamark.standalone.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xerial.snappy.Snappy;

/**
 * Prometheus remote write into a standalone Seamark: what SQL shows afterwards equals what was
 * sent, field by field.
 */
class RemoteWriteAcceptanceTest {
  private static final Duration VISIBLE = Duration.ofSeconds(30);
  private static final long STALE = 0x7ff0000000000002L;

  private static StandaloneProcess seamark;
  private static Sql sql;
  private static URI url;

  private final long now = System.currentTimeMillis();

  @BeforeAll
  static void start(@TempDir Path data) {
    seamark = StandaloneProcess.start(data);
    sql = new Sql(seamark.sql());
    url = seamark.port(4318).resolve("/api/v1/write");
  }

  @AfterAll
  static void stop() {
    seamark.stop();
  }

  @Test
  void theSdkOfPythonByVersion1() {
    Python.assumed().run("remote_write_scenario.py", url.toString(), "python-1");

    assertThat(samples("python-1", 3))
        .containsExactly(
            List.of("rw_queue", "{}", "scenario-1", "i-1", "unknown", "-3"),
            List.of(
                "rw_requests_total",
                "{'code':'200','route':'/größe'}",
                "scenario-1",
                "i-1",
                "unknown",
                "7"),
            List.of(
                "rw_temperature_celsius",
                "{'room':'café'}",
                "scenario-1",
                "i-1",
                "unknown",
                "21.5"));
  }

  @Test
  void everythingThatVersion2Has() throws Exception {
    Request request = new Request();
    int help = request.symbol("Requests taken.");
    byte[] metadata = message(it -> {
      it.writeInt32(1, 1);
      it.writeUInt32(3, help);
    });
    request.series(request.labels("rw_requests_total", "code", "200"), it -> {
      it.writeByteArray(2, sample(now, 7));
      it.writeByteArray(2, sample(now + 1, Double.longBitsToDouble(STALE)));
      it.writeByteArray(4, message(exemplar -> {
        exemplar.writeByteArray(
            1, request.refs("trace_id", "0af7651916cd43dd8448eb211c80319c", "user", "u-1"));
        exemplar.writeDouble(2, 0.25);
        exemplar.writeInt64(3, now);
      }));
      it.writeByteArray(5, metadata);
    });
    request.series(request.labels("rw_latency_seconds"), it -> it.writeByteArray(3, histogram()));

    HttpResponse<String> response = send(request.bytes(), "io.prometheus.write.v2.Request");

    assertThat(response.body()).isEmpty();
    assertThat(response.statusCode()).isEqualTo(204);
    assertThat(response.headers().firstValue("X-Prometheus-Remote-Write-Samples-Written"))
        .hasValue("2");
    assertThat(samples("java-2", 2))
        .containsExactly(
            List.of("rw_requests_total", "{'code':'200'}", "scenario-1", "", "counter", "7"),
            List.of("rw_requests_total", "{'code':'200'}", "scenario-1", "", "counter", "nan"));
    assertThat(sql.rows("SELECT hex(reinterpretAsUInt64(Value)) FROM metrics_samples"
            + " WHERE MetricName = 'rw_requests_total' AND isNaN(Value)"))
        .containsExactly(List.of("7FF0000000000002"));
    assertThat(sql.rowsOnce(
            "SELECT toUnixTimestamp64Milli(Ts), toUnixTimestamp64Milli(StartTs), Count, Sum, Schema,"
                + " ZeroThreshold, ZeroCount, PositiveOffset, PositiveCounts, NegativeOffset,"
                + " NegativeCounts, Stale, IsFloat, CounterReset"
                + " FROM metrics_histograms WHERE MetricName = 'rw_latency_seconds'",
            rows -> !rows.isEmpty(),
            VISIBLE))
        .containsExactly(List.of(
            "" + now,
            "" + (now - 5),
            "9",
            "12.5",
            "3",
            "0.001",
            "2",
            "-3",
            "[1,3,0,2]",
            "4",
            "[1]",
            "0",
            "0",
            "2"));
    assertThat(sql.rowsOnce(
            "SELECT Value, TraceId, Attributes FROM metrics_exemplars"
                + " WHERE MetricName = 'rw_requests_total'",
            rows -> !rows.isEmpty(),
            VISIBLE))
        .containsExactly(List.of("0.25", "0af7651916cd43dd8448eb211c80319c", "{'user':'u-1'}"));
    assertThat(sql.rowsOnce(
            "SELECT DISTINCT Type, Unit, Help FROM metrics_metadata"
                + " WHERE MetricName = 'rw_requests_total'",
            rows -> !rows.isEmpty(),
            VISIBLE))
        .containsExactly(List.of("counter", "", "Requests taken."));
  }

  private byte[] histogram() {
    return message(it -> {
      it.writeUInt64(1, 9);
      it.writeDouble(3, 12.5);
      it.writeSInt32(4, 3);
      it.writeDouble(5, 0.001);
      it.writeUInt64(6, 2);
      it.writeByteArray(8, span(5, 1));
      it.writeByteArray(9, message(deltas -> deltas.writeSInt64NoTag(1)));
      it.writeByteArray(11, span(-2, 2));
      it.writeByteArray(11, span(1, 1));
      it.writeByteArray(12, message(deltas -> {
        deltas.writeSInt64NoTag(1);
        deltas.writeSInt64NoTag(2);
        deltas.writeSInt64NoTag(-1);
      }));
      it.writeInt32(14, 2);
      it.writeInt64(15, now);
      it.writeInt64(17, now - 5);
    });
  }

  private static byte[] span(int offset, int length) {
    return message(it -> {
      it.writeSInt32(1, offset);
      it.writeUInt32(2, length);
    });
  }

  private static byte[] sample(long millis, double value) {
    return message(it -> {
      it.writeDouble(1, value);
      it.writeInt64(2, millis);
    });
  }

  private static List<List<String>> samples(String job, int count) {
    return sql.rowsOnce("""
        SELECT s.MetricName, mapFilter((k, v) -> k IN ('code', 'route', 'room'), l.Labels),
          l.Cluster, l.Instance, l.Type, s.Value
        FROM metrics_samples AS s
        JOIN (SELECT DISTINCT Tenant, MetricName, SeriesId, Labels, Cluster, Job, Instance, Type FROM metrics_series) AS l
          ON s.Tenant = l.Tenant AND s.MetricName = l.MetricName AND s.SeriesId = l.SeriesId
        WHERE l.Job = '%s'
        ORDER BY s.MetricName, s.Ts
        """.formatted(job), rows -> rows.size() >= count, VISIBLE);
  }

  private static HttpResponse<String> send(byte[] message, String type)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(url)
              .header("Content-Type", "application/x-protobuf;proto=" + type)
              .header("Content-Encoding", "snappy")
              .POST(HttpRequest.BodyPublishers.ofByteArray(Snappy.compress(message)))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  /** A request of 2.0 being made, field numbers by its `types.proto`. */
  private static final class Request {
    private final List<String> symbols = new ArrayList<>(List.of(""));
    private final List<byte[]> series = new ArrayList<>();

    int symbol(String text) {
      if (!symbols.contains(text)) {
        symbols.add(text);
      }
      return symbols.indexOf(text);
    }

    /** Labels of a series of job java-2 with one of its own, sorted. */
    byte[] labels(String name, String... own) {
      List<String> all = new ArrayList<>(List.of("__name__", name, "cluster", "scenario-1"));
      all.addAll(List.of(own));
      all.addAll(List.of("job", "java-2"));
      return refs(all.toArray(String[]::new));
    }

    byte[] refs(String... texts) {
      return message(it -> {
        for (String text : texts) {
          it.writeUInt32NoTag(symbol(text));
        }
      });
    }

    void series(byte[] refs, Fields rest) {
      series.add(message(it -> {
        it.writeByteArray(1, refs);
        rest.write(it);
      }));
    }

    byte[] bytes() {
      return message(it -> {
        for (String symbol : symbols) {
          it.writeByteArray(4, symbol.getBytes(UTF_8));
        }
        for (byte[] each : series) {
          it.writeByteArray(5, each);
        }
      });
    }
  }

  /** Writes the fields of a message. */
  private interface Fields {
    void write(CodedOutputStream to) throws IOException;
  }

  private static byte[] message(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream coded = CodedOutputStream.newInstance(bytes);
    try {
      fields.write(coded);
      coded.flush();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }
}
