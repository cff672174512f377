package dev.seamark.standalone.engine;

/** The engine's library can't be had on this machine; the message says what is missing. */
public final class EngineUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EngineUnavailable(String message) {
    super(message);
  }

  EngineUnavailable(String message, Throwable cause) {
    super(message, cause);
  }
}
