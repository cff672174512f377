package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.labels.MetricKind;
import dev.seamark.labels.Utf8;
import java.util.Arrays;
import java.util.List;

/** What remote write says of a metric, by 1.0 and 2.0 alike: type, unit and help. */
final class RemoteWriteMetadata {
  private static final List<byte[]> HISTOGRAM_SUFFIXES = suffixes("_bucket", "_count", "_sum");
  private static final List<byte[]> GAUGE_HISTOGRAM_SUFFIXES =
      suffixes("_bucket", "_gcount", "_gsum", "_count", "_sum");
  private static final List<byte[]> SUMMARY_SUFFIXES = suffixes("_count", "_sum");

  private RemoteWriteMetadata() {}

  /** The kind of a `MetricType`, unknown ones included. */
  static MetricKind kind(int type) {
    return switch (type) {
      case 1 -> MetricKind.COUNTER;
      case 2 -> MetricKind.GAUGE;
      case 3 -> MetricKind.HISTOGRAM;
      case 4 -> MetricKind.GAUGE_HISTOGRAM;
      case 5 -> MetricKind.SUMMARY;
      case 6 -> MetricKind.INFO;
      case 7 -> MetricKind.STATE_SET;
      default -> MetricKind.UNKNOWN;
    };
  }

  /** The metric that a series of it belongs to: its name without what tells its series apart. */
  static byte[] family(MetricKind kind, byte[] name) {
    List<byte[]> suffixes = switch (kind) {
      case HISTOGRAM -> HISTOGRAM_SUFFIXES;
      case GAUGE_HISTOGRAM -> GAUGE_HISTOGRAM_SUFFIXES;
      case SUMMARY -> SUMMARY_SUFFIXES;
      default -> List.of();
    };
    for (byte[] suffix : suffixes) {
      int length = name.length - suffix.length;
      if (length > 0 && Arrays.equals(name, length, name.length, suffix, 0, suffix.length)) {
        return Arrays.copyOf(name, length);
      }
    }
    return name;
  }

  /** Why it can't be stored, or "". */
  static String refusal(
      byte[] bytes,
      int nameFrom,
      int nameTo,
      int unitFrom,
      int unitTo,
      int helpFrom,
      int helpTo,
      Limits limits) {
    if (nameFrom == nameTo) {
      return "it has no name";
    }
    if (!Utf8.isValid(bytes, nameFrom, nameTo)
        || !Utf8.isValid(bytes, unitFrom, unitTo)
        || !Utf8.isValid(bytes, helpFrom, helpTo)) {
      return "it is not UTF-8";
    }
    int longest = Math.max(nameTo - nameFrom, unitTo - unitFrom);
    return longest > limits.labelNameBytesMax()
        ? Limits.exceeded(
            "metric name or unit bytes",
            longest,
            limits.labelNameBytesMax(),
            Limits.LABEL_NAME_BYTES_MAX)
        : "";
  }

  private static List<byte[]> suffixes(String... texts) {
    return Arrays.stream(texts).map(text -> text.getBytes(UTF_8)).toList();
  }
}
