package dev.seamark.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockTest {
  @Test
  void randomBlocksComeBackFromTheirBytes() throws MalformedBlock {
    for (int seed = 0; seed < 300; seed++) {
      Block block = random(seed);

      byte[] bytes = block.encode();
      Block read = Block.decode(bytes, 0, bytes.length);

      assertThat(bytes.length).as("seed %d", seed).isEqualTo(block.bytes());
      assertThat(values(read)).as("seed %d", seed).isEqualTo(values(block));
      assertThat(read.encode()).as("seed %d", seed).isEqualTo(bytes);
    }
  }

  @Test
  void encodesInTheMiddleOfAnArray() throws MalformedBlock {
    Block block = random(1);
    byte[] target = new byte[(int) block.bytes() + 10];

    int end = block.encode(target, 4);

    assertThat(end).isEqualTo(target.length - 6);
    assertThat(values(Block.decode(target, 4, end))).isEqualTo(values(block));
    assertThatThrownBy(() -> block.encode(target, 11))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void readsConcatenatedBlocks() throws MalformedBlock {
    byte[] one = random(2).encode();
    byte[] two = random(3).encode();
    byte[] both = Arrays.copyOf(one, one.length + two.length);
    System.arraycopy(two, 0, both, one.length, two.length);

    List<Block> blocks = Block.decodeAll(both);

    assertThat(blocks).hasSize(2);
    assertThat(values(blocks.get(1))).isEqualTo(values(random(3)));
    assertThat(Block.decodeAll(new byte[0])).isEmpty();
    assertThatThrownBy(() -> Block.decode(both, 0, both.length))
        .isInstanceOf(MalformedBlock.class)
        .hasMessage("bytes behind the block at byte " + one.length);
  }

  @Test
  void joinsAndSortsBlocks() {
    Block joined = random(4).emptyCopy();
    joined.append(random(4), 0, random(4).rows());
    joined.append(random(4), 0, random(4).rows());
    Block sorted = joined.emptyCopy();
    int[] order = new int[joined.rows()];
    Arrays.setAll(order, i -> order.length - 1 - i);

    sorted.append(joined, order, 0, order.length);

    List<List<Object>> expected = new ArrayList<>();
    for (List<Object> column : values(joined)) {
      expected.add(column.reversed());
    }
    assertThat(values(sorted)).isEqualTo(expected);
    sorted.clear();
    assertThat(sorted.rows()).isZero();
  }

  @Test
  void truncateUndoesAHalfAppendedRecord() {
    StringColumn first = new StringColumn();
    LongColumn second = LongColumn.uint64();
    Block block = new Block(List.of(new Block.Named("a", first), new Block.Named("b", second)));
    first.append("whole");
    second.append(1);
    byte[] before = block.encode();
    first.append("half");

    assertThatThrownBy(block::encode)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("UInt64[1]")
        .hasMessageContaining("2 rows");
    block.truncate(1);

    assertThat(block.encode()).isEqualTo(before);
  }

  @Test
  void aRefusedAppendLeavesTheBlockAsItWas() {
    Block block = random(5);
    Block other = new Block(block.columns().subList(0, 1));
    byte[] before = block.encode();

    assertThatThrownBy(() -> block.append(other, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> block.append(random(5), 0, random(5).rows() + 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> block.append(random(5), new int[] {-1}, 0, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);

    assertThat(block.encode()).isEqualTo(before);
  }

  @Test
  void findsColumnsByName() {
    Block block = random(6);

    assertThat(block.column("c0")).isSameAs(block.columns().get(0).column());
    assertThatThrownBy(() -> block.column("none"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no column 'none' in the block");
  }

  @Test
  void refusesMoreThanAnArrayHolds() {
    StringColumn large = new StringColumn();
    large.append(new byte[64 << 20]);
    Block block = new Block(Collections.nCopies(32, new Block.Named("v", large)));

    assertThatThrownBy(block::encode)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("block would have " + block.bytes() + " bytes, limit 2147483639");
    assertThatThrownBy(() -> Capacity.grow(new byte[8], Integer.MAX_VALUE, "String"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("column of type String would hold 2147483647 bytes, limit 2147483639");
  }

  /** A block of one to eight columns of random kinds and up to 40 rows. */
  static Block random(long seed) {
    Random random = new Random(seed);
    Values values = Values.random(seed);
    List<ColumnKind> kinds = List.of(ColumnKind.values());
    int rows = 1 + random.nextInt(40);
    List<Block.Named> columns = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(8); i++) {
      ColumnKind kind = kinds.get(random.nextInt(kinds.size()));
      columns.add(new Block.Named("c" + i, kind.filled(rows, values)));
    }
    return new Block(columns);
  }

  static List<List<Object>> values(Block block) {
    List<List<Object>> values = new ArrayList<>();
    for (Block.Named named : block.columns()) {
      values.add(Values.of(named.column()));
    }
    return values;
  }
}
