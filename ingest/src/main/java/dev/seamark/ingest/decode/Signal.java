package dev.seamark.ingest.decode;

/** The three kinds of telemetry of OTLP, and what its responses call a rejected one. */
public enum Signal {
  LOGS("rejectedLogRecords"),
  TRACES("rejectedSpans"),
  METRICS("rejectedDataPoints");

  private final String rejectedField;

  Signal(String rejectedField) {
    this.rejectedField = rejectedField;
  }

  /** The JSON name of the count in {@code ExportXPartialSuccess}. */
  String rejectedField() {
    return rejectedField;
  }
}
