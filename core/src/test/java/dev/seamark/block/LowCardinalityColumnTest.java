package dev.seamark.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LowCardinalityColumnTest {
  @ParameterizedTest
  @CsvSource({"1, 1", "256, 1", "257, 2", "65536, 2", "65537, 4"})
  void indexesAreAsWideAsTheDictionaryNeeds(int distinct, int width) throws MalformedBlock {
    LowCardinalityColumn column = new LowCardinalityColumn();
    long valueBytes = 0;
    for (int i = 0; i < distinct; i++) {
      column.append("value " + i);
      valueBytes += 1 + column.length(i);
    }

    Block block = block(column);
    byte[] bytes = block.encode();

    assertThat(column.bytes()).isEqualTo(32 + valueBytes + (long) width * distinct);
    LowCardinalityColumn read =
        (LowCardinalityColumn) Block.decode(bytes, 0, bytes.length).column("v");
    assertThat(read.text(distinct - 1)).isEqualTo("value " + (distinct - 1));
    assertThat(read.dictionarySize()).isEqualTo(distinct);
  }

  @Test
  void aValueStandsOnceInTheDictionary() {
    LowCardinalityColumn column = filled("b", "a", "b", "", "a", "");

    assertThat(column.dictionarySize()).isEqualTo(3);
    assertThat(column.indexAt(0)).isEqualTo(column.indexAt(2)).isZero();
    assertThat(column.dictionaryValue(1)).containsExactly('a');
    assertThat(column.text(5)).isEmpty();
  }

  @Test
  void ranksOrderTheDictionaryByUnsignedBytes() {
    LowCardinalityColumn column = filled("b", "ä", "", "a", "bb", "b", "aa");

    int[] ranks = column.dictionaryRanks();

    // "" a aa b bb ä
    assertThat(ranks).containsExactly(3, 5, 0, 1, 4, 2);
  }

  @Test
  void truncateTakesItsValuesOutOfTheDictionary() {
    LowCardinalityColumn column = filled("a", "b", "a", "c", "d");

    column.truncate(3);

    assertThat(column.dictionarySize()).isEqualTo(2);
    column.append("d");
    column.append("b");
    assertThat(column.indexAt(3)).isEqualTo(2);
    assertThat(column.indexAt(4)).isEqualTo(1);
  }

  @Test
  void anInternedValueIsAppendedByItsIndex() {
    LowCardinalityColumn column = filled("a");
    byte[] value = "-shared-".getBytes(StandardCharsets.UTF_8);

    int index = column.intern(value, 1, 6);
    column.appendIndex(index);
    column.appendIndex(index);

    assertThat(column.text(2)).isEqualTo("shared");
    assertThat(column.intern(value, 1, 6)).isEqualTo(index);
    assertThatThrownBy(() -> column.appendIndex(2)).isInstanceOf(IndexOutOfBoundsException.class);
    column.truncate(1);
    assertThat(column.dictionarySize()).isEqualTo(1);
  }

  @Test
  void readsWhatClickHouseSends() throws MalformedBlock {
    // SELECT CAST(arrayJoin(['a','b','a','','b']) AS LowCardinality(String)) AS v FORMAT Native
    String hex = """
        01050176164c6f7743617264696e616c69747928537472696e6729
        01000000000000000006000000000000 0300000000000000 000161 0162
        0500000000000000 0102010002""";
    byte[] bytes = Golden.parse(hex);

    LowCardinalityColumn column =
        (LowCardinalityColumn) Block.decode(bytes, 0, bytes.length).column("v");

    assertThat(
            List.of(column.text(0), column.text(1), column.text(2), column.text(3), column.text(4)))
        .containsExactly("a", "b", "a", "", "b");
    assertThat(block(column).encode()).isEqualTo(bytes);
    column.append("b");
    assertThat(column.indexAt(5)).isEqualTo(2);
  }

  @Test
  void readsAnArrayOfNothingAsClickHouseSendsIt() throws MalformedBlock {
    // SELECT CAST([] AS Array(LowCardinality(String))) AS v FROM numbers(2) FORMAT Native
    String hex = """
        010201761d4172726179284c6f7743617264696e616c69747928537472696e672929
        0100000000000000 0000000000000000 0000000000000000""";
    byte[] bytes = Golden.parse(hex);

    Block block = Block.decode(bytes, 0, bytes.length);

    assertThat(block.rows()).isEqualTo(2);
    assertThat(block.encode()).isEqualTo(bytes);
  }

  @Test
  void aDecodedDictionaryMayHoldDoubles() throws MalformedBlock {
    String hex = """
        01020176164c6f7743617264696e616c69747928537472696e6729
        01000000000000000006000000000000 0300000000000000 0161 0161 0162
        0200000000000000 0100""";
    byte[] bytes = Golden.parse(hex);
    LowCardinalityColumn column =
        (LowCardinalityColumn) Block.decode(bytes, 0, bytes.length).column("v");

    column.append("a");
    column.append("b");
    column.append("c");

    assertThat(column.dictionaryRanks()).containsExactly(0, 0, 1, 2);
    assertThat(Values.of(column)).containsExactly("61", "61", "61", "62", "63");
    column.truncate(0);
    column.append("b");
    assertThat(Values.of(column)).containsExactly("62");
  }

  private static LowCardinalityColumn filled(String... values) {
    LowCardinalityColumn column = new LowCardinalityColumn();
    for (String value : values) {
      column.append(value);
    }
    return column;
  }

  private static Block block(Column column) {
    return new Block(List.of(new Block.Named("v", column)));
  }
}
