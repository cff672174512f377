package dev.seamark.ingest.rollup;

/** A range of time that holds its begin and not its end. */
record Span(long fromMs, long toMs) {
  boolean isEmpty() {
    return fromMs >= toMs;
  }
}
