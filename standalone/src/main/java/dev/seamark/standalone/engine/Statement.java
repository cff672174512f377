package dev.seamark.standalone.engine;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks the engine to do, told from the text's outline; its grammar is the engine's
 * matter.
 */
sealed interface Statement {

  /**
   * An INSERT whose rows follow.
   *
   * @param sql the statement without its FORMAT clause
   * @param format the clause's format, null where it has none
   * @param dataFrom where in the text the rows begin
   */
  record Insert(String sql, @Nullable String format, int dataFrom) implements Statement {}

  /**
   * Everything else.
   *
   * @param format the FORMAT clause's format, null where it has none
   * @param streamable whether the engine might hand the answer out in pieces
   */
  record Query(String sql, @Nullable String format, boolean streamable) implements Statement {}

  /** KILL QUERY WHERE query_id = '...', which the engine can't do: it knows no client's ids. */
  record Kill(String queryId) implements Statement {}

  /** Tells what a text is. It may have rows behind an INSERT, of any bytes. */
  static Statement of(byte[] text) {
    SqlTokens tokens = new SqlTokens(text);
    tokens.next();
    return tokens.isWord("INSERT") ? insertOrQuery(text, tokens) : query(text);
  }

  /** Whether a text begins as an INSERT, so that rows may follow. */
  static boolean isInsert(byte[] text) {
    SqlTokens tokens = new SqlTokens(text);
    tokens.next();
    return tokens.isWord("INSERT");
  }

  private static Statement insertOrQuery(byte[] text, SqlTokens tokens) {
    skipTarget(tokens);
    while (tokens.next()) {
      if (tokens.isWord("VALUES")) {
        return new Insert(text(text, 0, tokens.start()).strip(), "Values", tokens.end());
      }
      if (tokens.isWord("FORMAT")) {
        int clause = tokens.start();
        tokens.next();
        String sql = text(text, 0, clause).strip();
        return new Insert(sql, tokens.text(), dataAfterFormat(text, tokens.end()));
      }
      if (tokens.isAnyWord("SELECT", "WITH", "FROM", "EXPLAIN", "WATCH")
          || (tokens.is('(') && startsSelect(tokens))) {
        return query(text);
      }
      if (tokens.is('(')) {
        tokens.skipParentheses();
      }
    }
    return new Insert(text(text, 0, text.length), null, text.length);
  }

  /** INTO [TABLE] name or INTO FUNCTION name(...): leaves the tokens at the name's last part. */
  private static void skipTarget(SqlTokens tokens) {
    tokens.next();
    if (tokens.isWord("INTO")) {
      tokens.next();
    }
    if (tokens.isAnyWord("TABLE", "FUNCTION")) {
      tokens.next();
    }
    while (tokens.peekIs('.')) {
      tokens.next();
      tokens.next();
    }
  }

  private static boolean startsSelect(SqlTokens tokens) {
    return tokens.peekIsWord("SELECT") || tokens.peekIsWord("WITH");
  }

  /** The engine's rule: blanks, then one line end, belong to the clause. */
  private static int dataAfterFormat(byte[] text, int from) {
    int at = from;
    while (at < text.length && (text[at] == ' ' || text[at] == '\t' || text[at] == '\f')) {
      at++;
    }
    if (at < text.length && text[at] == ';') {
      at++;
    }
    if (at < text.length && text[at] == '\r') {
      at++;
    }
    return at < text.length && text[at] == '\n' ? at + 1 : at;
  }

  private static Statement query(byte[] text) {
    SqlTokens tokens = new SqlTokens(text);
    tokens.next();
    while (tokens.is('(')) {
      tokens.next();
    }
    if (tokens.isWord("KILL")) {
      return kill(text);
    }
    boolean select = tokens.isAnyWord("SELECT", "WITH");
    String format = null;
    boolean totals = false;
    boolean more = true;
    int end = text.length;
    while (more) {
      if (tokens.is(';') && tokens.atEnd()) {
        end = tokens.start();
        break;
      }
      totals |= tokens.isWord("TOTALS");
      if (tokens.isWord("FORMAT")) {
        tokens.next();
        format = tokens.isWord() && tokens.endsStatement() ? tokens.text() : format;
      } else {
        more = tokens.next();
      }
    }
    return new Query(text(text, 0, end), format, select && !totals);
  }

  /**
   * Only ASYNC kills go to the engine: a SYNC one never returns. Kills by query_id are this
   * server's own job.
   */
  private static Statement kill(byte[] text) {
    String sql = text(text, 0, text.length).strip().replaceFirst(";$", "").strip();
    var byId = KillPatterns.BY_ID.matcher(sql);
    if (byId.matches()) {
      return new Kill(byId.group(1));
    }
    String async = KillPatterns.SYNC.matcher(sql).replaceFirst(" ASYNC");
    return new Query(async, null, false);
  }

  private static String text(byte[] text, int from, int to) {
    return new String(Arrays.copyOfRange(text, from, to), StandardCharsets.UTF_8);
  }

  /** The canonical key of a format name: the engine doesn't mind case. */
  static String key(String format) {
    return format.toLowerCase(Locale.ROOT);
  }
}
