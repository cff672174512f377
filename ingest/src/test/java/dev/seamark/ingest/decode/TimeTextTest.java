package dev.seamark.ingest.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeTextTest {
  @ParameterizedTest
  @CsvSource({
    "1790000000, 1790000000000000000",
    "1790000000.5, 1790000000500000000",
    "1790000000.123456, 1790000000123456000",
    "1790000000.1234567891, 1790000000123456789",
    "1790000000123, 1790000000123000000",
    "1790000000123.5, 1790000000123500000",
    "1790000000123456, 1790000000123456000",
    "1790000000123456789, 1790000000123456789",
    "0, 0",
    "1., 1000000000",
    "99999999999, 9223372036854775807",
    "99999999999999999999999, 9223372036854775807",
    "9223372036854775808, 9223372036854775807",
  })
  void numbersAreOfTheUnitThatTheirSizeTells(String number, long nanos) {
    assertThat(ofNumber(number)).isEqualTo(nanos);
    assertThat(ofText(number)).isEqualTo(nanos);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", ".5", "-1", "1e9", "1.5e9", "1.x", "12x", "NaN", "1.123456789x"})
  void whatIsNoNumberIsNoTime(String text) {
    assertThat(ofNumber(text)).isEqualTo(TimeText.NONE);
    assertThat(ofText(text)).isEqualTo(TimeText.NONE);
  }

  @ParameterizedTest
  @CsvSource({
    "2018-05-30T09:39:52.000681Z, 2018-05-30T09:39:52.000681Z",
    "2018-05-30T09:39:52Z, 2018-05-30T09:39:52Z",
    "2018-05-30t09:39:52z, 2018-05-30T09:39:52Z",
    "2018-05-30 09:39:52.000681, 2018-05-30T09:39:52.000681Z",
    "2018-05-30T09:39:52, 2018-05-30T09:39:52Z",
    "'2018-05-30T09:39:52,25', 2018-05-30T09:39:52.25Z",
    "2018-05-30T09:39:52+02:00, 2018-05-30T07:39:52Z",
    "2018-05-30T09:39:52-0230, 2018-05-30T12:09:52Z",
    "2018-05-30T09:39:52.1234567899Z, 2018-05-30T09:39:52.123456789Z",
    "2024-02-29T00:00:00Z, 2024-02-29T00:00:00Z",
    "2016-12-31T23:59:60Z, 2017-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z, 1970-01-01T00:00:00Z",
  })
  void textsAreThoseOfRfc3339AndOfJavaSql(String text, Instant time) {
    assertThat(ofText(text)).isEqualTo(nanos(time));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2018-13-30T09:39:52Z",
        "2018-00-30T09:39:52Z",
        "2018-05-32T09:39:52Z",
        "2018-04-31T09:39:52Z",
        "2018-05-30T24:39:52Z",
        "2018-05-30T09:60:52Z",
        "2018-05-30T09:39:61Z",
        "2018-05-30X09:39:52Z",
        "2018-05-30T09-39-52Z",
        "2018/05/30T09:39:52Z",
        "2018-05-30T09:39:52ZZ",
        "2018-05-30T09:39:52.5x",
        "2018-05-30T09:39:52+2:00",
        "2018-05-30T09:39:52+02:0",
        "2018-05-30T09:39:52+25:00",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "yesterday, about noon or so",
      })
  void whatIsNoDateIsNoTime(String text) {
    assertThat(ofText(text)).isEqualTo(TimeText.NONE);
  }

  @Test
  void theYearBehindTheLastIsBeyond() {
    assertThat(ofText("9999-12-31T23:59:59Z")).isEqualTo(TimeText.BEYOND);
  }

  @Test
  void everyDayIsThatOfTheCalendar() {
    var random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      long seconds = random.nextLong(0, 9_000_000_000L);
      Instant time = Instant.ofEpochSecond(seconds, random.nextInt(1_000_000_000));
      ZoneOffset zone = ZoneOffset.ofTotalSeconds(60 * random.nextInt(-720, 720));
      OffsetDateTime there = time.atOffset(zone);
      if (there.getYear() >= 1970) {
        assertThat(ofText(DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSSxxx")
                .format(there)))
            .isEqualTo(nanos(time));
      }
    }
  }

  private static long nanos(Instant time) {
    return time.getEpochSecond() * 1_000_000_000 + time.getNano();
  }

  private static long ofNumber(String text) {
    char[] chars = (" " + text + " ").toCharArray();
    return TimeText.ofNumber(chars, 1, chars.length - 1);
  }

  private static long ofText(String text) {
    char[] chars = (" " + text + " ").toCharArray();
    return TimeText.ofText(chars, 1, chars.length - 1);
  }
}
