package dev.seamark.ingest.batch;

import dev.seamark.block.Block;
import dev.seamark.block.Column;
import dev.seamark.block.LongColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.schema.Table;

/** Earliest and latest time of a block's rows, in milliseconds since the epoch. */
record TimeRange(long minMs, long maxMs) {
  private static final long DAY_MS = 86_400_000;

  static TimeRange of(Table table, Block block) {
    return switch (block.column(table.timeColumn())) {
      case LongColumn times -> of(times, ticksOfMs(times.type()));
      case ShortColumn days -> of(days);
      case Column other -> throw new IllegalStateException(other + " holds no time");
    };
  }

  /** Ticks of one millisecond; precisions below 3 don't occur. */
  private static long ticksOfMs(String type) {
    int precision = type.charAt("DateTime64(".length()) - '0';
    long ticks = 1;
    for (int i = 3; i < precision; i++) {
      ticks *= 10;
    }
    return ticks;
  }

  private static TimeRange of(LongColumn times, long ticksOfMs) {
    long min = Long.MAX_VALUE;
    long max = Long.MIN_VALUE;
    int rows = times.rows();
    for (int row = 0; row < rows; row++) {
      long time = times.get(row);
      min = Math.min(min, time);
      max = Math.max(max, time);
    }
    return new TimeRange(Math.floorDiv(min, ticksOfMs), Math.floorDiv(max, ticksOfMs));
  }

  private static TimeRange of(ShortColumn days) {
    int min = Integer.MAX_VALUE;
    int max = Integer.MIN_VALUE;
    int rows = days.rows();
    for (int row = 0; row < rows; row++) {
      int day = days.get(row);
      min = Math.min(min, day);
      max = Math.max(max, day);
    }
    return new TimeRange(min * DAY_MS, max * DAY_MS);
  }
}
