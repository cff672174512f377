package dev.seamark.ingest.write.turn;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A wish of the command that has the {@link OperatorTurn}: writers settle what they promised and
 * plan nothing more. Its text rides in the metadata of the command's offset commit:
 * {@code seamark-hold/1 until=1764000000 by=backup}.
 *
 * @param untilSeconds when it ends by itself, in ClickHouse's clock, seconds since the epoch
 * @param by the command, a word
 */
public record Hold(long untilSeconds, String by) {
  /** Nobody holds anything. */
  public static final Hold NONE = new Hold(0, "nobody");

  /** Until whoever holds lets go: of a restore that broke off, too. */
  public static final long FOR_EVER = 253_402_300_799L;

  private static final Pattern TEXT =
      Pattern.compile("seamark-hold/1 until=(\\d{1,12}) by=([a-z-]{1,32})");

  public Hold {
    if (untilSeconds < 0 || untilSeconds > FOR_EVER || !by.matches("[a-z-]{1,32}")) {
      throw new IllegalArgumentException("no hold is until " + untilSeconds + " by " + by);
    }
  }

  /** What {@link #read} reads. */
  public String text() {
    return "seamark-hold/1 until=%d by=%s".formatted(untilSeconds, by);
  }

  /** Empty if the text is none of this version: then it isn't known here what is wished. */
  public static Optional<Hold> read(String text) {
    Matcher parts = TEXT.matcher(text);
    return parts.matches()
        ? Optional.of(new Hold(Long.parseLong(parts.group(1)), parts.group(2)))
        : Optional.empty();
  }

  /** Whether it holds at a time of ClickHouse's clock. */
  public boolean isInForce(long seconds) {
    return seconds < untilSeconds;
  }
}
