package dev.seamark.ingest.write;

import dev.seamark.kafka.BlockHeaders;

/** A sound record that was read and isn't stored yet. Nobody changes its value. */
final class HeldRecord {
  private final long offset;
  private final BlockHeaders headers;
  private final byte[] value;

  HeldRecord(long offset, BlockHeaders headers, byte[] value) {
    this.offset = offset;
    this.headers = headers;
    this.value = value;
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
}
