package dev.seamark.schema;

/**
 * The database's history and this build's migrations don't fit together; the message says what to
 * do.
 */
public final class SchemaRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SchemaRefused(String message) {
    super(message);
  }
}
