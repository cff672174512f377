package dev.seamark.ingest.decode;

/**
 * Times as agents write them in JSON. Numbers count from 1970, their size tells the unit: seconds
 * below 10^11, then milliseconds below 10^14, microseconds below 10^17, nanoseconds. Texts are
 * those of RFC 3339 and ISO 8601: {@code 2026-11-25T02:00:00.123456Z}; a space may stand for the T,
 * a zone may be {@code +02:00} or {@code +0200}, and none is UTC, as java.sql.Timestamp has it.
 */
final class TimeText {
  /** What no time is. */
  static final long NONE = Long.MIN_VALUE;

  /** What a time after the year 2262 is. */
  static final long BEYOND = Long.MAX_VALUE;

  private static final long NANOS_A_SECOND = 1_000_000_000;
  private static final int SECONDS_A_DAY = 86_400;
  private static final int FRACTION_DIGITS = 9;
  private static final int DIGITS_MAX = 18;
  private static final long SECONDS_BELOW = 100_000_000_000L;
  private static final long MILLIS_BELOW = 100_000_000_000_000L;
  private static final long MICROS_BELOW = 100_000_000_000_000_000L;
  private static final int DATE_CHARS = 10;
  private static final int DATE_TIME_CHARS = 19;
  private static final int[] DAYS_OF_MONTH = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

  private TimeText() {}

  /** Nanoseconds since 1970 of a number of seconds, or of a smaller unit. */
  static long ofNumber(char[] chars, int from, int to) {
    int point = from;
    while (point < to && isDigit(chars[point])) {
      point++;
    }
    if (point == from || (point < to && chars[point] != '.')) {
      return NONE;
    }
    if (point - from > DIGITS_MAX + 1) {
      return BEYOND;
    }
    long whole = digits(chars, from, point);
    long fraction = fraction(chars, point, to);
    if (fraction < 0) {
      return NONE;
    }
    long unit = unitNanos(whole);
    if (whole < 0 || whole > Long.MAX_VALUE / unit - 1) {
      return BEYOND;
    }
    return whole * unit + fraction * unit / NANOS_A_SECOND;
  }

  private static long unitNanos(long whole) {
    if (whole < SECONDS_BELOW) {
      return NANOS_A_SECOND;
    }
    if (whole < MILLIS_BELOW) {
      return 1_000_000;
    }
    return whole < MICROS_BELOW ? 1_000 : 1;
  }

  /** Nanoseconds since 1970 of a text, or of a number in one. */
  static long ofText(char[] chars, int from, int to) {
    if (to - from < DATE_TIME_CHARS || chars[from + 4] != '-') {
      return ofNumber(chars, from, to);
    }
    long days = daysOfDate(chars, from);
    int seconds = secondsOfDay(chars, from + DATE_CHARS);
    if (days == NONE || seconds < 0) {
      return NONE;
    }
    int zone = from + DATE_TIME_CHARS;
    if (zone < to && (chars[zone] == '.' || chars[zone] == ',')) {
      zone++;
      while (zone < to && isDigit(chars[zone])) {
        zone++;
      }
    }
    long fraction = fraction(chars, from + DATE_TIME_CHARS, zone);
    int offset = zoneSeconds(chars, zone, to);
    if (fraction < 0 || offset == Integer.MIN_VALUE) {
      return NONE;
    }
    long since = days * SECONDS_A_DAY + seconds - offset;
    if (since < 0) {
      return NONE;
    }
    return since >= Long.MAX_VALUE / NANOS_A_SECOND ? BEYOND : since * NANOS_A_SECOND + fraction;
  }

  /** Days from 1970 to {@code yyyy-MM-dd}. */
  private static long daysOfDate(char[] chars, int at) {
    long year = digits(chars, at, at + 4);
    long month = digits(chars, at + 5, at + 7);
    long day = digits(chars, at + 8, at + 10);
    if (chars[at + 4] != '-'
        || chars[at + 7] != '-'
        || year < 0
        || month < 1
        || month > 12
        || day < 1
        || day > DAYS_OF_MONTH[(int) month - 1]) {
      return NONE;
    }
    // years from March on, so that the leap day is the last one of a year
    long y = month > 2 ? year : year - 1;
    long era = Math.floorDiv(y, 400L);
    long yearOfEra = y - era * 400;
    long dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    long dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return era * 146_097 + dayOfEra - 719_468;
  }

  /** Of {@code THH:mm:ss}; a leap second counts as the first one of the next minute. */
  private static int secondsOfDay(char[] chars, int at) {
    long hour = digits(chars, at + 1, at + 3);
    long minute = digits(chars, at + 4, at + 6);
    long second = digits(chars, at + 7, at + 9);
    boolean sound = (chars[at] == 'T' || chars[at] == 't' || chars[at] == ' ')
        && chars[at + 3] == ':'
        && chars[at + 6] == ':'
        && hour >= 0
        && hour < 24
        && minute >= 0
        && minute < 60
        && second >= 0
        && second <= 60;
    return sound ? (int) (hour * 3600 + minute * 60 + second) : -1;
  }

  private static int zoneSeconds(char[] chars, int at, int to) {
    int length = to - at;
    if (length == 0 || (length == 1 && (chars[at] == 'Z' || chars[at] == 'z'))) {
      return 0;
    }
    boolean colon = length == 6 && chars[at + 3] == ':';
    if ((length != 5 && !colon) || (chars[at] != '+' && chars[at] != '-')) {
      return Integer.MIN_VALUE;
    }
    long hours = digits(chars, at + 1, at + 3);
    long minutes = digits(chars, to - 2, to);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
      return Integer.MIN_VALUE;
    }
    int seconds = (int) (hours * 3600 + minutes * 60);
    return chars[at] == '-' ? -seconds : seconds;
  }

  /** Nanoseconds of {@code .123}, 0 of nothing; negative if it is no fraction. */
  private static long fraction(char[] chars, int at, int to) {
    if (at == to) {
      return 0;
    }
    long nanos = 0;
    for (int i = 0; i < FRACTION_DIGITS; i++) {
      int next = at + 1 + i;
      nanos = nanos * 10 + (next < to ? chars[next] - '0' : 0);
      if (next < to && !isDigit(chars[next])) {
        return -1;
      }
    }
    for (int i = at + 1 + FRACTION_DIGITS; i < to; i++) {
      if (!isDigit(chars[i])) {
        return -1;
      }
    }
    return nanos;
  }

  /** A number of up to 19 digits; negative if something else is among them, or it is beyond. */
  private static long digits(char[] chars, int from, int to) {
    long value = 0;
    for (int i = from; i < to; i++) {
      if (!isDigit(chars[i])) {
        return -1;
      }
      value = value * 10 + chars[i] - '0';
    }
    return value;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
