package dev.seamark.standalone.fault;

import java.time.Duration;

/** What a {@link FaultProxy} does to a connection. */
sealed interface Fault {
  /** Nothing. */
  record None() implements Fault {}

  /** The connection is broken off as soon as it was made. */
  record Refuse() implements Fault {}

  /** Each piece of data waits, in both directions. */
  record Delay(Duration each) implements Fault {}

  /** The connection is broken off, with a reset, once so many bytes have passed. */
  record ResetAfter(Direction direction, long bytes) implements Fault {}

  /** Once so many bytes came from the client nothing passes any more, and nothing is closed. */
  record HalfOpen(long bytes) implements Fault {}

  /** What the client says arrives; it never gets an answer, and nothing is closed. */
  record SwallowReplies() implements Fault {}

  /**
   * An HTTP request is taken whole from the client, which is then broken off, and reaches the
   * server later.
   */
  record Late(Duration by) implements Fault {}

  /**
   * An HTTP request is taken whole and answered as ClickHouse would refuse it; it never reaches the
   * server.
   */
  record Answer(int status, int code, String text) implements Fault {
    static final Answer BROKEN = new Answer(500, 1001, "std::exception. (STD_EXCEPTION)");
    static final Answer TOO_MANY_PARTS = new Answer(
        500,
        252,
        "DB::Exception: Too many parts (3000 with average size of 1.00 MiB) in table"
            + " 'seamark.otel_logs'. Merges are processing significantly slower than inserts."
            + " (TOO_MANY_PARTS)");
    static final Answer MEMORY_LIMIT = new Answer(
        500,
        241,
        "DB::Exception: (total) memory limit exceeded: would use 1.00 GiB (attempt to allocate"
            + " chunk of 4.00 MiB), maximum: 1.00 GiB. (MEMORY_LIMIT_EXCEEDED)");
    static final Answer NO_SPACE = new Answer(
        500, 243, "DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)");
  }

  /** Which way data goes. */
  enum Direction {
    TO_SERVER,
    TO_CLIENT
  }
}
