package dev.seamark.ingest.batch;

import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.StringColumn;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Which partition a row goes to. Rows of one series share a partition for as long as the number of
 * partitions stays, so that a writer joins them; logs and spans of a cluster move on to another
 * partition with each step of time, so that requests of one moment share a block and no cluster is
 * bound to one partition.
 *
 * <p>Not thread-safe: reuses the array it answers with, which is good until the next call.
 */
public final class Partitioner {
  private final CRC32C checksum = new CRC32C();
  private int[] partitions = {};
  private byte[] scratch = new byte[256];

  /** By series. */
  public int[] bySeries(LongColumn seriesIds, int count) {
    int rows = seriesIds.rows();
    int[] target = room(rows);
    for (int row = 0; row < rows; row++) {
      target[row] = (int) Long.remainderUnsigned(seriesIds.get(row), count);
    }
    return target;
  }

  /** By name and value, for the rows that are found by them. */
  public int[] byText(LowCardinalityColumn names, StringColumn values, int count) {
    int rows = names.rows();
    int[] target = room(rows);
    for (int row = 0; row < rows; row++) {
      checksum.reset();
      add(names.bytes(row));
      int length = values.length(row);
      if (length > scratch.length) {
        scratch = new byte[Integer.highestOneBit(length) << 1];
      }
      values.copy(row, scratch, 0);
      checksum.update(scratch, 0, length);
      target[row] = (int) (checksum.getValue() % count);
    }
    return target;
  }

  /** By name. */
  public int[] byName(LowCardinalityColumn names, int count) {
    int rows = names.rows();
    int[] target = room(rows);
    for (int row = 0; row < rows; row++) {
      checksum.reset();
      add(names.bytes(row));
      target[row] = (int) (checksum.getValue() % count);
    }
    return target;
  }

  /**
   * By tenant and cluster, moving on with each step.
   *
   * @param clusters of the rows, all of one tenant
   * @param step time in units of a block's linger
   */
  public int[] byCluster(String tenant, LowCardinalityColumn clusters, long step, int count) {
    int[] ofCluster = new int[clusters.dictionarySize()];
    Arrays.fill(ofCluster, -1);
    int rows = clusters.rows();
    int[] target = room(rows);
    for (int row = 0; row < rows; row++) {
      int cluster = clusters.indexAt(row);
      if (ofCluster[cluster] < 0) {
        int home = tenant.hashCode() * 31 + Arrays.hashCode(clusters.dictionaryValue(cluster));
        ofCluster[cluster] = (int) Math.floorMod(home + step, (long) count);
      }
      target[row] = ofCluster[cluster];
    }
    return target;
  }

  private void add(byte[] text) {
    checksum.update(text, 0, text.length);
    checksum.update(0xFF); // no byte of UTF-8: ends the text
  }

  private int[] room(int rows) {
    if (rows > partitions.length) {
      partitions = new int[Math.max(1024, Integer.highestOneBit(rows) << 1)];
    }
    return partitions;
  }
}
