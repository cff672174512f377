package dev.seamark.standalone.engine;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * The connections that outlive their request because the client named a session. A session serves
 * one request at a time and ends when it was not used for its timeout. Thread-safe.
 */
final class Sessions {
  private static final int TIMEOUT_SECONDS_MAX = 3600;
  private static final int SESSIONS_MAX = 1000;

  private final OpenEngine engine;
  private final Map<String, Session> byId = new HashMap<>();

  Sessions(OpenEngine engine) {
    this.engine = engine;
  }

  private static final class Session {
    final EngineConnection connection;
    boolean busy = true;
    long expiresNs;

    Session(EngineConnection connection) {
      this.connection = connection;
    }
  }

  /** A connection for one request; closing it gives it back or closes it. */
  final class Lease implements AutoCloseable {
    private final EngineRequest request;
    private final EngineConnection connection;
    private boolean failed;

    Lease(EngineRequest request, EngineConnection connection) {
      this.request = request;
      this.connection = connection;
    }

    EngineConnection connection() {
      return connection;
    }

    /** To be called when a statement failed: what it left behind must not reach the next one. */
    void fail() {
      failed = true;
    }

    @Override
    public void close() {
      if (request.sessionId().isEmpty()) {
        connection.close();
        return;
      }
      if (failed && !cleared()) {
        drop(request.sessionId());
      } else {
        release(request);
      }
    }

    /** The session's own settings may forbid even this. */
    private boolean cleared() {
      try {
        connection.clear();
        return true;
      } catch (EngineException _) {
        return false;
      }
    }
  }

  Lease lease(EngineRequest request) {
    return new Lease(request, request.sessionId().isEmpty() ? engine.connect() : take(request));
  }

  private synchronized EngineConnection take(EngineRequest request) {
    String id = request.sessionId();
    Session session = byId.get(id);
    if (session == null) {
      return open(request).connection;
    }
    if (session.busy) {
      throw EngineException.of(
          EngineException.SESSION_IS_LOCKED,
          "SESSION_IS_LOCKED",
          "Session " + id + " is locked by a concurrent client");
    }
    session.busy = true;
    return session.connection;
  }

  private Session open(EngineRequest request) {
    String id = request.sessionId();
    if (request.sessionMustExist()) {
      throw EngineException.of(
          EngineException.SESSION_NOT_FOUND, "SESSION_NOT_FOUND", "Session " + id + " not found");
    }
    if (request.sessionTimeoutSeconds() > TIMEOUT_SECONDS_MAX || byId.size() >= SESSIONS_MAX) {
      throw EngineException.of(
          EngineException.BAD_ARGUMENTS,
          "BAD_ARGUMENTS",
          "session_timeout is %d s, limit %d s; sessions open %d, limit %d"
              .formatted(
                  request.sessionTimeoutSeconds(), TIMEOUT_SECONDS_MAX, byId.size(), SESSIONS_MAX));
    }
    Session session = new Session(engine.connect());
    byId.put(id, session);
    return session;
  }

  private synchronized void release(EngineRequest request) {
    Session session = byId.get(request.sessionId());
    if (session == null) {
      return;
    }
    session.busy = false;
    session.expiresNs = System.nanoTime() + request.sessionTimeoutSeconds() * 1_000_000_000L;
    if (request.sessionEnds()) {
      byId.remove(request.sessionId());
      session.connection.close();
    }
  }

  private synchronized void drop(String id) {
    Session session = byId.remove(id);
    if (session != null) {
      session.connection.close();
    }
  }

  /** Ends the sessions whose time is over at {@code nowNs}. */
  synchronized void expire(long nowNs) {
    Iterator<Session> sessions = byId.values().iterator();
    while (sessions.hasNext()) {
      Session session = sessions.next();
      if (!session.busy && nowNs - session.expiresNs >= 0) {
        sessions.remove();
        session.connection.close();
      }
    }
  }

  /** Ends all that are not in use. */
  synchronized void close() {
    byId.values().removeIf(session -> {
      if (!session.busy) {
        session.connection.close();
      }
      return !session.busy;
    });
  }
}
