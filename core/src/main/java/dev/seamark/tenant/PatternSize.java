package dev.seamark.tenant;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * About how many steps a regular expression has when its counted repetitions are written out, as
 * compiling it does: {@code ((a{500}){500}){500}} would fill the memory. Never too few, for an
 * expression that can be compiled.
 */
final class PatternSize {
  private static final long ENOUGH = 1L << 40; // far beyond any limit, far below an overflow

  private final String text;
  private final Deque<Long> outer = new ArrayDeque<>();
  private long size; // of the group being read
  private long last; // of the last atom, which a repetition multiplies
  private int at;

  private PatternSize(String text) {
    this.text = text;
  }

  static long of(String regularExpression) {
    return new PatternSize(regularExpression).read();
  }

  private long read() {
    while (at < text.length()) {
      char c = text.charAt(at);
      switch (c) {
        case '(' -> {
          outer.push(size);
          size = 0;
          last = 0;
          at++;
        }
        case ')' -> {
          last = size + 2;
          size = (outer.isEmpty() ? 0 : outer.pop()) + last;
          at++;
        }
        case '{' -> repeat();
        case '[' -> {
          skipClass();
          atom();
        }
        case '\\' -> {
          at += 2;
          atom();
        }
        default -> {
          at++;
          atom();
        }
      }
      size = Math.min(size, ENOUGH);
      last = Math.min(last, ENOUGH);
    }
    while (!outer.isEmpty()) {
      size = Math.min(ENOUGH, size + outer.pop());
    }
    return size;
  }

  private void atom() {
    last = 1;
    size++;
  }

  /** {@code {2}}, {@code {2,}}, {@code {2,5}}; anything else is a brace. */
  private void repeat() {
    int end = text.indexOf('}', at);
    String count = end < 0 ? "" : text.substring(at + 1, end);
    if (!count.matches("[0-9]{1,6}(,[0-9]{0,6})?")) {
      at++;
      atom();
      return;
    }
    int most = 1;
    for (String bound : count.split(",", 0)) {
      most = Math.max(most, Integer.parseInt(bound));
    }
    size += last * (most - 1);
    last *= most;
    at = end + 1;
  }

  private void skipClass() {
    at += 2; // a bracket that comes first is a member
    while (at < text.length() && text.charAt(at) != ']') {
      at += text.charAt(at) == '\\' ? 2 : 1;
    }
    at++;
  }
}
