package dev.seamark.standalone.engine;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The statements under way, by the client's query id. The engine gives its own ids, so each
 * statement carries a mark as a comment at its end, by which a KILL finds it. Thread-safe.
 */
final class RunningStatements {
  private static final int SAME_ID = 216;

  private final OpenEngine engine;
  private final Map<String, Running> byId = new ConcurrentHashMap<>();

  RunningStatements(OpenEngine engine) {
    this.engine = engine;
  }

  /**
   * One statement, and the port of the client that waits for it.
   *
   * @param readsOnly whether a reader asked for it
   */
  record Running(String queryId, String mark, int clientPort, boolean readsOnly, long startedNs) {
    String marked(String sql) {
      return sql + "\n" + comment();
    }

    String comment() {
      return "/*" + mark + "*/";
    }
  }

  Running begin(String queryId, int clientPort, boolean readsOnly, long nowNs) {
    Running running =
        new Running(queryId, UUID.randomUUID().toString(), clientPort, readsOnly, nowNs);
    if (byId.putIfAbsent(queryId, running) != null) {
      throw EngineException.of(
          SAME_ID,
          "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING",
          "Query with id = " + queryId + " is already running.");
    }
    return running;
  }

  void end(Running running) {
    byId.remove(running.queryId(), running);
  }

  /** Stops a statement if there is one of that id; a reader can't stop a writer's. */
  void kill(String queryId, boolean byReader) {
    Running running = byId.get(queryId);
    if (running != null && (running.readsOnly() || !byReader)) {
      kill(running);
    }
  }

  boolean any(Predicate<Running> condition) {
    return byId.values().stream().anyMatch(condition);
  }

  /** Stops the statements that match. */
  void killIf(Predicate<Running> condition) {
    byId.values().stream().filter(condition).forEach(this::kill);
  }

  /** ASYNC: a SYNC kill never returns from the engine. */
  private void kill(Running running) {
    try (EngineConnection connection = engine.connect()) {
      connection.execute("KILL QUERY WHERE query LIKE '%" + running.mark()
          + "%' AND query NOT LIKE 'KILL %' ASYNC");
    }
  }
}
