package dev.seamark.standalone.engine;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a reader may not do although the engine's {@code readonly} lets it. A library takes its
 * caller for the owner of this machine's files and networks: it writes {@code INTO OUTFILE}, reads
 * any path by {@code file()}, opens what a DESCRIBE names, backs up to a foreign address, kills.
 *
 * <p>Judged by the engine's own parser only: whether a statement reads, and its text as the engine
 * writes it, without comments, odd blanks and escapes that another lexer might read otherwise.
 * Thread-safe.
 */
final class ReadGuard {
  /** Functions that reach files, or take the text of another statement. */
  private static final List<String> OWNERS_FUNCTIONS = List.of("file", "eval");

  private final OpenEngine engine;
  private final int sqlBytesMax;

  ReadGuard(OpenEngine engine, int sqlBytesMax) {
    this.engine = engine;
    this.sqlBytesMax = sqlBytesMax;
  }

  /**
   * Lets a reader's statement pass.
   *
   * @param connection where it will run, its settings made
   * @param parameters of the statement; a value may stand for a name
   * @throws EngineException if it doesn't only read, or doesn't parse
   */
  void check(EngineConnection connection, String sql, Map<String, String> parameters) {
    if (!connection.onlyReads(sql.getBytes(StandardCharsets.UTF_8))) {
      requireSetting(tokens(sql));
    } else if (isSuspect(sql)) {
      requireNoOwnersFunction(tokens(sql));
      requireNoTableFunctionDescribed(tokens(sql));
    }
    for (String value : parameters.values()) {
      if (OWNERS_FUNCTIONS.contains(value)) {
        throw ownersFunction(value);
      }
    }
  }

  /** Names may hide behind escapes in backquotes. */
  private static boolean isSuspect(String sql) {
    String lower = sql.toLowerCase(Locale.ROOT);
    return lower.contains("file")
        || lower.contains("eval")
        || lower.contains("desc")
        || lower.contains("\\");
  }

  /**
   * SET and USE end with the connection, and the engine keeps a reader from widening its rights.
   */
  private static void requireSetting(SqlTokens tokens) {
    tokens.next();
    if (!tokens.isAnyWord("SET", "USE")) {
      throw refused("a reader can't run this statement");
    }
  }

  /** A function may be called, applied, or handed to another one: its name alone counts. */
  private static void requireNoOwnersFunction(SqlTokens tokens) {
    while (tokens.next()) {
      for (String name : OWNERS_FUNCTIONS) {
        if (tokens.isWord(name.toUpperCase(Locale.ROOT))) {
          throw ownersFunction(name);
        }
      }
    }
  }

  private static void requireNoTableFunctionDescribed(SqlTokens tokens) {
    while (tokens.next()) {
      if (tokens.isWord("DESCRIBE") && describesFunction(tokens)) {
        throw refused("a reader can describe tables and subqueries, but not a table function");
      }
    }
  }

  /** DESCRIBE [TABLE] name(...), whose structure the engine fetches from where it points. */
  private static boolean describesFunction(SqlTokens tokens) {
    if (tokens.peekIsWord("TABLE")) {
      tokens.next();
    }
    if (tokens.peekIs('(')) {
      return false;
    }
    tokens.next();
    return tokens.peekIs('(');
  }

  private static EngineException ownersFunction(String name) {
    return refused("a reader can't use the function %s; a column of that name needs another alias"
        .formatted(name));
  }

  private static EngineException refused(String why) {
    return EngineException.of(
        EngineException.READONLY, "READONLY", "Cannot execute query in readonly mode: " + why);
  }

  /** The statement as the engine would write it, on a connection without the reader's settings. */
  private SqlTokens tokens(String sql) {
    var text = new ByteArrayOutputStream();
    try (EngineConnection connection = engine.connect()) {
      connection.execute("SET max_query_size = " + (2L * sqlBytesMax));
      connection.run(
          "SELECT formatQuerySingleLine(%s)"
              .formatted(EngineRequest.quoted(sql))
              .getBytes(StandardCharsets.UTF_8),
          "RawBLOB",
          Map.of(),
          new Statistics(),
          bytes -> text.writeBytes(bytes.toArray(ValueLayout.JAVA_BYTE)));
    }
    return new SqlTokens(text.toByteArray());
  }
}
