package dev.seamark.standalone.process;

/**
 * A child process that could not be started, or didn't become ready; the message ends with what it
 * said last.
 */
public final class ChildFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ChildFailed(String message) {
    super(message);
  }

  ChildFailed(String message, Throwable cause) {
    super(message, cause);
  }
}
