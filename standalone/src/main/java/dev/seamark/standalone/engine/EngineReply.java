package dev.seamark.standalone.engine;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The answer to one request. The first {@link #HELD_BYTES} are held back, so that most failures
 * still get a status of their own; afterwards a failure's text ends the body and the connection is
 * cut, as ClickHouse does it. Owned by the request's thread.
 */
final class EngineReply extends OutputStream {
  static final int HELD_BYTES = 512 << 10;
  private static final String TSV = "text/tab-separated-values; charset=UTF-8";
  private static final String JSON = "application/json; charset=UTF-8";
  private static final Map<String, String> TEXT_TYPES = Map.of(
      "tabseparated", TSV,
      "tsv", TSV,
      "tabseparatedwithnames", TSV,
      "tabseparatedwithnamesandtypes", TSV,
      "json", JSON,
      "jsoncompact", JSON,
      "jsoneachrow", "application/x-ndjson; charset=UTF-8",
      "csv", "text/csv; charset=UTF-8; header=absent",
      "csvwithnames", "text/csv; charset=UTF-8; header=present",
      "pretty", "text/plain; charset=UTF-8");

  private final HttpExchange exchange;
  private final Statistics statistics;
  private final ByteArrayOutputStream held = new ByteArrayOutputStream(4096);
  private boolean committed;

  EngineReply(HttpExchange exchange, Statistics statistics) {
    this.exchange = exchange;
    this.statistics = statistics;
  }

  void header(String name, String value) {
    exchange.getResponseHeaders().set(name, value);
  }

  void format(String format) {
    header("X-ClickHouse-Format", format);
    header(
        "Content-Type", TEXT_TYPES.getOrDefault(Statement.key(format), "application/octet-stream"));
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] source, int from, int length) throws IOException {
    if (committed) {
      exchange.getResponseBody().write(source, from, length);
      return;
    }
    held.write(source, from, length);
    if (held.size() >= HELD_BYTES) {
      commit(200, 0);
      held.reset();
    }
  }

  /** Sends what is still held; nothing can be written afterwards. */
  void finish() throws IOException {
    if (!committed) {
      commit(200, held.size() == 0 ? -1 : held.size());
    }
    exchange.close();
  }

  /** Answers that there is nothing at this address. */
  void notFound(String text) throws IOException {
    header("Content-Type", "text/plain; charset=UTF-8");
    held.writeBytes((text + "\n").getBytes(StandardCharsets.UTF_8));
    commit(404, held.size());
  }

  /** Answers with ClickHouse's error form. */
  void fail(EngineException e, String version) throws IOException {
    String text =
        e.text().contains("(version ") ? e.text() : e.text() + " (version " + version + ")";
    if (committed) {
      exchange.getResponseBody().write((text + "\n").getBytes(StandardCharsets.UTF_8));
      exchange.getResponseBody().flush();
      throw new IOException("the answer was cut: " + text);
    }
    Headers headers = exchange.getResponseHeaders();
    headers.remove("Content-Encoding");
    headers.set("Content-Type", "text/plain; charset=UTF-8");
    headers.set("X-ClickHouse-Exception-Code", Integer.toString(e.code()));
    held.reset();
    held.writeBytes((text + "\n").getBytes(StandardCharsets.UTF_8));
    commit(e.status(), held.size());
    exchange.close();
  }

  /** A length of 0 means unknown (chunked), -1 none. */
  private void commit(int status, long length) throws IOException {
    header("X-ClickHouse-Summary", statistics.summary());
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : length);
    if (!head) {
      held.writeTo(exchange.getResponseBody());
    }
    committed = true;
  }
}
