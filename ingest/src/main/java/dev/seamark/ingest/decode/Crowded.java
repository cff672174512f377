package dev.seamark.ingest.decode;

import java.time.Duration;

/**
 * The refusal of a whole request that would announce series while there is no room for new ones.
 *
 * <p>Worth a retry (HTTP 429, gRPC RESOURCE_EXHAUSTED with RetryInfo): the same request is taken
 * after a while, and requests that bring nothing new are taken meanwhile. Rows appended so far are
 * void. Carries no stack trace: a new fleet must stay cheap to put off.
 */
public final class Crowded extends Exception {
  private static final long serialVersionUID = 1;

  /** The setting of the bound on what waits for its acknowledgement, named in messages. */
  public static final String PENDING_MAX = "ingest.series.pending-max";

  /** What is full. */
  public enum Limit {
    /** What waits for its acknowledgement, of all tenants. */
    PENDING,
    /** The tenant's new series a minute. */
    NEW_SERIES,
    /** The tenant's series of a day. */
    ACTIVE_SERIES
  }

  private final Limit limit;
  private final long waitNanos;

  /** Too much waits for its acknowledgement. */
  public Crowded() {
    this(
        Limit.PENDING,
        "too many new series wait for their acknowledgement (%s)".formatted(PENDING_MAX),
        Duration.ofSeconds(1).toNanos());
  }

  /** @param waitNanos until there may be room */
  public Crowded(Limit limit, String message, long waitNanos) {
    super(message, null, false, false);
    this.limit = limit;
    this.waitNanos = waitNanos;
  }

  public Limit limit() {
    return limit;
  }

  /** Nanoseconds until there may be room. */
  public long waitNanos() {
    return waitNanos;
  }
}
