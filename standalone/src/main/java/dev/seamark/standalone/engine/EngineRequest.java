package dev.seamark.standalone.engine;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request in ClickHouse's terms. Header names and parameters as its documentation has
 * them.
 */
record EngineRequest(
    Map<String, String> arguments, Headers headers, boolean readonly, String queryId) {
  private static final Pattern SETTING_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");
  private static final String PARAMETER = "param_";

  /** Arguments that are no settings of the engine, or that only an HTTP server acts on. */
  private static final Set<String> NOT_SETTINGS = Set.of(
      "query",
      "database",
      "session_id",
      "session_timeout",
      "session_check",
      "close_session",
      "compress",
      "decompress",
      "default_format",
      "query_id",
      "role",
      "user",
      "password",
      "quota_key",
      "wait_end_of_query",
      "buffer_size",
      "client_protocol_version",
      "enable_http_compression",
      "send_progress_in_http_headers",
      "stacktrace");

  static EngineRequest of(HttpExchange exchange) {
    Map<String, String> arguments = arguments(exchange.getRequestURI().getRawQuery());
    String method = exchange.getRequestMethod();
    String queryId = arguments.getOrDefault("query_id", "");
    return new EngineRequest(
        arguments,
        exchange.getRequestHeaders(),
        method.equals("GET") || method.equals("HEAD"),
        queryId.isEmpty() ? UUID.randomUUID().toString() : queryId);
  }

  private static Map<String, String> arguments(@Nullable String rawQuery) {
    Map<String, String> arguments = new LinkedHashMap<>();
    if (rawQuery == null || rawQuery.isEmpty()) {
      return arguments;
    }
    for (String pair : rawQuery.split("&", -1)) {
      int sign = pair.indexOf('=');
      String name = decoded(sign < 0 ? pair : pair.substring(0, sign));
      String value = sign < 0 ? "" : decoded(pair.substring(sign + 1));
      if (name.equals("query")) {
        arguments.merge(name, value, (a, b) -> a + "\n" + b);
      } else if (!name.isEmpty()) {
        arguments.put(name, value);
      }
    }
    return arguments;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw EngineException.of(
          EngineException.BAD_ARGUMENTS,
          "BAD_ARGUMENTS",
          "bad escape in the address: " + e.getMessage());
    }
  }

  String query() {
    return arguments.getOrDefault("query", "");
  }

  /** The database statements run in, empty for the engine's default. */
  String database() {
    return or(arguments.get("database"), headers.getFirst("X-ClickHouse-Database"));
  }

  /** The output format where the statement names none. */
  String defaultFormat() {
    String format = or(arguments.get("default_format"), headers.getFirst("X-ClickHouse-Format"));
    return format.isEmpty() ? "TabSeparated" : format;
  }

  /** The input format of an INSERT that names none. */
  String insertFormat() {
    String format = or(arguments.get("default_format"), headers.getFirst("X-ClickHouse-Format"));
    return format.isEmpty() ? "Values" : format;
  }

  boolean compress() {
    return flag("compress");
  }

  boolean waitEndOfQuery() {
    return flag("wait_end_of_query");
  }

  /** Revision of the native protocol whose Native format the client reads, 0 for none. */
  int protocolVersion() {
    return number("client_protocol_version", 0);
  }

  String sessionId() {
    return arguments.getOrDefault("session_id", "");
  }

  int sessionTimeoutSeconds() {
    return number("session_timeout", 60);
  }

  boolean sessionMustExist() {
    return flag("session_check");
  }

  boolean sessionEnds() {
    return flag("close_session");
  }

  /** The coding of the answer, null for none. */
  @Nullable
  ContentCoding answerCoding() {
    return flag("enable_http_compression")
        ? ContentCoding.ofAnswer(headers.getFirst("Accept-Encoding"))
        : null;
  }

  /** Values of {@code {name:Type}} places in the statement. */
  Map<String, String> parameters() {
    Map<String, String> parameters = new LinkedHashMap<>();
    arguments.forEach((name, value) -> {
      if (name.startsWith(PARAMETER)) {
        parameters.put(name.substring(PARAMETER.length()), value);
      }
    });
    return parameters;
  }

  /** Whether the request may only read: by its method, or because it says so. */
  boolean readsOnly() {
    return readonly || !arguments.getOrDefault("readonly", "0").equals("0");
  }

  /** One SET statement for all settings of the request, empty when there are none. */
  String setStatement() {
    StringBuilder sql = new StringBuilder();
    arguments.forEach((name, value) -> {
      if (!NOT_SETTINGS.contains(name) && !name.startsWith(PARAMETER)) {
        sql.append(sql.isEmpty() ? "SET " : ", ")
            .append(settingName(name))
            .append(" = ")
            .append(quoted(value));
      }
    });
    if (readonly) {
      requireReadonly();
      if (!arguments.containsKey("readonly")) {
        sql.append(sql.isEmpty() ? "SET " : ", ").append("readonly = 2");
      }
    }
    return sql.toString();
  }

  /** A GET only reads, whatever it says itself. */
  private void requireReadonly() {
    String value = arguments.getOrDefault("readonly", "2");
    if (!value.equals("1") && !value.equals("2")) {
      throw EngineException.of(
          EngineException.READONLY,
          "READONLY",
          "Cannot modify 'readonly' setting in readonly mode; write by POST");
    }
  }

  private static String settingName(String name) {
    if (!SETTING_NAME.matcher(name).matches()) {
      throw EngineException.of(
          EngineException.BAD_ARGUMENTS, "BAD_ARGUMENTS", "'" + name + "' is no name of a setting");
    }
    return name;
  }

  static String quoted(String value) {
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  static String identifier(String name) {
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`";
  }

  /** The password the client sent, empty for none: header, basic authentication or argument. */
  String password() {
    return credentials()[1];
  }

  String user() {
    return credentials()[0];
  }

  private String[] credentials() {
    String user = headers.getFirst("X-ClickHouse-User");
    String key = headers.getFirst("X-ClickHouse-Key");
    if (user != null || key != null) {
      return new String[] {or(user, "default"), or(key, "")};
    }
    String basic = headers.getFirst("Authorization");
    if (basic != null && basic.regionMatches(true, 0, "Basic ", 0, 6)) {
      return basicCredentials(basic.substring(6).strip());
    }
    return new String[] {
      arguments.getOrDefault("user", "default"), arguments.getOrDefault("password", "")
    };
  }

  private static String[] basicCredentials(String encoded) {
    try {
      String pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      return colon < 0
          ? new String[] {pair, ""}
          : new String[] {pair.substring(0, colon), pair.substring(colon + 1)};
    } catch (IllegalArgumentException _) {
      return new String[] {"", ""};
    }
  }

  /**
   * The plain body, whatever codings it came in. A body that is cut short is an error, not an end.
   */
  InputStream body(InputStream raw) throws IOException {
    String length = headers.getFirst("Content-Length");
    InputStream body = length == null ? raw : new WholeBody(raw, Long.parseLong(length));
    ContentCoding coding = ContentCoding.ofRequest(headers.getFirst("Content-Encoding"));
    InputStream decoded = coding == null ? body : coding.decode(body);
    return flag("decompress") ? new FrameInput(decoded) : decoded;
  }

  private boolean flag(String name) {
    String value = arguments.getOrDefault(name, "0");
    return value.equals("1") || value.equalsIgnoreCase("true");
  }

  private int number(String name, int fallback) {
    String value = arguments.get(name);
    try {
      return value == null ? fallback : Integer.parseInt(value);
    } catch (NumberFormatException _) {
      throw EngineException.of(
          EngineException.BAD_ARGUMENTS, "BAD_ARGUMENTS", name + "=" + value + " is no number");
    }
  }

  private static String or(@Nullable String first, @Nullable String second) {
    return first != null && !first.isEmpty() ? first : second == null ? "" : second;
  }

  /** A body of a stated length. */
  private static final class WholeBody extends FilterInputStream {
    private long left;

    WholeBody(InputStream source, long length) {
      super(source);
      this.left = length;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      int got = super.read(target, from, length);
      if (got < 0 && left > 0) {
        throw new EOFException("the body ends " + left + " bytes early");
      }
      left -= Math.max(0, got);
      return got;
    }
  }
}
