package dev.seamark.ingest.decode;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;

/**
 * The two 64-bit hashes that make raw keys: seeded XXH3 over bytes, and a mix that ties a hash to
 * its context.
 */
final class RawKey {
  // roles of raw keys beside a point's own
  static final long TARGET_ROLE = 1;
  static final long METADATA_ROLE = 2;
  static final long LATEST_SHAPE_ROLE = 3;

  private final Hasher64 first;
  private final Hasher64 second;

  RawKey(long seed) {
    this.first = Hashing.xxh3_64(seed);
    this.second = Hashing.xxh3_64(mix(seed, 0x5EA3A12C)); // any other seed
  }

  long first(byte[] bytes, int from, int to) {
    return first.hashBytesToLong(bytes, from, to - from);
  }

  long second(byte[] bytes, int from, int to) {
    return second.hashBytesToLong(bytes, from, to - from);
  }

  /**
   * For each context a bijection of the value, so that it adds no collisions; after the finaliser
   * of David Stafford (variant 13).
   */
  static long mix(long context, long value) {
    long x = (value ^ Long.rotateLeft(context, 29)) * 0x9E3779B97F4A7C15L;
    x ^= context;
    x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
    return x ^ (x >>> 31);
  }
}
