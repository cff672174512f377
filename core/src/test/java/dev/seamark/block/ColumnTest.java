package dev.seamark.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnTest {
  private static final int ROWS = 300;

  @ParameterizedTest
  @EnumSource
  void edgesHaveTheGoldenBytes(ColumnKind kind) throws MalformedBlock {
    Column column = kind.filled(8, Values.edges());

    byte[] bytes = block(column).encode();

    Golden.assertMatches(kind.name().toLowerCase(Locale.ROOT), bytes);
    assertThat(Values.of(decoded(bytes))).isEqualTo(Values.of(column));
  }

  @ParameterizedTest
  @EnumSource
  void comesBackFromItsBytes(ColumnKind kind) throws MalformedBlock {
    for (int rows : new int[] {0, 1, 2, 17, ROWS}) {
      Column column = kind.filled(rows, Values.random(rows));

      byte[] bytes = block(column).encode();
      Column read = decoded(bytes);

      assertThat(read.type()).isEqualTo(kind.type());
      assertThat(Values.of(read)).isEqualTo(Values.of(column));
      assertThat(block(read).encode()).isEqualTo(bytes);
      assertThat(read.bytes()).isEqualTo(column.bytes());
    }
  }

  @ParameterizedTest
  @EnumSource
  void hasExactlyItsBytes(ColumnKind kind) {
    Column column = kind.filled(ROWS, Values.random(1));
    byte[] target = new byte[(int) column.bytes() + 7];

    assertThat(column.encode(target, 7)).isEqualTo(target.length);
    assertThat(kind.empty().bytes()).isZero();
    assertThat(kind.empty().encode(target, 7)).isEqualTo(7);
  }

  @ParameterizedTest
  @EnumSource
  void truncateLeavesNoTraceOfTheRowsDropped(ColumnKind kind) {
    for (int keep : new int[] {0, 1, 5, ROWS - 1, ROWS}) {
      Column kept = kind.filled(keep, Values.random(2));
      Column column = kind.filled(ROWS, Values.random(2));

      column.truncate(keep);

      assertThat(bytes(column)).isEqualTo(bytes(kept));
      Values.random(3).appendTo(column, ROWS);
      Values.random(3).appendTo(kept, ROWS);
      assertThat(bytes(column)).isEqualTo(bytes(kept));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aClearedColumnIsAsNew(ColumnKind kind) {
    Column column = kind.filled(ROWS, Values.random(4));

    column.clear();
    Values.random(5).appendTo(column, ROWS);

    assertThat(bytes(column)).isEqualTo(bytes(kind.filled(ROWS, Values.random(5))));
  }

  @ParameterizedTest
  @EnumSource
  void appendsRangesOfAnother(ColumnKind kind) {
    Column source = kind.filled(ROWS, Values.random(6));
    Column target = kind.filled(10, Values.random(7));
    List<Object> expected = new ArrayList<>(Values.of(target));
    for (int[] range :
        new int[][] {{0, 0}, {0, 1}, {3, 40}, {ROWS, ROWS}, {ROWS - 1, ROWS}, {0, ROWS}}) {
      target.append(source, range[0], range[1]);
      expected.addAll(Values.of(source).subList(range[0], range[1]));
    }

    assertThat(Values.of(target)).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource
  void appendsRangesOfItself(ColumnKind kind) {
    Column column = kind.filled(37, Values.random(8));
    List<Object> expected = new ArrayList<>(Values.of(column));
    for (int i = 0; i < 5; i++) {
      expected.addAll(List.copyOf(expected.subList(1, expected.size())));

      column.append(column, 1, column.rows());
    }

    assertThat(Values.of(column)).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource
  void appendsARangeOfADecodedColumnAndGoesOn(ColumnKind kind) throws MalformedBlock {
    Column source = kind.filled(ROWS, Values.random(9));
    Column column = decoded(block(source).encode());
    List<Object> expected = new ArrayList<>(Values.of(source));
    expected.addAll(Values.of(source).subList(5, 50));
    expected.addAll(Values.of(kind.filled(20, Values.random(10))));

    column.append(source, 5, 50);
    Values.random(10).appendTo(column, 20);

    assertThat(Values.of(column)).isEqualTo(expected);
    column.truncate(ROWS);
    assertThat(Values.of(column)).isEqualTo(Values.of(source));
  }

  @ParameterizedTest
  @EnumSource
  void gathersRowsInAnyOrder(ColumnKind kind) {
    Column source = kind.filled(ROWS, Values.random(11));
    Column target = kind.filled(3, Values.random(12));
    List<Object> expected = new ArrayList<>(Values.of(target));
    int[] rows = new Random(13).ints(2 * ROWS, 0, ROWS).toArray();
    for (int i = 50; i < 90; i++) {
      rows[i] = i; // neighbours
    }
    for (int i = 10; i < rows.length - 10; i++) {
      expected.add(Values.of(source).get(rows[i]));
    }

    target.append(source, rows, 10, rows.length - 10);

    assertThat(Values.of(target)).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource
  void refusesRowsThatAreNotThere(ColumnKind kind) {
    Column source = kind.filled(3, Values.random(14));
    Column target = kind.empty();

    assertThatThrownBy(() -> target.append(source, 1, 4))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> target.append(source, new int[] {0, 3}, 0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> source.truncate(4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("can't truncate " + kind.type() + "[3] to 4 rows");
    assertThat(target.rows()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void refusesAnotherType(ColumnKind kind) {
    for (ColumnKind other : ColumnKind.values()) {
      if (other != kind) {
        assertThatThrownBy(() -> kind.empty().append(other.empty(), 0, 0))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("can't append " + other.type() + " to " + kind.type());
      }
    }
  }

  @Test
  void truncateDropsElementsOutsideOfARow() {
    ArrayColumn<StringColumn> array = new ArrayColumn<>(new StringColumn());
    MapColumn<StringColumn, StringColumn> map = MapColumn.ofStrings();
    array.element().append("kept");
    array.endRow();
    map.endRow();
    array.element().append("half");
    map.keys().append("half");

    assertThat(array.entries()).isEqualTo(1);
    assertThat(map.entries()).isEqualTo(1);
    assertThatThrownBy(map::endRow).hasMessage("Map(String, String) has 1 keys and 0 values");
    assertThatThrownBy(() -> array.encode(new byte[100], 0))
        .hasMessage("Array(String) has 1 elements outside of a row");
    array.truncate(1);
    map.truncate(1);

    assertThat(Values.of(array)).isEqualTo(List.of(List.of("6b657074")));
    assertThat(Values.of(map)).isEqualTo(List.of(List.of(List.of(), List.of())));
  }

  @Test
  void anEmptyRowOfAnArrayEndsWhereTheLastOneDid() {
    ArrayColumn<StringColumn> array = new ArrayColumn<>(new StringColumn());
    array.appendEmpty();
    array.element().append("kept");
    array.endRow();
    array.appendEmpty();

    assertThat(Values.of(array)).isEqualTo(List.of(List.of(), List.of("6b657074"), List.of()));
  }

  @Test
  void stringsTakeTextHexAndNothing() {
    StringColumn column = new StringColumn();

    column.append("Grüße");
    column.appendAscii("plain");
    column.appendHex(new byte[] {9, (byte) 0xAB, 0x01, 9}, 1, 2);
    column.appendEmpty();

    assertThat(column.text(0)).isEqualTo("Grüße");
    assertThat(column.text(1)).isEqualTo("plain");
    assertThat(column.text(2)).isEqualTo("ab01");
    assertThat(column.length(3)).isZero();
    assertThatThrownBy(() -> column.appendAscii("nö")).hasMessage("not ASCII at index 1");
    assertThat(column.rows()).isEqualTo(4);
    assertThat(column.compare(1, column, 2)).isPositive();
  }

  @Test
  void aStaleMarkerKeepsItsBits() {
    DoubleColumn column = new DoubleColumn();

    column.append(Double.longBitsToDouble(0x7ff0000000000002L));

    assertThat(column.getLongBits(0)).isEqualTo(0x7ff0000000000002L);
    assertThat(column.get(0)).isNaN();
  }

  @Test
  void aFixedStringIsPaddedNeverCut() {
    FixedStringColumn column = new FixedStringColumn(4);
    column.append(new byte[] {1, 2, 3, 4});
    column.clear();

    column.append(new byte[] {7});

    assertThat(column.bytes(0)).containsExactly(7, 0, 0, 0);
    assertThatThrownBy(() -> column.append(new byte[5]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("value has 5 bytes, column is FixedString(4)");
  }

  @Test
  void knowsTimeZones() {
    assertThat(Column.of("DateTime('UTC')")).isInstanceOf(IntColumn.class);
    assertThat(Column.of("DateTime64(9, 'Europe/Berlin')").type())
        .isEqualTo("DateTime64(9, 'Europe/Berlin')");
    assertThat(Column.of("Map( String,Array(UInt8) )").type())
        .isEqualTo("Map(String, Array(UInt8))");
    assertThat(ByteColumn.enum8("'it\\'s' = -1, 'b' = 2").type())
        .isEqualTo("Enum8('it\\'s' = -1, 'b' = 2)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Uint8",
        "Int128",
        "String ",
        "Array",
        "Array(",
        "Array()",
        "Array(String",
        "Array(String))",
        "Map(String)",
        "Map(String, String, String)",
        "DateTime(",
        "DateTime('",
        "DateTime('\\",
        "DateTime64",
        "DateTime64(10)",
        "DateTime64(3",
        "Enum8()",
        "Enum8('a')",
        "FixedString(0)",
        "FixedString(99999999)",
        "FixedString(99999999999999)",
        "LowCardinality(UInt8)",
        "Nullable(Array(String))",
        "Nullable(Nullable(UInt8))",
        "Array(Array(Array(Array(Array(Array(Array(Array(Array(String)))))))))"
      })
  void refusesTypesItDoesNotKnow(String type) {
    assertThatThrownBy(() -> Column.of(type)).isInstanceOf(IllegalArgumentException.class);
  }

  private static Block block(Column column) {
    return new Block(List.of(new Block.Named("v", column)));
  }

  private static byte[] bytes(Column column) {
    return block(column).encode();
  }

  private static Column decoded(byte[] bytes) throws MalformedBlock {
    return Block.decode(bytes, 0, bytes.length).column("v");
  }
}
