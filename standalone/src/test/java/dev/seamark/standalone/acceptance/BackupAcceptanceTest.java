package dev.seamark.standalone.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.standalone.Commands;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A standalone whose ClickHouse is lost comes back from its backup and its own Kafka. */
@Timeout(240)
class BackupAcceptanceTest {
  private static final int OFFSET = 41_300;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String LOGS =
      "SELECT count(), uniqExact(Body), countIf(startsWith(Body, 'before')) FROM otel_logs";

  @TempDir
  Path folder;

  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void everyAcknowledgedRecordIsThereOnceAfterTheRestore() throws Exception {
    Path data = folder.resolve("data");
    String place = folder.resolve("backup").toString();
    Commands commands = Commands.of(data, OFFSET);
    StandaloneProcess first = StandaloneProcess.start(data);
    for (int i = 0; i < 20; i++) {
      send(first.otlpHttp(), "before" + i);
    }
    rows(first.sql(), 20, 20);
    assertThat(commands.succeed("backup", "--to", place)).contains("backed up", "a restore by");
    for (int i = 0; i < 30; i++) {
      send(first.otlpHttp(), "after" + i);
    }
    first.stop();
    assertThat(commands.fail("restore", "--from", place))
        .contains("move %s away".formatted(data.resolve("clickhouse")));
    Files.move(data.resolve("clickhouse"), folder.resolve("lost"));

    assertThat(commands.succeed("restore", "--from", place)).contains("start the writers");

    StandaloneProcess second = StandaloneProcess.start(data);
    rows(second.sql(), 50, 20);
    assertThat(commands.fail("restore", "--from", place)).contains("is in use by process");
    second.stop();
  }

  private static void rows(URI sql, int all, int before) {
    assertThat(new Sql(sql)
            .rowsOnce(LOGS, rows -> rows.getFirst().getFirst().equals("" + all), PATIENCE))
        .isEqualTo(List.of(List.of("" + all, "" + all, "" + before)));
  }

  private void send(URI otlp, String body) throws Exception {
    var request = HttpRequest.newBuilder(otlp.resolve("/v1/logs"))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString("""
            {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "%s"}}]}]}]}""".formatted(body)))
        .build();
    assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
  }
}
