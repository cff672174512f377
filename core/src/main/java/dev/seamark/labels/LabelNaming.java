package dev.seamark.labels;

import java.util.Arrays;

/// Translation of attribute keys into Prometheus label names, on UTF-8 bytes.
///
/// Every character outside `[a-zA-Z0-9_]` becomes `_`, runs of `_` become one, a leading digit gets
/// `key_` in front and a leading
/// `_` gets `key`. See "Metric Attributes" of the compatibility specification named at
/// [MetricNaming].
public final class LabelNaming {
  private static final byte[] KEY = {'k', 'e', 'y'};

  private LabelNaming() {}

  /// Answers the label name of an attribute key, an empty array if nothing of the key can be kept.
  /// The key must be valid UTF-8: a character of several bytes becomes one `_`.
  public static byte[] sanitised(byte[] key, int from, int to) {
    byte[] name = new byte[to - from + KEY.length + 1];
    int length = KEY.length + 1;
    boolean other = false;
    for (int i = from; i < to; i++) {
      byte b = key[i];
      if (isNameCharacter(b)) {
        name[length++] = b;
        other = true;
      } else if (length == KEY.length + 1 || name[length - 1] != '_') {
        name[length++] = '_';
      }
    }
    if (!other) {
      return new byte[0];
    }
    int start = KEY.length + 1;
    byte first = name[start];
    if (first >= '0' && first <= '9') {
      name[--start] = '_';
      first = '_';
    }
    if (first == '_') {
      start -= KEY.length;
      System.arraycopy(KEY, 0, name, start, KEY.length);
    }
    return Arrays.copyOfRange(name, start, length);
  }

  private static boolean isNameCharacter(byte b) {
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
  }
}
