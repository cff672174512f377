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
  private static final int PLAIN_EXPONENT_MIN = -4;
  private static final int PLAIN_EXPONENT_MAX = 5;

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

  /// A number as labels `le` and `quantile` have it: as Prometheus 3 writes the same number.
  ///
  /// Prometheus 3 reads both labels of what it scrapes as numbers and writes them anew
  /// (`labels.FormatOpenMetricsFloat`); so it does with the classic buckets that it makes of
  /// native histograms for remote write. That is the shortest text of Go's `%g`, with an
  /// exponent of at least two digits below 1e-4 and from 1e6 on, and `.0` where neither point
  /// nor exponent would tell it from an integer: `0.005`, `10.0`, `1e+06`. A histogram must be
  /// the same series whether it came by OTLP or by scrape and remote write, so this is the text
  /// here too. Prometheus' own OTLP endpoint writes `10` and `1000000`: it keeps two series of
  /// one bucket.
  ///
  /// See [its migration guide](https://prometheus.io/docs/prometheus/latest/migration/).
  static byte[] text(double value) {
    return number(value).getBytes(StandardCharsets.US_ASCII);
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    if (value == 0) {
      return "0.0"; // -0 too, as it equals 0
    }
    BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = decimal.precision() - decimal.scale() - 1;
    if (exponent >= PLAIN_EXPONENT_MIN && exponent <= PLAIN_EXPONENT_MAX) {
      String plain = decimal.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    String digits = decimal.unscaledValue().abs().toString();
    StringBuilder text = new StringBuilder(value < 0 ? "-" : "").append(digits.charAt(0));
    if (digits.length() > 1) {
      text.append('.').append(digits, 1, digits.length());
    }
    int size = Math.abs(exponent);
    return text.append(exponent < 0 ? "e-" : "e+")
        .append(size < 10 ? "0" : "")
        .append(size)
        .toString();
  }
}
