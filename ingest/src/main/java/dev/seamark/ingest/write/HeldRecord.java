package dev.seamark.ingest.write;

import dev.seamark.kafka.BlockHeaders;

/** A sound record that was read and isn't stored yet. Nobody changes its value. */
final class HeldRecord {
  private final long offset;
  private final BlockHeaders headers;
  private final byte[] value;
  private final long appendedMs;

  HeldRecord(long offset, BlockHeaders headers, byte[] value, long appendedMs) {
    this.offset = offset;
    this.headers = headers;
    this.value = value;
    this.appendedMs = appendedMs;
  }

  long offset() {
    return offset;
  }

  BlockHeaders headers() {
    return headers;
  }

  byte[] value() {
    return value;
  }

  /** When it was appended to the log, in the broker's clock. */
  long appendedMs() {
    return appendedMs;
  }
}
