package dev.seamark.ingest.decode;

/**
 * What has become of one request so far: rows accepted and refused, and the memory they take. Not
 * thread-safe.
 */
final class Tally {
  /** Numbers, dictionary indexes and ends of a row of the widest table, roughly. */
  private static final int ROW_FIXED_BYTES = 256;

  private final int rowBytesMax;
  private final int decodedBytesMax;
  private int accepted;
  private int rejected;
  private String firstRefusal = "";
  private long decodedBytes;

  Tally(Limits limits) {
    this.rowBytesMax = limits.rowBytesMax();
    this.decodedBytesMax = limits.decodedBytesMax();
  }

  void clear() {
    accepted = 0;
    rejected = 0;
    firstRefusal = "";
    decodedBytes = 0;
  }

  /** Checks the size of a row before it is appended. */
  void admit(long textBytes) throws Malformed, RowRefused {
    long rowBytes = textBytes + ROW_FIXED_BYTES;
    if (rowBytes > rowBytesMax) {
      throw new RowRefused(Limits.exceeded(
          "the number of bytes of a row", rowBytes, rowBytesMax, Limits.ROW_BYTES_MAX));
    }
    decodedBytes += rowBytes;
    if (decodedBytes > decodedBytesMax) {
      throw tooManyBytes(decodedBytes, decodedBytesMax);
    }
  }

  static Malformed tooManyBytes(long decodedBytes, int decodedBytesMax) {
    return new Malformed(Limits.exceeded(
        "the number of bytes of the request's rows",
        decodedBytes,
        decodedBytesMax,
        Limits.DECODED_BYTES_MAX));
  }

  void accept() {
    accepted++;
  }

  void reject(String why) {
    if (rejected++ == 0) {
      firstRefusal = why;
    }
  }

  Decoded decoded() {
    return new Decoded(accepted, rejected, firstRefusal);
  }
}
