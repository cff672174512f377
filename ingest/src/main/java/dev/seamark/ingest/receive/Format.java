package dev.seamark.ingest.receive;

/** The wire format of a body, inflated: together with the signal it says which decoder reads it. */
enum Format {
  OTLP_PROTOBUF,
  OTLP_JSON
}
