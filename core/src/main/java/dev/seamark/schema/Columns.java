package dev.seamark.schema;

import dev.seamark.block.ArrayColumn;
import dev.seamark.block.Block;
import dev.seamark.block.ByteColumn;
import dev.seamark.block.Column;
import dev.seamark.block.DoubleColumn;
import dev.seamark.block.IntColumn;
import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;
import java.util.ArrayList;
import java.util.List;

/** The columns of a row builder as they are declared, in order, until they become its block. */
final class Columns {
  private final List<Block.Named> named = new ArrayList<>();

  Block block() {
    return new Block(List.copyOf(named));
  }

  /** A String whose values repeat: sent as a dictionary and one small index a row. */
  LowCardinalityColumn repeated(String name) {
    return add(name, new LowCardinalityColumn());
  }

  StringColumn string(String name) {
    return add(name, new StringColumn());
  }

  /** Map(String, String); the table's keys are LowCardinality, the engine converts. */
  MapColumn<StringColumn, StringColumn> map(String name) {
    return add(name, MapColumn.ofStrings());
  }

  ByteColumn uint8(String name) {
    return add(name, ByteColumn.uint8());
  }

  ShortColumn uint16(String name) {
    return add(name, ShortColumn.uint16());
  }

  /** Days since 1970. */
  ShortColumn date(String name) {
    return add(name, ShortColumn.date());
  }

  IntColumn int32(String name) {
    return add(name, IntColumn.int32());
  }

  IntColumn uint32(String name) {
    return add(name, IntColumn.uint32());
  }

  LongColumn uint64(String name) {
    return add(name, LongColumn.uint64());
  }

  /** Nanoseconds since 1970. */
  LongColumn nanos(String name) {
    return add(name, LongColumn.dateTime64(9));
  }

  /** Milliseconds since 1970. */
  LongColumn millis(String name) {
    return add(name, LongColumn.dateTime64(3));
  }

  DoubleColumn float64(String name) {
    return add(name, new DoubleColumn());
  }

  <C extends Column> ArrayColumn<C> array(String name, C element) {
    return add(name, new ArrayColumn<>(element));
  }

  private <C extends Column> C add(String name, C column) {
    named.add(new Block.Named(name, column));
    return column;
  }
}
