package dev.seamark.ingest.decode;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/**
 * Which series a data point becomes: one, or one an edge (histogram bound, summary quantile) and
 * some more. Points of equal shape and attributes have the same block of series.
 *
 * <p>Block of a histogram: a bucket a bound, the bucket {@code +Inf}, count, and sum if there is
 * one. Block of a summary: a quantile each, count, sum. Not thread-safe.
 */
final class SeriesShape {
  private static final byte[] NOTHING = {};

  /** The edges as they came: doubles, little-endian, packed. */
  byte[] bytes = NOTHING;

  int from;
  int edges;
  boolean hasSum;

  void clear() {
    bytes = NOTHING;
    from = 0;
    edges = 0;
    hasSum = false;
  }

  double edge(int i) {
    long bits = 0;
    for (int k = 7; k >= 0; k--) {
      bits = bits << 8 | (bytes[from + 8 * i + k] & 0xFF);
    }
    return Double.longBitsToDouble(bits);
  }

  /** Histogram bounds must rise and be finite. */
  boolean rises() {
    double before = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < edges; i++) {
      double bound = edge(i);
      if (!(bound > before) || bound == Double.POSITIVE_INFINITY) {
        return false;
      }
      before = bound;
    }
    return true;
  }

  /** The first bucket whose upper bound is not below a value: where its exemplar belongs. */
  int bucketOf(double value) {
    int low = 0;
    int high = edges;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (edge(middle) >= value) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** A number as labels `le` and `quantile` have it: the shortest decimal, without an exponent. */
  static byte[] text(double value) {
    String text;
    if (Double.isNaN(value)) {
      text = "NaN";
    } else if (Double.isInfinite(value)) {
      text = value > 0 ? "+Inf" : "-Inf";
    } else if (value == 0) {
      text = 1 / value < 0 ? "-0" : "0";
    } else {
      text = new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
    }
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
