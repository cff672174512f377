package dev.seamark.benchmarks.compare;

/**
 * A request that can be sent again and again, each time as new rows of now. Its bytes belong to one
 * connection and change with the next request.
 */
interface Body {
  /** Path below the address. */
  String path();

  /** Headers but for host and length, each ended by CR LF. */
  String headers();

  /** Rows of each request. */
  int rows();

  /** Makes the request of this moment; its bytes are {@link #bytes}, its length is returned. */
  int make(long nowMs);

  byte[] bytes();

  /** Length before compression, as a log shipper would count it. */
  long rawBytes();
}
