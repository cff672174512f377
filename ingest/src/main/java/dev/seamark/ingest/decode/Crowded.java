package dev.seamark.ingest.decode;

/**
 * The refusal of a whole request that would announce series while too many wait for their
 * acknowledgement already.
 *
 * <p>Nobody's fault, and worth a retry (HTTP 429, gRPC RESOURCE_EXHAUSTED with RetryInfo): the same
 * request is taken once the others are acknowledged. Rows appended so far are void. Carries no
 * stack trace: a new fleet must stay cheap to put off.
 */
public final class Crowded extends Exception {
  private static final long serialVersionUID = 1;

  /** The setting of the bound, named in messages. */
  public static final String PENDING_MAX = "ingest.series.pending-max";

  public Crowded() {
    super(
        "too many new series wait for their acknowledgement (%s): repeat later"
            .formatted(PENDING_MAX),
        null,
        false,
        false);
  }
}
