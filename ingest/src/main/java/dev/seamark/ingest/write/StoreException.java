package dev.seamark.ingest.write;

import dev.seamark.ingest.write.plan.Event.Failure;

/** The store didn't do what it was asked, or gave no answer; says what that means for the rows. */
final class StoreException extends Exception {
  private static final long serialVersionUID = 1;

  private final Failure failure;

  StoreException(Failure failure, String message, Throwable cause) {
    super(message, cause);
    this.failure = failure;
  }

  Failure failure() {
    return failure;
  }
}
