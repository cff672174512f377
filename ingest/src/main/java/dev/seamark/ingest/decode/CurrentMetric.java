package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.labels.MetricKind;
import dev.seamark.labels.NamingOptions;
import dev.seamark.labels.Utf8;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The `Metric` message being read: its kind, its names, where they stand among those of the
 * samples, and its points. Not thread-safe.
 */
final class CurrentMetric {
  private static final byte[] NOTHING = {};
  private static final int GAUGE = 5 << 3 | 2;
  private static final int SUM = 7 << 3 | 2;
  private static final int HISTOGRAM = 9 << 3 | 2;
  private static final int EXPONENTIAL_HISTOGRAM = 10 << 3 | 2;
  private static final int SUMMARY = 11 << 3 | 2;
  private static final int DELTA = 1;
  private static final int CUMULATIVE = 2;

  /** Its Prometheus names. */
  MetricName names;

  /** The raw key of what its names and kind come from. */
  long key1;

  long key2;

  private final MetricsRequest request;
  private final RawKey keys;
  private final MetricNames known;
  private final WireReader inner = new WireReader();
  private WireReader data = inner;

  // fields of the message, in its bytes
  private byte[] bytes = NOTHING;
  private int nameFrom;
  private int nameTo;
  private int helpFrom;
  private int helpTo;
  private int unitFrom;
  private int unitTo;
  private int dataTag;

  // of the names among those of the samples, or -1
  private int nameIndex;
  private int bucketIndex;
  private int countIndex;
  private int sumIndex;

  CurrentMetric(MetricsRequest request, RawKey keys, Limits limits, NamingOptions options) {
    this.request = request;
    this.keys = keys;
    this.known = new MetricNames(limits, options);
    this.names = new MetricName(MetricKind.UNKNOWN, "", "", "");
  }

  /** Reads the message at [from, to) but for its points; false if none of them can be stored. */
  boolean read(WireReader wire, int from, int to) throws Malformed {
    fields(wire, from, to);
    MetricKind kind = kind();
    if (kind == null) {
      return false;
    }
    name(wire, kind);
    return true;
  }

  private void fields(WireReader wire, int from, int to) throws Malformed {
    bytes = wire.bytes();
    nameFrom = from;
    nameTo = from;
    helpFrom = from;
    helpTo = from;
    unitFrom = from;
    unitTo = from;
    dataTag = 0;
    int dataFrom = from;
    int dataTo = from;
    int dataRun = from; // where the last run of the same member of the oneof begins
    boolean repeated = false;
    while (wire.hasNext()) {
      int field = wire.at();
      int tag = wire.tag();
      switch (tag) {
        case 1 << 3 | 2 -> {
          nameFrom = wire.bytes("metric name");
          nameTo = wire.at();
        }
        case 2 << 3 | 2 -> {
          helpFrom = wire.bytes("metric description");
          helpTo = wire.at();
        }
        case 3 << 3 | 2 -> {
          unitFrom = wire.bytes("metric unit");
          unitTo = wire.at();
        }
        case GAUGE, SUM, HISTOGRAM, EXPONENTIAL_HISTOGRAM, SUMMARY -> {
          repeated = dataTag == tag;
          if (!repeated) {
            dataRun = field;
          }
          dataTag = tag;
          dataFrom = wire.bytes("metric data");
          dataTo = wire.at();
        }
        default -> wire.skip(tag);
      }
    }
    if (repeated) {
      data = wire.joined(dataTag, dataRun, to, "metric data");
    } else {
      data = inner;
      data.reset(bytes, dataFrom, dataTo);
    }
  }

