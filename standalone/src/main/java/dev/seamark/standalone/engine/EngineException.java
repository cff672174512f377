package dev.seamark.standalone.engine;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A refusal in ClickHouse's words: {@code Code: N. DB::Exception: text (NAME)}. */
final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final Pattern CODE = Pattern.compile("Code: (\\d+)\\.");
  private static final int UNKNOWN = 1002;

  static final int READONLY = 164;
  static final int SYNTAX_ERROR = 62;
  static final int CANNOT_DECOMPRESS = 271;
  static final int INCORRECT_DATA = 117;
  static final int BAD_ARGUMENTS = 36;
  static final int NETWORK_ERROR = 210;
  static final int CHECKSUM_DOESNT_MATCH = 40;
  static final int TOO_MANY_SIMULTANEOUS_QUERIES = 202;
  static final int QUERY_IS_TOO_LARGE = 223;
  static final int MEMORY_LIMIT_EXCEEDED = 241;
  static final int SESSION_NOT_FOUND = 372;
  static final int SESSION_IS_LOCKED = 373;
  static final int QUERY_WAS_CANCELLED = 394;
  static final int AUTHENTICATION_FAILED = 516;

  private final int code;

  private EngineException(int code, String message) {
    super(message);
    this.code = code;
  }

  /** What the engine said. */
  static EngineException said(String message) {
    Matcher matcher = CODE.matcher(message);
    return matcher.find()
        ? new EngineException(Integer.parseInt(matcher.group(1)), message)
        : of(UNKNOWN, "UNKNOWN_EXCEPTION", message);
  }

  /** What this server says itself, in the same form. */
  static EngineException of(int code, String name, String text) {
    return new EngineException(
        code, "Code: %d. DB::Exception: %s (%s)".formatted(code, text, name));
  }

  int code() {
    return code;
  }

  /** The HTTP status ClickHouse answers with (its {@code exceptionCodeToHTTPStatus}). */
  int status() {
    return switch (code) {
      case 192, 193, 511, AUTHENTICATION_FAILED -> 403;
      case 46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 336, SESSION_NOT_FOUND -> 404;
      case 6, 25, 26, 27, 33, 34, 36, 38, 41, 43, 44, 53, 61, 62, 69, 72, 117, 456, 457 -> 400;
      case QUERY_IS_TOO_LARGE -> 413;
      case 48 -> 501;
      case 209, 439 -> 503;
      default -> 500;
    };
  }

  /** The same without a text that the client didn't write. */
  EngineException without(String addition) {
    return text().contains(addition)
        ? new EngineException(code, text().replace(addition, "").strip())
        : this;
  }

  String text() {
    String message = getMessage();
    return message == null ? "" : message;
  }
}
