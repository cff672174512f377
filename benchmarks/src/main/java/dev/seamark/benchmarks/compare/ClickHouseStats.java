package dev.seamark.benchmarks.compare;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.TreeMap;

/** What Seamark's ClickHouse says of its parts and merges. */
record ClickHouseStats(URI address, String password) {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /** Rows and bytes of a table's active parts. */
  record Size(long rows, long bytes, long parts) {}

  Map<String, Size> sizes() throws IOException, InterruptedException {
    var sizes = new TreeMap<String, Size>();
    ask("SELECT table, sum(rows), sum(bytes_on_disk), count() FROM system.parts"
            + " WHERE active AND database = 'seamark' GROUP BY table")
        .lines()
        .map(line -> line.split("\t", -1))
        .forEach(cells -> sizes.put(
            cells[0],
            new Size(
                Long.parseLong(cells[1]), Long.parseLong(cells[2]), Long.parseLong(cells[3]))));
    return sizes;
  }

  boolean merges() throws IOException, InterruptedException {
    return !ask("SELECT count() FROM system.merges").strip().equals("0");
  }

  /** The highest value of the marker series that can be seen. */
  long marker() throws IOException, InterruptedException {
    var answer = ask("SELECT toInt64(max(Value)) FROM seamark.metrics_samples"
        + " WHERE Tenant = 'default' AND MetricName = '" + Marker.NAME + "'");
    return answer.isBlank() ? 0 : Long.parseLong(answer.strip());
  }

  private String ask(String select) throws IOException, InterruptedException {
    var answer = HTTP.send(
        HttpRequest.newBuilder(address)
            .header("X-ClickHouse-User", "default")
            .header("X-ClickHouse-Key", password)
            .POST(HttpRequest.BodyPublishers.ofString(select))
            .build(),
        HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(select + ": " + answer.body());
    }
    return answer.body();
  }
}
