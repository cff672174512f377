package dev.seamark.ingest.decode;

/**
 * The refusal of one record, which breaks a limit or that no row can hold; the rest of the request
 * is kept. Its message goes into {@code partial_success}. Carries no stack trace.
 */
final class RowRefused extends Exception {
  private static final long serialVersionUID = 1;

  private final String why;

  RowRefused(String why) {
    super(why, null, false, false);
    this.why = why;
  }

  String why() {
    return why;
  }
}
