package dev.seamark.ingest.decode;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one request announces (rows of series, label values and metadata), and which announcements
 * of other requests it relies on.
 *
 * <p>A thing counts as announced only after the rows that announce it are acknowledged. So whoever
 * writes the rows of a request calls {@link #completed} when all of them are acknowledged, or
 * {@link #failed} when one was not, exactly once and without waiting for {@link #whenOthersEnd the
 * others}; and the sender gets its answer only after {@link #whenOthersEnd the others} too. If
 * others fail, so does this request: its sender repeats it and then announces the series itself.
 *
 * <p>{@link #claim} belongs to the decoding thread; the rest may be called from any thread.
 */
public interface Announcement {
  /** What a request has to do about a thing it would announce. */
  enum Claim {
    /** Announced and acknowledged before: nothing. */
    KNOWN,
    /** This request must write its rows, and is the only one to do so. */
    MINE,
    /** This request wrote its rows already, or another one is writing them: nothing more. */
    PENDING,
    /** There is no room for it now: refuse the request by {@link #crowded}. */
    REFUSED,
    /** This request alone announces more than may be pending: refuse it for good. */
    NEVER
  }

  /** The announcement of a request that has none: every call does nothing. */
  Announcement NONE = new NoAnnouncement();

  /**
   * Claims a label value or metadata by its 128-bit key, which holds tenant, retention, kind and
   * day.
   */
  Claim claim(long key1, long key2);

  /**
   * Claims a series for a day, within what its tenant may have of them.
   *
   * @param series1 with {@code series2} the series' 128-bit key, which holds tenant, retention and
   *     kind, but no day
   */
  Claim claimSeries(long series1, long series2, int day);

  /** Why the last claim that was {@link Claim#REFUSED} was. */
  Crowded crowded();

  /** The rows of this request are acknowledged: what it claimed counts as announced. */
  void completed();

  /** The rows of this request are lost: what it claimed is unknown again. */
  void failed(Throwable why);

  /**
   * Calls {@code then} once, with null when all requests whose claims this one relies on are
   * {@link #completed}, or with the reason if one of them {@link #failed}. At once where there are
   * none.
   */
  void whenOthersEnd(Consumer<@Nullable Throwable> then);
}