  /** The kind of the metric, or null if it has no points that could be stored. */
  private @Nullable MetricKind kind() throws Malformed {
    if (dataTag == GAUGE) {
      return MetricKind.GAUGE;
    }
    if (dataTag == SUMMARY) {
      return MetricKind.SUMMARY;
    }
    if (dataTag == 0) {
      return null;
    }
    int start = data.at();
    int end = data.limit();
    int temporality = 0;
    boolean monotonic = false;
    int points = 0;
    while (data.hasNext()) {
      int tag = data.tag();
      switch (tag) {
        case 1 << 3 | 2 -> {
          data.bytes("data point");
          points++;
        }
        case 2 << 3 -> temporality = data.varint32("aggregation temporality");
        case 3 << 3 -> {
          boolean flag = data.bool("is_monotonic");
          monotonic = dataTag == SUM && flag;
        }
        default -> data.skip(tag);
      }
    }
    data.jump(start, end);
    if (points == 0) {
      return null;
    }
    if (temporality != CUMULATIVE) {
      if (temporality == DELTA) {
        request.refusals.delta(points, sentName());
      } else {
        request.refusals.unspecified(points, sentName());
      }
      return null;
    }
    return switch (dataTag) {
      case HISTOGRAM -> MetricKind.HISTOGRAM;
      case EXPONENTIAL_HISTOGRAM -> MetricKind.EXPONENTIAL_HISTOGRAM;
      default -> monotonic ? MetricKind.COUNTER : MetricKind.UP_DOWN_COUNTER;
    };
  }

  private void name(WireReader wire, MetricKind kind) throws Malformed {
    key1 = RawKey.mix(
        RawKey.mix(kind.name().hashCode(), keys.first(bytes, unitFrom, unitTo)),
        keys.first(bytes, nameFrom, nameTo));
    key2 = RawKey.mix(
        RawKey.mix(kind.name().hashCode(), keys.second(bytes, unitFrom, unitTo)),
        keys.second(bytes, nameFrom, nameTo));
    MetricName found = known.find(key1, key2);
    if (found == null) {
      requireUtf8(wire, nameFrom, nameTo, "metric name");
      requireUtf8(wire, unitFrom, unitTo, "metric unit");
      found = known.add(
          key1,
          key2,
          kind,
          Arrays.copyOfRange(bytes, nameFrom, nameTo),
          Arrays.copyOfRange(bytes, unitFrom, unitTo));
    }
    names = found;
    nameIndex = -1;
    bucketIndex = -1;
    countIndex = -1;
    sumIndex = -1;
  }

  private void requireUtf8(WireReader wire, int from, int to, String what) throws Malformed {
    int invalid = Utf8.invalidAt(bytes, from, to);
    if (invalid >= 0) {
      wire.jump(invalid, to);
      throw wire.malformed(what, "it isn't UTF-8");
    }
  }

  /** How many points it has. */
  int countPoints() throws Malformed {
    int start = data.at();
    int end = data.limit();
    int points = 0;
    while (data.hasNext()) {
      int tag = data.tag();
      points += tag == (1 << 3 | 2) ? 1 : 0;
      data.skip(tag);
    }
    data.jump(start, end);
    return points;
  }

  /** The message that holds the points. */
  WireReader data() {
    return data;
  }

  byte[] bytes() {
    return bytes;
  }

  int helpFrom() {
    return helpFrom;
  }

  int helpTo() {
    return helpTo;
  }

  void requireHelpIsUtf8(WireReader wire) throws Malformed {
    requireUtf8(wire, helpFrom, helpTo, "metric description");
  }

  /** The name as it came, for messages. */
  String sentName() {
    return new String(bytes, nameFrom, nameTo - nameFrom, UTF_8);
  }

  /** Refuses one of its points. */
  void refuse(String reason) {
    if (request.refusals.wantsReason()) {
      request.refusals.add(1, sentName(), reason);
    } else {
      request.refusals.add(1);
    }
  }

  int nameIndex() {
    if (nameIndex < 0) {
      nameIndex = request.intern(names.name);
    }
    return nameIndex;
  }

  int bucketIndex() {
    if (bucketIndex < 0) {
      bucketIndex = request.intern(names.bucket);
    }
    return bucketIndex;
  }

  int countIndex() {
    if (countIndex < 0) {
      countIndex = request.intern(names.count);
    }
    return countIndex;
  }

  int sumIndex() {
    if (sumIndex < 0) {
      sumIndex = request.intern(names.sum);
    }
    return sumIndex;
  }
}
