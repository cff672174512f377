package dev.seamark.block;

/**
 * Bytes that are not a Native block: truncated, corrupt or of a type this package does not know. An
 * expected outcome of reading foreign bytes, hence checked and without a stack trace.
 */
public final class MalformedBlock extends Exception {
  private static final long serialVersionUID = 1L;

  private final int offset;

  MalformedBlock(String message, int offset) {
    super(message + " at byte " + offset, null, false, false);
    this.offset = offset;
  }

  /** Where reading stopped, in bytes from the start of the range that was to be decoded. */
  public int offset() {
    return offset;
  }
}
