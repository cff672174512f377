package dev.seamark.ingest.receive;

/** The wire format of a body, inflated: together with the signal it says which decoder reads it. */
enum Format {
  OTLP_PROTOBUF,
  OTLP_JSON,

  /**
   * Messages and entries of the forward protocol, one behind the other. Of a compressed body the
   * tag before it, if there is one, isn't.
   */
  FLUENT_MSGPACK,
  REMOTE_WRITE_1,
  REMOTE_WRITE_2
}
