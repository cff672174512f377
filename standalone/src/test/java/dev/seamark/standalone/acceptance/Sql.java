package dev.seamark.standalone.acceptance;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** Asks the SQL port as curl would: a statement in, tab-separated rows out. */
record Sql(URI port) {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /** The rows of a SELECT, each a list of cells in ClickHouse's TabSeparated text. */
  List<List<String>> rows(String select) {
    String body = ask(select);
    return body.isEmpty()
        ? List.of()
        : Arrays.stream(body.split("\n", -1))
            .limit(body.chars().filter(c -> c == '\n').count())
            .map(row -> List.of(row.split("\t", -1)))
            .toList();
  }

  long number(String select) {
    return Long.parseLong(rows(select).getFirst().getFirst());
  }

  /**
   * Repeats the SELECT until its rows satisfy the condition; the last answer is returned either
   * way.
   */
  List<List<String>> rowsOnce(
      String select, Predicate<List<List<String>>> condition, Duration within) {
    long deadline = System.nanoTime() + within.toNanos();
    List<List<String>> rows = rows(select);
    while (!condition.test(rows) && System.nanoTime() < deadline) {
      rows = rows(select);
    }
    return rows;
  }

  private String ask(String select) {
    try {
      HttpResponse<String> answer = HTTP.send(
          HttpRequest.newBuilder(port)
              .POST(HttpRequest.BodyPublishers.ofString(select))
              .build(),
          HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new AssertionError(select + "\n" + answer.statusCode() + ": " + answer.body());
      }
      return answer.body();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(select, e);
    }
  }
}
