package dev.seamark.ingest.decode;

import java.nio.charset.StandardCharsets;

/// The shortest decimal text that reads back as the same double, laid out as JSON and the
/// OpenTelemetry Collector do:
/// plain digits from 1e-6 to 1e21, an exponent outside.
///
/// Doubles of up to 15 digits, which is nearly all that people and programs write down, take no
/// allocation; the others
/// take the digits of [Double#toString] (about 100 B each).
final class DoubleText {
  private static final double FRACTION_MIN = 1e-6;
  private static final double EXACT_MAX = 1e15;
  private static final double PLAIN_MAX = 1e21;
  private static final double[] POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21
  };
  private static final byte[] NAN = "NaN".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] INFINITY = "Infinity".getBytes(StandardCharsets.US_ASCII);

  private DoubleText() {}

  static void put(double value, Text out) throws RowRefused {
    if (Double.isNaN(value)) {
      out.put(NAN);
      return;
    }
    if (Double.doubleToRawLongBits(value) < 0) {
      out.put('-');
    }
    double size = Math.abs(value);
    if (Double.isInfinite(size)) {
      out.put(INFINITY);
    } else if (size == 0) {
      out.put('0');
    } else if (size < FRACTION_MIN || size >= EXACT_MAX || !putExact(size, out)) {
      putShortest(size, out);
    }
  }

  /**
   * Finds the fewest decimals that say the number. Both integer (below 2^53) and power of ten are
   * exact, so their quotient is rounded once: it equals the number only if the decimal text reads
   * back as it.
   */
  private static boolean putExact(double size, Text out) throws RowRefused {
    for (int decimals = 0; decimals < POWERS.length; decimals++) {
      double power = POWERS[decimals];
      double scaled = size * power;
      if (scaled >= EXACT_MAX) {
        return false;
      }
      long digits = (long) (scaled + 0.5);
      if (digits / power == size) {
        putDecimal(digits, decimals, out);
        return true;
      }
    }
    return false;
  }

  private static void putDecimal(long digits, int decimals, Text out) throws RowRefused {
    if (decimals == 0) {
      out.putDigits(digits, 1);
      return;
    }
    // up to 15 digits: above 18 decimals, and above all digits, the integer part is 0
    long unit = decimals > 18 ? Long.MAX_VALUE : (long) POWERS[decimals];
    out.putDigits(digits / unit, 1);
    out.put('.');
    int zeros = Math.max(0, decimals - 18);
    for (int i = 0; i < zeros; i++) {
      out.put('0');
    }
    out.putDigits(digits % unit, decimals - zeros);
  }

  /**
   * Takes the digits of {@link Double#toString}, "123.45" or "1.2345E-10", and lays them out anew.
   */
  private static void putShortest(double size, Text out) throws RowRefused {
    String java = Double.toString(size);
    int mantissaEnd = java.indexOf('E');
    int exponent = mantissaEnd < 0 ? 0 : Integer.parseInt(java, mantissaEnd + 1, java.length(), 10);
    if (mantissaEnd < 0) {
      mantissaEnd = java.length();
    }
    int point = java.indexOf('.');
    String digits = java.substring(0, point) + java.substring(point + 1, mantissaEnd);
    int first = 0;
    while (digits.charAt(first) == '0') {
      first++;
    }
    int end = digits.length();
    while (digits.charAt(end - 1) == '0') {
      end--;
    }
    int power = exponent + point - first - 1; // of the first digit
    byte[] significant = digits.substring(first, end).getBytes(StandardCharsets.US_ASCII);
    if (size < FRACTION_MIN || size >= PLAIN_MAX) {
      putScientific(significant, power, out);
    } else {
      putPlain(significant, power, out);
    }
  }

  private static void putScientific(byte[] digits, int power, Text out) throws RowRefused {
    out.put(digits, 0, 1);
    if (digits.length > 1) {
      out.put('.');
      out.put(digits, 1, digits.length);
    }
    out.put('e');
    out.put(power < 0 ? '-' : '+');
    out.putDigits(Math.abs(power), 1);
  }

  private static void putPlain(byte[] digits, int power, Text out) throws RowRefused {
    if (power < 0) {
      out.put('0');
      out.put('.');
      for (int i = -1; i > power; i--) {
        out.put('0');
      }
      out.put(digits);
      return;
    }
    for (int i = 0; i < digits.length; i++) {
      if (i == power + 1) {
        out.put('.');
      }
      out.put(digits, i, i + 1);
    }
    for (int i = digits.length; i <= power; i++) {
      out.put('0');
    }
  }
}
