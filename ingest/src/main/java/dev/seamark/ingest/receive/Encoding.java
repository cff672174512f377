package dev.seamark.ingest.receive;

import org.jspecify.annotations.Nullable;

/**
 * How a body is compressed: the content codings of OTLP/HTTP and the message encodings of gRPC, and
 * the one of remote write and Loki.
 */
enum Encoding {
  IDENTITY,
  GZIP,
  ZSTD,
  /** Snappy's block format, which no header of OTLP means by "snappy": {@link #of} knows it not. */
  SNAPPY;

  /** The names as a {@code grpc-accept-encoding} or {@code Accept-Encoding} header lists them. */
  static final String NAMES = "identity,gzip,zstd";

  /**
   * The encoding that a header names, identity where there is no header; null for an unknown one.
   */
  static @Nullable Encoding of(@Nullable String header) {
    if (header == null || header.isEmpty() || header.equalsIgnoreCase("identity")) {
      return IDENTITY;
    }
    if (header.equalsIgnoreCase("gzip") || header.equalsIgnoreCase("x-gzip")) {
      return GZIP;
    }
    return header.equalsIgnoreCase("zstd") ? ZSTD : null;
  }
}
