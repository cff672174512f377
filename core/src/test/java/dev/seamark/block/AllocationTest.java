package dev.seamark.block;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Filling, joining, sorting and encoding a warm block allocates nothing a row. */
class AllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int ROWS = 20_000;
  private static final double BYTES_A_ROW_MAX = 0.1; // the measuring itself allocates a little
  private static final byte[] TEXT =
      "checkout payment-service GET /cart/{id} k8s.pod.name".getBytes(StandardCharsets.UTF_8);

  private final LowCardinalityColumn service = new LowCardinalityColumn();
  private final LongColumn time = LongColumn.dateTime64(9);
  private final DoubleColumn value = new DoubleColumn();
  private final StringColumn traceId = new StringColumn();
  private final FixedStringColumn id = new FixedStringColumn(16);
  private final MapColumn<StringColumn, StringColumn> attributes = MapColumn.ofStrings();
  private final ArrayColumn<MapColumn<StringColumn, StringColumn>> events =
      new ArrayColumn<>(MapColumn.ofStrings());
  private final Block block = new Block(List.of(
      new Block.Named("service", service),
      new Block.Named("time", time),
      new Block.Named("value", value),
      new Block.Named("trace", traceId),
      new Block.Named("id", id),
      new Block.Named("attributes", attributes),
      new Block.Named("events", events)));

  @Test
  void nothingIsAllocatedARow() {
    Block sorted = block.emptyCopy();
    int[] order = new int[ROWS];
    for (int row = 0; row < ROWS; row++) {
      order[row] = ROWS - 1 - row;
    }
    fill();
    byte[] target = new byte[(int) block.bytes() * 2];
    long allocated = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      block.clear();
      fill();
      sorted.clear();
      sorted.append(block, 0, ROWS / 2);
      sorted.append(block, order, 0, ROWS / 2);
      sorted.encode(target, 0);
      allocated = Math.min(allocated, THREADS.getCurrentThreadAllocatedBytes() - before);
    }

    assertThat(sorted.rows()).isEqualTo(ROWS);
    assertThat((double) allocated / ROWS).isLessThan(BYTES_A_ROW_MAX);
  }

  private void fill() {
    for (int row = 0; row < ROWS; row++) {
      service.append(TEXT, row % 16, 8);
      time.append(row * 1_000_000_000L);
      value.append(row / 3.0);
      traceId.appendHex(TEXT, row & 7, 16);
      id.append(TEXT, row & 7, 16);
      entry(attributes, row);
      entry(attributes, row + 1);
      attributes.endRow();
      entry(events.element(), row);
      events.element().endRow();
      events.endRow();
    }
  }

  private static void entry(MapColumn<StringColumn, StringColumn> map, int row) {
    map.keys().append(TEXT, 0, 8 + (row & 15));
    map.values().append(TEXT, row & 15, 20);
  }
}
