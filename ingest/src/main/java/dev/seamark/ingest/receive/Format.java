package dev.seamark.ingest.receive;

/** The wire format of a body, inflated: together with the signal it says which decoder reads it. */
enum Format {
  OTLP_PROTOBUF,
  OTLP_JSON,

  /** Messages and entries of the forward protocol, one behind the other. */
  FLUENT_MSGPACK,
  REMOTE_WRITE_1,
  REMOTE_WRITE_2,
  /** A Loki push. */
  LOKI_PROTOBUF,
  LOKI_JSON,
  /**
   * Records in JSON, one behind the other or in an array, as Fluent Bit's HTTP output sends them.
   */
  RECORDS_JSON,
  /** An Elasticsearch bulk request. */
  BULK_NDJSON
}
