package dev.seamark.tenant;

/** What became of credentials. */
public sealed interface Verdict {
  /** They are those of a key that may be used for this. */
  record Admitted(ApiKey key, Sender sender) implements Verdict {}

  /** They are not; the text is for their sender to read. */
  record Refused(Cause cause, String why) implements Verdict {}

  /** Why credentials are refused. */
  enum Cause {
    /** Nobody is known by them: HTTP 401. */
    UNKNOWN,
    /** The key is known, and doesn't allow this: HTTP 403. */
    FORBIDDEN
  }
}
