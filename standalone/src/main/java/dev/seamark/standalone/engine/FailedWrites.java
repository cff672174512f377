package dev.seamark.standalone.engine;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Ends the process as soon as a write to a file has failed, as it does on a full disk.
 *
 * <p>A ClickHouse server fails the statement or the merge whose write failed. The library counts
 * the failure and goes on with what is left in the file: it would acknowledge an INSERT whose part
 * is broken, and put a broken merge in the place of sound parts. At the next start it sets broken
 * parts aside and takes those they were merged of, which stay on the disk for minutes; so nothing
 * is lost as long as the process ends before it acknowledges more, and before those are removed.
 */
final class FailedWrites {
  /** The process's exit code, EX_IOERR. */
  static final int EXIT_CODE = 74;

  private static final Logger log = System.getLogger(FailedWrites.class.getName());
  private static final String COUNT =
      "SELECT sum(value) FROM system.events WHERE event = 'WriteBufferFromFileDescriptorWriteFailed'";

  private final OpenEngine engine;
  private final Runnable end;

  /** @param end ends the process at once and doesn't return */
  FailedWrites(OpenEngine engine, Runnable end) {
    this.engine = engine;
    this.end = end;
  }

  /** Returns if no write has failed since the engine was opened; takes about a millisecond. */
  void endIfAny() {
    long failed = Long.parseLong(engine.value(COUNT));
    if (failed > 0) {
      log.log(
          Level.ERROR,
          "{0} writes to files failed, which is how a full disk shows: the engine ends at once,"
              + " before it acknowledges rows that aren''t stored; make room on its disk",
          failed);
      end.run();
    }
  }
}
