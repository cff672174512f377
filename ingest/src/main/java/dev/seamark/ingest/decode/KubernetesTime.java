package dev.seamark.ingest.decode;

/**
 * The times of Kubernetes objects: those of RFC 3339, and as Go prints them ({@code 2026-11-25
 * 08:30:00 +0000 UTC}), which the Collector's k8sevents receiver does.
 */
final class KubernetesTime {
  /** What no time is; no horizon holds it. */
  static final long NONE = -1;

  private KubernetesTime() {}

  /** Nanoseconds since 1970, or {@link #NONE} for a text that is no time from 1970 to 2106. */
  static long nanos(String text) {
    String plain = text.endsWith(" UTC") ? text.substring(0, text.length() - 4) : text;
    int zone = plain.lastIndexOf(' ');
    if (zone > plain.indexOf(' ')) { // the first one stands between date and time
      plain = plain.substring(0, zone) + plain.substring(zone + 1);
    }
    long nanos = TimeText.ofText(plain.toCharArray(), 0, plain.length());
    return nanos >= 0 && nanos <= Horizon.NANOS_MAX ? nanos : NONE;
  }
}
