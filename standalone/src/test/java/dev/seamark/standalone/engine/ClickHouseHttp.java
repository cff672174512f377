package dev.seamark.standalone.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** ClickHouse's HTTP interface as plain as it is: what the tests hold any server to. */
final class ClickHouseHttp {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final Pattern WRITTEN = Pattern.compile("\"written_rows\":\"(\\d+)\"");
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final URI address;
  private final String database;
  private final String user;
  private final String password;

  ClickHouseHttp(URI address, String database, String user, String password) {
    this.address = address;
    this.database = database;
    this.user = user;
    this.password = password;
  }

  ClickHouseHttp(URI address, String database) {
    this(address, database, "default", "");
  }

  /** An answer that is not 200. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    final int status;
    final int code;

    Refused(int status, int code, String body) {
      super(body);
      this.status = status;
      this.code = code;
    }
  }

  /** The answer's text without its last line end. */
  String run(String sql) {
    return run(sql, Map.of());
  }

  /** {@code arguments}: settings, {@code param_x}, query_id, ... */
  String run(String sql, Map<String, String> arguments) {
    byte[] answer = send(arguments, sql.getBytes(StandardCharsets.UTF_8)).body();
    return new String(answer, StandardCharsets.UTF_8).stripTrailing();
  }

  byte[] bytes(String sql, Map<String, String> arguments) {
    return send(arguments, sql.getBytes(StandardCharsets.UTF_8)).body();
  }

  /** Returns the rows the server says it wrote. */
  long insert(String sql, byte[] rows, Map<String, String> settings) {
    Map<String, String> arguments = new java.util.LinkedHashMap<>(settings);
    arguments.put("query", sql);
    HttpResponse<byte[]> answer = send(arguments, rows);
    Matcher written =
        WRITTEN.matcher(answer.headers().firstValue("X-ClickHouse-Summary").orElse(""));
    return written.find() ? Long.parseLong(written.group(1)) : -1;
  }

  HttpResponse<byte[]> send(Map<String, String> arguments, byte[] body) {
    HttpRequest request =
        request(arguments).POST(BodyPublishers.ofByteArray(body)).build();
    try {
      HttpResponse<byte[]> answer = CLIENT.send(request, BodyHandlers.ofByteArray());
      if (answer.statusCode() != 200) {
        int code = Integer.parseInt(
            answer.headers().firstValue("X-ClickHouse-Exception-Code").orElse("0"));
        throw new Refused(
            answer.statusCode(), code, new String(answer.body(), StandardCharsets.UTF_8));
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpRequest.Builder request(Map<String, String> arguments) {
    String query = arguments.entrySet().stream()
        .map(entry -> encoded(entry.getKey()) + "=" + encoded(entry.getValue()))
        .collect(Collectors.joining("&"));
    return HttpRequest.newBuilder(address.resolve("/?" + query))
        .timeout(TIMEOUT)
        .header("X-ClickHouse-Database", database)
        .header("X-ClickHouse-User", user)
        .header("X-ClickHouse-Key", password);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
