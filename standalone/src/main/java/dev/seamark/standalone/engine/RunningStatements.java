package dev.seamark.standalone.engine;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The statements under way, by the client's query id. The engine gives its own ids, so each
 * statement carries a mark as a comment at its end, by which a KILL finds it.
 *
 * <p>The engine finds nothing while a statement is on its way into it, and says nothing about that.
 * So a statement that was stopped stays marked as such: it isn't begun any more, and
 * {@link #stopAgain} stops it once more where it was just being begun. Thread-safe.
 */
final class RunningStatements {
  private static final int SAME_ID = 216;

  private final Consumer<String> engine;
  private final Map<String, Running> byId = new ConcurrentHashMap<>();

  /** @param engine runs a KILL on a connection of its own */
  RunningStatements(Consumer<String> engine) {
    this.engine = engine;
  }

  /**
   * One statement, and the port of the client that waits for it.
   *
   * @param readsOnly whether a reader asked for it
   * @param stopped whether somebody wants it to end
   */
  record Running(
      String queryId,
      String mark,
      int clientPort,
      boolean readsOnly,
      long startedNs,
      AtomicBoolean stopped) {
    /** To be called before the engine begins it: until then nobody but this finds it. */
    void requireNotStopped() {
      if (stopped.get()) {
        throw EngineException.of(
            EngineException.QUERY_WAS_CANCELLED, "QUERY_WAS_CANCELLED", "Query was cancelled.");
      }
    }

    String marked(String sql) {
      return sql + "\n" + comment();
    }

    String comment() {
      return "/*" + mark + "*/";
    }
  }

  Running begin(String queryId, int clientPort, boolean readsOnly, long nowNs) {
    String mark = UUID.randomUUID().toString();
    Running running = new Running(queryId, mark, clientPort, readsOnly, nowNs, new AtomicBoolean());
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

  /** Stops those that were stopped and still run. */
  void stopAgain() {
    killIf(running -> running.stopped().get());
  }

  /**
   * ASYNC: a SYNC kill never returns from the engine. The engine looks for what to kill by a SELECT
   * with the same condition, which it would find too, and kill: so neither text holds the mark.
   */
  private void kill(Running running) {
    running.stopped().set(true);
    String mark = running.mark();
    int half = mark.length() / 2;
    engine.accept("KILL QUERY WHERE position(query, concat('%s', '%s')) > 0 ASYNC"
        .formatted(mark.substring(0, half), mark.substring(half)));
  }
}
