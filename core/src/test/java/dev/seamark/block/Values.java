package dev.seamark.block;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** A source of values for columns of any type, and the way back to something comparable. */
abstract class Values {
  abstract long number();

  abstract byte[] text();

  /** Number of elements of an array or map. */
  abstract int length();

  /** The edges of each type by turns: the values of the golden files. */
  static Values edges() {
    return new Values() {
      private static final long[] NUMBERS = {
        0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0x7FF0000000000002L, 0x8182838485868788L
      };
      private static final String[] TEXTS = {"", "a", "länger", "a", "x".repeat(130)};
      private static final int[] LENGTHS = {0, 2, 1, 3};
      private int number;
      private int text;
      private int length;

      @Override
      long number() {
        return NUMBERS[number++ % NUMBERS.length];
      }

      @Override
      byte[] text() {
        return TEXTS[text++ % TEXTS.length].getBytes(StandardCharsets.UTF_8);
      }

      @Override
      int length() {
        return LENGTHS[length++ % LENGTHS.length];
      }
    };
  }

  static Values random(long seed) {
    Random random = new Random(seed);
    return new Values() {
      @Override
      long number() {
        return random.nextLong() >> random.nextInt(64);
      }

      @Override
      byte[] text() {
        byte[] text = new byte[random.nextInt(10) == 0 ? random.nextInt(300) : random.nextInt(3)];
        random.nextBytes(text);
        return text;
      }

      @Override
      int length() {
        return random.nextInt(4);
      }
    };
  }

  void appendTo(Column column, int rows) {
    for (int row = 0; row < rows; row++) {
      appendTo(column);
    }
  }

  void appendTo(Column column) {
    switch (column) {
      case ByteColumn c -> {
        boolean bit = c.type().equals("Bool") || c.type().startsWith("Enum8");
        c.append((int) number() & (bit ? 1 : -1));
      }
      case ShortColumn c -> c.append((int) number());
      case IntColumn c -> c.append((int) number());
      case LongColumn c -> c.append(number());
      case DoubleColumn c -> c.appendLongBits(number());
      case FixedStringColumn c -> {
        byte[] text = text();
        c.append(text, 0, Math.min(5, text.length));
      }
      case StringColumn c -> c.append(text());
      case LowCardinalityColumn c -> c.append(text());
      case NullableColumn<?> c -> {
        if (length() == 0) {
          c.appendNull();
        } else {
          appendTo(c.values());
          c.endRow();
        }
      }
      case ArrayColumn<?> c -> {
        appendTo(c.element(), length());
        c.endRow();
      }
      case MapColumn<?, ?> c -> {
        int entries = length();
        appendTo(c.keys(), entries);
        appendTo(c.values(), entries);
        c.endRow();
      }
    }
  }

  /** The rows of a column as numbers, texts and lists of them. */
  static List<Object> of(Column column) {
    return of(column, 0, column.rows());
  }

  private static List<Object> of(Column column, int from, int to) {
    List<Object> values = new ArrayList<>();
    for (int row = from; row < to; row++) {
      values.add(of(column, row));
    }
    return values;
  }

  private static Object of(Column column, int row) {
    return switch (column) {
      case ByteColumn c -> c.get(row);
      case ShortColumn c -> c.get(row);
      case IntColumn c -> c.get(row);
      case LongColumn c -> c.get(row);
      case DoubleColumn c -> c.getLongBits(row);
      case FixedStringColumn c -> hex(c.bytes(row));
      case StringColumn c -> hex(c.bytes(row));
      case LowCardinalityColumn c -> hex(c.bytes(row));
      case NullableColumn<?> c -> c.isNull(row) ? "null" : of(c.values(), row);
      case ArrayColumn<?> c -> of(c.element(), c.start(row), c.start(row) + c.length(row));
      case MapColumn<?, ?> c -> {
        int start = c.start(row);
        int end = start + c.length(row);
        yield List.of(of(c.keys(), start, end), of(c.values(), start, end));
      }
    };
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
