package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.schema.SampleRows;
import dev.seamark.tenant.Sender;

/**
 * One metrics request: whose it is, when it came, and what it has become so far, in rows, refusals
 * and memory. Not thread-safe.
 */
final class MetricsRequest {
  static final long NANOS_A_DAY = 86_400_000_000_000L;

  private static final long AHEAD_NANOS = 2 * NANOS_A_DAY / 24;
  private static final long SAMPLE_BYTES = 32; // of a row, roughly
  private static final byte[] NOTHING = {};

  final Horizon horizon;
  final Refusals refusals = new Refusals();

  MetricRows rows = new MetricRows();
  byte[] tenant = NOTHING;
  int retentionDays;
  long nowNanos;
  int today; // since 1970
  long ahead; // of 2^32 series as many are announced for tomorrow
  int accepted;
  int dropped; // by rules of the tenant

  private final int decodedBytesMax;
  private SampleRows samples = rows.samples;
  private String tenantText = "";
  private int tenantIndex;
  private long decodedBytes;

  MetricsRequest(Limits limits) {
    this.horizon = new Horizon(limits);
    this.decodedBytesMax = limits.decodedBytesMax();
  }

  /** @param nowNanos when the request arrived, nanoseconds since 1970 */
  void begin(Sender sender, long nowNanos, MetricRows into) {
    rows = into;
    samples = into.samples;
    if (!sender.tenant().equals(tenantText)) {
      tenantText = sender.tenant();
      tenant = tenantText.getBytes(UTF_8);
    }
    tenantIndex = samples.tenant.intern(tenant, 0, tenant.length);
    retentionDays = sender.retentionDays();
    this.nowNanos = nowNanos;
    horizon.request(nowNanos);
    today = (int) (nowNanos / NANOS_A_DAY);
    long untilMidnight = (today + 1) * NANOS_A_DAY - nowNanos;
    ahead = untilMidnight >= AHEAD_NANOS
        ? 0
        : (long) ((double) (AHEAD_NANOS - untilMidnight) / AHEAD_NANOS * 0x1p32);
    accepted = 0;
    dropped = 0;
    decodedBytes = 0;
    refusals.clear();
  }

  /** Counts the bytes of rows about to be appended: a few bytes of a body can become many. */
  void admit(long bytes) throws Malformed {
    requireRoom(bytes);
    decodedBytes += bytes;
  }

  void admitSamples(int count) throws Malformed {
    admit(SAMPLE_BYTES * count);
  }

  void requireRoomForSamples(int count) throws Malformed {
    requireRoom(SAMPLE_BYTES * count);
  }

  private void requireRoom(long bytes) throws Malformed {
    if (decodedBytes + bytes > decodedBytesMax) {
      throw Tally.tooManyBytes(decodedBytes + bytes, decodedBytesMax);
    }
  }

  /** The index of a metric name among those of the samples. */
  int intern(byte[] name) {
    return intern(name, 0, name.length);
  }

  int intern(byte[] bytes, int from, int to) {
    return samples.metricName.intern(bytes, from, to - from);
  }

  /** Appends a sample of the metric name at {@code nameIndex}. */
  void sample(int nameIndex, long id, long millis, long bits) {
    SampleRows target = samples;
    target.tenant.appendIndex(tenantIndex);
    target.metricName.appendIndex(nameIndex);
    target.seriesId.append(id);
    target.ts.append(millis);
    target.value.appendLongBits(bits);
    target.retentionDays.append(retentionDays);
  }

  Decoded decoded() {
    return refusals.isEmpty()
        ? Decoded.all(accepted + dropped)
        : new Decoded(accepted + dropped, refusals.points(), refusals.message());
  }
}
