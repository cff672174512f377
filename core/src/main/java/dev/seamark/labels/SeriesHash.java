package dev.seamark.labels;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;

/// Identity of a series: the two halves of a 128-bit hash over its labels.
///
/// **Fixed for ever**, for it joins what was stored years apart. The hash is XXH3-128 with seed 0
/// and the default secret over
/// these bytes: for every label with a value that is not empty, sorted by the unsigned UTF-8 bytes
/// of the name and `__name__`
/// among them,
///
/// ```
/// uint32 length of the name, little endian | name | uint32 length of the value, little endian |
/// value
/// ```
///
/// with nothing before, between and after. In XXH3's canonical (big-endian) form of 16 bytes, the
/// first eight are
/// `SeriesId` and the last eight are `SeriesHash`. No key or tenant goes in: rows are told apart by
/// (Tenant, MetricName, SeriesId).
/// `series-hash.golden` of the tests holds vectors.
///
/// @param id column `SeriesId`: the high 64 bits
/// @param hash column `SeriesHash`: the low 64 bits, which a daily audit compares
public record SeriesHash(long id, long hash) {
  private static final Hasher128 XXH3 = Hashing.xxh3_128();

  /// Hashes the canonical bytes of a label set, as [LabelSet#canonicalBytes] lays them out.
  public static SeriesHash of(byte[] canonical, int from, int to) {
    HashValue128 value = XXH3.hashBytesTo128Bits(canonical, from, to - from);
    return new SeriesHash(value.getMostSignificantBits(), value.getLeastSignificantBits());
  }
}
