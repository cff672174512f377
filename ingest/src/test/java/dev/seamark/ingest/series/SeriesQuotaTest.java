package dev.seamark.ingest.series;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.decode.Announcement;
import dev.seamark.ingest.decode.Announcement.Claim;
import dev.seamark.ingest.decode.Crowded;
import dev.seamark.tenant.Clusters;
import dev.seamark.tenant.Sender;
import dev.seamark.tenant.TenantLimits;
import org.junit.jupiter.api.Test;

/** What a tenant may have of series, by the claims of its requests. */
class SeriesQuotaTest {
  private static final int TODAY = 20_781;
  private static final long MINUTE = 60_000_000_000L;
  private static final long NOON = (TODAY * 24L + 12) * 60 * MINUTE;

  private final SeriesCache cache = new SeriesCache(new SeriesLimits(1 << 14, 1 << 14, 100_000), 1);
  private long now = NOON;

  @Test
  void aSeriesBeyondTheActiveOnesPutsItsRequestOff() {
    Sender sender = sender("a", 3, 0);
    Announcement first = cache.open(sender, now);
    assertThat(claims(first, 0, 3, TODAY)).isEqualTo(3);

    Announcement second = cache.open(sender, now);
    assertThat(claim(second, 2, TODAY)).as("a known one").isEqualTo(Claim.PENDING);
    assertThat(claim(second, 3, TODAY)).isEqualTo(Claim.REFUSED);

    assertThat(second.crowded().limit()).isEqualTo(Crowded.Limit.ACTIVE_SERIES);
    assertThat(second.crowded())
        .hasMessageContaining("tenant a has 3 active series (active-series of its class");
    assertThat(second.crowded().waitNanos()).isEqualTo(MINUTE);
    assertThat(cache.active(now)).containsEntry("a", 3L);
  }

  @Test
  void anotherTenantIsNotTouched() {
    claims(cache.open(sender("a", 3, 0), now), 0, 4, TODAY);

    assertThat(claims(cache.open(sender("b", 3, 0), now), 100, 3, TODAY)).isEqualTo(3);
  }

  @Test
  void aDayLaterOnlyTheSeriesOfThatDayAreActive() {
    Sender sender = sender("a", 3, 0);
    cache.open(sender, now);
    claimAndAcknowledge(sender, 0, 3, TODAY);
    now += 24 * 60 * MINUTE;

    assertThat(cache.active(now)).containsEntry("a", 0L);
    assertThat(claims(cache.open(sender, now), 10, 4, TODAY + 1)).isEqualTo(3);
  }

  @Test
  void theSeriesOfTomorrowThatAreAnnouncedAheadCountTomorrow() {
    Sender sender = sender("a", 3, 0);
    claimAndAcknowledge(sender, 0, 3, TODAY);
    claimAndAcknowledge(sender, 0, 3, TODAY + 1);

    assertThat(cache.active(now)).containsEntry("a", 3L);
    now += 24 * 60 * MINUTE;
    assertThat(cache.active(now)).containsEntry("a", 3L);
    assertThat(claim(cache.open(sender, now), 3, TODAY + 1)).isEqualTo(Claim.REFUSED);
  }

  @Test
  void aRequestThatWasLostGivesItsPlacesBack() {
    Sender sender = sender("a", 3, 60);
    Announcement lost = cache.open(sender, now);
    claims(lost, 0, 3, TODAY);
    lost.failed(new IllegalStateException("broker away"));

    assertThat(cache.active(now)).containsEntry("a", 0L);
    assertThat(claims(cache.open(sender, now), 0, 3, TODAY)).isEqualTo(3);
  }

  @Test
  void newSeriesComeAtARateOnceThoseOfTheStartAreKnown() {
    Sender sender = sender("a", 0, 60);
    claimAndAcknowledge(sender, 0, 661, TODAY); // a minute's and ten minutes' worth, and one lent

    Announcement next = cache.open(sender, now);
    assertThat(claim(next, 5_000, TODAY)).isEqualTo(Claim.REFUSED);
    assertThat(next.crowded().limit()).isEqualTo(Crowded.Limit.NEW_SERIES);
    assertThat(next.crowded()).hasMessageContaining("more than 60 new series a minute");
    assertThat(next.crowded().waitNanos()).isEqualTo(MINUTE / 60);
    assertThat(claim(next, 7, TODAY)).as("a known one").isEqualTo(Claim.KNOWN);

    now += next.crowded().waitNanos();
    assertThat(claim(cache.open(sender, now), 5_000, TODAY)).isEqualTo(Claim.MINE);
  }

  @Test
  void aRequestIsNotPutOffByItsOwnNewSeries() {
    Sender sender = sender("a", 0, 60);

    assertThat(claims(cache.open(sender, now), 0, 5_000, TODAY)).isEqualTo(5_000);
    assertThat(claim(cache.open(sender, now), 5_000, TODAY)).isEqualTo(Claim.REFUSED);
  }

  @Test
  void aSeriesKnownForADayBesideIsNotNew() {
    Sender sender = sender("a", 0, 1);
    claimAndAcknowledge(sender, 0, 100, TODAY); // far more than may come: lent to one request

    assertThat(claims(cache.open(sender, now), 0, 100, TODAY + 1))
        .as("tomorrow")
        .isEqualTo(100);
    assertThat(claims(cache.open(sender, now), 0, 100, TODAY - 1)).as("late").isEqualTo(100);
    assertThat(claim(cache.open(sender, now), 500, TODAY - 1)).isEqualTo(Claim.REFUSED);
  }

  private void claimAndAcknowledge(Sender sender, int from, int count, int day) {
    Announcement request = cache.open(sender, now);
    assertThat(claims(request, from, count, day)).isEqualTo(count);
    request.completed();
  }

  /** Claims series after each other; returns how many are its own. */
  private static int claims(Announcement request, int from, int count, int day) {
    int mine = 0;
    for (int i = 0; i < count; i++) {
      mine += claim(request, from + i, day) == Claim.MINE ? 1 : 0;
    }
    return mine;
  }

  private static Claim claim(Announcement request, long series, int day) {
    long hash = (series + 1) * 0x9E3779B97F4A7C15L;
    return request.claimSeries(hash ^ hash >>> 30, hash * 31, day);
  }

  private static Sender sender(String tenant, long activeSeries, long newSeriesPerMinute) {
    TenantLimits limits = new TenantLimits(0, 0, activeSeries, newSeriesPerMinute, 0, 100);
    return new Sender(tenant, null, 0, "", Clusters.ANY, limits);
  }
}
