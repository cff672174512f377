package dev.seamark.ingest.decode;

/**
 * Times as text, as RFC 3339 writes them ({@code 2026-11-25T08:30:00.5Z}) and as Go prints them
 * ({@code 2026-11-25 08:30:00.5 +0000 UTC}).
 */
final class Rfc3339 {
  /** What no time is; no horizon holds it. */
  static final long NONE = -1;

  private static final long NANOS_A_SECOND = 1_000_000_000;
  private static final long SECONDS_MAX = 0xFFFF_FFFFL - 1; // of DateTime, whatever the fraction
  private static final int DATE_TIME_LENGTH = 19;
  private static final String SHAPE = "dddd-dd-ddTdd:dd:dd";

  private Rfc3339() {}

  /** Nanoseconds since 1970, or {@link #NONE} for a text that is no time from 1970 to 2106. */
  static long nanos(String text) {
    if (!hasShape(text)) {
      return NONE;
    }
    int month = number(text, 5, 7);
    int day = number(text, 8, 10);
    int hour = number(text, 11, 13);
    int minute = number(text, 14, 16);
    int second = number(text, 17, 19);
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
      return NONE;
    }
    int at = DATE_TIME_LENGTH;
    long fraction = 0;
    if (at < text.length() && text.charAt(at) == '.') {
      long unit = NANOS_A_SECOND;
      for (at++; at < text.length() && isDigit(text.charAt(at)); at++) {
        unit /= 10;
        fraction += unit * (text.charAt(at) - '0');
      }
    }
    long seconds = daysSince1970(number(text, 0, 4), month, day) * 86_400
        + hour * 3_600L
        + minute * 60L
        + second
        - offsetSeconds(text, at);
    return seconds >= 0 && seconds <= SECONDS_MAX ? seconds * NANOS_A_SECOND + fraction : NONE;
  }

  private static boolean hasShape(String text) {
    if (text.length() < DATE_TIME_LENGTH) {
      return false;
    }
    for (int i = 0; i < DATE_TIME_LENGTH; i++) {
      char c = text.charAt(i);
      boolean fits = switch (SHAPE.charAt(i)) {
        case 'd' -> isDigit(c);
        case 'T' -> c == 'T' || c == 't' || c == ' ';
        default -> c == SHAPE.charAt(i);
      };
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  /** Of {@code Z}, {@code +01:00}, {@code -0530}, perhaps behind a space; none is UTC. */
  private static long offsetSeconds(String text, int from) {
    int at = from < text.length() && text.charAt(from) == ' ' ? from + 1 : from;
    if (at >= text.length() || (text.charAt(at) != '+' && text.charAt(at) != '-')) {
      return 0;
    }
    int minutesAt = at + 3 < text.length() && text.charAt(at + 3) == ':' ? at + 4 : at + 3;
    if (minutesAt + 2 > text.length()) {
      return 0;
    }
    long seconds =
        number(text, at + 1, at + 3) * 3_600L + number(text, minutesAt, minutesAt + 2) * 60L;
    return text.charAt(at) == '-' ? -seconds : seconds;
  }

  /** Days of the proleptic Gregorian calendar, counted in years that begin in March. */
  private static long daysSince1970(int year, int month, int day) {
    int shifted = month > 2 ? year : year - 1;
    int monthFromMarch = (month + 9) % 12;
    int leapDays =
        Math.floorDiv(shifted, 4) - Math.floorDiv(shifted, 100) + Math.floorDiv(shifted, 400);
    return 365L * shifted + leapDays + (153 * monthFromMarch + 2) / 5 + day - 1 - 719_468;
  }

  private static int number(String text, int from, int to) {
    int number = 0;
    for (int i = from; i < to; i++) {
      number = 10 * number + (isDigit(text.charAt(i)) ? text.charAt(i) - '0' : 0);
    }
    return number;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
