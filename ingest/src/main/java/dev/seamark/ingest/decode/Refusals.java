package dev.seamark.ingest.decode;

/**
 * The data points of one request that were refused, each by itself, and what was left out of
 * others: how many, and a message for {@code partial_success}. Not thread-safe.
 */
final class Refusals {
  private static final int REASONS_MAX = 3;
  private static final int NAME_MAX = 120;

  private int points;
  private int deltaPoints;
  private String deltaMetric = "";
  private int unspecifiedPoints;
  private String unspecifiedMetric = "";
  private int exemplars;
  private String firstExemplar = "";
  private int targets;
  private String firstTarget = "";
  private int metadata;
  private String firstMetadata = "";
  private int reasons;
  private final StringBuilder others = new StringBuilder();

  void clear() {
    points = 0;
    deltaPoints = 0;
    unspecifiedPoints = 0;
    exemplars = 0;
    targets = 0;
    metadata = 0;
    reasons = 0;
    others.setLength(0);
  }

  /** Whether all that came is kept. */
  boolean isEmpty() {
    return points == 0 && exemplars == 0 && targets == 0 && metadata == 0;
  }

  /** Points refused. */
  int points() {
    return points;
  }

  void delta(int count, String metric) {
    if (deltaPoints == 0) {
      deltaMetric = metric;
    }
    deltaPoints += count;
    points += count;
  }

  void unspecified(int count, String metric) {
    if (unspecifiedPoints == 0) {
      unspecifiedMetric = metric;
    }
    unspecifiedPoints += count;
    points += count;
  }

  /** Whether the reason of one more refusal would still be said; saves making its text. */
  boolean wantsReason() {
    return reasons < REASONS_MAX;
  }

  void add(int count, String metric, String reason) {
    points += count;
    if (wantsReason() && count > 0) {
      String text = "metric " + shortened(metric) + ": " + reason;
      if (others.indexOf(text) < 0) {
        others.append(others.isEmpty() ? "" : "; ").append(text);
        reasons++;
      }
    }
  }

  void add(int count) {
    points += count;
  }

  /** Whether the reason of one more lost exemplar would be said; saves making its text. */
  boolean wantsExemplarReason() {
    return exemplars == 0;
  }

  /** An exemplar is left out, its point is kept; the reason is looked at if it is wanted. */
  void exemplar(String metric, String reason) {
    if (exemplars++ == 0) {
      firstExemplar = "of metric " + shortened(metric) + ": " + reason;
    }
  }

  void exemplar() {
    exemplars++;
  }

  /** The {@code target_info} of a resource is left out, its points are kept. */
  void target(String reason) {
    if (targets++ == 0) {
      firstTarget = reason;
    }
  }

  /** The metadata of a metric is left out, its points are kept. */
  void metadata(String metric, String reason) {
    if (metadata++ == 0) {
      firstMetadata = "of metric " + shortened(metric) + ": " + reason;
    }
  }

  String message() {
    StringBuilder message = new StringBuilder();
    if (deltaPoints > 0) {
      message
          .append(deltaPoints)
          .append(" data points have delta temporality, which is not stored (first: metric ")
          .append(shortened(deltaMetric))
          .append("); make them cumulative with the Collector's deltatocumulative processor");
    }
    if (unspecifiedPoints > 0) {
      message
          .append(message.isEmpty() ? "" : "; ")
          .append(unspecifiedPoints)
          .append(" data points have no aggregation temporality (first: metric ")
          .append(shortened(unspecifiedMetric))
          .append("); only cumulative ones are stored");
    }
    if (!others.isEmpty()) {
      message.append(message.isEmpty() ? "" : "; ").append(others);
    }
    if (exemplars > 0) {
      message
          .append(message.isEmpty() ? "" : "; ")
          .append(exemplars)
          .append(" exemplars are left out (first: ")
          .append(firstExemplar)
          .append(')');
    }
    if (targets > 0) {
      message
          .append(message.isEmpty() ? "" : "; ")
          .append("target_info of ")
          .append(targets)
          .append(" resources is left out (first: ")
          .append(firstTarget)
          .append(')');
    }
    if (metadata > 0) {
      message
          .append(message.isEmpty() ? "" : "; ")
          .append("metadata of ")
          .append(metadata)
          .append(" metrics are left out (first: ")
          .append(firstMetadata)
          .append(')');
    }
    return message.toString();
  }

  private static String shortened(String name) {
    return name.length() <= NAME_MAX ? name : name.substring(0, NAME_MAX) + "...";
  }
}
