package dev.seamark.standalone.engine;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A walk over the words and signs of an SQL text: comments, texts in quotes and heredocs are
 * stepped over, so that a keyword is one. Bytes behind the statement's end are not looked at before
 * a caller asks for them.
 */
final class SqlTokens {
  private final byte[] text;
  private int start;
  private int end;
  private boolean word;

  SqlTokens(byte[] text) {
    this.text = text;
  }

  /** Moves to the next token; false at the end. */
  boolean next() {
    start = skipBlanks(end);
    word = false;
    if (start >= text.length) {
      start = text.length;
      end = text.length;
      return false;
    }
    byte first = text[start];
    if (isWordByte(first)) {
      word = true;
      end = wordEnd(start);
    } else if (first == '\'' || first == '"' || first == '`') {
      end = quoteEnd(start);
    } else if (first == '$') {
      end = heredocEnd(start);
    } else {
      end = start + 1;
    }
    return true;
  }

  int start() {
    return start;
  }

  int end() {
    return end;
  }

  boolean is(char sign) {
    return end == start + 1 && text[start] == sign;
  }

  boolean isWord() {
    return word;
  }

  boolean isWord(String keyword) {
    return word && matches(keyword, start, end);
  }

  boolean isAnyWord(String... keywords) {
    for (String keyword : keywords) {
      if (isWord(keyword)) {
        return true;
      }
    }
    return false;
  }

  /** The token as it stands in the text. */
  String text() {
    return new String(Arrays.copyOfRange(text, start, end), StandardCharsets.UTF_8);
  }

  boolean peekIs(char sign) {
    int at = skipBlanks(end);
    return at < text.length && text[at] == sign;
  }

  boolean peekIsWord(String keyword) {
    int at = skipBlanks(end);
    return at < text.length && isWordByte(text[at]) && matches(keyword, at, wordEnd(at));
  }

  /** Whether nothing but blanks and comments follows. */
  boolean atEnd() {
    return skipBlanks(end) >= text.length;
  }

  /** Whether the statement ends behind this token, or only its SETTINGS follow. */
  boolean endsStatement() {
    return atEnd() || peekIs(';') || peekIsWord("SETTINGS");
  }

  /** From an opening parenthesis to its closing one. */
  void skipParentheses() {
    int depth = 1;
    while (depth > 0 && next()) {
      if (is('(')) {
        depth++;
      } else if (is(')')) {
        depth--;
      }
    }
  }

  private boolean matches(String keyword, int from, int to) {
    if (to - from != keyword.length()) {
      return false;
    }
    for (int i = 0; i < keyword.length(); i++) {
      if ((text[from + i] & 0xDF) != keyword.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private int skipBlanks(int from) {
    int at = from;
    while (at < text.length) {
      byte b = text[at];
      if (b == ' ' || (b >= '\t' && b <= '\r')) {
        at++;
      } else if (b == '#' || (b == '-' && at + 1 < text.length && text[at + 1] == '-')) {
        at = lineEnd(at);
      } else if (b == '/' && at + 1 < text.length && text[at + 1] == '*') {
        at = commentEnd(at + 2);
      } else {
        return at;
      }
    }
    return at;
  }

  private int lineEnd(int from) {
    int at = from;
    while (at < text.length && text[at] != '\n') {
      at++;
    }
    return at;
  }

  private int commentEnd(int from) {
    for (int at = from; at + 1 < text.length; at++) {
      if (text[at] == '*' && text[at + 1] == '/') {
        return at + 2;
      }
    }
    return text.length;
  }

  private int wordEnd(int from) {
    int at = from;
    while (at < text.length && isWordByte(text[at])) {
      at++;
    }
    return at;
  }

  /** Both a doubled quote and a backslash keep the text going. */
  private int quoteEnd(int from) {
    byte quote = text[from];
    for (int at = from + 1; at < text.length; at++) {
      if (text[at] == '\\') {
        at++;
      } else if (text[at] == quote) {
        if (at + 1 >= text.length || text[at + 1] != quote) {
          return at + 1;
        }
        at++;
      }
    }
    return text.length;
  }

  /** {@code $tag$ ... $tag$}; a lone dollar sign is a sign. */
  private int heredocEnd(int from) {
    int close = wordEnd(from + 1);
    if (close >= text.length || text[close] != '$') {
      return from + 1;
    }
    int length = close + 1 - from;
    for (int at = close + 1; at + length <= text.length; at++) {
      if (Arrays.equals(text, at, at + length, text, from, from + length)) {
        return at + length;
      }
    }
    return text.length;
  }

  private static boolean isWordByte(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || b == '_'
        || b < 0;
  }
}
